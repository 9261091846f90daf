/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/plan.h"

#include <math.h>

/* Whether a plan can be, and the nearest one that can. Nearest values are looked for only where
 * somebody reads them: a search asks for the number of problems alone. */

#define MOST_STAGES 256.0

struct findings {
    struct tb_plan_problem *list;
    size_t max, n;
    const struct tb_plan *plan;
    const struct tb_model *model;
    double batch, ranks;
};

static bool wanted(const struct findings *f)
{
    return f->n < f->max;
}

static void found(struct findings *f, const char *field, double value, double nearest,
                  const char *reason)
{
    if (f->n < f->max)
        f->list[f->n] = (struct tb_plan_problem){field, reason, value, nearest};
    f->n++;
}

static bool divides(double divisor, double number)
{
    return divisor >= 1.0 && fmod(number, divisor) == 0.0;
}

/* The divisor of `number` nearest to `value`, the smaller of two; with `other` > 0 one whose
 * product with `times` divides that too. NaN: none. */
static double nearest_divisor(double value, double number, double times, double other)
{
    double best = (double)NAN;
    for (double low = 1.0; low * low <= number; low += 1.0) {
        if (!divides(low, number))
            continue;
        const double pair[] = {low, number / low};
        for (int i = 0; i < 2; i++) {
            double away = fabs(pair[i] - value) - fabs(best - value);
            bool nearer = isnan(best) || away < 0.0 || (away == 0.0 && pair[i] < best);
            if (nearer && (!(other > 0.0) || divides(pair[i] * times, other)))
                best = pair[i];
        }
    }
    return best;
}

static void must_divide(struct findings *f, const char *field, double value, double number,
                        const char *reason)
{
    if (!divides(value, number))
        found(f, field, value, wanted(f) ? nearest_divisor(value, number, 1.0, 0.0) : (double)NAN,
              reason);
}

static void check_counts(struct findings *f)
{
    const struct tb_plan *p = f->plan;
    const struct {
        const char *field;
        double value;
    } degrees[] = {{"tp", p->tp}, {"cp", p->cp}, {"pp", p->pp},  {"vpp", p->vpp},
                   {"ep", p->ep}, {"dp", p->dp}, {"etp", p->etp}};
    for (size_t i = 0; i < sizeof degrees / sizeof degrees[0]; i++) {
        double v = degrees[i].value;
        if (!(v >= 1.0) || floor(v) != v || !isfinite(v))
            found(f, degrees[i].field, v, isfinite(v) ? fmax(floor(v), 1.0) : 1.0,
                  "a degree is a whole number from 1");
    }
}

static void check_tensor(struct findings *f)
{
    for (int k = 0; k < f->model->n_kinds && f->n == 0; k++) {
        const struct tb_attn *a = &f->model->kind[k].attn;
        const struct tb_ffn *ffn = &f->model->kind[k].ffn;
        double heads = a->n_heads > 0.0 ? a->n_heads : a->v_heads;
        if (heads > 0.0)
            must_divide(f, "tp", f->plan->tp, heads,
                        "tensor parallelism must divide the attention heads");
        if (f->n == 0 && ffn->d_ff > 0.0)
            must_divide(f, "tp", f->plan->tp, ffn->d_ff,
                        "tensor parallelism must divide the feed-forward width");
    }
}

/* Embedding and head may fill a chunk of their own. */
static double most_stages(const struct findings *f, double chunks)
{
    double layers = f->model->n_layers;
    return fmod(layers + 2.0, chunks) == 0.0 ? layers + 2.0 : layers;
}

/* Whether the model's layers and widths allow the degrees. */
static bool model_allows(const struct findings *f, double tp, double pp)
{
    struct tb_plan plan = *f->plan;
    struct findings other = {.plan = &plan, .model = f->model};
    plan.tp = tp;
    check_tensor(&other);
    return other.n == 0 && pp <= fmin(most_stages(f, pp), MOST_STAGES);
}

enum degree { PIPELINE, CONTEXT, TENSOR };

/* The nearest value of a degree with which the degrees fit the ranks and the model, the smaller of
 * two. NaN: none. */
