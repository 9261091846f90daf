/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/decode.h"

#include "model/flops.h"
#include "model/params.h"
#include "model/state.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Activations travel in 16 bits. */
#define ACTIVATION_BYTES 2.0
/* Scale-up ranks when a chip's domain is not published: one server. */
#define USUAL_DOMAIN 8.0

static const double grid[TB_DECODE_GRID] = {
    0x1p4,  0x1p5,  0x1p6,  0x1p7,  0x1p8,  0x1p9,  0x1p10, 0x1p11, 0x1p12, 0x1p13,
    0x1p14, 0x1p15, 0x1p16, 0x1p17, 0x1p18, 0x1p19, 0x1p20, 0x1p21, 0x1p22, 0x1p23,
};

/** A context among those of the grid. */
struct place {
    int i;       /**< of the last entry at or before it; -1: it is before the first */
    double part; /**< of the way to the next entry */
};

/* Of 2, in a number above 0 (IEEE 754). */
static int exponent_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (int)(bits >> 52);
}

static struct place place_of(double context)
{
    if (!(context > grid[0]))
        return (struct place){-1, fmax(context, 0.0) / grid[0]};
    int i = exponent_of(context) - exponent_of(grid[0]);
    if (i > TB_DECODE_GRID - 2)
        i = TB_DECODE_GRID - 2;
    return (struct place){i, (context - grid[i]) / grid[i]};
}

/* Piecewise linear between doublings, through the origin below: what grows with the context does
 * so in straight pieces (windows, top-k), whose bends are mostly powers of two. */
static double value_at(const double values[TB_DECODE_GRID], struct place at)
{
    if (at.i < 0)
        return values[0] * at.part;
    return values[at.i] + (values[at.i + 1] - values[at.i]) * at.part;
}

/* Eq. 10.3: cache elements one token reads in one layer. A sparse layer reads what it selected and
 * all keys of its indexer. */
static double elements_read(const struct tb_attn *a, double context)
{
    double window = a->window > 0.0 ? a->window : a->chunk;
    double near = window > 0.0 ? fmin(window, context) : context;
    switch (a->kind) {
    case TB_ATTN_SOFTMAX:
        return a->n_kv_heads * (a->head_dim + a->v_head_dim) * near;
    case TB_ATTN_MLA:
        return (a->kv_rank + a->rope_dim) * near;
    case TB_ATTN_DSA: {
        double chosen = a->index_topk > 0.0 ? fmin(a->index_topk, context) : context;
        return (a->kv_rank + a->rope_dim) * chosen + a->index_dim * context;
    }
    case TB_ATTN_COMPRESSED: {
        double entries = a->compress_ratio > 0.0 ? context / a->compress_ratio : 0.0;
        bool sparse = a->index_heads > 0.0 && a->index_topk > 0.0;
        double chosen = sparse ? fmin(a->index_topk, entries) : entries;
        return a->head_dim * (near + chosen) + (sparse ? a->index_dim * entries : 0.0);
    }
    default:
        return 0.0;
    }
}

/* Elements of a state that does not grow. */
static double elements_fixed(const struct tb_attn *a)
{
    switch (a->kind) {
    case TB_ATTN_GATED_DELTA:
    case TB_ATTN_LINEAR:
        return a->v_heads * a->k_dim * a->v_dim;
    case TB_ATTN_MAMBA1:
    case TB_ATTN_MAMBA2:
        return a->inner_dim * a->state_dim;
    default:
        return 0.0;
    }
}

static void add_pool(struct tb_decode_model *out, const struct tb_ffn *ffn, double params)
{
    int i = 0;
    while (i < out->n_pools &&
           (out->pool[i].experts != ffn->n_experts || out->pool[i].top_k != ffn->top_k))
        i++;
    if (i == out->n_pools)
        out->pool[out->n_pools++] =
            (struct tb_expert_pool){.experts = ffn->n_experts,
                                    .top_k = ffn->top_k,
                                    .log_miss = log1p(-ffn->top_k / ffn->n_experts)};
    out->pool[i].params += params;
}

