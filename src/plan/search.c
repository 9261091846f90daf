/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/search.h"

#include <math.h>

/* Longest run of tokens of one sequence on a rank before context parallelism is tried. */
#define LONG_SEQUENCE 16384.0
#define MOST_TENSOR 16.0

struct search {
    const struct tb_step_in *in;
    struct tb_plan plan; /* under construction */
    struct tb_plan_found *out;
    double ranks;
    double experts;
    bool found;
};

static const unsigned recompute_levels[] = {
    0,
    TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP,
    TB_AGAIN_FULL,
};

static bool divides(double divisor, double number)
{
    return fmod(number, divisor) == 0.0;
}

static void consider(struct search *s)
{
    struct tb_step_in in = *s->in;
    struct tb_step_out step;
    in.plan = &s->plan;
    if (tb_plan_check(&s->plan, in.model, in.global_batch, in.chips, NULL, 0) > 0 ||
        tb_step_evaluate(&in, &step) != TB_OK)
        return;
    s->out->tried += 1.0;
    bool fits = step.memory.total <= step.memory.capacity;
    s->out->feasible += fits;
    bool first = s->out->tried == 1.0;
    bool better = fits && (!s->found || step.time.total < s->out->step.time.total);
    bool nearer = !fits && !s->found && step.memory.total < s->out->step.memory.total;
    if (first || better || nearer) {
        s->out->plan = s->plan;
        s->out->step = step;
    }
    s->found = s->found || fits;
}

/* Less recomputation is always faster: the first level that fits ends the row. */
static void try_recompute(struct search *s)
{
    for (size_t i = 0; i < sizeof recompute_levels / sizeof recompute_levels[0]; i++) {
        double before = s->out->feasible;
        s->plan.again = recompute_levels[i];
        s->plan.full_share = 0.0;
        consider(s);
        if (s->out->feasible > before)
            return;
    }
}

static void try_sharding(struct search *s)
{
    s->plan.zero = 1;
    try_recompute(s);
    /* Gathering weights for every microbatch of a pipeline does not pay. */
    if (s->plan.pp > 1.0)
        return;
    s->plan.zero = 3;
    try_recompute(s);
}

static void try_micro_batches(struct search *s)
{
    double replica = s->in->global_batch / s->plan.dp;
    for (double b = 1.0; b <= 16.0 && b <= replica; b *= 2.0) {
        s->plan.micro_batch = b;
        if (divides(b, replica))
            try_sharding(s);
    }
}

static void try_experts(struct search *s)
{
    double room = s->plan.tp * s->plan.cp * s->plan.dp;
    for (double e = 1.0; e <= fmax(s->experts, 1.0) && e <= room; e *= 2.0) {
        s->plan.ep = e;
        if (e == 1.0 || (divides(e, s->experts) && divides(e, room)))
            try_micro_batches(s);
    }
}

static void try_chunks(struct search *s)
{
    double layers = s->in->model->n_layers;
    double most = s->plan.pp > 1.0 ? 4.0 : 1.0;
    for (double v = 1.0; v <= most; v += 1.0) {
        double chunks = s->plan.pp * v;
        s->plan.vpp = v;
        if (v == 1.0 || divides(chunks, layers) || divides(chunks, layers + 2.0))
            try_experts(s);
    }
}

static void try_stages(struct search *s)
{
    double inner = s->plan.tp * s->plan.cp;
    double most = fmin(s->in->model->n_layers, 64.0);
    for (double p = 1.0; p <= most && p * inner <= s->ranks; p += 1.0) {
        if (!divides(p * inner, s->ranks))
            continue;
        s->plan.pp = p;
        s->plan.dp = s->ranks / (p * inner);
        if (s->plan.dp <= s->in->global_batch && divides(s->plan.dp, s->in->global_batch))
            try_chunks(s);
    }
}

static double expert_count(const struct tb_model *model)
{
    double experts = 0.0;
    for (int k = 0; k < model->n_kinds; k++)
        experts = fmax(experts, model->kind[k].ffn.n_experts);
    return experts;
}

enum tb_status tb_plan_search(const struct tb_step_in *in, struct tb_plan_found *out)
{
    struct search s = {.in = in, .plan = *in->plan, .out = out};
    double domain = fmax(in->chip->link_domain, 1.0) * in->plan->devices_per_chip;
    double least_cp = fmax(in->lengths.seq_len / LONG_SEQUENCE, 1.0);
    *out = (struct tb_plan_found){0};
    s.ranks = in->chips * in->plan->devices_per_chip;
    s.experts = expert_count(in->model);
    for (double t = 1.0; t <= fmin(domain, MOST_TENSOR); t *= 2.0) {
        s.plan.tp = t;
        s.plan.sp = t > 1.0;
        for (double c = 1.0; c <= 4.0 * least_cp; c *= 2.0) {
            s.plan.cp = c;
            if (divides(t * c, s.ranks))
                try_stages(&s);
        }
    }
    return s.found ? TB_OK : TB_E_ANSWER;
}
