/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/pick.h"
#include "plan/parts.h"

/* Runtime context, communicators and libraries' workspaces, bytes: a context of about 1 GB and
 * 1 to 2 GB of collective buffers. */
#define RUNTIME_BYTES 2.5e9
/* Reserved over allocated memory, measured 1.05 to 1.08. */
#define ALLOCATOR_SLACK 1.06
/* Workspace of matrix libraries inside the allocator's count. */
#define WORKSPACE_BYTES 0.3e9

double tb_shard_ranks(const struct tb_plan *p)
{
    double all = p->dp * p->cp;
    return p->shard > 0.0 ? tb_smaller(p->shard, all) : all;
}

double tb_expert_shard_ranks(const struct tb_plan *p)
{
    double all = p->tp * p->cp * p->dp / (p->ep * p->etp);
    return tb_larger(p->shard > 0.0 ? tb_smaller(p->shard, all) : all, 1.0);
}

/* Two pipelines run in opposite directions over the same devices: stages i and p - 1 - i share one.
 */
static bool paired(const struct tb_step_work *w)
{
    return tb_schedule_info(w->in->plan->schedule)->copies > 1.0;
}

/* Microbatches whose activations a stage would hold at once if there were enough of them, in units
 * of one pass over all its chunks (eq. 9.21). */
static double keeps(const struct tb_plan *p, double stage)
{
    const struct tb_schedule_info *s = tb_schedule_info(p->schedule);
    /* Warm-up of the interleaved schedule in chunks: (p - i - 1) 2 + (v - 1) p, and the one at
     * work. */
    if (p->schedule == TB_SCHED_1F1B && p->vpp > 1.0)
        return ((p->pp - stage - 1.0) * 2.0 + (p->vpp - 1.0) * p->pp + 1.0) / p->vpp;
    /* Of opposite pipelines each direction is a 1F1B; a pair of stages keeps p + 1. */
    if (p->schedule == TB_SCHED_1F1B || s->copies > 1.0)
        return p->pp - stage;
    return s->keep * p->pp + s->add;
}

/* Those that it does hold; each direction of opposite pipelines has half of the microbatches. */
static double alive(const struct tb_step_work *w, double stage)
{
    double most = w->micro_batches;
    if (paired(w))
        most = ceil(0.5 * most);
    return tb_larger(tb_smaller(keeps(w->in->plan, stage), most), 1.0);
}

double tb_step_filling(const struct tb_plan *plan)
{
    double copies = tb_schedule_info(plan->schedule)->copies;
    return copies * tb_larger(tb_larger(plan->pp, keeps(plan, 0.0)), 1.0);
}

/* Shares of what a plan divides by, worked out once for all stages. */
struct shares {
    double weight_bytes, gradient_bytes, optimizer_bytes; /* a parameter */
    double weight_dense, weight_expert;
    double gradient_dense, gradient_expert;
    double optimizer_dense, optimizer_expert;
};

static struct shares shares_of(const struct tb_plan *p)
{
    const struct tb_recipe_info *r = tb_recipe_info(p->recipe);
    double dense = 1.0 / tb_shard_ranks(p);
    double expert = 1.0 / tb_expert_shard_ranks(p);
    struct shares s = {.weight_bytes = r->weight,
                       .gradient_bytes = r->gradient,
                       .optimizer_bytes = r->master + r->moments};
    /* The fp32 copy of 16-bit gradients belongs to the optimizer and is sharded with it. */
    if (r->gradient > 4.0) {
        s.optimizer_bytes += r->gradient - 2.0;
        s.gradient_bytes = 2.0;
    }
    if (p->offload)
        s.optimizer_bytes = 0.0;
    if (p->frozen_bytes > 0.0) {
        s.weight_bytes = p->frozen_bytes + p->adapter * s.weight_bytes;
        s.gradient_bytes *= p->adapter;
        s.optimizer_bytes *= p->adapter;
    }
    s.weight_dense = p->zero >= 3 ? dense : 1.0;
    s.weight_expert = p->zero >= 3 ? expert : 1.0;
    s.gradient_dense = p->zero >= 2 ? dense : 1.0;
    s.gradient_expert = p->zero >= 2 ? expert : 1.0;
    s.optimizer_dense = p->zero >= 1 ? dense : 1.0;
    s.optimizer_expert = p->zero >= 1 ? expert : 1.0;
    return s;
}

