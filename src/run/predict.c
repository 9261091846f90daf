/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/predict.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The second batch of a line, as a multiple of the first. */
#define FAR_BATCH 64.0

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

void tb_plan_figures(const struct tb_stage_in *in, double batch, struct tb_plan_figures *out)
{
    const struct tb_step_line *line = in->line;
    const struct tb_stage *stage = in->stage;
    struct tb_step_out step;
    *out = (struct tb_plan_figures){NAN, NAN};
    if (line && batch == line->usual) {
        *out = line->at_usual;
        out->rate *= stage->step_model;
        return;
    }
    if (line && batch >= line->least) {
        double seconds = line->fixed + line->token * batch;
        out->rate = batch / seconds / stage->chips * stage->step_model;
        out->memory = line->memory;
        return;
    }
    if (tb_predicted_step(in, batch, &step) != TB_OK)
        return;
    out->rate = step.tokens_per_s_per_chip * stage->step_model;
    out->memory = step.memory.total * in->prediction->plan.devices_per_chip;
}

void tb_step_line_fit(const struct tb_stage_in *in, double usual, struct tb_step_line *out)
{
    const struct tb_prediction *prediction = in->prediction;
    struct tb_step_out near, far;
    *out = (struct tb_step_line){.least = INFINITY, .usual = NAN};
    if (!prediction)
        return;
    struct tb_stage plain = *in->stage;
    struct tb_stage_in at = *in;
    plain.step_model = 1.0;
    at.stage = &plain;
    at.line = NULL;
    tb_plan_figures(&at, usual, &out->at_usual);
    out->usual = usual;
    const struct tb_plan *plan = &prediction->plan;
    double share = plan->dp * in->stage->chips / prediction->chips * plan->micro_batch;
    double first = tb_step_filling(plan) * share * in->stage->seq_len;
    if (tb_predicted_step(in, first, &near) != TB_OK ||
        tb_predicted_step(in, FAR_BATCH * first, &far) != TB_OK)
        return;
    out->least = first;
    out->token = (far.time.total - near.time.total) / ((FAR_BATCH - 1.0) * first);
    out->fixed = near.time.total - out->token * first;
    out->memory = near.memory.total * plan->devices_per_chip;
}

/* What a step reads of chip and cluster stands first in them. */
bool tb_step_line_shared(const struct tb_stage_in *a, const struct tb_stage_in *b)
{
    return a->prediction == b->prediction && a->stage->chips == b->stage->chips &&
           memcmp(a->chip, b->chip, offsetof(struct tb_chip, tdp)) == 0 &&
           memcmp(a->cluster, b->cluster, offsetof(struct tb_cluster, max_chips)) == 0;
}
