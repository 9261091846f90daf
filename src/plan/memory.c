/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

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
    return p->shard > 0.0 ? fmin(p->shard, all) : all;
}

double tb_expert_shard_ranks(const struct tb_plan *p)
{
    double all = p->tp * p->cp * p->dp / (p->ep * p->etp);
    return fmax(p->shard > 0.0 ? fmin(p->shard, all) : all, 1.0);
}

/* Two pipelines run in opposite directions over the same devices: stages i and p - 1 - i share one.
 */
static bool paired(const struct tb_step_work *w)
{
    return tb_schedule_info(w->in->plan->schedule)->copies > 1.0;
}

/* Microbatches whose activations a stage holds at once, in units of one pass over all its chunks
 * (eq. 9.21). */
static double alive(const struct tb_step_work *w, double stage)
{
    const struct tb_plan *p = w->in->plan;
    const struct tb_schedule_info *s = tb_schedule_info(p->schedule);
    double most = w->micro_batches;
    double kept;
    if (p->schedule == TB_SCHED_1F1B && p->vpp > 1.0) {
        /* Warm-up of the interleaved schedule in chunks: (p - i - 1) 2 + (v - 1) p, and the one
         * at work. */
        kept = ((p->pp - stage - 1.0) * 2.0 + (p->vpp - 1.0) * p->pp + 1.0) / p->vpp;
    } else if (p->schedule == TB_SCHED_1F1B) {
        kept = p->pp - stage;
    } else if (s->copies > 1.0) {
        /* Each direction is a 1F1B of half of the microbatches; a pair of stages keeps p + 1. */
        kept = p->pp - stage;
        most = ceil(0.5 * most);
    } else {
        kept = s->keep * p->pp + s->add;
    }
    return fmax(fmin(kept, most), 1.0);
}

static void state_bytes(const struct tb_step_work *w, double dense, double expert, double shards,
                        double expert_shards, struct tb_step_memory *m)
{
    const struct tb_plan *p = w->in->plan;
    const struct tb_recipe_info *r = tb_recipe_info(p->recipe);
    double optimizer = r->master + r->moments;
    double gradient = r->gradient;
    /* The fp32 copy of 16-bit gradients belongs to the optimizer and is sharded with it. */
    if (gradient > 4.0) {
        optimizer += gradient - 2.0;
        gradient = 2.0;
    }
    double cut_w = p->zero >= 3 ? dense / shards + expert / expert_shards : dense + expert;
    double cut_g = p->zero >= 2 ? dense / shards + expert / expert_shards : dense + expert;
    double cut_o = p->zero >= 1 ? dense / shards + expert / expert_shards : dense + expert;
    m->weights = r->weight * cut_w;
    m->gradients = gradient * cut_g;
    m->optimizer = p->offload ? 0.0 : optimizer * cut_o;
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
    double kept = alive(w, stage);
    m->residual += kept * w->stage_residual[stage];
    m->attention += kept * w->stage_attention[stage];
    m->ffn += kept * w->stage_ffn[stage];
    m->experts += kept * w->stage_experts[stage];
    if (stage == w->stages - 1)
        m->logits = w->logit_bytes;
}

/* Memory of the device of stage i, and of stage p - 1 - i where both share it. */
static void stage_memory(const struct tb_step_work *w, int i, struct tb_step_memory *m)
{
    const struct tb_plan *p = w->in->plan;
    const struct tb_stage_load *stage = &w->stage[i];
    double copies = tb_schedule_info(p->schedule)->copies;
    int other = w->stages - 1 - i;
    double transient = w->stage_transient[i];
    *m = (struct tb_step_memory){.stage = i};
    state_bytes(w, copies * stage->weights, copies * stage->expert_weights, tb_shard_ranks(p),
                tb_expert_shard_ranks(p), m);
    add_kept(w, i, m);
    if (paired(w)) {
        add_kept(w, other, m);
        transient = fmax(transient, w->stage_transient[other]);
    }
    m->buffers = buffer_bytes(w, transient);
    m->allocated = m->weights + m->gradients + m->optimizer + m->residual + m->attention + m->ffn +
                   m->experts + m->logits + m->buffers;
    m->reserve = (ALLOCATOR_SLACK - 1.0) * m->allocated + RUNTIME_BYTES;
    m->total = m->allocated + m->reserve;
}

/* A stage that holds no more of anything than the one before it cannot be the fullest: later stages
 * keep no more microbatches alive. */
static bool within_previous(const struct tb_step_work *w, int i)
{
    const struct tb_stage_load *a = &w->stage[i];
    const struct tb_stage_load *b = &w->stage[i - 1];
    return a->weights <= b->weights && a->expert_weights <= b->expert_weights &&
           w->stage_residual[i] <= w->stage_residual[i - 1] &&
           w->stage_attention[i] <= w->stage_attention[i - 1] &&
           w->stage_ffn[i] <= w->stage_ffn[i - 1] &&
           w->stage_experts[i] <= w->stage_experts[i - 1] &&
           w->stage_transient[i] <= w->stage_transient[i - 1];
}

void tb_step_memory(const struct tb_step_work *w, struct tb_step_memory *out)
{
    struct tb_step_memory stage;
    int devices = paired(w) ? (w->stages + 1) / 2 : w->stages;
    *out = (struct tb_step_memory){0};
    for (int i = 0; i < devices; i++) {
        if (!paired(w) && i > 0 && i < w->stages - 1 && within_previous(w, i))
            continue;
        stage_memory(w, i, &stage);
        if (stage.total > out->total)
            *out = stage;
    }
    out->capacity = tb_chip_memory(w->in->chip) / w->in->plan->devices_per_chip;
}