static void add_kind(const struct tb_model *model, int kind, double count,
                     struct tb_decode_model *out)
{
    const struct tb_layer *layer = &model->kind[kind];
    out->layers += count;
    out->state_held += count * elements_fixed(&layer->attn);
    for (int i = 0; i < TB_DECODE_GRID; i++)
        out->cache_read[i] += count * elements_read(&layer->attn, grid[i]);
    if (layer->attn.kind == TB_ATTN_SOFTMAX &&
        (out->kv_heads == 0.0 || layer->attn.n_kv_heads < out->kv_heads))
        out->kv_heads = layer->attn.n_kv_heads;
    if (layer->ffn.n_experts > 0.0) {
        struct tb_layer_params params;
        tb_layer_params_count(model, layer, &params);
        out->moe_layers += count;
        out->routed_width += count * layer->ffn.top_k * model->d_model;
        add_pool(out, &layer->ffn, count * params.routed);
    }
}

void tb_decode_count(const struct tb_model *model, struct tb_decode_model *out)
{
    double counts[TB_MAX_LAYER_KINDS];
    struct tb_params params;
    tb_model_kind_counts(model, counts);
    tb_params_count(model, &params);
    *out = (struct tb_decode_model){.stored = params.total, .d_model = model->d_model};
    for (int k = 0; k < model->n_kinds; k++) {
        if (counts[k] > 0.0)
            add_kind(model, k, counts[k], out);
    }
    out->read = params.matmul_per_token;
    for (int i = 0; i < out->n_pools; i++)
        out->read -= out->pool[i].params * out->pool[i].top_k / out->pool[i].experts;
    if (out->moe_layers > 0.0)
        out->routed_width /= out->moe_layers;

    struct tb_flops empty, full;
    tb_flops_at(model, -1.0, &empty);
    out->token_flops = empty.total;
    for (int i = 0; i < TB_DECODE_GRID; i++) {
        double context = grid[i];
        tb_flops_at(model, context - 1.0, &full);
        out->attn_flops[i] = full.total - empty.total;
        out->cache_held[i] = tb_kv_bytes_per_token(model, 1.0, context) * context;
    }
}

/* Eq. 10.5: latencies of one step's collectives, and the seconds that each further token in the
 * batch adds. */
static void init_traffic(struct tb_decoder *d, const struct tb_chip *chip,
                         const struct tb_infer_plan *plan, const struct tb_infer_constants *c)
{
    const struct tb_decode_model *m = d->model;
    double domain = isfinite(chip->link_domain) ? chip->link_domain : USUAL_DOMAIN;
    double near = chip->link_bandwidth * c->eta_link;
    double far = chip->nic_bandwidth * c->eta_link;
    if (plan->tp > 1.0) {
        bool across = plan->tp > domain;
        double payload = 2.0 * (plan->tp - 1.0) / plan->tp * m->d_model * ACTIVATION_BYTES;
        double each = isfinite(near) ? payload / near : 0.0;
        if (across && isfinite(far))
            each += payload / domain / far;
        d->step_fixed += 2.0 * m->layers * (across ? c->reduce_far : c->reduce_near);
        d->token_traffic += 2.0 * m->layers * each;
    }
    if (plan->ep > 1.0) {
        bool across = plan->ep > domain;
        double rate = across ? far : near;
        double payload = m->routed_width * ACTIVATION_BYTES / plan->ep;
        d->step_fixed += 2.0 * m->moe_layers * (across ? c->dispatch_far : c->dispatch_near);
        d->token_traffic += isfinite(rate) ? 2.0 * m->moe_layers * payload / rate : 0.0;
    }
}

/* The rate in the precision asked for; 16 bits where the chip has no faster mode. */
static double compute_peak(const struct tb_chip *chip, enum tb_dtype dtype)
{
    double peak = chip->peak[dtype];
    double base = tb_chip_peak16(chip);
    return isfinite(peak) && peak > base ? peak : base;
}

