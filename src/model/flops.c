/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/flops.h"

#include "model/count.h"
#include "model/keys.h"
#include "model/weights.h"

/* Equations 3.1 to 3.9 of docs/model.md; FLOPs per token. */

/** What attention does beyond its projections. */
struct mixing {
    double core;
    double scores; /**< of the indexer */
};

typedef struct mixing mix_fn(const struct tb_attn *a, const struct tb_view *view);

static struct mixing mix_none(const struct tb_attn *a, const struct tb_view *view)
{
    (void)a;
    (void)view;
    return (struct mixing){0.0, 0.0};
}

/** Keys that softmax attention reads: what its window, chunk or selection leaves. */
static double softmax_keys(const struct tb_attn *a, const struct tb_view *view)
{
    if (a->chunk > 0.0 && !(a->window > 0.0)) {
        return tb_keys_chunked(view, a->chunk);
    }
    bool selects = a->index_topk > 0.0 && !(a->window > 0.0 && a->window < a->index_topk);
    return tb_keys_within(view, selects ? a->index_topk : a->window);
}

static struct mixing mix_softmax(const struct tb_attn *a, const struct tb_view *view)
{
    /* a score is a product; the blocks of keys are chosen by their largest, without a sum */
    double scores = 2.0 * a->index_heads * a->index_dim * tb_keys_within(view, a->window);
    double keys = softmax_keys(a, view);
    return (struct mixing){2.0 * a->n_heads * (a->head_dim + a->v_head_dim) * keys, scores};
}

/** FLOPs of one key of latent attention: expanded heads in training, absorbed in decoding. */
static double latent_key(const struct tb_attn *a, bool absorbed)
{
    double width = absorbed ? 2.0 * a->kv_rank + a->rope_dim : a->head_dim + a->v_head_dim;
    return 2.0 * a->n_heads * width;
}

static struct mixing mix_mla(const struct tb_attn *a, const struct tb_view *view)
{
    bool absorbed = view->mode == TB_KEYS_AT;
    return (struct mixing){latent_key(a, absorbed) * tb_keys_within(view, a->window), 0.0};
}

static struct mixing mix_dsa(const struct tb_attn *a, const struct tb_view *view)
{
    /* every earlier token is scored, with one more product a head for the weighted sum */
    double scores = 2.0 * a->index_heads * (a->index_dim + 1.0) * tb_keys_within(view, 0.0);
    bool absorbed = view->absorbed || view->mode == TB_KEYS_AT;
    return (struct mixing){latent_key(a, absorbed) * tb_keys_within(view, a->index_topk), scores};
}

static struct mixing mix_compressed(const struct tb_attn *a, const struct tb_view *view)
{
    double topk = a->index_heads > 0.0 ? a->index_topk : 0.0;
    double keys = tb_keys_within(view, a->window);
    keys += tb_keys_compressed(view, a->compress_ratio, topk);
    double entries = tb_keys_compressed(view, a->compress_ratio, 0.0);
    return (struct mixing){4.0 * a->n_heads * a->head_dim * keys,
                           2.0 * a->index_heads * a->index_dim * entries};
}

/** Multiply-adds of a short convolution over queries, keys and values. */
static double short_conv(const struct tb_attn *a)
{
    return a->conv_kernel * (2.0 * a->k_heads * a->k_dim + a->v_heads * a->v_dim);
}

static struct mixing mix_gated_delta(const struct tb_attn *a, const struct tb_view *view)
{
    (void)view;
    double state = a->v_heads * a->k_dim * a->v_dim;
    return (struct mixing){2.0 * (short_conv(a) + 4.0 * state), 0.0};
}

static struct mixing mix_linear(const struct tb_attn *a, const struct tb_view *view)
{
    (void)view;
    double state = a->v_heads * a->k_dim * a->v_dim;
    return (struct mixing){2.0 * (short_conv(a) + 2.0 * state), 0.0};
}

static struct mixing mix_mamba(const struct tb_attn *a, const struct tb_view *view)
{
    (void)view;
    return (struct mixing){7.0 * a->inner_dim * a->state_dim, 0.0};
}

static mix_fn *const mix_table[] = {
    [TB_ATTN_NONE] = mix_none,
    [TB_ATTN_SOFTMAX] = mix_softmax,
    [TB_ATTN_MLA] = mix_mla,
    [TB_ATTN_DSA] = mix_dsa,
    [TB_ATTN_COMPRESSED] = mix_compressed,
    [TB_ATTN_GATED_DELTA] = mix_gated_delta,
    [TB_ATTN_LINEAR] = mix_linear,
    [TB_ATTN_MAMBA1] = mix_mamba,
    [TB_ATTN_MAMBA2] = mix_mamba,
};

