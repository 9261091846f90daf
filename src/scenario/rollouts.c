/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/rollouts.h"

#include "model/params.h"
#include "run/rlstage.h"
#include "run/rlwork.h"
#include "scenario/build.h"

#include <math.h>
#include <string.h>

void tb_rollouts_lengths(struct tb_scenario *s)
{
    for (int i = 0; i < s->n_stages; i++) {
        const struct tb_stage *v = &s->central.stage[i];
        double row = v->rl.prompt_mean + v->rl.response_mean;
        if (isfinite(v->seq_len) || !tb_stage_generates(v->kind) || !isfinite(row))
            continue;
        const struct tb_prov prov = {.known = true,
                                     .grade =
                                         tb_stage_prov(s, i, TB_PARAM_STAGE_RESPONSE_MEAN)->grade,
                                     .low = row,
                                     .high = row,
                                     .note = "mean prompt and mean response",
                                     .pos = {"stated default", 0, 0}};
        tb_stage_set(s, i, TB_PARAM_STAGE_SEQ_LEN, row, &prov);
    }
}

bool tb_rollouts_count(struct tb_scenario *s)
{
    for (int i = 0; i < s->n_stages; i++) {
        const struct tb_stage *v = &s->central.stage[i];
        if (!tb_stage_generates(v->kind))
            continue;
        struct tb_rl_shapes *shapes = tb_arena_alloc(s->arena, sizeof *shapes);
        if (!shapes)
            return false;
        tb_rl_shapes_count(&s->stage[i].model->model, v, shapes);
        s->stage[i].shapes = shapes;
    }
    return true;
}

const struct tb_stage *tb_rollouts_within_cap(const struct tb_stage *stage, struct tb_stage *room)
{
    if (!(stage->rl.response_mean > stage->rl.response_cap))
        return stage;
    *room = *stage;
    room->rl.response_mean = stage->rl.response_cap;
    return room;
}

/* ---- what cannot be ----------------------------------------------------------------------------
 */

static bool rests_on_rollouts(const struct tb_stage_out *out)
{
    return out->generates && (out->basis == TB_BASIS_PREDICTED || out->basis == TB_BASIS_NONE);
}

/* "1 chips: ...": what is there. Of memory both sides are said. */
static const char *found_text(const struct tb_scenario *s, const struct tb_rl_stage_out *rl)
{
    const struct tb_rl_problem *p = &rl->problem;
    if (strcmp(p->field, "memory") == 0)
        return tb_arena_printf(s->arena, "%.4g GB of %.4g GB", p->value / 1e9,
                               rl->memory.capacity / 1e9);
    return isfinite(p->value) ? tb_arena_printf(s->arena, "%.10g", p->value) : NULL;
}

/* "at least 3 chips, or response.cap of at most 812,000". */
static const char *accepted_text(const struct tb_scenario *s, const struct tb_rl_problem *p)
{
    const char *least = isfinite(p->nearest)
                            ? tb_arena_printf(s->arena, "at least %.10g%s%s", p->nearest,
                                              *p->unit ? " " : "", p->unit)
                            : NULL;
    if (!isfinite(p->shorter))
        return least;
    return tb_arena_printf(s->arena, "%s%sresponse.cap of at most %.10g", least ? least : "",
                           least ? ", or " : "", p->shorter);
}

/* A drawn mean above the cap is brought down to it; a stated one is a contradiction. */
static bool require_cap(const struct tb_scenario *s, int stage)
{
    const struct tb_rl *rl = &s->central.stage[stage].rl;
    if (!(rl->response_mean > rl->response_cap))
        return true;
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE,
        .path = tb_arena_printf(s->arena, "%s.response.cap", s->stage[stage].id),
        .found = tb_arena_printf(s->arena, "%.10g", rl->response_cap),
        .accepted =
            tb_arena_printf(s->arena, "at least the mean of %.10g tokens", rl->response_mean)};
    tb_diag_add(s->diags, TB_INCONSISTENT, &finding, "the cap is below the mean length");
    return false;
}

