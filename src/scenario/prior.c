/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/prior.h"

#include "model/params.h"
#include "scenario/alike.h"
#include "scenario/build.h"

#include <math.h>
#include <string.h>

#define Z95 1.6448536269514722
#define MOST_MFU 0.75
#define ENOUGH 3.0

/* -1: the row is for something else; else how closely it fits. */
static int closeness(const struct tb_prior *row, const struct tb_prior_query *query)
{
    int score = 0;
    if (row->generation) {
        if (!query->generation || strcmp(row->generation, query->generation) != 0)
            return -1;
        score += 2;
    }
    if (row->kind) {
        if (strcmp(row->kind, query->moe ? "moe" : "dense") != 0)
            return -1;
        score += 1;
    }
    return query->active >= row->min_active && query->active < row->max_active ? score : -1;
}

const struct tb_prior *tb_prior_find(const struct tb_prior *rows, size_t n,
                                     const struct tb_prior_query *query)
{
    const struct tb_prior *best = NULL;
    int best_score = -1;
    for (size_t i = 0; i < n; i++) {
        int score = closeness(&rows[i], query);
        if (score > best_score) {
            best = &rows[i];
            best_score = score;
        }
    }
    return best;
}

static void warn_thin(struct tb_scenario *s, int stage)
{
    const struct tb_scenario_stage *st = &s->stage[stage];
    for (int i = 0; i < stage; i++)
        if (s->stage[i].prior == st->prior)
            return;
    if (st->prior->prov.grade != TB_GRADE_D)
        return;
    const struct tb_chip_preset *chip = s->machine[st->machine].chip;
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = "prior_mfu", .remedy = "--mfu X replaces the prior"};
    tb_diag_add(
        s->diags, TB_OUT_OF_EVIDENCE, &finding,
        "no billed run on %s of this kind is on record; the MFU prior %.3g (%.3g to %.3g) is "
        "borrowed: %s",
        chip->entity.name, st->prior->median, st->prior->low, st->prior->high,
        st->prior->prov.note ? st->prior->prov.note : "see presets/priors.yaml");
}

/* Width of the widest routed expert; 0: none. */
static double expert_width(const struct tb_model *model)
{
    double widest = 0.0;
    for (int i = 0; i < model->n_kinds; i++)
        widest = fmax(widest, model->kind[i].ffn.d_expert);
    return widest;
}

/* Of the whole stage, all phases; 0: not stated. */
static double stage_tokens(const struct tb_stage *stage)
{
    double tokens = isfinite(stage->epochs) ? stage->tokens * stage->epochs : stage->tokens;
    return isfinite(tokens) ? tokens : 0.0;
}

/* Published runs of this generation and kind. */
static double count_kin(const struct tb_evidence *evidence, const struct tb_evidence_run *query)
{
    double n = 0.0;
    for (size_t i = 0; i < evidence->n; i++)
        n += evidence->run[i].moe == query->moe &&
             strcmp(evidence->run[i].generation, query->generation) == 0;
    return n;
}

/* Stages ask the same runs. @return NULL when memory runs out or their kernel is of no use. */
static const struct tb_alike_runs *prepared(struct tb_scenario *s,
                                            const struct tb_evidence *evidence)
{
    if (s->alike && s->alike->evidence.run == evidence->run)
        return s->alike;
    struct tb_alike_runs *runs = tb_arena_alloc(s->arena, sizeof *runs);
    if (!runs || !tb_alike_reserve(s->arena, evidence->n, runs) ||
        tb_alike_prepare(evidence, runs) != TB_OK)
        return NULL;
    s->alike = runs;
    return runs;
}

/* Where runs of the same generation and kind are on record the likeness to each of them says more
 * than the row of their group. @return the group's row otherwise, NULL when memory runs out. */
static const struct tb_prior *refine(struct tb_scenario *s, const struct tb_prior *group,
                                     const struct tb_evidence_run *query)
{
    const struct tb_evidence *evidence = group->evidence;
    double n = evidence && query->generation ? count_kin(evidence, query) : 0.0;
    if (n < 1.0)
        return group;
    struct tb_prior *row = tb_arena_alloc(s->arena, sizeof *row);
    const struct tb_alike_runs *runs = prepared(s, evidence);
    if (!row || !runs)
        return row ? group : NULL;
    const struct tb_alike alike = tb_alike_predict(runs, query);
    *row = *group;
    row->median = exp(alike.mean);
    row->low = exp(alike.mean - Z95 * alike.sd);
    row->high = fmin(MOST_MFU, exp(alike.mean + Z95 * alike.sd));
    row->n = n;
    row->generation = query->generation;
    row->kind = query->moe ? "moe" : "dense";
    row->prov.grade = n >= ENOUGH ? TB_GRADE_C : TB_GRADE_D;
    row->prov.note = "published runs, by likeness in generation, size, kind and width of experts";
    return row;
}

static bool apply_prior(struct tb_scenario *s, int stage, const struct tb_prior *rows, size_t n)
{
    struct tb_scenario_stage *st = &s->stage[stage];
    struct tb_params params;
    tb_params_count(&st->model->model, &params);
    const struct tb_prior_query query = {.generation = s->machine[st->machine].chip->generation,
                                         .moe = st->model->moe,
                                         .active = params.active};
    st->prior = tb_prior_find(rows, n, &query);
    if (!st->prior)
        return false;
    const struct tb_evidence_run alike = {.generation = query.generation,
                                          .moe = query.moe,
                                          .active = params.active,
                                          .expert = expert_width(&st->model->model),
                                          .tokens = stage_tokens(&s->central.stage[stage]),
                                          .length = s->central.stage[stage].seq_len};
    st->prior = refine(s, st->prior, &alike);
    if (!st->prior)
        return false;
    struct tb_prov prov = st->prior->prov;
    prov.known = true;
    prov.dist = st->prior->low < st->prior->high ? TB_DIST_LOGNORMAL : TB_DIST_EXACT;
    prov.low = st->prior->low;
    prov.high = st->prior->high;
    tb_stage_set(s, stage, TB_PARAM_STAGE_PRIOR_MFU, st->prior->median, &prov);
    warn_thin(s, stage);
    return true;
}

bool tb_prior_apply(struct tb_scenario *s, int stage)
{
    size_t n = 0;
    const struct tb_prior *rows = tb_data_priors(s->data, &n, s->diags);
    return rows && apply_prior(s, stage, rows, n);
}
