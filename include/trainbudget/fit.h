/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_FIT_H
#define TRAINBUDGET_FIT_H

#include "trainbudget/data.h"

/** A table of observations, as read from a CSV file. */
struct tb_fit_table {
    const char *name; /**< stands in findings */
    const char *text;
    size_t length;
};

/** Derives the MFU priors of whole runs, by chip generation and kind of model, from tables with the
 *  columns of presets/observations/pretrain_runs.csv (billed hours) and ascend_runs.csv (steady
 *  throughput): docs/model.md 8.3. Rows that are not billed runs, or whose own remarks take them
 *  back, are left out by rule and counted in the comments.
 *  @return the text of presets/priors.yaml, with the left-out errors as comments, malloc'd; NULL
 *  after reporting. */
char *tb_fit_mfu(tb_data *data, const struct tb_fit_table *tables, size_t n, tb_diags *diags);

/** Fits the constants of the step model (presets/constants.yaml) to tables of measured training
 * steps with the columns of presets/observations/throughput.csv: docs/model.md 9. Groups of model,
 * chip and size are left out in turn to learn how far predictions err; the errors stand in the file
 * and as comments.
 *  @param over_builtin keep the built-in constants and fit those of the tables' chips and stacks
 *  around them: for a table of one's own. Always so when no row names its software.
 *  @return the text of the preset, malloc'd; NULL after reporting. */
char *tb_fit_throughput(tb_data *data, const struct tb_fit_table *tables, size_t n,
                        bool over_builtin, tb_diags *diags);

/** Fits the constants of post-training (presets/posttrain.yaml) to tables of published runs with
 * the columns of presets/observations/posttrain_runs.csv: robust least squares on the logarithm of
 * the time, once with all rows and once without each publication.
 *  @return the text of the preset, malloc'd; NULL after reporting. */
char *tb_fit_posttrain(tb_data *data, const struct tb_fit_table *tables, size_t n, tb_diags *diags);

#endif