bool tb_rollouts_require(const struct tb_scenario *s, const struct tb_stage_out *stages)
{
    for (int i = 0; i < s->n_stages; i++) {
        if (rests_on_rollouts(&stages[i]) && !require_cap(s, i))
            return false;
        const struct tb_rl_problem *p = &stages[i].rl.problem;
        if (!rests_on_rollouts(&stages[i]) || !p->field)
            continue;
        bool input = stages[i].rl.contradiction && isfinite(p->value);
        struct tb_finding finding = {
            .pos = TB_COMMAND_LINE,
            .path = tb_arena_printf(s->arena, "%s.%s", s->stage[i].id, p->field),
            .found = found_text(s, &stages[i].rl),
            .accepted = accepted_text(s, p)};
        tb_diag_add(s->diags, input ? TB_INCONSISTENT : TB_NO_ANSWER, &finding, "%s", p->reason);
        return false;
    }
    return true;
}

/* ---- metrics -----------------------------------------------------------------------------------
 */

int tb_rollouts_main(const struct tb_scenario *s, const struct tb_stage_out *stages)
{
    int most = -1;
    for (int i = 0; i < s->n_stages; i++)
        if (stages[i].generates && (most < 0 || stages[i].chip_hours > stages[most].chip_hours))
            most = i;
    return most;
}

static double stage_cycle(const struct tb_stage_out *stage)
{
    return stage ? stage->rl.steps_per_cycle : 1.0;
}

void tb_rollouts_metrics(const struct tb_stage_out *stage, double *m)
{
    static const struct tb_rl_step_out none = {.time = NAN};
    const struct tb_rl_step_out *step = stage ? &stage->rl.step : &none;
    /* NaN times the rest, where there is no step */
    double each = isfinite(step->time) ? 1.0 / stage->rl.steps_per_cycle : (double)NAN;
    if (isfinite(each) && stage->basis == TB_BASIS_PREDICTED)
        each *= stage->step_time / stage->rl.step_time; /* how far the model may miss */
    m[TB_METRIC_ROLLOUT_TIME] = each * step->rollout;
    m[TB_METRIC_FORWARD_TIME] = each * step->forward;
    m[TB_METRIC_UPDATE_TIME] = each * step->update;
    m[TB_METRIC_SYNC_TIME] = each * (step->sync + step->offload);
    m[TB_METRIC_VERIFY_TIME] = each * step->verify;
    m[TB_METRIC_ROLLOUT_TIME_SHARE] = isfinite(each) ? step->rollout_share_time : (double)NAN;
    m[TB_METRIC_STEP_FLOOR] = each * step->floor;
    m[TB_METRIC_STEP_NO_TAIL] = each * step->no_tail;
    m[TB_METRIC_ROLLOUT_RATE] = step->rollout_rate / (each * stage_cycle(stage));
    m[TB_METRIC_UPDATE_RATE] = step->update_rate / (each * stage_cycle(stage));
    m[TB_METRIC_ENOUGH_CHIPS] = NAN;
}

void tb_rollouts_enough(struct tb_scenario *s, const struct tb_stage_out *stages,
                        struct tb_spread *spread)
{
    int i = tb_rollouts_main(s, stages);
    if (i < 0 || !s->rl)
        return;
    const struct tb_rl_stage_in in = {.model = &s->stage[i].model->model,
                                      .chip = &s->central.chip[s->stage[i].machine],
                                      .stage = &s->central.stage[i],
                                      .constants = s->rl,
                                      .shapes = s->stage[i].shapes,
                                      .update_rate = NAN,
                                      .forward_rate = NAN};
    double enough = tb_rl_stage_enough(&in);
    spread->central[TB_METRIC_ENOUGH_CHIPS] = spread->median[TB_METRIC_ENOUGH_CHIPS] =
        spread->low[TB_METRIC_ENOUGH_CHIPS] = spread->high[TB_METRIC_ENOUGH_CHIPS] = enough;
    spread->ranged[TB_METRIC_ENOUGH_CHIPS] = false;
    for (size_t k = 0; k < s->n_inputs; k++)
        s->inputs[k].effect[TB_METRIC_ENOUGH_CHIPS] = s->inputs[k].effect[TB_METRIC_STEP_TIME];
}

