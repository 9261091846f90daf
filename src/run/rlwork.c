/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rlwork.h"

#include "model/params.h"
#include "run/kinds.h"
#include "run/rlstage.h"

#include <math.h>

#define BYTES_16BIT 2.0
#define USUAL_CV 0.7 /* of lengths before the cap, where the stage is silent */
#define ROUNDED_FORWARD                                                                            \
    1.12                 /* a forward pass that rounds its weights over a plain one: 1.05 to 1.2 */
#define BYTES_QLORA 0.55 /* 4-bit weights with their scales */
/* Parameters of an adapter over the model's, where the stage is silent: ranks of 16 to 64. */
#define USUAL_ADAPTER 0.005

double tb_or(double value, double otherwise)
{
    return isfinite(value) ? value : otherwise;
}

void tb_rl_tokens_of(const struct tb_stage *stage, struct tb_rl_tokens *out)
{
    const struct tb_rl *rl = &stage->rl;
    double row = rl->prompt_mean + rl->response_mean;
    double each_step = tb_rl_samples(rl);
    double packing = tb_or(stage->packing, 1.0);
    double kept = isfinite(stage->steps) ? stage->steps * each_step : stage->tokens / row;
    double drawn = kept * tb_rl_tries(rl);
    out->steps = tb_or(stage->steps, kept / each_step);
    out->samples = kept;
    out->processed = kept * row / packing;
    out->generated = drawn * rl->response_mean;
    out->prompts = drawn * rl->prompt_mean / fmax(tb_or(rl->group_size, 1.0), 1.0);
}

enum tb_status tb_rl_responses(const struct tb_rl *rl, struct tb_responses *out)
{
    if (rl->n_lengths > 0)
        return tb_responses_table(out, rl->lengths, rl->n_lengths);
    return tb_responses_make(out, rl->response_mean, rl->response_cap,
                             tb_or(rl->response_cv, USUAL_CV));
}

struct tb_lengths tb_rl_rows(const struct tb_rl *rl, const struct tb_responses *responses)
{
    double mean = rl->prompt_mean + rl->response_mean;
    double variance = responses->square - responses->mean * responses->mean;
    return (struct tb_lengths){.seq_len = fmax(rl->prompt_mean + rl->response_cap, mean),
                               .mean_doc_len = mean,
                               .doc_cv = sqrt(fmax(variance, 0.0)) / mean};
}

/* Stages of pairs have rows; stages that generate have prompts and responses. */
static bool has_responses(const struct tb_stage *stage)
{
    return isfinite(stage->rl.response_mean) && isfinite(stage->rl.prompt_mean);
}

int tb_rl_work(const struct tb_stage *stage, const struct tb_responses *responses,
               struct tb_work work[TB_MAX_WORK])
{
    struct tb_lengths rows = {stage->seq_len, stage->mean_doc_len, stage->doc_cv};
    if (has_responses(stage))
        rows = tb_rl_rows(&stage->rl, responses);
    int n = tb_stage_items(stage, work);
    for (int i = 0; i < n; i++) {
        if (work[i].answers)
            work[i].lengths = rows;
    }
    return n;
}

int tb_stage_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    struct tb_responses responses = {0};
    if (has_responses(stage))
        tb_rl_responses(&stage->rl, &responses);
    return tb_rl_work(stage, &responses, work);
}

struct tb_work tb_rl_train(const struct tb_stage *stage, enum tb_role role, double tokens)
{
    struct tb_work work = tb_train_pass(stage, tokens);
    work.answers = true;
    work.role = role;
    work.frozen = role == TB_ROLE_ACTOR && stage->rl.adapter != TB_ADAPTER_NONE;
    work.packed = role == TB_ROLE_ACTOR && stage->rl.adapter == TB_ADAPTER_QLORA;
    return work;
}

struct tb_work tb_rl_pass(enum tb_pass pass, enum tb_role role, double tokens)
{
    return (struct tb_work){.pass = pass, .role = role, .tokens = tokens, .answers = true};
}

int tb_work_add(struct tb_work work[TB_MAX_WORK], int n, const struct tb_work *item)
{
    if (item->tokens == 0.0 || n == TB_MAX_WORK)
        return n;
    work[n] = *item;
    return n + 1;
}

int tb_rl_judge(const struct tb_stage *stage, const struct tb_rl_tokens *tokens, int n,
                struct tb_work work[TB_MAX_WORK])
{
    const struct tb_rl *rl = &stage->rl;
    double responses = tokens->samples * tb_rl_tries(rl);
    double verdicts = responses * tb_or(rl->judge_tokens, 0.0);
    double read = tokens->generated + responses * rl->prompt_mean;
    struct tb_work forward =
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_JUDGE, verdicts > 0.0 ? read : 0.0);
    struct tb_work write = tb_rl_pass(TB_PASS_GENERATE, TB_ROLE_JUDGE, verdicts);
    n = tb_work_add(work, n, &forward);
    return tb_work_add(work, n, &write);
}

