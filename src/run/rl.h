/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_RL_H
#define TB_RUN_RL_H

#include "model/arch.h"

/** What a stage of post-training says beyond tokens and batch (docs/model.md, table 10.2). */

/** Models that a stage runs. */
enum tb_role {
    TB_ROLE_ACTOR = 0, /**< the one that is trained */
    TB_ROLE_CRITIC,
    TB_ROLE_REWARD,
    TB_ROLE_REFERENCE,
    TB_ROLE_TEACHER,
    TB_ROLE_JUDGE, /**< generates verdicts */
    TB_ROLE_COUNT
};

const char *tb_role_id(enum tb_role role);

/** Index of a role by its id. @return false when there is none. */
bool tb_role_find(const char *id, enum tb_role *out);

/** Where rollouts and updates run. */
enum tb_placement {
    TB_PLACE_COLOCATED = 0, /**< the same chips, one after the other */
    TB_PLACE_SPLIT,         /**< two pools, one after the other */
    TB_PLACE_ONE_STEP_OFF,  /**< two pools at once, the rollout one step ahead */
    TB_PLACE_ASYNC,         /**< two pools at once, the rollout never waits for its tail */
    TB_PLACEMENT_COUNT
};

const char *tb_placement_id(enum tb_placement placement);

/** Which weights are trained. */
enum tb_adapter { TB_ADAPTER_NONE = 0, TB_ADAPTER_LORA, TB_ADAPTER_QLORA, TB_ADAPTER_COUNT };

const char *tb_adapter_id(enum tb_adapter adapter);

/** NaN: not given. Shares and flags are numbers so that they can be uncertain: 0 no, 1 yes. */
struct tb_rl {
    enum tb_placement placement;
    enum tb_adapter adapter;
    const struct tb_model *model[TB_ROLE_COUNT]; /**< NULL: the shape of the trained model */
    double role_bytes[TB_ROLE_COUNT]; /**< of a weight of a role that is not trained; 0: 2 */

    const double *lengths; /**< ascending lengths of responses in place of a lognormal; borrowed */
    size_t n_lengths;      /**< 0: a lognormal of the three below */

    double prompts_per_step;
    double group_size;        /**< responses to a prompt */
    double response_mean;     /**< tokens */
    double response_cap;      /**< longest response */
    double response_cv;       /**< coefficient of variation before the cap */
    double prompt_mean;       /**< tokens */
    double steps_per_rollout; /**< optimizer steps that one rollout feeds; prompts_per_step is of
                                 one */
    double inner_epochs;      /**< passes of the update over each sample */
    double old_logprobs;      /**< the trainer computes log-probabilities of the sampled tokens */
    double reference;         /**< a reference model reads what is trained on */
    double reference_kept;    /**< its log-probabilities are computed once for all epochs */
    double reward;            /**< a reward model reads what is generated */
    double pass_rate;       /**< mean share of right answers a prompt gets; with dynamic sampling */
    double oversample;      /**< responses generated for each one kept; derived from pass_rate */
    double teachers;        /**< teachers that read each sample */
    double full_vocabulary; /**< teachers hand over whole distributions, as cached hidden states */
    double ptx_tokens;      /**< pre-training tokens mixed in, of the stage */
    double judge_tokens;    /**< tokens a judge writes about a response */
    double verifier_seconds; /**< of one worker for one response */
    double verifier_workers;
    double tool_seconds; /**< a response waits for tools, all its turns */

    double rollout_share;   /**< share of the chips that roll out; NaN: the best */
    double staleness;       /**< steps that samples in flight may be old, beyond the current one */
    double replica_chips;   /**< chips of a copy of the engine; NaN: fewest that leave room */
    double weight_bytes;    /**< per parameter in the engine */
    double kv_bytes;        /**< per cache element */
    double memory_share;    /**< of the chip's memory for the engine */
    double max_live;        /**< sequences an engine takes at once; 0: memory alone */
    double draft, accepted; /**< speculative decoding */
    double sync_bandwidth;  /**< bytes/s of handing weights to the engine */
    double offload_bandwidth; /**< bytes/s per chip to host memory; 0: nothing is moved */
    double gathered;          /**< the trainer gathers its weights for each pass (ZeRO-3, FSDP) */
    double adapter_share;     /**< adapter parameters over the model's */
};

/** Responses a step trains on. */
double tb_rl_samples(const struct tb_rl *rl);

/** Responses generated for each one trained on: as stated, else by the pass rate, else 1. */
double tb_rl_tries(const struct tb_rl *rl);

/** Eq. 10.22: responses generated for each one kept when groups that are all right or all wrong are
 *  dropped, for pass rates that spread over prompts as a beta distribution of the given mean and
 *  one pseudo-count on either side of the mean (uniform at 1/2). */
double tb_rl_oversample(double pass_rate, double group);

#endif
