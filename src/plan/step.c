/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/step.h"

#include <math.h>
#include <string.h>

#include "base/pick.h"
#include "plan/parts.h"

/* Bytes per logit and pass of a loss that is not fused: 16-bit logits, fp32 copy, softmax. */
#define LOSS_BYTES 16.0
#define FUSED_LOSS_BYTES 6.0
/* Bytes per logit that stay: 16-bit logits and their gradient or fp32 copy. */
#define LOGITS_KEPT 10.0
#define FUSED_LOGITS_KEPT 4.0
/* Least traffic of AdamW per parameter: read gradient, master and moments, write them back with
 * the 16-bit weight. */
#define ADAM_BYTES 30.0
/* Sustained bytes/s between a device and its host. */
#define HOST_LINK 20e9
/* Share of launch time that a recorded graph leaves. */
#define GRAPH_SHARE 0.2

/* Rows that the busiest rank holds over the mean: the loads of layers and microbatches that are
 * kept at the same time are independent, so their sum deviates by the root of their number. */
static double held_load(const struct tb_step_work *w)
{
    const struct tb_plan *p = w->in->plan;
    double layers = w->in->model->n_layers / p->pp;
    double terms = tb_larger(layers * tb_smaller(p->pp, w->micro_batches), 1.0);
    return w->setting.load > 1.0 ? 1.0 + (w->setting.load - 1.0) / sqrt(terms) : 1.0;
}

/* The work is not cleared: that would cost as much as the step. Each part is set before its use. */
static enum tb_status prepare(struct tb_step_work *w)
{
    /* cppcheck-suppress ctuuninitvar */
    const struct tb_step_in *in = w->in;
    const struct tb_plan *p = in->plan;
    double stages = p->pp;
    if (!(stages >= 1.0 && stages <= TB_MAX_PIPELINE) ||
        !tb_device_init(&w->device, in->chip, in->perf, p->mode, p->devices_per_chip))
        return TB_E_ANSWER;
    bool alone = tb_plan_ranks(p) <= 1.0;
    if (!tb_fabric_init(&w->fabric, in->chip, in->cluster, in->perf, p->devices_per_chip,
                        p->slice) &&
        !alone)
        return TB_E_ANSWER;
    w->stages = (int)stages;
    w->micro_batches = in->global_batch / (p->dp * p->micro_batch);
    if (!(w->micro_batches > 0.0))
        return TB_E_ANSWER;
    /* A batch that does not fill one microbatch runs as a smaller one. */
    w->micro_batches = tb_larger(w->micro_batches, 1.0);
    w->setting = (struct tb_layer_setting){.model = in->model,
                                           .plan = p,
                                           .perf = in->perf,
                                           .device = &w->device,
                                           .fabric = &w->fabric,
                                           .lengths = in->lengths,
                                           .tokens = p->micro_batch * in->lengths.seq_len / p->cp,
                                           .spread = p->sp ? p->tp : 1.0,
                                           .load = p->free_routing ? in->perf->imbalance : 1.0};
    w->setting.held = held_load(w);
    return TB_OK;
}

static void head_cost(struct tb_step_work *w)
{
    const struct tb_model *model = w->in->model;
    const struct tb_plan *p = w->in->plan;
    double tokens = w->setting.tokens;
    double vocab = model->vocab / p->tp;
    double width = model->embedding_dim > 0.0 ? model->embedding_dim : model->d_model;
    double kept = p->fused_loss ? FUSED_LOGITS_KEPT : LOGITS_KEPT;
    double loss = p->fused_loss ? FUSED_LOSS_BYTES : LOSS_BYTES;
    w->embedding_weights = (vocab + model->learned_positions) * width;
    if (model->no_head)
        return;
    w->head = w->in->perf->slowness * tb_gemm_time(&w->device, tokens, vocab, width, false);
    w->head_passes = tb_pass_time(&w->device, loss * tokens * vocab, 4.0);
    w->head_weights = vocab * width;
    double heads = 1.0 + (w->in->train_mtp ? model->n_mtp : 0.0);
    w->logit_bytes = heads * kept * tokens * vocab;
}

/* Layers share blocks, which are priced once. */
static void price_kind(struct tb_step_work *w, const struct tb_layer *layer, int k, bool priced)
{
    const struct tb_layer_facts *facts = &w->facts->kind[k];
    const struct tb_layer_known known = {facts->attn < k ? &w->cost[facts->attn] : NULL,
                                         facts->ffn < k ? &w->cost[facts->ffn] : NULL};
    if (!priced)
        tb_layer_cost(&w->setting, layer, facts, &known, &w->cost[k]);
    tb_layer_again(&w->setting, layer, &w->cost[k]);
    tb_layer_bytes(&w->setting, layer, &w->bytes[k]);
}