/* ---- the report --------------------------------------------------------------------------------
 */

static bool add_part(struct tb_estimate_part *parts, size_t *n, const char *id, const char *title,
                     double value)
{
    if (!(value > 0.0))
        return false;
    parts[(*n)++] = (struct tb_estimate_part){id, title, value};
    return true;
}

enum { MAX_PARTS = 2 * TB_ROLE_COUNT + 8 };

static bool fill_phases(struct tb_scenario *s, const struct tb_rl_stage_out *rl,
                        struct tb_estimate_generation *g)
{
    const struct tb_rl_step_out *step = &rl->step;
    const struct tb_estimate_part all[] = {
        {"rollout", "rollout", step->rollout},
        {"forward", "log-probabilities", step->forward},
        {"update", "update", step->update},
        {"sync", "weights to the engine", step->sync},
        {"offload", "states to the host", step->offload},
        {"verify", "verdicts and tools", step->verify},
        {"fixed", "other", step->fixed},
    };
    struct tb_estimate_part *parts = tb_arena_alloc(s->arena, sizeof all);
    for (size_t i = 0; parts && i < sizeof all / sizeof *all; i++)
        add_part(parts, &g->n_phases, all[i].id, all[i].title, all[i].value / rl->steps_per_cycle);
    g->phases = parts;
    return parts != NULL;
}

/* What stands on a chip of the pool that updates, and of the one that rolls out. */
static bool fill_memory(struct tb_scenario *s, const struct tb_rl_stage_out *rl,
                        struct tb_estimate_generation *g)
{
    static const char *const states[TB_ROLE_COUNT] = {
        [TB_ROLE_ACTOR] = "policy", [TB_ROLE_CRITIC] = "critic"};
    const struct tb_rl_memory *m = &rl->memory;
    struct tb_estimate_part *update = tb_arena_alloc(s->arena, MAX_PARTS * sizeof *update);
    struct tb_estimate_part *rollout = tb_arena_alloc(s->arena, MAX_PARTS * sizeof *rollout);
    if (!update || !rollout)
        return false;
    double kept = m->trainer > 0.0 ? m->held / m->trainer : 0.0;
    for (int r = 0; r < TB_ROLE_COUNT; r++) {
        const char *id = tb_role_id((enum tb_role)r);
        add_part(update, &g->n_update, id, states[r] ? states[r] : id, kept * m->state[r]);
        add_part(update, &g->n_update, id, id, m->reader[r]);
    }
    add_part(update, &g->n_update, "activations", "rows", m->activations);
    add_part(rollout, &g->n_rollout, "engine", "weights", m->engine_weights);
    add_part(rollout, &g->n_rollout, "cache", "cache", m->cache);
    add_part(rollout, &g->n_rollout, "judge", "judge", m->judge);
    g->update = update;
    g->rollout = rollout;
    g->update_bytes = m->update;
    g->rollout_bytes = m->rollout;
    g->host_bytes = m->host;
    g->memory_total = m->most;
    g->memory_capacity = m->capacity;
    g->resident = m->shared;
    g->row_split = m->row_split;
    return true;
}

