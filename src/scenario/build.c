/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/build.h"

#include "base/text.h"
#include "model/params.h"
#include "scenario/evaluate.h"
#include "scenario/predict.h"
#include "scenario/price.h"
#include "scenario/rollouts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double *tb_stage_value(struct tb_scenario *scenario, int stage, enum tb_param param)
{
    return (double *)(void *)((char *)&scenario->central.stage[stage] +
                              tb_param_info(param)->offset);
}

struct tb_prov *tb_stage_prov(struct tb_scenario *scenario, int stage, enum tb_param param)
{
    return &scenario->stage[stage].prov[tb_param_slot(param)];
}

bool tb_stage_pair_shares(const struct tb_scenario *s, int a, int b, enum tb_param param)
{
    const struct tb_prov *pa = &s->stage[a].prov[tb_param_slot(param)];
    const struct tb_prov *pb = &s->stage[b].prov[tb_param_slot(param)];
    if (!pa->known || !pb->known)
        return pa->known == pb->known;
    if (pa->pos.file != pb->pos.file &&
        (!pa->pos.file || !pb->pos.file || strcmp(pa->pos.file, pb->pos.file) != 0))
        return false;
    size_t offset = tb_param_info(param)->offset;
    const char *va = (const char *)&s->central.stage[a] + offset;
    const char *vb = (const char *)&s->central.stage[b] + offset;
    return pa->pos.line == pb->pos.line && pa->pos.column == pb->pos.column &&
           memcmp(va, vb, sizeof(double)) == 0;
}

bool tb_stages_share(const struct tb_scenario *scenario, enum tb_param param)
{
    for (int i = 1; i < scenario->n_stages; i++)
        if (!tb_stage_pair_shares(scenario, 0, i, param))
            return false;
    return true;
}

void tb_stage_set(struct tb_scenario *scenario, int stage, enum tb_param param, double value,
                  const struct tb_prov *prov)
{
    *tb_stage_value(scenario, stage, param) = value;
    *tb_stage_prov(scenario, stage, param) = *prov;
}

void tb_stage_clear(struct tb_scenario *scenario, int stage, enum tb_param param)
{
    const struct tb_prov none = {0};
    tb_stage_set(scenario, stage, param, NAN, &none);
}

/* The nearest of a fixed list of names, for a finding. Caller frees. */
static char *nearest(const char *wrong, const char *const *names, size_t n)
{
    struct tb_text out = {0};
    tb_suggest(&out, wrong, names, n, 3);
    return tb_text_take(&out);
}

static bool unknown_word(struct tb_scenario *s, const char *option, const char *word,
                         const char *accepted)
{
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .found = word, .accepted = accepted};
    tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "%s: unknown name '%s'", option, word);
    return false;
}

static bool choose_convention(struct tb_scenario *s)
{
    const char *id = s->request->mfu_convention ? s->request->mfu_convention : "causal";
    if (tb_convention_find(id, &s->convention))
        return true;
    const char *names[TB_CONVENTION_COUNT];
    for (int i = 0; i < TB_CONVENTION_COUNT; i++)
        names[i] = tb_convention_info((enum tb_convention)i)->id;
    char *near = nearest(id, names, TB_CONVENTION_COUNT);
    unknown_word(s, "--mfu-convention", id,
                 near && *near ? near : "an id of `trainbudget list conventions`");
    free(near);
    return false;
}

static bool choose_peak(struct tb_scenario *s)
{
    const char *peak = s->request->peak ? s->request->peak : "matrix";
    s->headline = strcmp(peak, "headline") == 0;
    return s->headline || strcmp(peak, "matrix") == 0 ||
           unknown_word(s, "--peak", peak, "matrix, headline");
}

static bool choose_basis(struct tb_scenario *s)
{
    static const enum tb_basis bases[] = {TB_BASIS_MEASURED, TB_BASIS_PREDICTED, TB_BASIS_PRIOR};
    if (!s->request->basis) {
        /* Who gives a plan asks what it predicts. */
        s->basis = s->request->plan ? TB_BASIS_PREDICTED : TB_BASIS_NONE;
        return true;
    }
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (strcmp(s->request->basis, tb_basis_id(bases[i])) == 0) {
            s->basis = bases[i];
            return true;
        }
    }
    return unknown_word(s, "--basis", s->request->basis, "measured, predicted, prior");
}

static bool choose(struct tb_scenario *s)
{
    s->causal = TB_CONV_CAUSAL;
    s->full = TB_CONV_FULL;
    s->six_n = TB_CONV_SIX_N;
    s->pretraining_flops = s->pretraining_hours = NAN;
    bool convention = choose_convention(s);
    bool peak = choose_peak(s);
    return choose_basis(s) && tb_predict_read(s) && convention && peak;
}

static void count_params(struct tb_scenario *s)
{
    struct tb_params params;
    tb_params_count(&s->model->model, &params);
    s->params[0] = params.total;
    s->params[1] = params.total_with_mtp;
    s->params[2] = params.active;
    s->params[3] = params.active_without_embedding;
}

static bool fill(struct tb_scenario *s)
{
    if (!choose(s) || !tb_scenario_resolve(s))
        return false;
    if (!tb_price_choose(s) || !tb_scenario_override(s) || !tb_scenario_complete(s) ||
        !tb_rollouts_count(s) || !tb_scenario_list_inputs(s))
        return false;
    count_params(s);
    tb_scenario_count(s, &s->central, s->fixed);
    return true;
}

struct tb_scenario *tb_scenario_build(tb_arena *arena, tb_data *data,
                                      const struct tb_request *request, tb_diags *diags)
{
    struct tb_scenario *s = tb_arena_alloc(arena, sizeof *s);
    if (!s) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    s->arena = arena;
    s->data = data;
    s->diags = diags;
    s->request = request;
    return fill(s) ? s : NULL;
}

struct tb_scenario *tb_scenario_build_beside(const struct tb_scenario *first,
                                             const struct tb_request *request, tb_diags *diags)
{
    struct tb_scenario *s = tb_arena_alloc(first->arena, sizeof *s);
    if (!s)
        return NULL;
    s->arena = first->arena;
    s->data = first->data;
    s->diags = diags;
    s->request = request;
    s->alike = first->alike;
    s->realised = first->realised;
    return fill(s) ? s : NULL;
}
