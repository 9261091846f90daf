/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/ignorance.h"

#include "scenario/build.h"

#include <math.h>
#include <string.h>

/* Enough for two quantiles of what a few inputs move. */
#define POINTS 256

static const enum tb_param decisive[] = {
    TB_PARAM_STAGE_STEPS,        TB_PARAM_STAGE_TOKENS,       TB_PARAM_STAGE_SEQ_LEN,
    TB_PARAM_STAGE_GLOBAL_BATCH, TB_PARAM_STAGE_BATCH_TOKENS, TB_PARAM_STAGE_PROMPTS_PER_STEP,
    TB_PARAM_STAGE_GROUP_SIZE,   TB_PARAM_STAGE_CHIPS,        TB_PARAM_STAGE_RESPONSE_MEAN,
    TB_PARAM_STAGE_RESPONSE_CAP,
};

/* A guess (grade D) in the file: what the user gives is known, or known to be uncertain. */
static bool is_guess(const struct tb_input *input)
{
    const struct tb_prov *p = input->prov;
    if (!input->uncertain || p->grade != TB_GRADE_D)
        return false;
    for (size_t i = 0; i < sizeof decisive / sizeof *decisive; i++)
        if (decisive[i] == input->param)
            return true;
    return false;
}

static bool moves(const struct tb_scenario *s, enum tb_metric metric)
{
    for (size_t i = 0; i < s->n_inputs; i++)
        if (is_guess(&s->inputs[i]) && s->inputs[i].effect[metric] > 0.0)
            return true;
    return false;
}

/* The guesses by falling effect on the metric. */
static size_t list(const struct tb_scenario *s, enum tb_metric metric, const struct tb_input **out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_inputs; i++) {
        const struct tb_input *input = &s->inputs[i];
        if (!is_guess(input) || !(input->effect[metric] > 0.0))
            continue;
        size_t at = n++;
        for (; at > 0 && input->effect[metric] > out[at - 1]->effect[metric]; at--)
            out[at] = out[at - 1];
        out[at] = input;
    }
    return n;
}

static bool name_inputs(struct tb_scenario *s, enum tb_metric metric,
                        struct tb_estimate_unknown *out)
{
    const struct tb_input **found = tb_arena_alloc(s->arena, s->n_inputs * sizeof *found);
    const char **names = tb_arena_alloc(s->arena, s->n_inputs * sizeof *names);
    if (!found || !names)
        return false;
    out->n_inputs = list(s, metric, found);
    for (size_t i = 0; i < out->n_inputs; i++)
        names[i] = found[i]->path;
    out->inputs = names;
    return true;
}

/* Draws the guesses alone: the others stand still meanwhile. */
static bool draw_guesses(struct tb_scenario *s, const struct tb_draw *draw, struct tb_spread *out)
{
    const struct tb_draw few = {draw->level, POINTS, draw->seed};
    struct tb_input *all = tb_arena_alloc(s->arena, s->n_inputs * sizeof *all);
    tb_diags *diags = s->diags, *quiet = tb_diags_new();
    bool ok = all && quiet;
    for (size_t i = 0; ok && i < s->n_inputs; i++) {
        all[i] = s->inputs[i];
        s->inputs[i].uncertain = is_guess(&s->inputs[i]);
    }
    s->diags = quiet; /* the whole draw reports the same */
    ok = ok && tb_spread_sample(s, &few, out);
    s->diags = diags;
    for (size_t i = 0; all && quiet && i < s->n_inputs; i++)
        s->inputs[i] = all[i];
    tb_diags_free(quiet);
    return ok;
}

bool tb_ignorance_measure(struct tb_scenario *s, const struct tb_draw *draw,
                          const struct tb_spread *whole, struct tb_estimate *e)
{
    enum tb_metric metric =
        moves(s, TB_METRIC_CHIP_HOURS) ? TB_METRIC_CHIP_HOURS : TB_METRIC_FLOPS_MODEL;
    if (!moves(s, metric))
        return true;
    struct tb_estimate_unknown *out = tb_arena_alloc(s->arena, sizeof *out);
    struct tb_spread *spread = tb_arena_alloc(s->arena, sizeof *spread);
    if (!out || !spread || !name_inputs(s, metric, out))
        return false;
    *spread = *whole;
    tb_spread_narrow(spread);
    if (!draw_guesses(s, draw, spread))
        return false;
    struct tb_metric_info info;
    tb_metric_info((size_t)metric, &info);
    out->metric = info.id;
    out->low = spread->low[metric];
    out->high = spread->high[metric];
    e->unknown = out;
    return true;
}