static void state_bytes(const struct shares *s, double dense, double expert,
                        struct tb_step_memory *m)
{
    m->weights = s->weight_bytes * (dense * s->weight_dense + expert * s->weight_expert);
    m->gradients = s->gradient_bytes * (dense * s->gradient_dense + expert * s->gradient_expert);
    m->optimizer = s->optimizer_bytes * (dense * s->optimizer_dense + expert * s->optimizer_expert);
}

static double buffer_bytes(const struct tb_step_work *w, double transient)
{
    const struct tb_plan *p = w->in->plan;
    double bytes = WORKSPACE_BYTES + transient;
    if (p->zero >= 3)
        bytes += 3.0 * 2.0 * w->layer_weights; /* two gathered layers and one of gradients */
    if (p->again & TB_AGAIN_FULL)
        bytes += w->layer_peak;
    return bytes;
}

static void add_kept(const struct tb_step_work *w, int stage, struct tb_step_memory *m)
{
    const struct tb_stage_kept *k = &w->kept[stage];
    double kept = alive(w, stage);
    m->residual += kept * k->residual;
    m->attention += kept * k->attention;
    m->ffn += kept * k->ffn;
    m->experts += kept * k->experts;
    if (stage == w->stages - 1)
        m->logits = w->logit_bytes;
}

/* Memory of the device of stage i, and of stage p - 1 - i where both share it. */
static void stage_memory(const struct tb_step_work *w, const struct shares *shares, int i,
                         struct tb_step_memory *m)
{
    const struct tb_stage_load *stage = &w->stage[i];
    double copies = tb_schedule_info(w->in->plan->schedule)->copies;
    int other = w->stages - 1 - i;
    double transient = w->kept[i].transient;
    *m = (struct tb_step_memory){.stage = i};
    state_bytes(shares, copies * stage->weights, copies * stage->expert_weights, m);
    m->weights += w->in->plan->readers / tb_plan_ranks(w->in->plan);
    add_kept(w, i, m);
    if (copies > 1.0) {
        add_kept(w, other, m);
        transient = tb_larger(transient, w->kept[other].transient);
    }
    m->buffers = buffer_bytes(w, transient);
    m->allocated = m->weights + m->gradients + m->optimizer + m->residual + m->attention + m->ffn +
                   m->experts + m->logits + m->buffers;
    m->reserve = (ALLOCATOR_SLACK - 1.0) * m->allocated + RUNTIME_BYTES;
    m->total = m->allocated + m->reserve;
}

static bool keeps_alike(const struct tb_stage_kept *a, const struct tb_stage_kept *b)
{
    return a->residual == b->residual && a->attention == b->attention && a->ffn == b->ffn &&
           a->experts == b->experts;
}

/* Of stages made up alike the first keeps most microbatches alive. Pairs of opposite pipelines all
 * keep p + 1 where both of a pair are made up alike and there are microbatches enough. */
static bool no_fuller(const struct tb_step_work *w, int i, bool opposite)
{
    if (!w->same[i])
        return false;
    return !opposite || (keeps_alike(&w->kept[i], &w->kept[w->stages - 1 - i]) &&
                         w->micro_batches >= 2.0 * w->stages);
}

void tb_step_memory(const struct tb_step_work *w, struct tb_step_memory *out)
{
    struct tb_step_memory stage;
    bool opposite = paired(w);
    int devices = opposite ? (w->stages + 1) / 2 : w->stages;
    struct shares shares = shares_of(w->in->plan);
    *out = (struct tb_step_memory){0};
    for (int i = 0; i < devices; i++) {
        if (no_fuller(w, i, opposite))
            continue;
        stage_memory(w, &shares, i, &stage);
        if (stage.total > out->total)
            *out = stage;
    }
    out->capacity = tb_chip_memory(w->in->chip) / w->in->plan->devices_per_chip;
}
