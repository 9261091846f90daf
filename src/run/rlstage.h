/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_RLSTAGE_H
#define TB_RUN_RLSTAGE_H

#include "run/rlout.h"
#include "run/stage.h"

/** A stage that generates: from what the stage says to the time of its steps (docs/model.md). */

struct tb_rl_constants {
    struct tb_infer_constants infer;
    double eps_dense, eps_sparse, eps_gathered, eps_offload, eps_most;
    double micro_half;
    double forward_ratio, qlora_ratio;
    double sync_bandwidth, offload_bandwidth;
    double fixed_time;
    double factor;
    double replica_room;
};

struct tb_rl_constant_info {
    const char *id;
    size_t offset; /**< of the double in struct tb_rl_constants */
    double start, low, high;
    double spread; /**< of the logarithm about `start` in a fit; 0: not fitted */
    const char *title;
};

/** NULL past the end. */
const struct tb_rl_constant_info *tb_rl_constant_info(size_t i);

double tb_rl_constant_get(const struct tb_rl_constants *constants,
                          const struct tb_rl_constant_info *info);
void tb_rl_constant_set(struct tb_rl_constants *constants, const struct tb_rl_constant_info *info,
                        double value);

/** All constants where a fit starts. Estimates use those of presets/posttrain.yaml. */
void tb_rl_constants_start(struct tb_rl_constants *constants);

/** What counting the models of a stage gives: depends on neither lengths nor machine. */
struct tb_rl_shapes {
    struct tb_flops_shape flops[TB_ROLE_COUNT];
    double params[TB_ROLE_COUNT]; /**< parameters of each role's model; 0: the role has no work */
    bool trained[TB_ROLE_COUNT];
    enum tb_role generator;
    struct tb_decode_model decode; /**< of the generator */
    bool judges;
    struct tb_decode_model judge;
    double checkpoint_per_token; /**< bytes of layer inputs of the actor */
};

/** Counts the models of a stage of a kind that post-trains. */
void tb_rl_shapes_count(const struct tb_model *model, const struct tb_stage *stage,
                        struct tb_rl_shapes *out);

/** The work of a stage at its lengths. */
struct tb_rl_counts {
    int n_work;
    struct tb_work work[TB_MAX_WORK];
    double counted[TB_MAX_WORK]; /**< FLOPs per token of each item */
    double executed[TB_MAX_WORK];
};

/** Of a single step where nothing says how many. */
void tb_rl_count(const struct tb_rl_shapes *shapes, const struct tb_stage *stage,
                 const struct tb_responses *responses, struct tb_rl_counts *out);

struct tb_rl_stage_in {
    const struct tb_model *model;
    const struct tb_chip *chip;
    const struct tb_stage *stage;
    const struct tb_rl_constants *constants;
    const struct tb_rl_shapes *shapes; /**< NULL: counted here */
    double update_rate;  /**< FLOP/s of a chip in training passes; NaN: by the constants */
    double forward_rate; /**< FLOP/s of a chip in forward passes; NaN: by the constants */
};

/** @return TB_OK; TB_E_INPUT when a number that decides is missing or impossible, TB_E_ANSWER when
 *  something does not fit: `problem` says which. */
enum tb_status tb_rl_stage_evaluate(const struct tb_rl_stage_in *in, struct tb_rl_stage_out *out);

/** Chip-seconds of the training and forward passes of a stage that generates nothing. NaN when the
 * tokens or the chip's peak are unknown. */
double tb_rl_passes_time(const struct tb_rl_stage_in *in);

/** Fewest chips beyond which twice as many shorten the step by less than a tenth; NaN: none. */
double tb_rl_stage_enough(const struct tb_rl_stage_in *in);

#endif
