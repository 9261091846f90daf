/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/prior.h"

#include "model/params.h"
#include "scenario/build.h"

#include <math.h>
#include <string.h>

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

static bool needs_prior(const struct tb_scenario *s, int stage)
{
    if (isfinite(s->central.stage[stage].prior_mfu))
        return false;
    return s->basis == TB_BASIS_PRIOR ||
           (s->basis == TB_BASIS_NONE &&
            tb_stage_best_basis(&s->central.stage[stage]) == TB_BASIS_NONE);
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
    struct tb_prov prov = st->prior->prov;
    prov.known = true;
    prov.dist = st->prior->low < st->prior->high ? TB_DIST_LOGNORMAL : TB_DIST_EXACT;
    prov.low = st->prior->low;
    prov.high = st->prior->high;
    tb_stage_set(s, stage, TB_PARAM_STAGE_PRIOR_MFU, st->prior->median, &prov);
    warn_thin(s, stage);
    return true;
}

bool tb_priors_apply(struct tb_scenario *s)
{
    size_t n = 0;
    const struct tb_prior *rows = NULL;
    for (int i = 0; i < s->n_stages; i++) {
        if (!needs_prior(s, i))
            continue;
        if (!rows)
            rows = tb_data_priors(s->data, &n, s->diags);
        if (!rows)
            return false;
        apply_prior(s, i, rows, n);
    }
    return true;
}