double tb_dense_core(const struct tb_attn *attn, double keys, double width)
{
    const struct tb_view all = {.len = keys, .mode = TB_KEYS_FULL, .absorbed = false};
    double widths = attn->head_dim + attn->v_head_dim;
    switch (attn->kind) {
    case TB_ATTN_SOFTMAX:
    case TB_ATTN_MLA:
    case TB_ATTN_DSA:
        return 2.0 * attn->n_heads * widths * keys;
    case TB_ATTN_COMPRESSED:
        return 4.0 * attn->n_heads * (width > 0.0 ? width : attn->head_dim) * keys;
    default:
        return mix_table[attn->kind](attn, &all).core;
    }
}

/* Products with the weights of `count` layers. */
static void add_weights(const struct tb_model *model, const struct tb_layer *layer, double count,
                        struct tb_flops *sum)
{
    const struct tb_ffn *ffn = &layer->ffn;
    struct tb_attn_weights a;
    struct tb_ffn_weights f;
    double used = ffn->n_experts > 0.0 ? ffn->top_k : 0.0;
    double twice = 2.0 * count;

    tb_attn_weigh(&layer->attn, model->d_model, &a);
    tb_ffn_weigh(ffn, model->d_model, &f);
    sum->projection += twice * a.projection.matmul;
    sum->indexer += twice * a.indexer.matmul;
    sum->ffn_dense += twice * f.dense.matmul;
    sum->routed += twice * used * f.expert.matmul;
    sum->shared += twice * f.shared.matmul;
    sum->router += twice * f.router.matmul;
    sum->hyper += twice * tb_hyper_layer_weights(model).matmul;
}

/* What their attention does beyond. */
static void add_mixing(const struct tb_attn *attn, const struct tb_view *view, double count,
                       struct tb_flops *sum)
{
    struct mixing mix = mix_table[attn->kind](attn, view);
    sum->core += count * mix.core;
    sum->indexer += count * mix.scores;
}

static double sum_blocks(const struct tb_flops *f)
{
    return f->projection + f->core + f->indexer + f->ffn_dense + f->routed + f->shared + f->router +
           f->hyper + f->head + f->other;
}

static void weigh_mtp(const struct tb_model *model, struct tb_flops_shape *out)
{
    double d = model->d_model;
    double n = model->n_mtp;
    struct tb_flops one = {0};
    add_weights(model, &model->mtp, 1.0, &one);
    out->mtp = n * (sum_blocks(&one) + 4.0 * d * d + 2.0 * tb_head_matmul(model));
    out->mtp_router = n * (one.router + one.hyper);
}

void tb_flops_shape(const struct tb_model *model, struct tb_flops_shape *out)
{
    struct tb_flops *w = &out->weights;
    *out = (struct tb_flops_shape){.model = model};
    tb_model_kind_counts(model, out->layers);
    for (int k = 0; k < model->n_kinds; k++) {
        if (out->layers[k] > 0.0) {
            add_weights(model, &model->kind[k], out->layers[k], w);
        }
    }
    w->head = 2.0 * tb_head_matmul(model);
    w->other = 2.0 * (tb_embedding_projection(model) + model->extra_matmul);
    w->total = sum_blocks(w);
    if (model->n_mtp > 0.0) {
        weigh_mtp(model, out);
    }
}

static void count_view(const struct tb_flops_shape *shape, const struct tb_view *view,
                       struct tb_flops *out)
{
    const struct tb_model *model = shape->model;
    *out = shape->weights;
    for (int k = 0; k < model->n_kinds; k++) {
        if (shape->layers[k] > 0.0) {
            add_mixing(&model->kind[k].attn, view, shape->layers[k], out);
        }
    }
    out->total = sum_blocks(out);
}

static void count_mtp(const struct tb_flops_shape *shape, const struct tb_view *view,
                      struct tb_flops *out)
{
    const double n = shape->model->n_mtp;
    if (!(n > 0.0)) {
        return;
    }
    struct tb_flops one = {0};
    add_mixing(&shape->model->mtp.attn, view, 1.0, &one);
    out->mtp = shape->mtp + n * (one.core + one.indexer);
    out->mtp_core = n * one.core;
    out->mtp_router = shape->mtp_router;
}

