/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/realise.h"

#include "model/params.h"
#include "scenario/alike.h"
#include "scenario/build.h"

#include <math.h>
#include <string.h>

#define Z95 1.6448536269514722
#define ENOUGH 3
#define PARAM TB_PARAM_STAGE_REALISATION

/* Once: what earlier stages have said is the scenario's already. */
static void say_dropped(const struct tb_scenario *s, int stage, tb_diags *diags)
{
    static const char text[] = "realisation says how far runs stay behind the best plan; this plan "
                               "is given or published, and it is not applied";
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = s->stage[stage].id};
    if (!tb_diags_said(s->diags, text))
        tb_diag_add(diags, TB_DROPPED_INPUT, &finding, "%s", text);
}

static double expert_width(const struct tb_model *model)
{
    double widest = 0.0;
    for (int i = 0; i < model->n_kinds; i++)
        widest = fmax(widest, model->kind[i].ffn.d_expert);
    return widest;
}

/* MFU of the steps of the best plan. */
static double best_mfu(const struct tb_scenario *s, int stage, const struct tb_predicted *p)
{
    struct tb_stage_counts counts;
    const struct tb_chip *chip = &s->central.chip[s->stage[stage].machine];
    tb_stage_count(&s->stage[stage].model->model, &s->central.stage[stage], &counts);
    return p->step.tokens_per_s_per_chip * counts.plain_model / tb_chip_peak16(chip);
}

/* As a run on a cluster: what published runs on one server share is code tuned by hand. */
static struct tb_evidence_run query_of(const struct tb_scenario *s, int stage, double best)
{
    const struct tb_scenario_stage *st = &s->stage[stage];
    const struct tb_stage *v = &s->central.stage[stage];
    const struct tb_chip_preset *chip = s->machine[st->machine].chip;
    double epochs = isfinite(v->epochs) ? v->epochs : 1.0;
    struct tb_params params;
    tb_params_count(&st->model->model, &params);
    return (struct tb_evidence_run){.generation = chip->generation ? chip->generation : "",
                                    .moe = st->model->moe,
                                    .active = params.active,
                                    .expert = expert_width(&st->model->model),
                                    .tokens = isfinite(v->tokens) ? v->tokens * epochs : 0.0,
                                    .length = v->seq_len,
                                    .best = best};
}

/* The runs that stand beside their best plans, once an estimate. */
static const struct tb_alike_runs *prepared(struct tb_scenario *s, tb_diags *diags)
{
    size_t n = 0;
    const struct tb_prior *rows = s->realised ? NULL : tb_data_priors(s->data, &n, diags);
    const struct tb_evidence *evidence =
        n > 0 && rows[0].evidence ? rows[0].evidence->realised : NULL;
    if (s->realised || !evidence)
        return s->realised;
    struct tb_alike_runs *runs = tb_arena_alloc(s->arena, sizeof *runs);
    if (runs && tb_alike_reserve(s->arena, evidence->n, runs) &&
        tb_alike_prepare(evidence, runs) == TB_OK)
        s->realised = runs;
    return s->realised;
}

/* Whole runs of this generation and kind. */
static int count_kin(const struct tb_evidence *evidence, const struct tb_evidence_run *query)
{
    int n = 0;
    for (size_t i = 0; i < evidence->n; i++)
        n += !evidence->run[i].steady && evidence->run[i].moe == query->moe &&
             strcmp(evidence->run[i].generation, query->generation) == 0;
    return n;
}

/* Once for all stages on a chip: what earlier ones have said is the scenario's already. */
static void warn_thin(const struct tb_scenario *s, int stage, const struct tb_prov *prov,
                      double value, tb_diags *diags)
{
    const struct tb_chip_preset *chip = s->machine[s->stage[stage].machine].chip;
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = "realisation", .remedy = "--set realisation=X replaces it"};
    const char *thin = tb_arena_printf(
        s->arena, "fewer than three published runs on %s of this kind", chip->entity.name);
    if (prov->grade != TB_GRADE_D || !thin || tb_diags_said(s->diags, thin))
        return;
    const char *of = "";
    if (s->n_stages > 1)
        of = tb_arena_printf(s->arena, " (stage '%s'; further ones likewise)", s->stage[stage].id);
    tb_diag_add(diags, TB_OUT_OF_EVIDENCE, &finding,
                "%s say how far a run stays behind its best plan; %.3g (%.3g to %.3g) is borrowed "
                "from others%s",
                thin, value, prov->low, prov->high, of ? of : "");
}

static double within(double value)
{
    const struct tb_param_info *info = tb_param_info(PARAM);
    return fmin(info->most, fmax(info->least, value));
}

bool tb_realise_apply(struct tb_scenario *s, int stage, const struct tb_predicted *predicted,
                      tb_diags *diags)
{
    static const char *const sources[] = {"pretrain-runs-table"};
    const bool stated = isfinite(s->central.stage[stage].realisation);
    if (stated && predicted->from != TB_PLAN_CHOSEN)
        say_dropped(s, stage, diags);
    if (stated || predicted->from != TB_PLAN_CHOSEN)
        return false;
    const struct tb_alike_runs *runs = prepared(s, diags);
    const double best = best_mfu(s, stage, predicted);
    if (!runs || !(best > 0.0))
        return false;
    const struct tb_evidence_run query = query_of(s, stage, best);
    const struct tb_alike alike = tb_alike_predict(runs, &query);
    /* No run is expected to beat its best plan; some will, as far as the step model errs. */
    const double mean = fmin(alike.mean, log(best));
    const int kin = count_kin(&runs->evidence, &query);
    struct tb_prov prov = {.known = true,
                           .grade = kin >= ENOUGH ? TB_GRADE_C : TB_GRADE_D,
                           .dist = TB_DIST_LOGNORMAL,
                           .low = within(exp(mean - Z95 * alike.sd) / best),
                           .high = within(exp(mean + Z95 * alike.sd) / best),
                           .sources = sources,
                           .n_sources = 1,
                           .where = "presets/priors.yaml",
                           .pos = {"presets/priors.yaml", 0, 2}};
    prov.note = tb_arena_printf(s->arena,
                                "published runs beside their best plans, by likeness; %d whole "
                                "runs on chips of this generation, of this kind",
                                kin);
    const double value = within(exp(mean) / best);
    tb_stage_set(s, stage, PARAM, value, &prov);
    warn_thin(s, stage, &prov, value, diags);
    return true;
}
