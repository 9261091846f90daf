/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/plan.h"

#include <math.h>
#include <string.h>

static const struct tb_schedule_info schedules[TB_SCHEDULE_COUNT] = {
#define TB_SCHEDULE(name, id, stages, less, f, b, w, by_chunks, keep, add, copies, hides, title)   \
    {id, stages, less, f, b, w, by_chunks, keep, add, copies, hides, title},
#include "plan/schedule.def"
#undef TB_SCHEDULE
};

const struct tb_schedule_info *tb_schedule_info(enum tb_schedule schedule)
{
    return (size_t)schedule < TB_SCHEDULE_COUNT ? &schedules[schedule] : NULL;
}

bool tb_schedule_find(const char *id, enum tb_schedule *out)
{
    for (size_t i = 0; i < TB_SCHEDULE_COUNT; i++) {
        if (strcmp(id, schedules[i].id) == 0) {
            *out = (enum tb_schedule)i;
            return true;
        }
    }
    return false;
}

void tb_plan_init(struct tb_plan *plan)
{
    *plan = (struct tb_plan){.tp = 1.0,
                             .cp = 1.0,
                             .pp = 1.0,
                             .vpp = 1.0,
                             .ep = 1.0,
                             .etp = 1.0,
                             .dp = 1.0,
                             .micro_batch = 1.0,
                             .zero = 1,
                             .reduce_bytes = 4.0,
                             .dispatch_bytes = 2.0,
                             .devices_per_chip = 1.0};
}

double tb_plan_ranks(const struct tb_plan *plan)
{
    return plan->tp * plan->cp * plan->pp * plan->dp;
}

/* ---- checks ------------------------------------------------------------------------------------
 */

struct findings {
    struct tb_plan_problem *list;
    size_t max, n;
};

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

/* The divisor of `number` that is nearest to `wanted`, the smaller of two. */
static double nearest_divisor(double number, double wanted)
{
    for (double away = 0.0; away <= number; away += 1.0) {
        if (divides(wanted - away, number))
            return wanted - away;
        if (wanted + away <= number && divides(wanted + away, number))
            return wanted + away;
    }
    return 1.0;
}

static void check_counts(struct findings *f, const struct tb_plan *p)
{
    const struct {
        const char *field;
        double value;
    } degrees[] = {{"tp", p->tp}, {"cp", p->cp}, {"pp", p->pp},  {"vpp", p->vpp},
                   {"ep", p->ep}, {"dp", p->dp}, {"etp", p->etp}};
    for (size_t i = 0; i < sizeof degrees / sizeof degrees[0]; i++) {
        double v = degrees[i].value;
        if (!(v >= 1.0) || floor(v) != v)
            found(f, degrees[i].field, v, fmax(floor(v), 1.0), "a degree is a whole number from 1");
    }
}

static void check_heads(struct findings *f, const struct tb_plan *p, const struct tb_model *model)
{
    for (int k = 0; k < model->n_kinds; k++) {
        const struct tb_attn *a = &model->kind[k].attn;
        double heads = a->n_heads > 0.0 ? a->n_heads : a->v_heads;
        if (heads > 0.0 && !divides(p->tp, heads)) {
            found(f, "tp", p->tp, nearest_divisor(heads, p->tp),
                  "tensor parallelism must divide the attention heads");
            return;
        }
    }
}

static void check_experts(struct findings *f, const struct tb_plan *p, const struct tb_model *model)
{
    double experts = 0.0;
    for (int k = 0; k < model->n_kinds; k++)
        experts = fmax(experts, model->kind[k].ffn.n_experts);
    if (p->ep > 1.0 && !(experts > 0.0 && divides(p->ep, experts))) {
        found(f, "ep", p->ep, experts > 0.0 ? nearest_divisor(experts, p->ep) : 1.0,
              experts > 0.0 ? "expert parallelism must divide the experts"
                            : "expert parallelism needs experts");
        return;
    }
    double room = p->tp * p->cp * p->dp;
    if (!divides(p->ep * p->etp, room))
        found(f, "ep", p->ep, nearest_divisor(room, p->ep * p->etp) / p->etp,
              "expert parallelism must divide tp x cp x dp");
}

static void check_stages(struct findings *f, const struct tb_plan *p, const struct tb_model *model)
{
    /* Embedding and head may fill a chunk of their own. */
    double layers = model->n_layers;
    double most = fmod(layers + 2.0, p->pp * p->vpp) == 0.0 ? layers + 2.0 : layers;
    if (p->pp > most)
        found(f, "pp", p->pp, layers, "more pipeline stages than layers");
    else if (p->pp * p->vpp > most)
        found(f, "vpp", p->vpp, fmax(floor(layers / p->pp), 1.0),
              "more chunks of layers than layers");
    if (p->pp > 256.0)
        found(f, "pp", p->pp, 256.0, "at most 256 pipeline stages are modelled");
}

static void check_batch(struct findings *f, const struct tb_plan *p, double global_batch)
{
    if (!(p->micro_batch > 0.0))
        found(f, "micro_batch", p->micro_batch, 1.0, "a microbatch holds at least a sequence");
    else if (global_batch > 0.0 && !divides(p->dp * p->micro_batch, global_batch))
        found(f, "micro_batch", p->micro_batch,
              global_batch >= p->dp ? nearest_divisor(floor(global_batch / p->dp), p->micro_batch)
                                    : (double)NAN,
              "dp x micro_batch must divide the batch");
}

size_t tb_plan_check(const struct tb_plan *plan, const struct tb_model *model, double global_batch,
                     double chips, struct tb_plan_problem *problems, size_t max)
{
    struct findings f = {problems, max, 0};
    check_counts(&f, plan);
    if (f.n > 0)
        return f.n;
    check_heads(&f, plan, model);
    check_experts(&f, plan, model);
    check_stages(&f, plan, model);
    check_batch(&f, plan, global_batch);
    double ranks = chips * plan->devices_per_chip;
    if (chips > 0.0 && tb_plan_ranks(plan) != ranks) {
        double inner = plan->tp * plan->cp * plan->pp;
        found(&f, "dp", plan->dp, divides(inner, ranks) ? ranks / inner : (double)NAN,
              "tp x cp x pp x dp must be the number of chips");
    }
    if (plan->zero < 0 || plan->zero > 3)
        found(&f, "zero", plan->zero, plan->zero < 0 ? 0.0 : 3.0, "ZeRO has stages 0 to 3");
    if (plan->shard > 0.0 && !divides(plan->shard, plan->dp * plan->cp))
        found(&f, "shard", plan->shard, nearest_divisor(plan->dp * plan->cp, plan->shard),
              "the shard group must divide dp x cp");
    return f.n;
}