static void count_both(const struct tb_flops_shape *shape, const struct tb_view *view,
                       struct tb_flops *out)
{
    count_view(shape, view, out);
    count_mtp(shape, view, out);
}

void tb_flops_count(const struct tb_model *model, const struct tb_lengths *lengths,
                    struct tb_count_how how, struct tb_flops *out)
{
    const struct tb_view view = {
        .len = tb_lengths_effective(lengths), .mode = (int)how.keys, .absorbed = how.absorbed};
    struct tb_flops_shape shape;
    tb_flops_shape(model, &shape);
    count_both(&shape, &view, out);
}

void tb_flops_token(const struct tb_flops_shape *shape, const struct tb_lengths *lengths,
                    struct tb_flops_token *out)
{
    struct tb_view view = {.len = tb_lengths_effective(lengths), .mode = TB_KEYS_CAUSAL};
    count_both(shape, &view, &out->causal);
    view.mode = TB_KEYS_EXACT;
    count_both(shape, &view, &out->exact);
    view.absorbed = true;
    count_both(shape, &view, &out->executed);
}

void tb_flops_forward(const struct tb_model *model, const struct tb_lengths *lengths,
                      enum tb_keys keys, struct tb_flops *out)
{
    const struct tb_count_how how = {.keys = keys, .absorbed = false};
    tb_flops_count(model, lengths, how, out);
}

void tb_flops_layer(const struct tb_model *model, const struct tb_layer *layer,
                    const struct tb_lengths *lengths, enum tb_keys keys, struct tb_flops *out)
{
    const struct tb_view view = {.len = tb_lengths_effective(lengths), .mode = (int)keys};
    *out = (struct tb_flops){0};
    add_weights(model, layer, 1.0, out);
    add_mixing(&layer->attn, &view, 1.0, out);
    out->total = sum_blocks(out);
}

double tb_flops_mixing(const struct tb_attn *attn, const struct tb_lengths *lengths,
                       enum tb_keys keys)
{
    const struct tb_view view = {.len = tb_lengths_effective(lengths), .mode = (int)keys};
    struct mixing mix = mix_table[attn->kind](attn, &view);
    return mix.core + mix.scores;
}

void tb_flops_at(const struct tb_model *model, double position, struct tb_flops *out)
{
    const struct tb_view view = {.len = position + 1.0, .mode = TB_KEYS_AT};
    struct tb_flops_shape shape;
    tb_flops_shape(model, &shape);
    count_view(&shape, &view, out);
}

double tb_flops_trained(const struct tb_flops *causal, bool with_mtp)
{
    double forward = causal->total - causal->router - causal->hyper;
    if (with_mtp) {
        forward += causal->mtp - causal->mtp_router;
    }
    return 3.0 * forward;
}

double tb_flops_train(const struct tb_model *model, const struct tb_lengths *lengths, bool with_mtp)
{
    struct tb_flops f;
    tb_flops_forward(model, lengths, TB_KEYS_CAUSAL, &f);
    return tb_flops_trained(&f, with_mtp);
}

double tb_flops_layers(const struct tb_model *model, const struct tb_flops *forward, bool with_mtp)
{
    double layers = forward->total - forward->head - forward->other;
    if (with_mtp) {
        layers += forward->mtp - model->n_mtp * forward->head;
    }
    return layers;
}

double tb_flops_executed(const struct tb_model *model, const struct tb_flops *forward,
                         bool with_mtp, enum tb_recompute recompute)
{
    double core = with_mtp ? forward->core + forward->mtp_core : forward->core;
    double flops = 3.0 * (with_mtp ? forward->total + forward->mtp : forward->total);
    flops += 0.5 * core; /* the fused backward computes the scores once more */
    if (recompute == TB_RECOMPUTE_SELECTIVE) {
        flops += core;
    } else if (recompute == TB_RECOMPUTE_FULL) {
        flops += tb_flops_layers(model, forward, with_mtp);
    }
    return flops;
}

double tb_flops_hardware(const struct tb_model *model, const struct tb_lengths *lengths,
                         bool with_mtp, enum tb_recompute recompute)
{
    const struct tb_count_how how = {.keys = TB_KEYS_EXACT, .absorbed = true};
    struct tb_flops f;
    tb_flops_count(model, lengths, how, &f);
    return tb_flops_executed(model, &f, with_mtp, recompute);
}
