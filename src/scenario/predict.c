/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/predict.h"

#include "run/rlwork.h"
#include "scenario/build.h"
#include "scenario/fit_constants.h"
#include "scenario/realise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- --plan ------------------------------------------------------------------------------------
 */

static bool unknown_key(const struct tb_scenario *s, const char *key)
{
    const char *names[TB_PLAN_KEY_COUNT];
    struct tb_text near = {0};
    for (int i = 0; i < TB_PLAN_KEY_COUNT; i++)
        names[i] = tb_plan_key_id(i);
    tb_suggest(&near, key, names, TB_PLAN_KEY_COUNT, 3);
    const bool alike = near.length > 0;
    for (int i = 0; !alike && i < TB_PLAN_KEY_COUNT; i++)
        tb_text_addf(&near, "%s%s", i ? ", " : "", names[i]);
    char *list = tb_text_take(&near);
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .found = key, .accepted = list};
    tb_diag_add(s->diags, TB_USAGE_UNKNOWN_KEY, &finding, "--plan: unknown key '%s'", key);
    free(list);
    return false;
}

static bool bad_value(const struct tb_scenario *s, enum tb_plan_key key, const char *value)
{
    struct tb_text accepted = {0};
    tb_plan_key_accepts(key, &accepted);
    char *list = tb_text_take(&accepted);
    struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                 .path = tb_plan_key_id((int)key),
                                 .found = *value ? value : "nothing",
                                 .accepted = list};
    tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "--plan: not what '%s' takes",
                tb_plan_key_id((int)key));
    free(list);
    return false;
}

/* "key=value"; a bare key is a flag. */
static bool read_item(const struct tb_scenario *s, char *item, struct tb_given_plan *plan)
{
    char *equals = strchr(item, '=');
    const char *value = equals ? equals + 1 : "true";
    enum tb_plan_key key;
    if (equals)
        *equals = '\0';
    if (!tb_plan_key_find(item, &key))
        return unknown_key(s, item);
    if (plan->given[key]) {
        struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = item};
        tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "--plan: '%s' is given twice", item);
        return false;
    }
    return tb_plan_key_set(plan, key, value) || bad_value(s, key, value);
}

bool tb_predict_read(struct tb_scenario *s)
{
    const char *at = s->request->plan;
    if (!at)
        return true;
    struct tb_given_plan *plan = tb_arena_alloc(s->arena, sizeof *plan);
    bool ok = plan != NULL;
    while (ok && at) {
        size_t length = strcspn(at, ",");
        char *item = tb_arena_strndup(s->arena, at, length);
        ok = item && read_item(s, item, plan);
        at = at[length] ? at + length + 1 : NULL;
    }
    s->plan = plan;
    return ok;
}

/* ---- which plan --------------------------------------------------------------------------------
 */

static const struct tb_given_plan *published(const struct tb_scenario *s, int stage)
{
    const struct tb_given_plan *plan = s->run ? &s->run->stages[stage].plan : NULL;
    return plan && tb_given_plan_any(plan) ? plan : NULL;
}

/* A published plan is for the machine, the model and the number of chips it was published for. */
static bool still_applies(const struct tb_scenario *s, int stage)
{
    return !s->hardware_changed && !s->model_changed && !s->request->model &&
           s->central.stage[stage].chips == s->stated[stage].chips;
}

/* Once, by the first stage that has lost its plan. */
static void say_dropped(const struct tb_scenario *s, int stage, tb_diags *diags)
{
    static const char text[] =
        "the published plan is for another model, chip or number of chips; one is chosen";
    struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                 .path = s->stage[stage].id,
                                 .remedy = "--plan 'tp=8,pp=16,...' gives one"};
    if (!tb_diags_said(s->diags, text))
        tb_diag_add(diags, TB_DROPPED_INPUT, &finding, "%s", text);
}

static void set_factor(struct tb_scenario *s, int stage, const struct tb_predicted *predicted,
                       const struct tb_constants *constants, tb_diags *diags)
{
    static const char *const words[] = {"chip and software measured",
                                        "chip or software not measured",
                                        "neither chip nor software measured"};
    static const char *const sources[] = {"throughput-table"};
    bool moe = s->stage[stage].model->moe;
    struct tb_prov prov = {.known = true,
                           .grade = predicted->known == 0 ? TB_GRADE_C : TB_GRADE_D,
                           .dist = TB_DIST_LOGNORMAL,
                           .sources = sources,
                           .n_sources = 1,
                           .where = "presets/constants.yaml",
                           .pos = {"presets/constants.yaml", 0, predicted->known + 1}};
    bool realised = tb_realise_apply(s, stage, predicted, diags);
    if (isfinite(s->central.stage[stage].step_model))
        return;
    if (realised) { /* the range of the realisation holds the errors of the step model */
        s->central.stage[stage].step_model = 1.0;
        return;
    }
    const struct tb_range_key key = {moe, predicted->known, predicted->prediction.perf.stray};
    tb_constants_range(constants, &key, &prov.low, &prov.high);
    prov.low = fmin(prov.low, 1.0);
    prov.high = fmax(prov.high, 1.0);
    prov.note =
        tb_arena_printf(s->arena, "errors of left-out rows of the fit: %s, %s",
                        moe ? "mixtures of experts" : "dense models", words[predicted->known]);
    tb_stage_set(s, stage, TB_PARAM_STAGE_STEP_MODEL, 1.0, &prov);
}

