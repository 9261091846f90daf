/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/basis.h"

#include "base/text.h"
#include "base/units.h"
#include "model/params.h"
#include "run/rlwork.h"
#include "scenario/build.h"
#include "scenario/default.h"
#include "scenario/predict.h"
#include "scenario/prior.h"

#include <math.h>
#include <string.h>

enum { MOST_BASES = 4 };

/* What is tried in turn, by what is asked for. Who asks for measurements gets what was published
 * of other stages' kind before a calculation; who asks for a prediction or a prior, that alone. */
static const struct {
    enum tb_basis asked;
    enum tb_basis order[MOST_BASES];
} orders[] = {
    {TB_BASIS_NONE, {TB_BASIS_ASSUMED, TB_BASIS_PREDICTED, TB_BASIS_MEASURED, TB_BASIS_PRIOR}},
    {TB_BASIS_MEASURED, {TB_BASIS_MEASURED, TB_BASIS_PRIOR, TB_BASIS_PREDICTED}},
    {TB_BASIS_PREDICTED, {TB_BASIS_PREDICTED}},
    {TB_BASIS_PRIOR, {TB_BASIS_PRIOR}},
};

static bool user_set(const struct tb_scenario *s, int stage, enum tb_param param)
{
    return s->stage[stage].user_set[tb_param_slot(param)];
}

bool tb_stage_measured(const struct tb_stage *stage)
{
    return isfinite(stage->measured_step_time) || isfinite(stage->measured_token_rate);
}

bool tb_stage_user_measured(const struct tb_scenario *s, int stage)
{
    return user_set(s, stage, TB_PARAM_STAGE_MEASURED_STEP_TIME) ||
           user_set(s, stage, TB_PARAM_STAGE_MEASURED_TOKEN_RATE);
}

/* ---- one stage ---------------------------------------------------------------------------------
 */

struct asking {
    struct tb_scenario *s;
    int stage;
    tb_diags *why; /* what keeps the step model from an answer */
};

/* Tokens a step that published runs of this size and length take in the middle (eq. 8.8). @return
 * false: the batch is stated, or there is nothing to go by. */
static bool assume_batch(struct tb_scenario *s, int stage)
{
    const struct tb_stage *v = &s->central.stage[stage];
    struct tb_params params;
    if (isfinite(v->global_batch) || isfinite(v->batch_tokens) || isfinite(v->steps))
        return false;
    tb_params_count(&s->stage[stage].model->model, &params);
    const int machine = s->stage[stage].machine;
    const double ranks = v->chips * fmax(s->central.chip[machine].dies, 1.0);
    double usual = tb_default_batch_tokens(params.active, v->tokens);
    double batch = v->seq_len * tb_default_batch(usual, v->seq_len, ranks);
    const struct tb_prov prov = {.known = true,
                                 .grade = TB_GRADE_D,
                                 .dist = TB_DIST_LOGNORMAL,
                                 .low = batch / TB_BATCH_SPREAD,
                                 .high = batch * TB_BATCH_SPREAD,
                                 .note = "what published runs of this size and length take",
                                 .pos = {"stated default", 0, 0}};
    if (!(batch > 0.0))
        return false;
    tb_stage_set(s, stage, TB_PARAM_STAGE_BATCH_TOKENS, batch, &prov);
    return true;
}

static void say_batch(const struct asking *a)
{
    const struct tb_stage *v = &a->s->central.stage[a->stage];
    struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                 .path = a->s->stage[a->stage].id,
                                 .remedy = "--set batch_tokens=N states it"};
    struct tb_text text = {0};
    tb_text_add(&text, "tokens a step are not stated, assumed: ");
    tb_quantity_write(&text, v->batch_tokens, TB_DIM_COUNT, 3);
    tb_text_add(&text, " (");
    tb_quantity_write(&text, v->batch_tokens / TB_BATCH_SPREAD, TB_DIM_COUNT, 3);
    tb_text_add(&text, " to ");
    tb_quantity_write(&text, v->batch_tokens * TB_BATCH_SPREAD, TB_DIM_COUNT, 3);
    tb_text_add(&text, ")");
    if (text.data)
        tb_diag_add(a->why, TB_DEFAULT_USED, &finding, "%s", text.data);
    tb_text_free(&text);
}

static bool has_prediction(const struct asking *a)
{
    const struct tb_stage *v = &a->s->central.stage[a->stage];
    if (tb_stage_generates(v->kind))
        return isfinite(v->rl.response_mean);
    bool assumed = assume_batch(a->s, a->stage);
    bool ok = tb_predict_stage(a->s, a->stage, a->why);
    if (assumed && ok)
        say_batch(a);
    else if (assumed)
        tb_stage_clear(a->s, a->stage, TB_PARAM_STAGE_BATCH_TOKENS);
    return ok;
}

/* Priors are those of training passes. */
static bool has_prior(const struct asking *a)
{
    const struct tb_stage *v = &a->s->central.stage[a->stage];
    if (a->s->basis == TB_BASIS_NONE && tb_stage_generates(v->kind))
        return false;
    return isfinite(v->prior_mfu) || tb_prior_apply(a->s, a->stage);
}