/* @return whether the prices of the last plan hold for this one. */
static bool is_priced(struct tb_step_work *w)
{
    const struct tb_plan *p = w->in->plan;
    const struct tb_price_key key = {.tp = p->tp,
                                     .sp = p->sp,
                                     .cp = p->cp,
                                     .ep = p->ep,
                                     .etp = p->etp,
                                     .micro_batch = p->micro_batch,
                                     .hides = tb_schedule_info(p->schedule)->hides,
                                     .pipelined = p->pp > 1.0};
    bool priced = memcmp(&key, &w->priced, sizeof key) == 0;
    w->priced = key;
    return priced;
}

static void price_kinds(struct tb_step_work *w)
{
    const struct tb_model *model = w->in->model;
    const bool priced = is_priced(w);
    for (int k = 0; k < model->n_kinds; k++) {
        price_kind(w, &model->kind[k], k, priced);
        w->layer_weights =
            tb_larger(w->layer_weights, w->cost[k].weights + w->cost[k].expert_weights);
        w->layer_peak = tb_larger(w->layer_peak, w->bytes[k].peak);
    }
    if (!w->in->train_mtp || !(model->n_mtp > 0.0))
        return;
    if (!w->facts->mtp_like_last) {
        price_kind(w, &model->mtp, TB_MTP_KIND, priced);
        return;
    }
    int last = model->layer_kind[model->n_layers - 1];
    w->cost[TB_MTP_KIND] = w->cost[last];
    w->bytes[TB_MTP_KIND] = w->bytes[last];
}

/* ---- step --------------------------------------------------------------------------------------
 */

static double stage_seconds(const struct tb_stage_load *s)
{
    return s->forward + s->backward;
}

/* Launch time that the device waits for: forward and backward launch alike, and a device that is
 * slower than its host never waits. The square mean rounds the corner: short kernels wait even
 * where the average does not. */
static void wait_for_host(struct tb_step_work *w)
{
    const struct tb_plan *p = w->in->plan;
    double again = p->again & TB_AGAIN_FULL ? 1.0 : 0.0;
    double graph = p->graphs ? GRAPH_SHARE : 1.0;
    for (int i = 0; i < w->stages; i++) {
        struct tb_stage_load *s = &w->stage[i];
        if (w->same[i]) {
            *s = w->stage[i - 1];
            continue;
        }
        double launch = graph * w->in->perf->host_layer * s->host;
        double forward = sqrt(s->forward * s->forward + launch * launch);
        double back = (1.6 + again) * launch;
        double backward = sqrt(s->backward * s->backward + back * back);
        s->host = forward - s->forward + backward - s->backward;
        s->forward = forward;
        s->backward = backward;
    }
}

static int slowest(const struct tb_step_work *w, double *sum)
{
    int worst = 0;
    *sum = 0.0;
    for (int i = 0; i < w->stages; i++) {
        *sum += stage_seconds(&w->stage[i]);
        if (stage_seconds(&w->stage[i]) > stage_seconds(&w->stage[worst]))
            worst = i;
    }
    return worst;
}

/* Idle time of the slowest stage while the pipeline fills and drains (eq. 9.15). The other stages'
 * time takes the place of p - 1 slowest ones. */
static double idle(const struct tb_step_work *w, const struct tb_stage_load *worst, double sum)
{
    const struct tb_plan *p = w->in->plan;
    const struct tb_schedule_info *s = tb_schedule_info(p->schedule);
    if (w->stages < 2)
        return 0.0;
    double others = (sum - stage_seconds(worst)) / ((p->pp - 1.0) * stage_seconds(worst));
    double stages = tb_larger(s->stages * p->pp - s->less, 0.0);
    if (s->by_chunks)
        stages /= p->vpp;
    double each = s->f * worst->forward + s->b * worst->backward + s->w * worst->weight_grad;
    return stages * others * tb_larger(each, 0.0);
}

static double pipeline_traffic(const struct tb_step_work *w)
{
    const struct tb_plan *p = w->in->plan;
    if (w->stages < 2)
        return 0.0;
    /* Each tensor rank sends its share; the receiving side gathers it. */
    double bytes = 2.0 * w->setting.tokens * w->in->model->d_model / p->tp;
    double one = tb_send_time(&w->fabric, p->dp * p->tp * p->cp, bytes);
    return 2.0 * p->vpp * w->micro_batches * one * w->in->perf->pp_exposed;
}