/* Both unknown is the same, too. */
static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_pass(const struct tb_stage *x, const struct tb_stage *y)
{
    return same(x->seq_len, y->seq_len) && same(x->chips, y->chips) &&
           same(x->global_batch, y->global_batch) && same(x->batch_tokens, y->batch_tokens) &&
           x->precision == y->precision && x->recipe == y->recipe && x->train_mtp == y->train_mtp;
}

static void warn_full(const struct tb_scenario *s, int stage, const struct tb_predicted *p,
                      tb_diags *diags)
{
    const struct tb_step_memory *m = &p->step.memory;
    if (!(m->total > m->capacity))
        return;
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = s->stage[stage].id};
    const bool ran = same_pass(&s->central.stage[stage], &s->stated[stage]);
    const char *text = tb_arena_printf(
        s->arena, "the published plan would need %.4g GB of %.4g GB on the fullest device; %s",
        m->total / 1e9, m->capacity / 1e9,
        ran ? "as it ran, the memory model says too much here"
            : "it was published for other lengths, batch, precision or recipe");
    if (text && !tb_diags_said_alike(s->diags, text))
        tb_diag_add(diags, TB_OUT_OF_EVIDENCE, &finding, "%s", text);
}

static bool predict_stage(struct tb_scenario *s, int stage, tb_diags *diags)
{
    const struct tb_constants *constants = tb_data_constants(s->data, diags);
    struct tb_predicted *out = tb_arena_alloc(s->arena, sizeof *out);
    struct tb_plan_request r = {.scenario = s, .stage = stage, .diags = diags};
    if (!constants || !out)
        return false;
    r.given = s->plan ? s->plan : published(s, stage);
    r.forced = s->plan != NULL;
    out->from = s->plan ? TB_PLAN_GIVEN : TB_PLAN_PUBLISHED;
    if (!s->plan && r.given && !still_applies(s, stage)) {
        say_dropped(s, stage, diags);
        r.given = NULL;
    }
    if (!r.given)
        out->from = TB_PLAN_CHOSEN;
    if (!tb_plan_settle(&r, out))
        return false;
    out->prediction.chosen = out->from == TB_PLAN_CHOSEN;
    warn_full(s, stage, out, diags);
    set_factor(s, stage, out, constants, diags);
    s->stage[stage].predicted = out;
    return true;
}

/* Adapters and references are part of what has to fit. */
static bool same_holding(const struct tb_model *model, const struct tb_stage *x,
                         const struct tb_stage *y)
{
    return x->rl.adapter == y->rl.adapter && tb_adapter_share(&x->rl) == tb_adapter_share(&y->rl) &&
           tb_reader_bytes(model, x) == tb_reader_bytes(model, y);
}

/* Phases that differ in nothing the plan depends on share one prediction. */
static bool same_step(const struct tb_scenario *s, int a, int b)
{
    const struct tb_stage *x = &s->central.stage[a];
    const struct tb_stage *y = &s->central.stage[b];
    return s->stage[a].predicted && s->stage[a].model == s->stage[b].model &&
           s->stage[a].machine == s->stage[b].machine && published(s, a) == NULL &&
           published(s, b) == NULL && same_pass(x, y) &&
           same_holding(&s->stage[a].model->model, x, y);
}

bool tb_predict_stage(struct tb_scenario *s, int stage, tb_diags *diags)
{
    for (int i = 0; i < stage; i++) {
        if (!same_step(s, i, stage))
            continue;
        s->stage[stage].predicted = s->stage[i].predicted;
        set_factor(s, stage, s->stage[i].predicted, tb_data_constants(s->data, diags), diags);
        return true;
    }
    return predict_stage(s, stage, diags);
}

void tb_predict_beside(struct tb_scenario *s, int stage)
{
    tb_diags *quiet = tb_diags_new();
    if (quiet && !s->stage[stage].predicted && !tb_stage_generates(s->central.stage[stage].kind))
        tb_predict_stage(s, stage, quiet);
    tb_diags_free(quiet);
}
