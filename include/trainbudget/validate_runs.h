/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_VALIDATE_RUNS_H
#define TRAINBUDGET_VALIDATE_RUNS_H

#include "trainbudget/fit.h"
#include "trainbudget/report.h"

/** Predicts the chip-hours of every row of a table of pre-training runs (columns:
 *  presets/observations/pretrain_runs.csv) from published runs like it, beside the best plan that
 *  the step model finds for each (docs/model.md 8.7), and sets them beside the published ones. The
 *  row itself and all runs of its source are left out. The scope is what the row's own columns say:
 *  billed, calendar, or steps alone; upper bounds and hours of an unstated scope are predicted and
 *  counted apart; rows that take their hours back are skipped with the reason.
 *  @param form TB_FORM_JSON: schema "trainbudget.validation/1", in chip-hours; TB_FORM_CSV,
 *  TB_FORM_TSV: one line a row; else a text summary by group.
 *  @return malloc'd text that ends in a newline; NULL after reporting. */
char *tb_validate_pretrain(tb_data *data, const struct tb_fit_table *table, enum tb_form form,
                           tb_diags *diags);

/** Sets every figure that a built-in run disclosed beside its estimate. Forms as above; text lists
 *  every figure. */
char *tb_validate_builtin(tb_data *data, enum tb_form form, tb_diags *diags);

#endif