static bool fill_roles(struct tb_scenario *s, int stage, const struct tb_rl_stage_out *rl,
                       struct tb_estimate_generation *g)
{
    const struct tb_stage *v = &s->central.stage[stage];
    struct tb_estimate_role *roles = tb_arena_alloc(s->arena, TB_ROLE_COUNT * sizeof *roles);
    for (int r = 0; roles && r < TB_ROLE_COUNT; r++) {
        enum tb_role role = (enum tb_role)r;
        if (!tb_stage_has_role(v, role))
            continue;
        const struct tb_model_preset *model = s->stage[stage].role[r];
        struct tb_params params;
        model = model ? model : s->stage[stage].model;
        tb_params_count(&model->model, &params);
        roles[g->n_roles++] =
            (struct tb_estimate_role){.role = tb_role_id(role),
                                      .model = model->entity.id,
                                      .params = params.total,
                                      .trained = rl->memory.state[r] > 0.0,
                                      .weight_bytes = tb_role_bytes(&v->rl, role)};
    }
    g->roles = roles;
    return roles != NULL;
}

static bool fill_one(struct tb_scenario *s, int stage, const struct tb_stage_out *out,
                     struct tb_estimate_generation *g)
{
    const struct tb_rl_stage_out *rl = &out->rl;
    const struct tb_stage *v = &s->central.stage[stage];
    double feeds = rl->steps_per_cycle;
    *g = (struct tb_estimate_generation){
        .stage = s->stage[stage].id,
        .placement = tb_placement_id(v->rl.placement),
        .adapter = tb_adapter_id(v->rl.adapter),
        .chips = v->chips,
        .rollout_chips = rl->step.rollout_chips,
        .update_chips = rl->step.update_chips,
        .replica_chips = rl->engine.chips,
        .judge_chips = rl->judge_chips,
        .steps_per_rollout = feeds,
        .samples = rl->samples,
        .live = rl->step.generation.live,
        .longest = rl->step.generation.longest,
        .step_time = rl->step_time,
        .rollout_share = rl->step.rollout_share_time,
        .floor = rl->step.floor / feeds,
        .no_tail = rl->step.no_tail / feeds,
        .rate = rl->step.rate,
        .rollout_rate = rl->step.rollout_rate,
        .update_rate = rl->step.update_rate,
        .rollout_flops_share = rl->rollout_flops * tb_or(rl->steps, 1.0) / feeds / rl->flops_model,
        .enough_chips = NAN,
    };
    return fill_phases(s, rl, g) && fill_memory(s, rl, g) && fill_roles(s, stage, rl, g);
}

static void warn(struct tb_scenario *s, int stage, const struct tb_estimate_generation *g)
{
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = s->stage[stage].id};
    if (g->enough_chips <= g->chips)
        tb_diag_add(s->diags, TB_PAST_ENOUGH, &finding,
                    "more chips no longer help: beyond %.10g twice as many save less than a tenth "
                    "of a step",
                    g->enough_chips);
    finding.remedy = "more chips, a leaner recipe, or an adapter";
    if (g->host_bytes > 0.0 && !tb_diags_said(s->diags, "the training states do not fit the chips"))
        tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding,
                    "the training states do not fit the chips: %.4g GB a chip are kept in host "
                    "memory, which slows the update",
                    g->host_bytes / 1e9);
}

bool tb_rollouts_fill(struct tb_scenario *s, const struct tb_stage_out *stages,
                      const struct tb_spread *spread, struct tb_estimate *e)
{
    int most = tb_rollouts_main(s, stages);
    e->generations = tb_arena_alloc(s->arena, ((size_t)s->n_stages + 1) * sizeof *e->generations);
    if (!e->generations)
        return false;
    for (int i = 0; i < s->n_stages; i++) {
        /* a basis that needs no rollouts may stand although they cannot be told */
        if (!stages[i].generates || !isfinite(stages[i].rl.step.time))
            continue;
        struct tb_estimate_generation *g = &e->generations[e->n_generations++];
        if (!fill_one(s, i, &stages[i], g))
            return false;
        if (i == most)
            g->enough_chips = spread->central[TB_METRIC_ENOUGH_CHIPS];
        warn(s, i, g);
    }
    return true;
}
