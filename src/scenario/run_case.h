/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_RUN_CASE_H
#define TB_SCENARIO_RUN_CASE_H

#include "base/text.h"
#include "preset/constants.h"

/** A published run as the step model would have planned it (docs/model.md 8.9). */

/** What a table says of the model of a run; NaN: not stated. */
struct tb_run_shape {
    const char *name, *id; /**< of the model, of the run: either may be a preset's */
    bool moe;
    double total, active; /**< parameters */
    double layers, width, heads, kv_heads, head_dim, d_ff, vocab;
    double experts, top_k, shared,
        expert;  /**< routed experts, used ones, shared ones, their width */
    double tied; /**< 1: head and embedding are one; 0: two */
};

/** The model: the preset that bears the name or the id with the columns over it, else the columns
 *  completed by rule. `defaults` receives what was assumed.
 *  @return NULL, or why there is none. */
const char *tb_run_model(tb_data *data, const struct tb_run_shape *shape, struct tb_model *out,
                         struct tb_text *defaults);

/** A run to be planned. */
struct tb_run_query {
    const struct tb_chip_preset *chip;
    const struct tb_model *model;
    double active, tokens;
    double seq_len, chips; /**< NaN: the stated default */
    const char *precision; /**< of matrix products; "": 16 bits */
};

/** Its best plan. */
struct tb_run_best {
    const char *reason; /**< why there is none; NULL: there is one */
    double rate;        /**< tokens/s/chip of its steps */
    double batch_tokens, chips, seq_len;
    double tried; /**< plans evaluated */
};

/** Searches the best plan under the newest software that was measured on the chip's generation, at
 *  the default batch. */
void tb_run_best_plan(tb_data *data, const struct tb_constants *constants,
                      const struct tb_run_query *query, struct tb_run_best *out);

#endif
