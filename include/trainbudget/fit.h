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

#endif
