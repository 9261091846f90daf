/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/predict.h"

#include <math.h>

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
    struct tb_step_out step;
    *out = (struct tb_plan_figures){NAN, NAN};
    if (tb_predicted_step(in, batch, &step) != TB_OK)
        return;
    out->rate = step.tokens_per_s_per_chip * in->stage->step_model;
    out->memory = step.memory.total * in->prediction->plan.devices_per_chip;
}