struct shards {
    double dense, expert;               /* ranks of the shard groups */
    double dense_copies, expert_copies; /* groups that repeat the shards */
    struct tb_group dense_group, expert_group, dense_across, expert_across;
};

static struct shards shard_groups(const struct tb_plan *p)
{
    struct shards g;
    double all = p->dp * p->cp;
    double expert_all = p->tp * all / (p->ep * p->etp);
    g.dense = tb_shard_ranks(p);
    g.expert = tb_smaller(tb_expert_shard_ranks(p), expert_all);
    g.dense_copies = all / g.dense;
    g.expert_copies = expert_all / g.expert;
    g.dense_group = (struct tb_group){g.dense, p->tp};
    g.expert_group = (struct tb_group){g.expert, p->ep * p->etp};
    g.dense_across = (struct tb_group){g.dense_copies, p->tp * g.dense};
    g.expert_across = (struct tb_group){g.expert_copies, p->ep * p->etp * g.expert};
    return g;
}

/* Seconds to gather (or scatter) `bytes` per parameter of a stage over its shard groups. */
static double gather(const struct tb_step_work *w, const struct shards *g,
                     const struct tb_stage_load *s, double bytes)
{
    return tb_all_gather_time(&w->fabric, g->dense_group, bytes * s->weights) +
           tb_all_gather_time(&w->fabric, g->expert_group, bytes * s->expert_weights);
}

static double repeat_reduce(const struct tb_step_work *w, const struct shards *g,
                            const struct tb_stage_load *s, double bytes, double cut)
{
    double dense = cut > 0.0 ? s->weights / g->dense : s->weights;
    double expert = cut > 0.0 ? s->expert_weights / g->expert : s->expert_weights;
    return tb_all_reduce_time(&w->fabric, g->dense_across, bytes * dense) +
           tb_all_reduce_time(&w->fabric, g->expert_across, bytes * expert);
}

/* Weights of the linear layers travel as they are multiplied, but not below eight bits. */
static double gathered_bytes(const struct tb_step_work *w)
{
    return tb_larger(w->device.bytes_low, 1.0);
}

/* ZeRO-3, of a microbatch: weights are gathered before each pass and gradients scattered after it.
 * Prefetching hides the lesser of traffic and compute but for a share (eq. 9.17). */
static double sharded_weights(const struct tb_step_work *w, const struct shards *g,
                              const struct tb_stage_load *s)
{
    double in = gather(w, g, s, gathered_bytes(w));
    double out = gather(w, g, s, w->in->plan->reduce_bytes);
    double share = w->in->perf->fsdp_exposed;
    double forward = tb_larger(in - s->forward, 0.0) + share * tb_smaller(in, s->forward);
    double traffic = in + out;
    double backward =
        tb_larger(traffic - s->backward, 0.0) + share * tb_smaller(traffic, s->backward);
    return forward + backward;
}

/* ZeRO-0 to 2: once a step, behind the last backward and the first forward (eq. 9.16). */
static double replicated_weights(const struct tb_step_work *w, const struct shards *g,
                                 const struct tb_stage_load *s)
{
    const struct tb_plan *p = w->in->plan;
    double share = w->in->perf->dp_exposed;
    double out = gather(w, g, s, p->reduce_bytes);
    double in = gather(w, g, s, p->zero == 0 ? p->reduce_bytes : gathered_bytes(w));
    /* Interleaved stages finish their chunks one by one, each after a round of p microbatches. */
    double rounds = p->vpp > 1.0 ? tb_smaller(p->pp, w->micro_batches) : 1.0;
    double after = rounds * s->backward;
    double before = rounds * s->forward;
    double late = tb_larger(out - after, 0.0) + share * tb_smaller(out, after);
    double early = tb_larger(in - before, 0.0) + share * tb_smaller(in, before);
    return late + early;
}

/* Traffic across replicas. `each` is the part of it that every microbatch takes. */
static double data_traffic(const struct tb_step_work *w, const struct tb_stage_load *s,
                           double *each)
{
    const struct tb_plan *p = w->in->plan;
    *each = 0.0;
    if (p->dp * p->cp <= 1.0)
        return 0.0;
    struct shards g = shard_groups(p);
    double repeat = repeat_reduce(w, &g, s, p->reduce_bytes, 1.0);
    double exposed = w->in->perf->dp_exposed;
    double across =
        tb_larger(repeat - s->backward, 0.0) + exposed * tb_smaller(repeat, s->backward);
    if (p->zero < 3)
        return replicated_weights(w, &g, s) + across;
    *each = sharded_weights(w, &g, s);
    return w->micro_batches * *each + across;
}