static double other_degree(const struct findings *f, enum degree which, double value)
{
    const struct tb_plan *p = f->plan;
    double most = f->ranks * value / (p->tp * p->cp * p->pp); /* what the other degrees leave */
    double best = (double)NAN;
    for (double low = 1.0; floor(most) == most && low * low <= most; low += 1.0) {
        if (!divides(low, most))
            continue;
        const double pair[] = {low, most / low};
        for (int i = 0; i < 2; i++) {
            double away = fabs(pair[i] - value) - fabs(best - value);
            bool nearer = isnan(best) || away < 0.0 || (away == 0.0 && pair[i] < best);
            if (nearer && model_allows(f, which == TENSOR ? pair[i] : p->tp,
                                       which == PIPELINE ? pair[i] : p->pp))
                best = pair[i];
        }
    }
    return best;
}

static void check_stages(struct findings *f)
{
    const struct tb_plan *p = f->plan;
    double layers = f->model->n_layers;
    double most = most_stages(f, p->pp * p->vpp);
    if (p->pp > most) {
        double other = wanted(f) && f->ranks > 0.0 ? other_degree(f, PIPELINE, p->pp) : layers;
        found(f, "pp", p->pp, other >= 1.0 ? other : layers, "more pipeline stages than layers");
    } else if (p->pp * p->vpp > most)
        found(f, "vpp", p->vpp, fmax(floor(layers / p->pp), 1.0),
              "more chunks of layers than layers");
    if (p->pp > MOST_STAGES)
        found(f, "pp", p->pp, MOST_STAGES, "at most 256 pipeline stages are modelled");
}

static void check_ranks(struct findings *f)
{
    const struct tb_plan *p = f->plan;
    double inner = p->tp * p->cp * p->pp;
    if (!(f->ranks > 0.0) || tb_plan_ranks(p) == f->ranks)
        return;
    if (divides(inner, f->ranks)) {
        found(f, "dp", p->dp, f->ranks / inner,
              p->devices_per_chip > 1.0 ? "tp x cp x pp x dp must be the number of chips' dies"
                                        : "tp x cp x pp x dp must be the number of chips");
        return;
    }
    const struct {
        const char *field;
        double value;
    } degrees[] = {[PIPELINE] = {"pp", p->pp}, [CONTEXT] = {"cp", p->cp}, [TENSOR] = {"tp", p->tp}};
    for (int i = 0; wanted(f) && i < 3; i++) {
        double other = other_degree(f, (enum degree)i, degrees[i].value);
        if (degrees[i].value > 1.0 && other >= 1.0) {
            found(f, degrees[i].field, degrees[i].value, other,
                  "tp x cp x pp must divide the number of chips");
            return;
        }
    }
    found(f, "dp", p->dp, (double)NAN, "tp x cp x pp must divide the number of chips");
}

static const struct tb_ffn *widest_experts(const struct tb_model *model)
{
    const struct tb_ffn *most = &model->kind[0].ffn;
    for (int k = 1; k < model->n_kinds; k++) {
        if (model->kind[k].ffn.n_experts > most->n_experts)
            most = &model->kind[k].ffn;
    }
    return most;
}

static void check_experts(struct findings *f)
{
    const struct tb_plan *p = f->plan;
    const struct tb_ffn *ffn = widest_experts(f->model);
    double room = p->tp * p->cp * p->dp;
    double experts = ffn->n_experts;
    if (!(experts > 0.0)) {
        if (p->ep > 1.0)
            found(f, "ep", p->ep, 1.0, "expert parallelism needs experts");
        if (p->etp > 1.0)
            found(f, "etp", p->etp, 1.0, "tensor parallelism inside experts needs experts");
        return;
    }
    must_divide(f, "etp", p->etp, ffn->d_expert,
                "tensor parallelism inside experts must divide their width");
    double other = (double)NAN;
    if (wanted(f) && (!divides(p->ep, experts) || !divides(p->ep * p->etp, room)))
        other = nearest_divisor(p->ep, experts, p->etp, room);
    if (!divides(p->ep, experts))
        found(f, "ep", p->ep, other, "expert parallelism must divide the experts");
    else if (!divides(p->ep * p->etp, room) && other >= 1.0)
        found(f, "ep", p->ep, other, "ep x etp must divide tp x cp x dp");
    else if (!divides(p->ep * p->etp, room))
        found(f, "etp", p->etp, wanted(f) ? nearest_divisor(p->etp, room, 1.0, 0.0) : (double)NAN,
              "ep x etp must divide tp x cp x dp");
}

