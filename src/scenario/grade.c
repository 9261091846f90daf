/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/grade.h"

#include <math.h>

#define SHARE_THAT_COUNTS 0.05

/* Metrics that can be an input handed through. */
static const struct {
    enum tb_metric metric;
    enum tb_param param;
} through[] = {
    {TB_METRIC_TOKENS, TB_PARAM_STAGE_TOKENS},
    {TB_METRIC_STEPS, TB_PARAM_STAGE_STEPS},
    {TB_METRIC_BATCH_TOKENS, TB_PARAM_STAGE_BATCH_TOKENS},
    {TB_METRIC_CHIPS, TB_PARAM_STAGE_CHIPS},
    {TB_METRIC_STEP_TIME, TB_PARAM_STAGE_MEASURED_STEP_TIME},
    {TB_METRIC_MFU_CAUSAL, TB_PARAM_STAGE_MFU},
    {TB_METRIC_MEMORY_CAPACITY, TB_PARAM_CHIP_MEMORY_CAPACITY},
};

/* The metric is this input: the same number, and nothing else moves it. */
static bool handed_through(const struct tb_scenario *s, const struct tb_spread *spread,
                           enum tb_metric metric, const struct tb_input **out)
{
    int movers = 0;
    for (size_t i = 0; i < s->n_inputs; i++) {
        const struct tb_input *input = &s->inputs[i];
        if (!(input->effect[metric] > 0.0))
            continue;
        movers++;
        for (size_t t = 0; t < sizeof through / sizeof *through; t++)
            if (through[t].metric == metric && through[t].param == input->param &&
                input->value == spread->central[metric])
                *out = input;
    }
    return movers == 1 && *out;
}

static double total_effect(const struct tb_scenario *s, enum tb_metric metric)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->n_inputs; i++)
        if (s->inputs[i].uncertain)
            sum += s->inputs[i].effect[metric];
    return sum;
}

static bool weighs(const struct tb_input *input, double effect, double total, bool sampled)
{
    if (input->prov->grade != TB_GRADE_D || !(effect > 0.0))
        return false;
    return !sampled || !input->uncertain || effect >= SHARE_THAT_COUNTS * total;
}

enum tb_grade tb_metric_grade(const struct tb_scenario *scenario, const struct tb_spread *spread,
                              enum tb_metric metric, bool sampled)
{
    const struct tb_input *input = NULL;
    if (!isfinite(spread->central[metric]))
        return TB_GRADE_NONE;
    if (handed_through(scenario, spread, metric, &input))
        return input->prov->grade;
    if (scenario->model->prov.grade == TB_GRADE_D)
        return TB_GRADE_D;
    double total = total_effect(scenario, metric);
    for (size_t i = 0; i < scenario->n_inputs; i++)
        if (weighs(&scenario->inputs[i], scenario->inputs[i].effect[metric], total, sampled))
            return TB_GRADE_D;
    return TB_GRADE_C;
}