enum tb_status tb_decoder_init(struct tb_decoder *decoder, const struct tb_decode_model *model,
                               const struct tb_chip *chip, const struct tb_infer_plan *plan,
                               const struct tb_infer_constants *constants)
{
    double peak = compute_peak(chip, plan->compute);
    double room = plan->usable * chip->memory_capacity - plan->reserved;
    *decoder = (struct tb_decoder){
        .model = model,
        .chips = plan->chips,
        .weight_bytes = plan->weight_bytes,
        .kv_bytes = plan->kv_bytes * fmax(plan->kv_copies, 1.0),
        .memory_rate = plan->chips * chip->memory_bandwidth * constants->eta_bandwidth,
        .compute_rate = plan->chips * peak * constants->eta_compute,
        .prefill_rate = plan->chips * peak * constants->eta_prefill,
        .step_fixed = constants->step_fixed + model->layers * constants->layer_fixed +
                      model->moe_layers * constants->expert_fixed,
        .draft = fmax(plan->draft, 0.0),
        .accepted = fmax(plan->accepted, 1.0),
        .memory_free = plan->chips * room - model->stored * plan->weight_bytes,
        .max_batch = plan->max_batch,
    };
    init_traffic(decoder, chip, plan, constants);
    bool known = isfinite(decoder->memory_rate) && isfinite(decoder->compute_rate) &&
                 isfinite(decoder->memory_free) && isfinite(decoder->prefill_rate);
    return known ? TB_OK : TB_E_ANSWER;
}

/* Eq. 10.2, and what one more token adds. */
static double touch(const struct tb_decode_model *model, double tokens, double *more)
{
    double touched = model->read;
    *more = 0.0;
    for (int i = 0; i < model->n_pools; i++) {
        const struct tb_expert_pool *p = &model->pool[i];
        double missed = exp(tokens * p->log_miss);
        touched += p->params * (1.0 - missed);
        *more -= p->params * p->log_miss * missed;
    }
    return touched;
}

double tb_decode_touched(const struct tb_decode_model *model, double tokens)
{
    double more;
    return touch(model, tokens, &more);
}

void tb_decode_cost(const struct tb_decoder *decoder, double context, struct tb_decode_cost *out)
{
    const struct tb_decode_model *m = decoder->model;
    const struct place at = place_of(context);
    out->bytes = (value_at(m->cache_read, at) + m->state_held) * decoder->kv_bytes;
    out->flops = m->token_flops + value_at(m->attn_flops, at);
}

/* Eq. 10.1, 10.6. */
double tb_decode_step(const struct tb_decoder *decoder, double batch,
                      const struct tb_decode_cost *cost, double *slope)
{
    double tokens = batch * (1.0 + decoder->draft);
    double more;
    double touched = touch(decoder->model, tokens, &more);
    double bytes = touched * decoder->weight_bytes + batch * cost->bytes;
    double reading = bytes / decoder->memory_rate;
    double computing = tokens * cost->flops / decoder->compute_rate;
    bool by_memory = reading > computing;
    double work = by_memory ? reading : computing;
    if (slope) {
        double each = more * (1.0 + decoder->draft) * decoder->weight_bytes + cost->bytes;
        double grows = by_memory ? each / decoder->memory_rate : computing / batch;
        *slope = (grows + (1.0 + decoder->draft) * decoder->token_traffic) / decoder->accepted;
    }
    return (work + decoder->step_fixed + tokens * decoder->token_traffic) / decoder->accepted;
}

double tb_decode_time(const struct tb_decoder *decoder, double batch, double context)
{
    struct tb_decode_cost cost;
    tb_decode_cost(decoder, context, &cost);
    return tb_decode_step(decoder, batch, &cost, NULL);
}

/* Eq. 10.7: the mean position of a prompt token is its middle. */
double tb_prefill_time(const struct tb_decoder *decoder, double tokens, double prompt)
{
    const struct tb_decode_model *m = decoder->model;
    double flops = m->token_flops + value_at(m->attn_flops, place_of(0.5 * prompt));
    return tokens * flops / decoder->prefill_rate;
}

double tb_decode_cache(const struct tb_decoder *decoder, double context)
{
    const struct tb_decode_model *m = decoder->model;
    return decoder->kv_bytes * (value_at(m->cache_held, place_of(context)) + m->state_held);
}

/* Eq. 10.8. */
double tb_decode_batch(const struct tb_decoder *decoder, double context)
{
    double batch = decoder->memory_free / tb_decode_cache(decoder, context);
    if (!(batch >= 1.0))
        return 0.0;
    return decoder->max_batch > 0.0 ? fmin(batch, decoder->max_batch) : batch;
}

double tb_infer_chips(const struct tb_decode_model *model, const struct tb_chip *chip,
                      const struct tb_infer_plan *plan, double room)
{
    double each = plan->usable * chip->memory_capacity - plan->reserved;
    double need = room * model->stored * plan->weight_bytes;
    if (!(each > 0.0) || !isfinite(need))
        return NAN;
    double chips = 1.0;
    while (chips * each < need)
        chips *= 2.0;
    return chips;
}
