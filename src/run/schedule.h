/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_SCHEDULE_H
#define TB_RUN_SCHEDULE_H

#include "run/stage.h"

/** How many tokens in how many steps. NaN: cannot be known from what is given. */
struct tb_token_plan {
    double trained;   /**< tokens, epochs included */
    double processed; /**< tokens, padding included: trained / packing */
    double steps;
    double batch_tokens; /**< processed tokens per step, mean over the ramp */
    double full_batch;   /**< processed tokens per step after the ramp */
};

/** Solves tokens = steps x batch for whatever is missing (docs/model.md 5.1, 5.2). Tokens and batch
 *  decide when all three are given. */
void tb_token_plan_solve(const struct tb_stage *stage, struct tb_token_plan *out);

/** Steps in which a batch that grows linearly in tokens from `start` to `full` (tokens a step) over
 *  `ramp` tokens has processed `processed` tokens. */
double tb_ramp_steps(double start, double full, double ramp, double processed);

/** The inverse: tokens processed after `steps`. */
double tb_ramp_tokens(double start, double full, double ramp, double steps);

/** Sequences a step after the ramp of a stage, the most that it may start with; NaN: not known. A
 *  batch known only from tokens and steps is their mean. */
double tb_ramp_most_start(const struct tb_stage *stage);

#endif
