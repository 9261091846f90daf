/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/predict.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/pick.h"

enum tb_status tb_predicted_step(const struct tb_stage_in *in, double batch,
                                 struct tb_step_out *out)
{
    const struct tb_prediction *prediction = in->prediction;
    const struct tb_stage *stage = in->stage;
    if (!prediction || !(batch > 0.0) || !(stage->chips > 0.0))
        return TB_E_ANSWER;
    struct tb_plan plan = prediction->plan;
    plan.dp *= stage->chips / prediction->chips;
    const struct tb_step_in step = {
        .model = in->model,
        .facts = &prediction->facts,
        .chip = in->chip,
        .cluster = in->cluster,
        .plan = &plan,
        .perf = &prediction->perf,
        .chips = stage->chips,
        .global_batch = batch / stage->seq_len,
        .lengths = {stage->seq_len, stage->mean_doc_len, stage->doc_cv},
        .train_mtp = stage->train_mtp,
    };
    return tb_step_evaluate(&step, out);
}

static double mix(double a, double b, double share)
{
    return (1.0 - share) * a + share * b;
}

/* Microbatches at a knot; -1: where the line begins. */
static double microbatches(const struct tb_step_line *line, int knot)
{
    return tb_larger(line->filling / (double)(1u << (knot + 1)), 1.0);
}

static void between_knots(const struct tb_step_line *line, double count, double *seconds,
                          double *memory)
{
    int k = 0;
    while (k < line->n_knots - 1 && count < microbatches(line, k))
        k++;
    const double low = microbatches(line, k);
    const double high = microbatches(line, k - 1);
    const double share = (tb_larger(count, 1.0) - low) / (high - low);
    const double above = k ? line->knot_seconds[k - 1] : line->fixed + line->each * line->filling;
    *seconds = mix(line->knot_seconds[k], above, share);
    *memory = mix(line->knot_memory[k], k ? line->knot_memory[k - 1] : line->memory, share);
}

/* Microbatches from which the line holds with its knots. */
static double holds_from(const struct tb_step_line *line)
{
    double from = microbatches(line, line->n_knots - 1);
    return from <= 1.0 ? 0.0 : from;
}

bool tb_step_line_short(const struct tb_step_line *line, double batch)
{
    return batch != line->usual && !(batch > 0.0 && batch / line->tokens >= holds_from(line));
}

/* @return false: the line does not hold there. */
static bool on_line(const struct tb_step_line *line, double batch, double *seconds, double *memory)
{
    const double count = batch / line->tokens;
    if (tb_step_line_short(line, batch))
        return false;
    if (batch == line->usual) {
        *seconds = line->usual_seconds;
        *memory = line->usual_memory;
    } else if (count >= line->filling || line->n_knots == 0) {
        *seconds = line->fixed + line->each * tb_larger(count, 1.0);
        *memory = line->memory;
    } else {
        between_knots(line, count, seconds, memory);
    }
    return true;
}

/* Seconds and bytes of a step. @return false: no answer. */
static bool step_at(const struct tb_stage_in *in, double batch, double *seconds, double *memory)
{
    struct tb_step_out step;
    if (in->line && on_line(in->line, batch, seconds, memory))
        return true;
    if (tb_predicted_step(in, batch, &step) != TB_OK)
        return false;
    *seconds = step.time.total;
    *memory = step.memory.total * in->prediction->plan.devices_per_chip;
    return true;
}

void tb_plan_figures(const struct tb_stage_in *in, double batch, struct tb_plan_figures *out)
{
    double seconds;
    *out = (struct tb_plan_figures){NAN, NAN};
    if (step_at(in, batch, &seconds, &out->memory))
        out->rate = batch / seconds / in->stage->chips * in->stage->step_model;
}

/* A batch that the line does not reach is kept as it is. */
static void keep_usual(const struct tb_stage_in *in, double usual, struct tb_step_line *out)
{
    struct tb_stage_in at = *in;
    at.line = NULL;
    if (!tb_step_line_short(out, usual))
        return;
    out->usual = usual;
    if (!step_at(&at, usual, &out->usual_seconds, &out->usual_memory))
        out->usual_seconds = out->usual_memory = NAN;
}

static void fit(const struct tb_stage_in *in, struct tb_step_line *out)
{
    const struct tb_prediction *prediction = in->prediction;
    const struct tb_plan *plan = &prediction->plan;
    double share = plan->dp * in->stage->chips / prediction->chips * plan->micro_batch;
    double filling = tb_step_filling(plan);
    struct tb_step_out step;
    out->tokens = share * in->stage->seq_len;
    if (tb_predicted_step(in, filling * out->tokens, &step) != TB_OK)
        return;
    out->filling = filling;
    out->each = step.each;
    out->fixed = step.time.total - filling * step.each;
    out->memory = step.memory.total * plan->devices_per_chip;
}

void tb_step_line_fit(const struct tb_stage_in *in, double usual, struct tb_step_line *out)
{
    *out = (struct tb_step_line){.filling = INFINITY, .usual = NAN};
    if (!in->prediction)
        return;
    fit(in, out);
    keep_usual(in, usual, out);
}

void tb_step_line_reach(const struct tb_stage_in *in, double batch, struct tb_step_line *line)
{
    struct tb_stage_in at = *in;
    at.line = NULL;
    if (!(line->filling <= exp2(TB_STEP_KNOTS)))
        return;
    while (tb_step_line_short(line, batch) && line->n_knots < TB_STEP_KNOTS) {
        const int k = line->n_knots;
        if (!step_at(&at, microbatches(line, k) * line->tokens, &line->knot_seconds[k],
                     &line->knot_memory[k]))
            return;
        line->n_knots++;
    }
}

static void between_usual(const struct tb_step_line *a, const struct tb_step_line *b, double share,
                          struct tb_step_line *out)
{
    double usual = isnan(a->usual) ? b->usual : a->usual;
    double seconds[2], memory[2];
    if (!on_line(a, usual, &seconds[0], &memory[0]) || !on_line(b, usual, &seconds[1], &memory[1]))
        return;
    out->usual = usual;
    out->usual_seconds = mix(seconds[0], seconds[1], share);
    out->usual_memory = mix(memory[0], memory[1], share);
}

void tb_step_line_between(const struct tb_step_line *a, const struct tb_step_line *b, double share,
                          struct tb_step_line *out)
{
    struct tb_step_line line = {.tokens = 1.0 / mix(1.0 / a->tokens, 1.0 / b->tokens, share),
                                .filling = fmax(a->filling, b->filling),
                                .fixed = mix(a->fixed, b->fixed, share),
                                .each = mix(a->each, b->each, share),
                                .memory = mix(a->memory, b->memory, share),
                                .usual = NAN,
                                .n_knots = a->n_knots < b->n_knots ? a->n_knots : b->n_knots};
    for (int k = 0; k < line.n_knots; k++) {
        line.knot_seconds[k] = mix(a->knot_seconds[k], b->knot_seconds[k], share);
        line.knot_memory[k] = mix(a->knot_memory[k], b->knot_memory[k], share);
    }
    if (!isnan(a->usual) || !isnan(b->usual))
        between_usual(a, b, share, &line);
    *out = line;
}

/* What a step reads of chip and cluster stands first in them. */
bool tb_step_line_shared(const struct tb_stage_in *a, const struct tb_stage_in *b)
{
    return a->prediction == b->prediction && a->stage->chips == b->stage->chips &&
           memcmp(a->chip, b->chip, offsetof(struct tb_chip, tdp)) == 0 &&
           memcmp(a->cluster, b->cluster, offsetof(struct tb_cluster, max_chips)) == 0;
}
