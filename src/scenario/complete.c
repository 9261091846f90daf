/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/build.h"

#include "base/text.h"
#include "run/rlwork.h"
#include "scenario/basis.h"
#include "scenario/choice.h"
#include "scenario/default.h"
#include "scenario/generation.h"
#include "scenario/rollouts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool ranged(const struct tb_prov *prov)
{
    return prov->known && prov->dist != TB_DIST_EXACT && prov->low < prov->high;
}

static bool user_set(const struct tb_scenario *s, int stage, enum tb_param param)
{
    return s->stage[stage].user_set[tb_param_slot(param)];
}

static void dropped(struct tb_scenario *s, const char *path, const char *message,
                    const char *remedy)
{
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = path, .remedy = remedy};
    if (!tb_diags_said(s->diags, message))
        tb_diag_add(s->diags, TB_DROPPED_INPUT, &finding, "%s", message);
}

/* A published speed holds for the machine, model, precision and length it was measured with. An
 * undisclosed length that the user supplies is knowledge about that run, not another run. */
static const char *why_void(const struct tb_scenario *s, int stage)
{
    if (s->hardware_changed)
        return "the chip or cluster";
    if (s->model_changed)
        return "the model";
    if (s->central.stage[stage].precision != s->stated[stage].precision)
        return "the precision";
    if (user_set(s, stage, TB_PARAM_STAGE_SEQ_LEN) &&
        s->central.stage[stage].seq_len != s->stated[stage].seq_len)
        return "the sequence length";
    return NULL;
}

static void drop_measurement(struct tb_scenario *s, int stage)
{
    for (int p = TB_PARAM_STAGE_MEASURED_STEP_TIME; p <= TB_PARAM_STAGE_MEASURED_BATCH_TOKENS; p++)
        tb_stage_clear(s, stage, (enum tb_param)p);
}

/* A measurement that a calculation would have stood before anyway is not missed. */
static void say_void(struct tb_scenario *s, const char *why)
{
    bool missed = s->basis == TB_BASIS_MEASURED;
    for (int i = 0; i < s->n_stages; i++)
        missed = missed || s->stage[i].basis == TB_BASIS_PRIOR;
    if (!why || !missed)
        return;
    struct tb_text message = {0};
    tb_text_addf(&message, "the published speed no longer applies, %s was changed", why);
    char *text = tb_text_take(&message);
    dropped(
        s, "measured", text ? text : "the published speed no longer applies",
        "the estimate rests on the MFU prior; --mfu X or --set measured.step_time=T replace it");
    free(text);
}

static bool batch_set(const struct tb_scenario *s, int stage)
{
    return user_set(s, stage, TB_PARAM_STAGE_BATCH_TOKENS) ||
           user_set(s, stage, TB_PARAM_STAGE_GLOBAL_BATCH);
}

/* The preset states the batch as a fact, not as a range of guesses. */
static bool batch_disclosed(const struct tb_scenario *s, int stage)
{
    const struct tb_prov *prov = s->run->stages[stage].prov;
    return !ranged(&prov[tb_param_slot(TB_PARAM_STAGE_BATCH_TOKENS)]) &&
           !ranged(&prov[tb_param_slot(TB_PARAM_STAGE_GLOBAL_BATCH)]);
}

/* The published step keeps its own batch and chips when the run is imagined with others. */
static void freeze_measurement(struct tb_scenario *s, int stage)
{
    struct tb_stage *v = &s->central.stage[stage];
    const struct tb_stage *was = &s->stated[stage];
    double batch_was =
        isfinite(was->batch_tokens) ? was->batch_tokens : was->global_batch * was->seq_len;
    if (!s->run)
        return;
    if (batch_set(s, stage) && batch_disclosed(s, stage) && !isfinite(v->measured_batch_tokens))
        v->measured_batch_tokens = batch_was;
    if (user_set(s, stage, TB_PARAM_STAGE_CHIPS) && !isfinite(v->measured_chips))
        v->measured_chips = was->chips;
}

static void warn_chips(struct tb_scenario *s)
{
    const struct tb_stage *v = &s->central.stage[0];
    if (s->stage[0].basis != TB_BASIS_MEASURED || !user_set(s, 0, TB_PARAM_STAGE_CHIPS) ||
        v->chips == v->measured_chips)
        return;
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = "chips"};
    tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding,
                "measured on %.10g chips; the rate per chip is kept for %.10g", v->measured_chips,
                v->chips);
}

/* A step of another batch takes another time; that it takes as long a token is a guess. */
static void warn_batch(struct tb_scenario *s, int stage)
{
    const struct tb_stage *v = &s->central.stage[stage];
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = "batch_tokens"};
    double batch = isfinite(v->batch_tokens) ? v->batch_tokens : v->global_batch * v->seq_len;
    if (s->stage[stage].basis != TB_BASIS_MEASURED || !batch_set(s, stage) ||
        tb_stage_user_measured(s, stage))
        return;
    if (isfinite(v->measured_batch_tokens) && batch != v->measured_batch_tokens)
        tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding,
                    "measured on steps of %.10g tokens; the rate per chip is kept for %.10g",
                    v->measured_batch_tokens, batch);
    if (batch / v->seq_len < v->chips && !(v->measured_batch_tokens / v->seq_len < v->chips))
        tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding,
                    "%.10g sequences a step are fewer than the %.10g chips", batch / v->seq_len,
                    v->chips);
}

