/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/weights.h"

/* Equations 2.3 to 2.9 of docs/model.md. d is d_model; all results are counts. */

static void weigh_none(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    (void)a;
    (void)d;
    (void)out;
}

static void weigh_softmax(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    double q = a->n_heads * a->head_dim;
    double k = a->n_kv_heads * a->head_dim;
    double v = a->n_kv_heads * a->v_head_dim;
    out->projection.matmul = d * (q + a->gate_width + k + v) + a->n_heads * a->v_head_dim * d;
    if (a->qkv_bias) {
        out->projection.vector += q + a->gate_width + k + v;
    }
    if (a->qk_norm) {
        out->projection.vector += a->qk_norm_full ? q + k : 2.0 * a->head_dim;
    }
}

static void weigh_indexer_of_mla(const struct tb_attn *a, double d, struct tb_weights *out)
{
    double q_source = a->q_rank > 0.0 ? a->q_rank : d;
    if (a->index_heads > 0.0) {
        out->matmul =
            q_source * a->index_heads * a->index_dim + d * a->index_dim + d * a->index_heads;
        out->vector = 2.0 * a->index_dim; /* the key's LayerNorm */
    }
}

static void weigh_mla(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    double q = a->n_heads * a->head_dim;
    double nope = a->head_dim - a->rope_dim;
    double matmul = a->q_rank > 0.0 ? a->q_rank * (d + q) : d * q;
    matmul += d * (a->kv_rank + a->rope_dim);
    matmul += a->kv_rank * a->n_heads * (nope + a->v_head_dim);
    matmul += a->n_heads * a->v_head_dim * d;
    out->projection.matmul = matmul;
    out->projection.vector = a->q_rank + a->kv_rank;
    if (a->qkv_bias) {
        out->projection.vector += a->q_rank > 0.0 ? a->q_rank : q;
        out->projection.vector += a->kv_rank + a->rope_dim;
    }
    weigh_indexer_of_mla(a, d, &out->indexer);
}

/* A compressor pools `ratio` tokens into one entry of `width`; those that overlap with their
 * predecessor (the ones that an indexer selects from) have two sets of weights. */
static struct tb_weights weigh_compressor(double d, double width, double ratio, double sets)
{
    struct tb_weights w = {.matmul = 2.0 * d * sets * width,
                           .vector = ratio * sets * width + width};
    return w;
}

static void weigh_compressed(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    double q = a->n_heads * a->head_dim;
    double sets = a->index_heads > 0.0 ? 2.0 : 1.0;
    out->projection.matmul =
        a->q_rank * (d + q) + d * a->head_dim + q * a->o_rank + a->o_groups * a->o_rank * d;
    out->projection.vector = a->q_rank + a->head_dim;
    if (a->compress_ratio > 0.0) {
        struct tb_weights c = weigh_compressor(d, a->head_dim, a->compress_ratio, sets);
        out->projection.matmul += c.matmul;
        out->projection.vector += c.vector;
    }
    if (a->index_heads > 0.0) {
        struct tb_weights c = weigh_compressor(d, a->index_dim, a->compress_ratio, sets);
        out->indexer.matmul = a->q_rank * a->index_heads * a->index_dim + d * a->index_heads;
        out->indexer.matmul += c.matmul;
        out->indexer.vector = c.vector;
    }
}

static void weigh_gated_delta(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    double k = a->k_heads * a->k_dim;
    double v = a->v_heads * a->v_dim;
    out->projection.matmul = d * (2.0 * k + 2.0 * v + 2.0 * a->v_heads) + v * d;
    out->projection.vector = a->conv_kernel * (2.0 * k + v);
}

static void weigh_linear(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    double k = a->k_heads * a->k_dim;
    double v = a->v_heads * a->v_dim;
    out->projection.matmul = d * (2.0 * k + v + a->gate_width) + v * d;
    out->projection.vector = a->conv_kernel * (2.0 * k + v);
}

static void weigh_mamba1(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    double in = a->inner_dim;
    out->projection.matmul =
        d * 2.0 * in + in * (a->dt_rank + 2.0 * a->state_dim) + a->dt_rank * in + in * d;
    out->projection.vector = a->conv_kernel * in;
}