static double optimizer_time(const struct tb_step_work *w, const struct tb_stage_load *s)
{
    const struct tb_plan *p = w->in->plan;
    double dense = p->zero >= 1 ? s->weights / tb_shard_ranks(p) : s->weights;
    double expert = s->expert_weights / (p->zero >= 1 ? tb_expert_shard_ranks(p) : 1.0);
    double bytes = ADAM_BYTES * (dense + expert);
    double seconds = w->in->perf->optimizer * bytes / w->device.bandwidth;
    /* The norm of the gradients is taken over everything that is not sharded. */
    seconds += 4.0 * (s->weights + s->expert_weights) / w->device.bandwidth;
    if (p->offload)
        seconds += 0.5 * bytes / HOST_LINK;
    return seconds;
}

static void itemise(const struct tb_step_work *w, const struct tb_stage_load *s,
                    struct tb_step_time *t)
{
    double m = w->micro_batches;
    t->gemm = m * s->parts.gemm;
    t->attention = m * s->parts.attention;
    t->memory = m * s->parts.memory;
    t->tp = m * s->parts.tp;
    t->cp = m * s->parts.cp;
    t->ep = m * s->parts.ep;
    t->recompute = m * s->again;
    t->host = m * s->host;
}

static void sum_up(const struct tb_step_work *w, double traffic_each, struct tb_step_out *out)
{
    struct tb_step_time *t = &out->time;
    double all =
        t->gemm + t->attention + t->memory + t->tp + t->cp + t->ep + t->pp + t->recompute + t->host;
    double parts = all + t->bubble + t->dp + t->optimizer + t->fixed;
    double doublings = log2(tb_larger(w->in->chips, 1.0) / 8.0);
    t->scale = parts * w->in->perf->scale_loss * tb_larger(doublings, 0.0);
    t->total = parts + t->scale;
    out->each = (all / w->micro_batches + traffic_each) * (t->total / parts);
    out->tokens_per_s_per_chip =
        w->in->global_batch * w->in->lengths.seq_len / t->total / w->in->chips;
}

static enum tb_status evaluate(struct tb_step_work *w, struct tb_step_out *out)
{
    const struct tb_step_in *in = w->in;
    *out = (struct tb_step_out){0};
    enum tb_status status = prepare(w);
    if (status != TB_OK)
        return status;
    w->head = w->head_passes = w->head_weights = w->embedding_weights = w->logit_bytes = 0.0;
    w->layer_weights = w->layer_peak = 0.0;
    head_cost(w);
    price_kinds(w);
    tb_step_lay_out(w);
    wait_for_host(w);
    double sum;
    int worst = slowest(w, &sum);
    const struct tb_stage_load *s = &w->stage[worst];
    itemise(w, s, &out->time);
    out->time.bubble = idle(w, s, sum);
    out->time.pp = pipeline_traffic(w);
    double traffic_each;
    out->time.dp = data_traffic(w, s, &traffic_each);
    out->time.optimizer = optimizer_time(w, s);
    out->time.fixed = in->perf->host_step;
    tb_step_memory(w, &out->memory);
    out->micro_batches = w->micro_batches;
    out->forward = s->forward;
    out->backward = s->backward;
    out->slowest_stage = worst;
    out->layers_most = s->layers;
    sum_up(w, traffic_each, out);
    return TB_OK;
}

void tb_step_work_clear(struct tb_step_work *w)
{
    w->priced = (struct tb_price_key){0};
}

enum tb_status tb_step_evaluate_next(struct tb_step_work *w, const struct tb_step_in *in,
                                     struct tb_step_out *out)
{
    w->in = in;
    w->facts = in->facts;
    return evaluate(w, out);
}

static enum tb_status count_and_evaluate(struct tb_step_work *w, struct tb_step_out *out)
{
    struct tb_model_facts facts;
    tb_model_facts(w->in->model, &facts);
    w->facts = &facts;
    const enum tb_status status = evaluate(w, out);
    w->facts = NULL;
    return status;
}

enum tb_status tb_step_evaluate(const struct tb_step_in *in, struct tb_step_out *out)
{
    struct tb_step_work w;
    tb_step_work_clear(&w);
    w.in = in;
    w.facts = in->facts;
    return w.facts ? evaluate(&w, out) : count_and_evaluate(&w, out);
}
