/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/search.h"

#include <math.h>

#include "model/params.h"

/* Longest run of tokens of one sequence on a rank before context parallelism is tried. */
#define LONG_SEQUENCE 16384.0
#define MOST_TENSOR 16.0
#define MOST_STAGES 64.0
#define MOST_CHUNKS 4.0
#define MOST_SEQUENCES 16.0
/* Plans this near to each other are as good as each other. */
#define ALIKE 0.01

/* Degrees that set the time of a microbatch through the layers, whatever the pipeline. */
struct inner {
    double tp, cp, micro_batch;
    double pass;    /* least s of a microbatch through all layers without a pipeline */
    double each;    /* the same a sequence and rank: what is compared */
    double at_work; /* bytes of the layer at work, and of workspace */
    double kept;    /* bytes of the inputs of all layers for a microbatch */
};

enum { MOST_INNER = 128, MOST_EXPERT_DEGREES = 64 };

struct search {
    const struct tb_step_in *in;
    const struct tb_batch_range *batch;
    struct tb_plan plan; /* under construction */
    struct tb_plan_found *out;
    double ranks, capacity;
    double dense, routed; /* parameters outside and inside the experts */
    const struct inner *at;
    int least;   /* level of recomputation that is asked for */
    double loss; /* factor on a step's parts for the jitter of many chips */
    bool found;
    int n_inner, n_ep;
    struct inner inner[MOST_INNER];
    double ep[MOST_EXPERT_DEGREES]; /* falling */
    double
        pass[MOST_EXPERT_DEGREES]; /* of the degrees at work, by expert degree; 0: not known yet */
};

static const unsigned recompute_levels[] = {
    0,
    TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP,
    TB_AGAIN_FULL,
};
enum { LEVELS = sizeof recompute_levels / sizeof *recompute_levels };

static bool divides(double divisor, double number)
{
    return fmod(number, divisor) == 0.0;
}

bool tb_batch_holds(const struct tb_batch_range *batch, double share)
{
    double times = floor(batch->high / share);
    return times >= 1.0 && times * share >= batch->low;
}

static double best_time(const struct search *s)
{
    return s->found ? s->out->step.time.total : HUGE_VAL;
}

/* What a bound must stay below to be worth a look. */
static double worth(const struct search *s)
{
    return (1.0 - ALIKE) * best_time(s);
}

/* ---- one plan ----------------------------------------------------------------------------------
 */

static bool evaluate(struct search *s, struct tb_step_out *step)
{
    struct tb_step_in in = *s->in;
    in.plan = &s->plan;
    if (tb_step_evaluate(&in, step) != TB_OK)
        return false;
    s->out->tried += 1.0;
    return true;
}

/* @return whether it fits. */
static bool consider(struct search *s, struct tb_step_out *step)
{
    bool first = !(s->out->step.time.total > 0.0);
    if (!evaluate(s, step))
        return false;
    bool fits = step->memory.total <= step->memory.capacity;
    s->out->feasible += fits;
    bool better = fits && step->time.total < best_time(s);
    bool nearer = !fits && !s->found && step->memory.total < s->out->step.memory.total;
    if (first || better || nearer) {
        s->out->plan = s->plan;
        s->out->step = *step;
    }
    s->found = s->found || fits;
    return fits;
}

/* What a step takes at least when nothing is recomputed. */
static double without_again(const struct search *s, const struct tb_step_out *step)
{
    const struct tb_plan *p = &s->plan;
    double fill = (p->pp - 1.0) / p->vpp / step->micro_batches;
    return step->time.total - s->loss * step->time.recompute * (1.0 + fill);
}

/* Less recomputation is always faster: the first level that fits ends the row. Where the leanest
 * one does not fit no other does. */
static bool try_recompute(struct search *s)
{
    struct tb_step_out step;
    s->plan.again = recompute_levels[LEVELS - 1];
    if (!consider(s, &step))
        return false;
    if (without_again(s, &step) >= worth(s))
        return true;
    for (int i = s->least; i < LEVELS - 1; i++) {
        s->plan.again = recompute_levels[i];
        if (consider(s, &step))
            break;
    }
    return true;
}

/* Whether the leanest plan of these degrees may fit: state of the mean stage, inputs of its layers
 * and one layer at work. Optimizer state is spread over all ranks. */
static bool has_room(const struct search *s)
{
    const struct tb_plan *p = &s->plan;
    const struct tb_recipe_info *r = tb_recipe_info(p->recipe);
    double all = (s->dense + s->routed) / tb_plan_ranks(p);
    double own = (s->dense / p->tp + s->routed / (p->ep * p->etp)) / p->pp;
    double state = (r->weight + fmin(r->gradient, 2.0)) * (p->zero >= 3 ? all : own);
    double optimizer = p->offload ? 0.0 : (r->master + r->moments) * all;
    double alive = fmin(p->pp, fmax(s->in->global_batch / (p->dp * p->micro_batch), 1.0));
    return state + optimizer + s->at->kept * alive / p->pp + s->at->at_work <= s->capacity;
}