static void weigh_mamba2(const struct tb_attn *a, double d, struct tb_attn_weights *out)
{
    double in = a->inner_dim;
    double groups = 2.0 * a->n_groups * a->state_dim;
    out->projection.matmul = d * (2.0 * in + groups + a->n_heads) + in * d;
    out->projection.vector = a->conv_kernel * (in + groups);
}

typedef void weigh_fn(const struct tb_attn *attn, double d, struct tb_attn_weights *out);

static weigh_fn *const weigh_table[] = {
    [TB_ATTN_NONE] = weigh_none,
    [TB_ATTN_SOFTMAX] = weigh_softmax,
    [TB_ATTN_MLA] = weigh_mla,
    [TB_ATTN_DSA] = weigh_mla,
    [TB_ATTN_COMPRESSED] = weigh_compressed,
    [TB_ATTN_GATED_DELTA] = weigh_gated_delta,
    [TB_ATTN_LINEAR] = weigh_linear,
    [TB_ATTN_MAMBA1] = weigh_mamba1,
    [TB_ATTN_MAMBA2] = weigh_mamba2,
};

void tb_attn_weigh(const struct tb_attn *attn, double d_model, struct tb_attn_weights *out)
{
    *out = (struct tb_attn_weights){{0.0, 0.0}, {0.0, 0.0}};
    weigh_table[attn->kind](attn, d_model, out);
    out->projection.matmul += attn->extra_matmul;
    out->projection.vector += attn->extra_vector;
    if (attn->o_bias) {
        out->projection.vector += d_model;
    }
    if (attn->sinks) {
        out->projection.vector += attn->n_heads;
    }
}

void tb_ffn_weigh(const struct tb_ffn *ffn, double d_model, struct tb_ffn_weights *out)
{
    double matrices = ffn->gated ? 3.0 : 2.0;
    double width = ffn->latent_dim > 0.0 ? ffn->latent_dim : d_model;
    bool moe = ffn->n_experts > 0.0;

    *out = (struct tb_ffn_weights){{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}};
    out->dense.matmul = matrices * d_model * ffn->d_ff + ffn->extra_matmul;
    out->dense.vector = ffn->extra_vector;
    if (ffn->bias && ffn->d_ff > 0.0) {
        out->dense.vector += (matrices - 1.0) * ffn->d_ff + d_model;
    }
    out->shared.matmul = matrices * d_model * ffn->d_shared;
    if (ffn->shared_gate) {
        out->shared.matmul += d_model;
    }
    if (!moe) {
        return;
    }
    if (ffn->latent_dim > 0.0) {
        out->shared.matmul += 2.0 * d_model * ffn->latent_dim;
    }
    out->expert.matmul = matrices * width * ffn->d_expert;
    if (ffn->expert_bias) {
        out->expert.vector = (matrices - 1.0) * ffn->d_expert + width;
    }
    out->router.matmul = d_model * ffn->n_experts;
    if (ffn->router_bias && !ffn->hash_routed) {
        out->router.vector = ffn->n_experts;
    }
}

struct tb_weights tb_hyper_layer_weights(const struct tb_model *model)
{
    double n = model->hc_mult;
    struct tb_weights w = {0.0, 0.0};
    if (n > 0.0) {
        w.matmul = 2.0 * (2.0 + n) * n * n * model->d_model;
        w.vector = 2.0 * ((2.0 + n) * n + 3.0);
    }
    return w;
}

struct tb_weights tb_hyper_head_weights(const struct tb_model *model)
{
    double n = model->hc_mult;
    struct tb_weights w = {0.0, 0.0};
    if (n > 0.0) {
        w.vector = n * n * model->d_model + n + 1.0;
    }
    return w;
}

static double embedding_width(const struct tb_model *model)
{
    return model->embedding_dim > 0.0 ? model->embedding_dim : model->d_model;
}

double tb_head_matmul(const struct tb_model *model)
{
    return model->no_head ? 0.0 : model->vocab * embedding_width(model);
}

double tb_embedding_projection(const struct tb_model *model)
{
    double one = model->embedding_dim * model->d_model;
    return model->no_head ? one : 2.0 * one;
}
