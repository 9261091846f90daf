/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/compare.h"

#include "scenario/build.h"
#include "scenario/detail.h"
#include "scenario/evaluate.h"

#include <string.h>

/* Findings of another run are its own business; that it cannot be evaluated is said once. */
static struct tb_scenario *build_other(struct tb_scenario *s, const char *id)
{
    tb_diags *own = tb_diags_new();
    struct tb_request *request = tb_arena_alloc(s->arena, sizeof *request);
    if (!own || !request) {
        tb_diags_free(own);
        return NULL;
    }
    request->preset = id;
    request->no_uncertainty = true;
    struct tb_scenario *other = tb_scenario_build_beside(s, request, own);
    if (!other) {
        const struct tb_diag *first = NULL;
        for (size_t i = 0; i < tb_diags_count(own, TB_NOTE) && !first; i++)
            if (tb_diags_at(own, i)->severity == TB_ERROR)
                first = tb_diags_at(own, i);
        struct tb_finding finding = {.pos = {s->run->entity.file, 0, 0}, .found = id};
        tb_diag_add(s->diags, TB_DROPPED_INPUT, &finding, "cannot compare with this run: %s",
                    first ? first->message : "it cannot be evaluated");
    }
    tb_diags_free(own);
    return other;
}

static bool compare_one(struct tb_scenario *s, const char *id, bool pretraining,
                        struct tb_estimate *out)
{
    struct tb_scenario *other = build_other(s, id);
    if (!other)
        return true;
    double outputs[TB_MAX_OUTPUTS];
    struct tb_stage_known known[TB_MAX_STAGES];
    struct tb_stage_out stages[TB_MAX_STAGES];
    tb_scenario_known(other, &other->central, known);
    tb_scenario_stages(other, &other->central, known, stages);
    tb_scenario_outputs(other, &other->central, known, stages, outputs);
    if (pretraining) {
        s->pretraining_flops = outputs[TB_METRIC_FLOPS_MODEL];
        s->pretraining_hours = outputs[TB_METRIC_CHIP_HOURS];
    }
    const struct tb_chip_preset *chip = other->machine[other->stage[0].machine].chip;
    out->compare[out->n_compare++] = (struct tb_estimate_compare){
        .run = other->run->entity.id,
        .title = other->run->entity.name,
        .chip = chip->entity.id,
        .basis = tb_detail_basis(other, stages),
        .is_pretraining = pretraining,
        .flops_model = outputs[TB_METRIC_FLOPS_MODEL],
        .chip_hours = outputs[TB_METRIC_CHIP_HOURS],
        .same_chip = chip == s->machine[s->stage[0].machine].chip,
    };
    return true;
}

static bool is_pretraining(const struct tb_scenario *s, const char *id)
{
    const char *own = s->run->pretraining;
    return own && strcmp(own, id) == 0 && !s->model_changed;
}

bool tb_compare_runs(struct tb_scenario *s, struct tb_estimate *out)
{
    const struct tb_run_preset *run = s->run;
    size_t n = run ? run->n_compare : 0;
    out->compare = tb_arena_alloc(s->arena, (n + 2) * sizeof *out->compare);
    if (!out->compare)
        return false;
    if (!run)
        return true;
    if (run->pretraining && !s->model_changed && strcmp(run->pretraining, run->entity.id) != 0)
        compare_one(s, run->pretraining, true, out);
    for (size_t i = 0; i < n; i++)
        if (!is_pretraining(s, run->compare[i]) && strcmp(run->compare[i], run->entity.id) != 0)
            compare_one(s, run->compare[i], false, out);
    return true;
}

void tb_compare_ratios(const struct tb_spread *spread, struct tb_estimate *out)
{
    for (size_t i = 0; i < out->n_compare; i++) {
        struct tb_estimate_compare *c = &out->compare[i];
        c->flops_ratio = spread->central[TB_METRIC_FLOPS_MODEL] / c->flops_model;
        c->chip_hours_ratio = spread->central[TB_METRIC_CHIP_HOURS] / c->chip_hours;
    }
}