static bool try_sharding(struct search *s)
{
    s->plan.zero = 1;
    bool fits = has_room(s) && try_recompute(s);
    /* Gathering weights for every microbatch of a pipeline does not pay. */
    if (s->plan.pp > 1.0)
        return fits;
    s->plan.zero = 3;
    return (has_room(s) && try_recompute(s)) || fits;
}

/* ---- replicas ----------------------------------------------------------------------------------
 */

static double common_divisor(double a, double b)
{
    while (b > 0.0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

/* A microbatch through the layers of one replica without a pipeline. */
static bool price_pass(struct search *s, struct tb_step_out *step)
{
    struct tb_plan *p = &s->plan;
    p->pp = p->vpp = 1.0;
    p->dp = p->ep / common_divisor(p->ep, p->tp * p->cp);
    p->zero = 0;
    p->again = TB_AGAIN_FULL;
    return evaluate(s, step);
}

/* Its time with the least recomputation there is. */
static double pass_time(const struct search *s, const struct tb_step_out *step)
{
    double again = s->least == LEVELS - 1 ? 0.0 : step->time.recompute / step->micro_batches;
    return step->forward + step->backward - again;
}

/* Least time of the step with the plan's replicas: the mean stage, and the filling of the pipeline.
 */
static double least_time(const struct search *s, double pass)
{
    const struct tb_plan *p = &s->plan;
    double passes = fmax(s->in->global_batch / (p->dp * p->micro_batch), 1.0);
    return s->loss * pass / p->pp * (passes + (p->pp - 1.0) / p->vpp);
}

/* As many replicas as the chips hold, the batch can be cut for and the experts divide. @return
 * false: none, or they would be slower than the best plan so far. */
static bool fill_replicas(struct search *s, double pass)
{
    struct tb_plan *p = &s->plan;
    double inner = p->tp * p->cp;
    double step = p->ep / common_divisor(p->ep, inner);
    double most = floor(s->ranks / (inner * p->pp) / step) * step;
    for (p->dp = most; p->dp >= 1.0; p->dp -= step) {
        if (least_time(s, pass) >= worth(s))
            return false;
        if (tb_batch_holds(s->batch, p->dp * p->micro_batch))
            return true;
    }
    return false;
}

/* ---- stages and experts ------------------------------------------------------------------------
 */

/* @return whether the plan in one chunk a stage fits. */
static bool try_chunks(struct search *s, double pass)
{
    double layers = s->in->model->n_layers;
    double most = s->plan.pp > 1.0 ? MOST_CHUNKS : 1.0;
    for (double v = 1.0; v <= most; v += 1.0) {
        double chunks = s->plan.pp * v;
        s->plan.vpp = v;
        if (v > 1.0 && !divides(chunks, layers) && !divides(chunks, layers + 2.0))
            continue;
        /* More chunks fill the pipeline faster and need more room. */
        if (fill_replicas(s, pass) && !try_sharding(s))
            return v > 1.0;
    }
    return true;
}

/* Time of a microbatch with expert degree `k`. */
static double pass_of(struct search *s, int k)
{
    struct tb_plan plan = s->plan;
    struct tb_step_out step;
    if (s->pass[k] == 0.0)
        s->pass[k] = price_pass(s, &step) ? pass_time(s, &step) : (double)INFINITY;
    s->plan = plan;
    return s->pass[k];
}

static void try_experts(struct search *s, const struct inner *d)
{
    const double stages = s->plan.pp;
    for (int k = 0; k < s->n_ep; k++) {
        s->plan.ep = s->ep[k];
        s->plan.pp = stages;
        s->plan.vpp = MOST_CHUNKS;
        if (!fill_replicas(s, d->pass) || !fill_replicas(s, pass_of(s, k)))
            continue;
        /* Fewer expert ranks hold more experts each. */
        if (!try_chunks(s, pass_of(s, k)))
            return;
    }
}

/* Powers of two are what pipelines mostly have; the others come out even, with embedding and head
 * counted as layers or not. */
static bool usual_stages(double stages, double layers)
{
    return exp2(floor(log2(stages) + 0.5)) == stages || divides(stages, layers) ||
           divides(stages, layers + 2.0);
}

static void try_stages(struct search *s, const struct inner *d)
{
    double layers = s->in->model->n_layers;
    s->at = d;
    double most = fmin(fmin(layers, MOST_STAGES), floor(s->ranks / (d->tp * d->cp)));
    s->plan.tp = d->tp;
    s->plan.sp = d->tp > 1.0;
    s->plan.cp = d->cp;
    s->plan.micro_batch = d->micro_batch;
    for (int k = 0; k < s->n_ep; k++)
        s->pass[k] = 0.0;
    for (double p = 1.0; p <= most; p += 1.0) {
        s->plan.pp = p;
        if (usual_stages(p, layers))
            try_experts(s, d);
    }
}

/* ---- the degrees inside a replica --------------------------------------------------------------
 */

/* The least that any number of expert ranks makes of these degrees: products as large as with most
 * of them, and no traffic. @return false: a layer at work has no room. */
static bool price_inner(struct search *s, struct inner *d)
{
    struct tb_step_out step;
    s->plan.tp = d->tp;
    s->plan.sp = d->tp > 1.0;
    s->plan.cp = d->cp;
    s->plan.micro_batch = d->micro_batch;
    s->plan.ep = s->ep[0];
    if (!price_pass(s, &step))
        return false;
    const struct tb_step_memory *m = &step.memory;
    double traffic = step.time.ep / step.micro_batches;
    d->pass = pass_time(s, &step) - traffic;
    d->each = d->pass * d->tp * d->cp / d->micro_batch;
    d->at_work = m->buffers;
    d->kept = m->residual + m->attention + m->ffn + m->experts;
    s->loss = step.time.total / (step.time.total - step.time.scale);
    return d->at_work <= s->capacity;
}

static void insert(struct search *s, const struct inner *d)
{
    int at = s->n_inner;
    if (at == MOST_INNER)
        return;
    for (; at > 0 && d->each < s->inner[at - 1].each; at--)
        s->inner[at] = s->inner[at - 1];
    s->inner[at] = *d;
    s->n_inner++;
}

static void list_micro_batches(struct search *s, double tp, double cp)
{
    double most = fmin(MOST_SEQUENCES, s->batch->high);
    for (double b = 1.0; b <= most; b *= 2.0) {
        struct inner d = {.tp = tp, .cp = cp, .micro_batch = b};
        if (!price_inner(s, &d))
            return;
        insert(s, &d);
    }
}

static bool heads_divide(const struct search *s, double tp)
{
    struct tb_plan p = s->plan;
    p.cp = p.pp = p.vpp = p.ep = p.dp = 1.0;
    p.tp = tp;
    return tb_plan_check(&p, s->in->model, 0.0, 0.0, NULL, 0) == 0;
}

static void list_inner(struct search *s)
{
    double domain = fmax(s->in->chip->link_domain, 1.0) * s->in->plan->devices_per_chip;
    double least_cp = fmax(s->in->lengths.seq_len / LONG_SEQUENCE, 1.0);
    for (double t = 1.0; t <= fmin(domain, MOST_TENSOR); t *= 2.0) {
        if (!heads_divide(s, t))
            continue;
        for (double c = 1.0; c <= 4.0 * least_cp && t * c <= s->ranks; c *= 2.0)
            list_micro_batches(s, t, c);
    }
}

static void list_experts(struct search *s)
{
    const struct tb_model *model = s->in->model;
    double experts = 1.0;
    for (int k = 0; k < model->n_kinds; k++)
        experts = fmax(experts, model->kind[k].ffn.n_experts);
    for (double e = fmin(experts, s->ranks); e >= 1.0 && s->n_ep < MOST_EXPERT_DEGREES; e -= 1.0) {
        if (divides(floor(e), experts))
            s->ep[s->n_ep++] = floor(e);
    }
}

/* The mildest level that does what is asked for. */
static int least_level(unsigned again)
{
    if (again == 0)
        return 0;
    return again & TB_AGAIN_FULL ? LEVELS - 1 : 1;
}

static void count_weights(struct search *s)
{
    struct tb_params params;
    tb_params_count(s->in->model, &params);
    s->dense = params.total - params.routed;
    s->routed = params.routed;
}

/* Best first: degrees whose least time is no better than a plan that was found end the search. */
static void try_all(struct search *s)
{
    s->n_inner = 0;
    list_inner(s);
    for (int i = 0; i < s->n_inner; i++) {
        const struct inner *d = &s->inner[i];
        if (s->loss * d->each * s->in->global_batch / s->ranks >= worth(s))
            break;
        try_stages(s, d);
    }
}

enum tb_status tb_plan_search(const struct tb_step_in *in, const struct tb_batch_range *batch,
                              struct tb_plan_found *out)
{
    struct search s;
    s.in = in;
    s.batch = batch;
    s.plan = *in->plan;
    s.plan.full_share = 0.0;
    s.out = out;
    s.ranks = in->chips * in->plan->devices_per_chip;
    s.capacity = in->chip->memory_capacity / in->plan->devices_per_chip;
    s.least = least_level(in->plan->again);
    s.loss = 1.0;
    s.found = false;
    s.n_ep = 0;
    *out = (struct tb_plan_found){0};
    count_weights(&s);
    list_experts(&s);
    try_all(&s);
    if (!s.found) { /* then the nearest, which no bound may hide */
        s.capacity = HUGE_VAL;
        try_all(&s);
    }
    return s.found ? TB_OK : TB_E_ANSWER;
}
