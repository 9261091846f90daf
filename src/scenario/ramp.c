/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "base/units.h"
#include "run/schedule.h"
#include "scenario/build.h"

#include <math.h>

/* The readers have checked what a preset states: if it no longer fits, something else was set. */
static void drop_ramp(struct tb_scenario *s, int stage, double most)
{
    const double start = s->central.stage[stage].batch_start;
    const struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = "batch_start", .remedy = "--set batch_start=N starts one"};
    tb_stage_clear(s, stage, TB_PARAM_STAGE_BATCH_START);
    tb_stage_clear(s, stage, TB_PARAM_STAGE_RAMP_TOKENS);
    tb_diag_add(s->diags, TB_DROPPED_INPUT, &finding,
                "the preset's ramp no longer applies: it starts at %.10g sequences a step, and "
                "steps are of %.10g now",
                start, most);
}

static bool refuse_start(const struct tb_scenario *s, int stage, double most)
{
    const double start = s->central.stage[stage].batch_start;
    const struct tb_finding finding = {
        .pos = s->stage[stage].prov[tb_param_slot(TB_PARAM_STAGE_BATCH_START)].pos,
        .path = "batch_start",
        .found = tb_arena_printf(s->arena, "%.10g", start),
        .accepted = tb_arena_printf(s->arena, "1 to %.10g, the sequences of a step after the ramp",
                                    floor(most)),
        .remedy = "lower batch_start, or raise global_batch or batch_tokens"};
    tb_diag_add(s->diags, TB_INCONSISTENT, &finding, "the batch starts above what it grows to");
    return false;
}

/* Such a run is possible, and seldom what was meant: it never sees the batch that it names. */
static void warn_end(const struct tb_scenario *s, int stage, double most)
{
    const struct tb_stage *v = &s->central.stage[stage];
    struct tb_token_plan plan;
    struct tb_text found = {0}, message = {0};
    tb_token_plan_solve(v, &plan);
    if (!(v->batch_start < most) || !(v->ramp_tokens > plan.processed))
        return;
    tb_quantity_write(&found, v->ramp_tokens, TB_DIM_COUNT, 3);
    tb_text_add(&message, "the ramp does not end within the ");
    tb_quantity_write(&message, plan.processed, TB_DIM_COUNT, 3);
    const double grown = (most - v->batch_start) * plan.processed / v->ramp_tokens;
    tb_text_addf(&message, " tokens of stage '%s': the batch grows to %.0f of %.0f sequences",
                 s->stage[stage].id, v->batch_start + grown, most);
    const struct tb_finding finding = {
        .pos = s->stage[stage].prov[tb_param_slot(TB_PARAM_STAGE_RAMP_TOKENS)].pos,
        .path = "ramp_tokens",
        .found = found.data,
        .remedy = "lower ramp_tokens if the batch shall grow faster"};
    tb_diag_add(s->diags, TB_RAMP_UNFINISHED, &finding, "%s",
                message.data ? message.data : "the ramp does not end");
    tb_text_free(&found);
    tb_text_free(&message);
}

bool tb_scenario_ramps(struct tb_scenario *s)
{
    bool ok = true;
    for (int i = 0; i < s->n_stages; i++) {
        const double most = tb_ramp_most_start(&s->central.stage[i]);
        const bool given = s->stage[i].user_set[tb_param_slot(TB_PARAM_STAGE_BATCH_START)];
        if (!(s->central.stage[i].batch_start > most))
            warn_end(s, i, most);
        else if (given)
            ok = refuse_start(s, i, most);
        else
            drop_ramp(s, i, most);
    }
    return ok;
}
