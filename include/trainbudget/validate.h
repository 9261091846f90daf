/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_VALIDATE_H
#define TRAINBUDGET_VALIDATE_H

#include "trainbudget/fit.h"
#include "trainbudget/report.h"

/** Predicts every row of a table of measured training steps (columns: presets/observations/
 *  throughput.csv; only model, chip, seq_len, plan, batch and tokens_per_s_per_chip or step_time_s
 *  are needed) and sets the prediction beside the measurement, in tokens per second per chip.
 *  @param form TB_FORM_JSON: schema "trainbudget.validation/1"; TB_FORM_CSV, TB_FORM_TSV: one line
 * a row; else a text summary by group.
 *  @return malloc'd text that ends in a newline; NULL after reporting. */
char *tb_validate_throughput(tb_data *data, const struct tb_fit_table *table, enum tb_form form,
                             tb_diags *diags);

/** Predicts every row of a table of published post-training runs (columns run_id, model, stage,
 *  n_params_total, n_params_active, chip, n_chips, prompts_per_step, group_size,
 *  mean_response_tokens, max_response_tokens, mean_prompt_tokens, steps, placement, ...) and sets
 *  the prediction beside step_time_s, or beside chip_hours where no step time is given.
 *  @param form as of tb_validate_throughput.
 *  @return malloc'd text that ends in a newline; NULL after reporting. */
char *tb_validate_posttrain(tb_data *data, const struct tb_fit_table *table, enum tb_form form,
                            tb_diags *diags);

#endif
