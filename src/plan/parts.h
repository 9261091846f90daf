/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_PARTS_H
#define TB_PLAN_PARTS_H

#include "plan/step.h"

/** Shared between the files of plan/: what a step's evaluation has worked out so far. */

#define TB_MAX_PIPELINE 256

struct tb_stage_load {
    double forward, backward, weight_grad; /**< seconds of a microbatch */
    double again, again_traffic;
    double host;                    /**< seconds of launches of a microbatch, forward */
    struct tb_layer_seconds parts;  /**< forward and backward summed */
    double weights, expert_weights; /**< parameters on a rank */
    double layers;
};

/** Bytes of a stage that one microbatch keeps, by tensor, and that come and go. */
struct tb_stage_kept {
    double residual, attention, ffn, experts;
    double transient; /**< most bytes of gradients while they are formed */
};

/** What of a plan changes the prices of its layers, what they recompute left out. Doubles only. */
struct tb_price_key {
    double tp, sp, cp, ep, etp, micro_batch;
    double hides, pipelined;
};

struct tb_step_work {
    const struct tb_step_in *in;
    const struct tb_model_facts *facts;
    struct tb_price_key priced; /**< what `cost` holds prices of */
    struct tb_device device;
    struct tb_fabric fabric;
    struct tb_layer_setting setting;
    struct tb_layer_cost cost[TB_MAX_LAYER_KINDS + 1]; /**< the last: MTP */
    struct tb_layer_bytes bytes[TB_MAX_LAYER_KINDS + 1];
    double head, head_passes; /**< seconds of head and loss forward: products, traffic */
    double head_weights, embedding_weights; /**< parameters on a rank */
    double logit_bytes;
    double micro_batches;
    int stages;
    struct tb_stage_load stage[TB_MAX_PIPELINE];
    struct tb_stage_kept kept[TB_MAX_PIPELINE];
    bool same[TB_MAX_PIPELINE]; /**< made up like the stage before it */
    double layer_weights;       /**< most parameters of one layer on a rank */
    double layer_peak;          /**< most bytes of one layer computed again */
};

/** Forgets the prices that a work holds. */
void tb_step_work_clear(struct tb_step_work *work);

/** As tb_step_evaluate, with the prices of the last plan where they hold for this one. In between
 * only the plan of `in` may change, and of it only the degrees, the schedule, chunks, sharding,
 * microbatch and what is recomputed. `in->facts` is not NULL. */
enum tb_status tb_step_evaluate_next(struct tb_step_work *work, const struct tb_step_in *in,
                                     struct tb_step_out *out);

/** Lays priced layers out over the stages of the pipeline. */
void tb_step_lay_out(struct tb_step_work *work);

void tb_step_memory(const struct tb_step_work *work, struct tb_step_memory *out);

/** Ranks that share the shards of the dense part and of the experts. */
double tb_shard_ranks(const struct tb_plan *plan);
double tb_expert_shard_ranks(const struct tb_plan *plan);

#endif