static bool has(const struct asking *a, enum tb_basis basis)
{
    const struct tb_stage *v = &a->s->central.stage[a->stage];
    switch (basis) {
    case TB_BASIS_ASSUMED:
        return isfinite(v->mfu);
    case TB_BASIS_PREDICTED:
        return has_prediction(a);
    case TB_BASIS_MEASURED:
        return tb_stage_measured(v);
    case TB_BASIS_PRIOR:
        return has_prior(a);
    default:
        return false;
    }
}

/* Who gives a speed or a prior on the command line asks for it, as who gives an MFU or a plan. */
static enum tb_basis asked_for(const struct tb_scenario *s, int stage)
{
    if (s->basis != TB_BASIS_NONE || isfinite(s->central.stage[stage].mfu))
        return s->basis;
    if (tb_stage_user_measured(s, stage))
        return TB_BASIS_MEASURED;
    return user_set(s, stage, TB_PARAM_STAGE_PRIOR_MFU) ? TB_BASIS_PRIOR : TB_BASIS_NONE;
}

static const enum tb_basis *order_of(enum tb_basis asked)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (orders[i].asked == asked)
            return orders[i].order;
    return orders[0].order;
}

static enum tb_basis choose(const struct asking *a, const enum tb_basis *order)
{
    for (int k = 0; k < MOST_BASES; k++)
        if (order[k] != TB_BASIS_NONE && has(a, order[k]))
            return order[k];
    return TB_BASIS_NONE;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static const struct tb_diag *first_error(const tb_diags *diags)
{
    const struct tb_diag *d;
    for (size_t i = 0; (d = tb_diags_at(diags, i)) != NULL; i++)
        if (d->severity == TB_ERROR)
            return d;
    return NULL;
}

/* One line for each reason, however many stages share it. */
static void say(struct tb_scenario *s, int stage, const char *missing, const char *remedy)
{
    char *text = tb_arena_printf(s->arena, "%s; the estimate rests on basis '%s'", missing,
                                 tb_basis_id(s->stage[stage].basis));
    if (!text || tb_diags_said_alike(s->diags, text))
        return;
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = s->stage[stage].id, .remedy = remedy};
    tb_diag_add(s->diags, TB_NEXT_BASIS, &finding, "%s", text);
}

static void say_next(const struct asking *a, enum tb_basis asked)
{
    struct tb_scenario *s = a->s;
    enum tb_basis basis = s->stage[a->stage].basis;
    const struct tb_diag *error = first_error(a->why);
    if (basis == TB_BASIS_NONE || basis == TB_BASIS_ASSUMED || basis == asked)
        return;
    if (asked == TB_BASIS_MEASURED) {
        say(s, a->stage, "no speed was published", NULL);
        return;
    }
    if (basis == TB_BASIS_PREDICTED || !error)
        return;
    char *text = tb_arena_printf(
        s->arena, "no prediction: %s%s%s%s", error->message, error->accepted ? " (nearest: " : "",
        error->accepted ? error->accepted : "", error->accepted ? ")" : "");
    if (text)
        say(s, a->stage, text, error->remedy);
}

static bool nothing(const struct tb_scenario *s, int stage)
{
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = s->stage[stage].id, .found = tb_basis_id(s->basis)};
    tb_diag_add(s->diags, TB_NO_BASIS, &finding, "stage '%s' has nothing to base a time on '%s'",
                s->stage[stage].id, tb_basis_id(s->basis));
    return false;
}

/* @return false after reporting: a basis that was asked for is not there. */
static bool settle(struct tb_scenario *s, int stage)
{
    struct asking a = {s, stage, tb_diags_new()};
    enum tb_basis asked = asked_for(s, stage);
    bool ok = a.why != NULL;
    s->stage[stage].basis = ok ? choose(&a, order_of(asked)) : TB_BASIS_NONE;
    bool none = s->stage[stage].basis == TB_BASIS_NONE;
    say_next(&a, asked);
    /* What a prediction reports belongs to the estimate when it is used, or was asked for. */
    if (s->stage[stage].basis == TB_BASIS_PREDICTED || (none && asked == TB_BASIS_PREDICTED))
        tb_diags_move(s->diags, a.why);
    else if (none && asked != TB_BASIS_NONE)
        ok = nothing(s, stage);
    tb_diags_free(a.why);
    return ok && !(none && asked == TB_BASIS_PREDICTED);
}

static bool any_measured(const struct tb_scenario *s)
{
    for (int i = 0; i < s->n_stages; i++)
        if (tb_stage_measured(&s->central.stage[i]))
            return true;
    return false;
}

bool tb_bases_settle(struct tb_scenario *s)
{
    if (s->basis == TB_BASIS_MEASURED && !any_measured(s))
        return nothing(s, 0);
    for (int i = 0; i < s->n_stages; i++) {
        if (!settle(s, i))
            return false;
        const enum tb_basis basis = s->stage[i].basis;
        bool beside = basis == TB_BASIS_MEASURED || s->request->step_model || s->plan;
        if (beside && basis != TB_BASIS_PREDICTED)
            tb_predict_beside(s, i);
    }
    return true;
}
