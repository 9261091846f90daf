/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_RLSTEP_H
#define TB_RUN_RLSTEP_H

#include "run/rl.h"
#include "run/rollout.h"

/** Time of one step of reinforcement learning or on-policy distillation, by phase and placement
 *  (docs/model.md, eq. 10.23 to 10.32). Pure; seconds, FLOPs, bytes. */
struct tb_rl_step_in {
    enum tb_placement placement;
    double chips;
    double rollout_share;         /**< of the chips, for two pools; NaN: the best */
    double staleness;             /**< asynchronous: steps beyond the current one in flight */
    struct tb_rollout_in rollout; /**< of all chips; `replicas` is set here */
    double samples;               /**< responses trained on; the rollout may generate more */

    double update_flops;  /**< of all training passes of a step */
    double update_rate;   /**< FLOP/s of a chip in them */
    double forward_flops; /**< of log-probabilities, rewards, values and teachers */
    double forward_rate;  /**< FLOP/s of a chip in them */
    double update_tokens; /**< tokens processed by training passes, for the rates */
    double update_wait;   /**< s the training passes wait for traffic, whatever the chips */
    double forward_wait;  /**< the same of the forward passes */

    double sync_time;    /**< s to hand the new weights to the engine */
    double offload_time; /**< s to move states out of the way and back, colocated */
    double verify_time;  /**< s of one verification: that of the last response is waited for */
    double verify_total; /**< s of all, by all workers: hidden behind the rollout */
    double tool_time;    /**< s the longest response waits for tools */
    double fixed_time;   /**< s of each step that nothing explains */
    double factor;       /**< measured over modelled time of the phases; 1: none */
};

struct tb_rl_step_out {
    double time;                                                   /**< s of a step */
    double rollout, forward, update, sync, offload, verify, fixed; /**< s of the phases */
    double rollout_share_time; /**< rollout / sum of the phases */
    double floor;              /**< s that no number of chips goes below */
    double no_tail;            /**< s of the step if every slot stayed filled */
    double rollout_chips;      /**< chips of the rollout; all when colocated */
    double update_chips;
    double tokens;       /**< prompt and response tokens of the samples trained on */
    double rate;         /**< tokens/s/chip of the system */
    double rollout_rate; /**< generated tokens/s/chip of the rollout pool while it runs */
    double update_rate;  /**< tokens/s/chip of the update pool while it runs */
    struct tb_rollout_out generation; /**< asynchronous: without its end */
};

/** @return TB_OK; TB_E_ANSWER when the cache holds no single sequence or no replica fits the
 *  chips. */
enum tb_status tb_rl_step(const struct tb_rl_step_in *in, struct tb_rl_step_out *out);

/** Fewest chips, counted up in doublings from `in->chips` or down from it, at which twice as many
 *  shorten the step by less than `gain` (0.1: a tenth); NaN when none up to 2^20 replicas do. */
double tb_rl_enough_chips(const struct tb_rl_step_in *in, double gain);

#endif