/* @return what made published speeds void; NULL: nothing did. */
static const char *void_measurements(struct tb_scenario *s)
{
    const char *first = NULL;
    for (int i = 0; i < s->n_stages; i++) {
        if (!tb_stage_measured(&s->central.stage[i]) || tb_stage_user_measured(s, i))
            continue;
        const char *why = why_void(s, i);
        if (why)
            drop_measurement(s, i);
        else
            freeze_measurement(s, i);
        first = first ? first : why;
    }
    for (int i = 0; s->hardware_changed && i < s->n_stages; i++)
        if (!user_set(s, i, TB_PARAM_STAGE_RESERVED_HOURS))
            tb_stage_clear(s, i, TB_PARAM_STAGE_RESERVED_HOURS);
    return first;
}

/* What the failure model asks for and a stated goodput makes idle. */
static const enum tb_param of_stage[] = {TB_PARAM_STAGE_CHECKPOINT_INTERVAL,
                                         TB_PARAM_STAGE_CHECKPOINT_OVERLAP,
                                         TB_PARAM_STAGE_CHECKPOINT_SNAPSHOT,
                                         TB_PARAM_STAGE_EVALUATION,
                                         TB_PARAM_STAGE_IDLE,
                                         TB_PARAM_STAGE_STRAGGLER,
                                         TB_PARAM_STAGE_LUCK};
static const enum tb_param of_cluster[] = {TB_PARAM_CLUSTER_MTBF, TB_PARAM_CLUSTER_FAILURE_SHAPE,
                                           TB_PARAM_CLUSTER_DETECTION, TB_PARAM_CLUSTER_RESTART,
                                           TB_PARAM_CLUSTER_STORAGE_BANDWIDTH};

static bool cluster_set(const struct tb_scenario *s, int machine, enum tb_param param)
{
    const struct tb_machine *m = &s->machine[machine];
    const struct tb_prov *now = &m->cluster_prov[tb_param_slot(param)];
    const struct tb_prov *was = m->cluster ? &m->cluster->prov[tb_param_slot(param)] : NULL;
    if (!now->known)
        return false;
    return !was || !was->known || now->pos.file != was->pos.file || now->pos.line != was->pos.line;
}

static bool failures_set(const struct tb_scenario *s, int stage)
{
    for (size_t i = 0; i < sizeof of_stage / sizeof *of_stage; i++)
        if (user_set(s, stage, of_stage[i]))
            return true;
    for (size_t i = 0; i < sizeof of_cluster / sizeof *of_cluster; i++)
        if (cluster_set(s, s->stage[stage].machine, of_cluster[i]))
            return true;
    return false;
}

/* Who sets what failures cost wants the goodput from it, not the preset's figure. */
static void void_goodput(struct tb_scenario *s)
{
    for (int i = 0; i < s->n_stages; i++) {
        if (!isfinite(s->central.stage[i].goodput) || user_set(s, i, TB_PARAM_STAGE_GOODPUT) ||
            !failures_set(s, i))
            continue;
        tb_stage_clear(s, i, TB_PARAM_STAGE_GOODPUT);
        dropped(
            s, "goodput",
            "the preset's goodput no longer applies: failures, checkpoints and idle time decide",
            "--set goodput=X states one");
    }
}

/* Tokens, steps and batch: two decide. What the user gave beats what the preset states. */
static void settle_schedule(struct tb_scenario *s, int stage)
{
    struct tb_stage *v = &s->central.stage[stage];
    bool has_batch = isfinite(v->batch_tokens) || isfinite(v->global_batch);
    if (!isfinite(v->tokens) || !isfinite(v->steps) || !has_batch)
        return;
    bool tokens = user_set(s, stage, TB_PARAM_STAGE_TOKENS);
    bool steps = user_set(s, stage, TB_PARAM_STAGE_STEPS);
    bool batch = batch_set(s, stage);
    if (steps && !tokens) {
        tb_stage_clear(s, stage, TB_PARAM_STAGE_TOKENS);
        dropped(s, "tokens", "the preset's tokens no longer apply: steps and batch decide", NULL);
    } else if (steps && !batch) {
        tb_stage_clear(s, stage, TB_PARAM_STAGE_BATCH_TOKENS);
        tb_stage_clear(s, stage, TB_PARAM_STAGE_GLOBAL_BATCH);
        dropped(s, "batch_tokens", "the preset's batch no longer applies: tokens and steps decide",
                NULL);
    } else if (tokens || batch) {
        tb_stage_clear(s, stage, TB_PARAM_STAGE_STEPS);
        dropped(s, "steps", "the number of steps no longer applies: tokens and batch decide", NULL);
    }
}

