/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/predict.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/pick.h"

/* Beyond, knots would be more than there is room for. */
#define MOST_FILLING 256.0

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

static void between_knots(const struct tb_step_line *line, double count, double *seconds,
                          double *memory)
{
    const struct tb_step_knots *knots = line->knots;
    double high = line->filling;
    double above = line->fixed + line->each * line->filling, full = line->memory;
    int k = 0;
    for (; k < knots->n - 1 && count < knots->count[k]; k++) {
        high = knots->count[k];
        above = knots->seconds[k];
        full = knots->memory[k];
    }
    const double low = knots->count[k];
    const double share = (tb_larger(count, 1.0) - low) / (high - low);
    *seconds = (1.0 - share) * knots->seconds[k] + share * above;
    *memory = (1.0 - share) * knots->memory[k] + share * full;
}

static bool has_knots(const struct tb_step_line *line)
{
    return line->knots && line->knots->n > 0;
}

/* Whether the line holds for so many microbatches, with its knots. */
static bool holds(const struct tb_step_line *line, double count)
{
    double from = has_knots(line) ? line->knots->count[line->knots->n - 1] : line->filling;
    return count > 0.0 && (count >= from || from <= 1.0);
}

/* @return false: the line does not hold for so many microbatches. */
static bool read_count(const struct tb_step_line *line, double count, double *seconds,
                       double *memory)
{
    if (!holds(line, count))
        return false;
    if (count < line->filling && has_knots(line)) {
        between_knots(line, count, seconds, memory);
        return true;
    }
    *seconds = line->fixed + line->each * tb_larger(count, 1.0);
    *memory = line->memory;
    return true;
}

bool tb_step_line_short(const struct tb_step_line *line, double batch)
{
    return batch != line->usual && !holds(line, batch / line->tokens);
}

/* @return false: the line does not hold there. */
static bool on_line(const struct tb_step_line *line, double batch, double *seconds, double *memory)
{
    if (batch != line->usual)
        return read_count(line, batch / line->tokens, seconds, memory);
    *seconds = line->usual_seconds;
    *memory = line->usual_memory;
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

/* Microbatches of the knot after the last one: steps are a power of two, eight to an octave. */
static double next_count(const struct tb_step_line *line)
{
    if (!has_knots(line))
        return ceil(line->filling) - 1.0;
    double last = line->knots->count[line->knots->n - 1];
    return tb_larger(last - exp2(ceil(log2(last)) - 4.0), 1.0);
}

void tb_step_line_reach(const struct tb_stage_in *in, double batch, struct tb_step_line *line)
{
    struct tb_step_knots *knots = line->knots;
    struct tb_stage_in at = *in;
    at.line = NULL;
    if (!(batch > 0.0 && line->filling <= MOST_FILLING))
        return;
    while (tb_step_line_short(line, batch) && knots->n < TB_STEP_KNOTS) {
        const double count = next_count(line);
        if (!step_at(&at, count * line->tokens, &knots->seconds[knots->n],
                     &knots->memory[knots->n]))
            return;
        knots->count[knots->n++] = count;
    }
}

/* Lines are read at the same microbatches; where one keeps the batch itself, at the batch. */
void tb_step_line_between(const struct tb_step_around *around, double batch,
                          struct tb_step_line *out)
{
    double per_token = 0.0;
    bool kept = false, held = true;
    *out = (struct tb_step_line){.filling = INFINITY};
    for (int i = 0; i < around->n; i++) {
        per_token += around->weight[i] / around->line[i]->tokens;
        kept = kept || around->line[i]->usual == batch;
    }
    for (int i = 0; i < around->n; i++) {
        const struct tb_step_line *line = around->line[i];
        double seconds = NAN, memory = NAN;
        held = held && (kept ? on_line(line, batch, &seconds, &memory)
                             : read_count(line, batch * per_token, &seconds, &memory));
        out->usual_seconds += around->weight[i] * seconds;
        out->usual_memory += around->weight[i] * memory;
    }
    out->tokens = 1.0 / per_token;
    out->usual = held ? batch : (double)NAN;
}

/* What a step reads of chip and cluster stands first in them. */
bool tb_step_line_shared(const struct tb_stage_in *a, const struct tb_stage_in *b)
{
    return a->prediction == b->prediction && a->stage->chips == b->stage->chips &&
           memcmp(a->chip, b->chip, offsetof(struct tb_chip, tdp)) == 0 &&
           memcmp(a->cluster, b->cluster, offsetof(struct tb_cluster, max_chips)) == 0;
}
