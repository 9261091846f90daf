/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_RLWORK_H
#define TB_RUN_RLWORK_H

#include "run/lengths.h"
#include "run/stage.h"

/** What the kinds of post-training are made of. */

/** Tokens of a stage as post-training counts them (docs/model.md, eq. 10.21). */
struct tb_rl_tokens {
    double steps;     /**< NaN: unknown */
    double samples;   /**< responses trained on, of the stage */
    double processed; /**< prompt and response tokens of them, padding included */
    double generated; /**< response tokens, dropped responses included */
    double prompts;   /**< prompt tokens read while generating, shared ones once */
};

/** Of stages that generate: steps x prompts x group, or the stage's tokens where it has no steps.
 */
void tb_rl_tokens_of(const struct tb_stage *stage, struct tb_rl_tokens *out);

/** Lengths of the stage's responses: its table, else a lognormal with the stated or usual spread.
 *  @return as tb_responses_make; where they cannot be, their square is 0. */
enum tb_status tb_rl_responses(const struct tb_rl *rl, struct tb_responses *out);

/** Rows that the trainer sees: a prompt with its response. */
struct tb_lengths tb_rl_rows(const struct tb_rl *rl, const struct tb_responses *responses);

/** A training pass of a role over rows of RL. Adapters belong to the actor alone. */
struct tb_work tb_rl_train(const struct tb_stage *stage, enum tb_role role, double tokens);

/** A forward, generating or head pass. */
struct tb_work tb_rl_pass(enum tb_pass pass, enum tb_role role, double tokens);

/** The work of a stage whose responses have these lengths: tb_stage_work without working them out
 *  again. @return how many items. */
int tb_rl_work(const struct tb_stage *stage, const struct tb_responses *responses,
               struct tb_work work[TB_MAX_WORK]);

/** Adds an item unless it has no tokens. @return the new count. */
int tb_work_add(struct tb_work work[TB_MAX_WORK], int n, const struct tb_work *item);

/** Adds the passes of a judge, which reads every response and writes `judge_tokens` about it.
 *  @return the new count. */
int tb_rl_judge(const struct tb_stage *stage, const struct tb_rl_tokens *tokens, int n,
                struct tb_work work[TB_MAX_WORK]);

/** `value` where it is known, else `otherwise`. */
double tb_or(double value, double otherwise);

/** FLOPs per token of a work item: as counted (the numerator of the MFU) and as executed. `token`:
 *  of the item's model at its lengths. */
void tb_work_flops(const struct tb_flops_shape *shape, const struct tb_flops_token *token,
                   const struct tb_work *work, double *counted, double *executed);

/** The same with shape and token counted here. */
void tb_work_count(const struct tb_model *model, const struct tb_work *work, double *counted,
                   double *executed);

/** The model of a role: its own, or the shape of the trained one. */
const struct tb_model *tb_role_model(const struct tb_model *actor, const struct tb_stage *stage,
                                     enum tb_role role);

/** Parameters of the adapter over the model's: as stated, else those of usual ranks. */
double tb_adapter_share(const struct tb_rl *rl);

/** Bytes of training state of a role's model of so many parameters: weights, gradients, master
 *  copies and moments of the stage's recipe. An adapter leaves the actor's weights (16 or 4 bits)
 *  without the rest. `saved`: only what a checkpoint holds, no gradients and, of an adapter, no
 *  base weights. */
double tb_role_state_bytes(const struct tb_stage *stage, enum tb_role role, double params,
                           bool saved);

/** Bytes of a weight under the stage's adapter; 0: there is none. */
double tb_frozen_bytes(const struct tb_rl *rl);

/** Bytes of the weights that only read beside training passes: the reference of a preference loss.
 *  That of an adapter is the base without it, and one whose log-probabilities are kept is gone. */
double tb_reader_bytes(const struct tb_model *actor, const struct tb_stage *stage);

/** Speed of a training pass over that of one over plain weights: unpacking 4-bit weights and
 *  rounding cost time and no FLOPs (docs/model.md 10.6). */
double tb_work_speed(const struct tb_work *work);

/** Bytes of a weight of a role that reads and is not trained. */
double tb_role_bytes(const struct tb_rl *rl, enum tb_role role);

/** Share of the samples that a reward model reads: as stated; else all where one is named. */
double tb_reward_share(const struct tb_rl *rl, double otherwise);

/** Whether the stage's work has passes of the role. */
bool tb_stage_has_role(const struct tb_stage *stage, enum tb_role role);

/** Whether stages of the kind generate responses. */
bool tb_stage_generates(enum tb_stage_kind kind);

#endif