static void check_chunks(struct findings *f)
{
    const struct tb_plan *p = f->plan;
    const struct tb_schedule_info *s = tb_schedule_info(p->schedule);
    double most = s->copies > 1.0 ? 1.0 : 2.0;
    if (p->vpp > 1.0 && p->pp <= 1.0)
        found(f, "vpp", p->vpp, 1.0, "chunks of layers need a pipeline");
    else if (!s->by_chunks && p->vpp > most)
        found(f, "vpp", p->vpp, most, "more chunks of layers than the schedule runs");
}

/* Two opposite pipelines share stages in pairs and the microbatches in halves, and each needs as
 * many as there are stages (DeepSeek's DualPipe asserts the same). */
static void check_opposite(struct findings *f)
{
    const struct tb_plan *p = f->plan;
    double replica = f->batch / p->dp;
    double micro = replica / p->micro_batch;
    if (tb_schedule_info(p->schedule)->copies <= 1.0)
        return;
    if (fmod(p->pp, 2.0) != 0.0) {
        found(f, "pp", p->pp, p->pp > 1.0 ? p->pp - 1.0 : 2.0,
              "two opposite pipelines need an even number of stages");
        return;
    }
    if (!(f->batch > 0.0) || micro != floor(micro))
        return;
    double even = (double)NAN;
    if (wanted(f) && fmod(replica, 2.0) == 0.0)
        even = nearest_divisor(p->micro_batch, 0.5 * replica, 1.0, 0.0);
    if (fmod(micro, 2.0) != 0.0)
        found(f, "micro_batch", p->micro_batch, even,
              "two opposite pipelines need an even number of microbatches");
    else if (micro < 2.0 * p->pp)
        found(f, "pp", p->pp, micro >= 4.0 ? 2.0 * floor(0.25 * micro) : (double)NAN,
              "two opposite pipelines need twice as many microbatches as stages");
}

static void check_batch(struct findings *f)
{
    const struct tb_plan *p = f->plan;
    if (!(p->micro_batch > 0.0) || !isfinite(p->micro_batch)) {
        found(f, "micro_batch", p->micro_batch, 1.0, "a microbatch holds at least a sequence");
        return;
    }
    if (!(f->batch > 0.0) || divides(p->dp * p->micro_batch, f->batch))
        return;
    if (divides(p->dp, f->batch)) {
        must_divide(f, "micro_batch", p->micro_batch, f->batch / p->dp,
                    "dp x micro_batch must divide the batch");
        return;
    }
    double whole = floor(f->batch);
    double dp = wanted(f) ? nearest_divisor(fmin(p->dp, whole), whole, 1.0, f->ranks) : (double)NAN;
    found(f, "dp", p->dp, dp,
          p->dp > f->batch ? "more replicas than sequences in the batch; higher tp, cp or pp leave "
                             "fewer"
                           : "dp must divide the batch");
}

size_t tb_plan_check(const struct tb_plan *plan, const struct tb_model *model, double global_batch,
                     double chips, struct tb_plan_problem *problems, size_t max)
{
    struct findings f = {problems,
                         max,
                         0,
                         plan,
                         model,
                         global_batch,
                         chips > 0.0 ? chips * plan->devices_per_chip : 0.0};
    check_counts(&f);
    if (f.n > 0)
        return f.n;
    check_tensor(&f);
    check_stages(&f);
    check_chunks(&f);
    check_ranks(&f);
    check_experts(&f);
    check_batch(&f);
    check_opposite(&f);
    if (plan->zero < 0 || plan->zero > 3)
        found(&f, "zero", plan->zero, plan->zero < 0 ? 0.0 : 3.0, "ZeRO has stages 0 to 3");
    if (plan->shard > 0.0)
        must_divide(&f, "shard", plan->shard, plan->dp * plan->cp,
                    "the shard group must divide dp x cp");
    return f.n;
}

bool tb_plan_check_sequence(const struct tb_plan *plan, double seq_len,
                            struct tb_plan_problem *problem)
{
    struct findings f = {.list = problem, .max = 1, .plan = plan};
    if (seq_len >= 1.0 && floor(seq_len) == seq_len)
        must_divide(&f, "cp", plan->cp, seq_len, "context parallelism must divide the sequence");
    return f.n == 0;
}
