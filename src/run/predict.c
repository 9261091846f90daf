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

/* @return false: the line does not hold there. */
static bool on_line(const struct tb_step_line *line, double batch, double *seconds, double *memory)
{
    const bool usual = batch == line->usual;
    if (!usual && !(batch >= line->least))
        return false;
    *seconds = usual ? line->usual_seconds
                     : line->fixed + tb_larger(line->token * batch, line->one);
    *memory = usual ? line->usual_memory : line->memory;
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
    if (usual >= out->least)
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
    double one = share * in->stage->seq_len;
    double filling = tb_step_filling(plan);
    struct tb_step_out step;
    if (tb_predicted_step(in, filling * one, &step) != TB_OK)
        return;
    out->least = filling > 1.0 ? filling * one : 0.0;
    out->one = step.each;
    out->token = step.each / one;
    out->fixed = step.time.total - filling * step.each;
    out->memory = step.memory.total * plan->devices_per_chip;
}

void tb_step_line_fit(const struct tb_stage_in *in, double usual, struct tb_step_line *out)
{
    *out = (struct tb_step_line){.least = INFINITY, .usual = NAN};
    if (!in->prediction)
        return;
    fit(in, out);
    keep_usual(in, usual, out);
}

static void between_usual(const struct tb_step_line *a, const struct tb_step_line *b, double share,
                          struct tb_step_line *out)
{
    double usual = isnan(a->usual) ? b->usual : a->usual;
    double seconds[2], memory[2];
    out->usual = NAN;
    if (!on_line(a, usual, &seconds[0], &memory[0]) || !on_line(b, usual, &seconds[1], &memory[1]))
        return;
    out->usual = usual;
    out->usual_seconds = (1.0 - share) * seconds[0] + share * seconds[1];
    out->usual_memory = (1.0 - share) * memory[0] + share * memory[1];
}

void tb_step_line_between(const struct tb_step_line *a, const struct tb_step_line *b, double share,
                          struct tb_step_line *out)
{
    struct tb_step_line line = {.least = fmax(a->least, b->least),
                                .fixed = (1.0 - share) * a->fixed + share * b->fixed,
                                .token = (1.0 - share) * a->token + share * b->token,
                                .one = (1.0 - share) * a->one + share * b->one,
                                .memory = (1.0 - share) * a->memory + share * b->memory};
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
