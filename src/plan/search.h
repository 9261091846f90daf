/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_SEARCH_H
#define TB_PLAN_SEARCH_H

#include "plan/step.h"

/** A feasible plan that is among the fastest of a fixed grid (docs/model.md 9.10). */

struct tb_plan_found {
    struct tb_plan plan;
    struct tb_step_out step;
    double tried;    /**< plans evaluated */
    double feasible; /**< of them: within memory */
};

/** Sequences a step that a plan may be made for. The time is that of `in->global_batch` in any
 *  case; a batch that is known only as a range does not rule a plan out that is whole somewhere in
 *  it. */
struct tb_batch_range {
    double low, high;
};

/** Whether a multiple of `share` sequences lies within the range. */
bool tb_batch_holds(const struct tb_batch_range *batch, double share);

/** Descends over tensor (powers of two up to the scale-up domain), context, pipeline and expert
 *  degrees and microbatch, with chunks, sharding of weights and recomputation at each point, from
 *  three starts, of which two also try to pair microbatches where experts are spread; about 100 to
 *  400 evaluations. Replicas are as many as the chips
 *  hold; chips that are left over stand by, and the rate is still counted over all of them. What
 *  else a plan says (precision, recipe, routing, offload) is taken from `in->plan`, and so is the
 *  recomputation as the least there is: more where memory needs it.
 *  @return TB_OK; TB_E_ANSWER when nothing fits: `out` is then the plan that comes nearest in
 *  memory, and out->feasible is 0. */
enum tb_status tb_plan_search(const struct tb_step_in *in, const struct tb_batch_range *batch,
                              struct tb_plan_found *out);

#endif
