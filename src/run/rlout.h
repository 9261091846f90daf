/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_RLOUT_H
#define TB_RUN_RLOUT_H

#include "run/rlstep.h"

/** What the evaluation of a stage that generates gives (docs/model.md, chapter 10). */

/** Why a stage cannot be: NULL field: none. */
struct tb_rl_problem {
    const char *field;  /**< key of the stage, or "memory" */
    const char *reason; /**< one sentence without a full stop */
    double value;       /**< of the key; of "memory" bytes on the fullest chip */
    double nearest;     /**< least that would do; of "memory" chips; NaN: no single value does */
    const char *unit;   /**< of nearest: "chips", "tokens", "" */
    double shorter;     /**< a response.cap that would do instead; NaN: none */
};

/** Bytes on a chip, by role; what is evenly sharded over the chips of its pool. */
struct tb_rl_memory {
    double state[TB_ROLE_COUNT];  /**< trained roles: states of the recipe with gradients */
    double reader[TB_ROLE_COUNT]; /**< roles that read: weights */
    double trainer;               /**< sum of the states */
    double readers;               /**< sum of those weights */
    double held;        /**< what of the states stays on the chip: all, or 16-bit weights and
                             gradients when the rest is kept in host memory */
    double host;        /**< bytes of states a chip keeps in host memory for good; 0: none */
    double activations; /**< layer inputs of one row of mean length, or of its part */
    double row_split;   /**< chips that a row is spread over; 1: none */
    double engine_weights;
    double cache;   /**< of the sequences that live at once */
    double judge;   /**< weights and cache of a judge while it writes; 0: none */
    double update;  /**< the fullest moment of a chip of the update pool */
    double rollout; /**< of the rollout pool; when all share the chips, of that phase */
    double most;    /**< the fullest moment of the fullest chip */
    double capacity;
    bool shared; /**< trainer and engine hold the same chips at the same time */
};

struct tb_rl_stage_out {
    struct tb_rl_step_out step; /**< of a cycle: one rollout and the optimizer steps it feeds */
    double step_time;           /**< s of an optimizer step: the cycle over its steps */
    double steps_per_cycle;
    struct tb_rl_memory memory;
    struct tb_rl_problem problem;
    bool contradiction; /**< of the problem: inputs are wrong or missing, nothing is too large */
    struct tb_infer_plan engine; /**< as used */
    double judge_chips;          /**< of a replica of the judge; 0: none */
    double samples;              /**< responses a step trains on */
    double oversample;
    double steps;       /**< NaN: unknown */
    double flops_model; /**< of the stage; of one step when `steps` is unknown */
    double flops_hardware;
    double rollout_flops; /**< model FLOPs of what is generated in a cycle */
    double wall_time;     /**< s of all steps */
    double chip_hours;
};

#endif
