/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_SEARCH_H
#define TB_PLAN_SEARCH_H

#include "plan/step.h"

/** The fastest feasible plan of a small, fixed grid. */

struct tb_plan_found {
    struct tb_plan plan;
    struct tb_step_out step;
    double tried;    /**< plans evaluated */
    double feasible; /**< of them: possible and within memory */
};

/** Searches tensor (powers of two up to the scale-up domain and the heads), context, pipeline and
 *  expert degrees, chunks, microbatch, sharding of weights and recomputation. What else a plan says
 *  (precision, recipe, routing) is taken from `in->plan`.
 *  @return TB_OK; TB_E_ANSWER when nothing fits: `out` is then the plan that comes nearest in
 *  memory, and out->feasible is 0. */
enum tb_status tb_plan_search(const struct tb_step_in *in, struct tb_plan_found *out);

#endif