/* Eq. 10.20. */
void tb_work_flops(const struct tb_flops_shape *shape, const struct tb_flops_token *token,
                   const struct tb_work *work, double *counted, double *executed)
{
    if (work->pass == TB_PASS_HEAD) {
        *counted = *executed = token->causal.head;
        return;
    }
    if (work->pass == TB_PASS_TRAIN) {
        /* gradients of weights cost what their products in a forward pass do */
        const struct tb_flops *w = &shape->weights;
        double spared = work->frozen ? w->total - w->router - w->hyper : 0.0;
        *counted = tb_flops_trained(&token->causal, false) - spared;
        *executed =
            tb_flops_executed(shape->model, &token->executed, work->with_mtp, work->recompute) -
            spared;
        return;
    }
    /* Generating a token multiplies what reading it would: the passes differ in time alone. */
    *counted = token->causal.total - token->causal.router - token->causal.hyper;
    *executed = token->exact.total;
}

void tb_work_count(const struct tb_model *model, const struct tb_work *work, double *counted,
                   double *executed)
{
    struct tb_flops_shape shape;
    struct tb_flops_token token;
    tb_flops_shape(model, &shape);
    tb_flops_token(&shape, &work->lengths, &token);
    tb_work_flops(&shape, &token, work, counted, executed);
}

const struct tb_model *tb_role_model(const struct tb_model *actor, const struct tb_stage *stage,
                                     enum tb_role role)
{
    const struct tb_model *own = stage->rl.model[role];
    return own && role != TB_ROLE_ACTOR ? own : actor;
}

double tb_adapter_share(const struct tb_rl *rl)
{
    return tb_or(rl->adapter_share, USUAL_ADAPTER);
}

double tb_frozen_bytes(const struct tb_rl *rl)
{
    if (rl->adapter == TB_ADAPTER_NONE)
        return 0.0;
    return rl->adapter == TB_ADAPTER_QLORA ? BYTES_QLORA : BYTES_16BIT;
}

double tb_role_state_bytes(const struct tb_stage *stage, enum tb_role role, double params,
                           bool saved)
{
    const struct tb_recipe_info *recipe = tb_recipe_info(stage->recipe);
    double each = recipe->weight + recipe->master + recipe->moments;
    if (!saved)
        each += recipe->gradient;
    if (role != TB_ROLE_ACTOR || stage->rl.adapter == TB_ADAPTER_NONE)
        return params * each;
    double base = tb_frozen_bytes(&stage->rl);
    return params * ((saved ? 0.0 : base) + tb_adapter_share(&stage->rl) * each);
}

double tb_reader_bytes(const struct tb_model *actor, const struct tb_stage *stage)
{
    const struct tb_rl *rl = &stage->rl;
    const struct tb_model *own = rl->model[TB_ROLE_REFERENCE];
    bool base =
        rl->adapter != TB_ADAPTER_NONE && !own && !(rl->role_bytes[TB_ROLE_REFERENCE] > 0.0);
    if (base || tb_or(rl->reference_kept, 0.0) > 0.0 ||
        !tb_stage_has_role(stage, TB_ROLE_REFERENCE))
        return 0.0;
    struct tb_params params;
    tb_params_count(tb_role_model(actor, stage, TB_ROLE_REFERENCE), &params);
    return params.total * tb_role_bytes(rl, TB_ROLE_REFERENCE);
}

double tb_work_speed(const struct tb_work *work)
{
    struct tb_rl_constants constants;
    tb_rl_constants_start(&constants);
    double speed = work->packed ? constants.qlora_ratio : 1.0;
    return work->rounded ? speed * 3.0 / (2.0 + ROUNDED_FORWARD) : speed;
}

double tb_role_bytes(const struct tb_rl *rl, enum tb_role role)
{
    return rl->role_bytes[role] > 0.0 ? rl->role_bytes[role] : BYTES_16BIT;
}

double tb_reward_share(const struct tb_rl *rl, double otherwise)
{
    return tb_or(rl->reward, rl->model[TB_ROLE_REWARD] ? 1.0 : otherwise);
}

bool tb_stage_has_role(const struct tb_stage *stage, enum tb_role role)
{
    struct tb_work work[TB_MAX_WORK];
    int n = tb_stage_items(stage, work);
    for (int i = 0; i < n; i++) {
        if (work[i].role == role)
            return true;
    }
    return false;
}

/* Asks the kind for the work of a stage of one response of one token. */
bool tb_stage_generates(enum tb_stage_kind kind)
{
    const struct tb_rl one = {.prompts_per_step = 1.0,
                              .group_size = 1.0,
                              .response_mean = 1.0,
                              .response_cap = 1.0,
                              .oversample = 1.0};
    const struct tb_stage probe = {
        .kind = kind, .tokens = 1.0, .steps = 1.0, .epochs = 1.0, .packing = 1.0, .rl = one};
    struct tb_work work[TB_MAX_WORK];
    int n = tb_stage_items(&probe, work);
    for (int i = 0; i < n; i++) {
        if (work[i].pass == TB_PASS_GENERATE)
            return true;
    }
    return false;
}