static bool missing(struct tb_scenario *s, int stage, const char *what, const char *remedy)
{
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = s->stage[stage].id, .remedy = remedy};
    tb_diag_add(s->diags, TB_USAGE_MISSING_INPUT, &finding, "%s", what);
    return false;
}

static bool check_given(struct tb_scenario *s, int stage)
{
    const struct tb_stage *v = &s->central.stage[stage];
    bool batch = isfinite(v->batch_tokens) || isfinite(v->global_batch);
    bool ok = true;
    bool counted = isfinite(v->tokens) || (isfinite(v->steps) && batch);
    /* Of kinds that generate, tokens follow from prompts and responses. */
    if (!counted && !(tb_stage_generates(v->kind) && isfinite(v->steps)))
        ok = missing(s, stage, "the number of tokens is not known",
                     "give --set tokens=N, or --set steps=N and --set batch_tokens=N");
    if (!isfinite(v->chips))
        ok = missing(s, stage, "the number of chips is not known", "give --chips N");
    return ok;
}

/* A run keeps its precision on another chip unless that chip cannot multiply in it. */
static void check_precision(struct tb_scenario *s, int stage, bool *said)
{
    struct tb_stage *v = &s->central.stage[stage];
    const struct tb_chip *chip = &s->central.chip[s->stage[stage].machine];
    if (v->precision != TB_FP8 && v->precision != TB_FP4 && v->precision != TB_INT8)
        return;
    if (isfinite(chip->peak[v->precision]))
        return;
    const char *id = tb_dtype_id(v->precision);
    v->precision = isfinite(chip->peak[TB_BF16]) ? TB_BF16 : TB_FP16;
    if (*said)
        return;
    *said = true;
    char *text = tb_arena_printf(s->arena, "no %s peak is on record for %s; %s is assumed", id,
                                 s->machine[s->stage[stage].machine].chip->entity.name,
                                 tb_dtype_id(v->precision));
    dropped(s, "precision", text ? text : "precision changed", NULL);
}

static void check_size(struct tb_scenario *s)
{
    for (int i = 0; i < s->n_stages; i++) {
        int m = s->stage[i].machine;
        double most = s->central.cluster[m].max_chips;
        if (!(s->central.stage[i].chips > most))
            continue;
        struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = "chips"};
        tb_diag_add(
            s->diags, TB_OUT_OF_EVIDENCE, &finding,
            "%.10g chips are more than the %.10g of the largest configuration stated for %s",
            s->central.stage[i].chips, most, s->machine[m].cluster->entity.name);
        return;
    }
}

static void warn_undisclosed_hardware(struct tb_scenario *s)
{
    if (!s->run || s->run->hardware_disclosed || s->request->chip || s->request->cluster)
        return;
    const struct tb_chip_preset *chip = s->machine[s->stage[0].machine].chip;
    struct tb_finding finding = {.pos = {s->run->entity.file, 0, 0},
                                 .path = "chip",
                                 .found = chip->entity.id,
                                 .remedy = "--chip CHIP and --chips N name others"};
    tb_diag_add(s->diags, TB_DEFAULT_USED, &finding,
                "the hardware of this run was not disclosed; %s stands in for it",
                chip->entity.name);
}

static bool rests_on(const struct tb_scenario *s, enum tb_basis basis)
{
    bool any = basis == TB_BASIS_NONE;
    for (int i = 0; i < s->n_stages; i++)
        any = any || basis == s->stage[i].basis;
    return any;
}

static void repeat_warnings(struct tb_scenario *s, const struct tb_entity *entity)
{
    for (size_t i = 0; i < entity->n_warnings; i++) {
        if (!rests_on(s, entity->warning_basis[i]))
            continue;
        struct tb_finding finding = {.pos = {entity->file, 0, 0}};
        tb_diag_add(s->diags, TB_PRESET_CAUTION, &finding, "%s", entity->warnings[i]);
    }
}

static void warn_all(struct tb_scenario *s)
{
    warn_chips(s);
    for (int i = 0; i < s->n_stages; i++)
        warn_batch(s, i);
    warn_undisclosed_hardware(s);
    check_size(s);
    if (s->run)
        repeat_warnings(s, &s->run->entity);
    repeat_warnings(s, &s->model->entity);
    for (int i = 0; i < s->n_machines; i++)
        repeat_warnings(s, &s->machine[i].chip->entity);
}

bool tb_scenario_complete(struct tb_scenario *s)
{
    bool ok = true;
    bool said = false;
    tb_roles_check(s);
    const char *voided = void_measurements(s);
    void_goodput(s);
    tb_rollouts_lengths(s);
    tb_defaults_apply(s);
    for (int i = 0; i < s->n_stages; i++) {
        settle_schedule(s, i);
        check_precision(s, i, &said);
        ok = check_given(s, i) && ok;
    }
    if (!ok || !tb_generation_apply(s))
        return false;
    ok = tb_bases_settle(s);
    ok = tb_scenario_ramps(s) && ok; /* a batch that nobody states is known by now */
    say_void(s, voided);
    warn_all(s);
    return ok;
}
