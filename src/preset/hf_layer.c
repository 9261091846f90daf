/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_layer.h"

#include <math.h>
#include <string.h>

/* From slots to the arithmetic's structs. Counts of a block that the arithmetic does not know by
 * itself (biases of convolutions, inner norms, decay tables) go to extra_vector. */

static bool flag(struct tb_hf_ctx *ctx, enum tb_hf_slot slot)
{
    return tb_hf_get(ctx, slot) != 0.0;
}

static void build_heads(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    double v_dim;
    a->n_heads = tb_hf_need(ctx, TB_HF_N_HEADS);
    a->n_kv_heads = tb_hf_need(ctx, TB_HF_N_KV);
    a->head_dim = tb_hf_need(ctx, TB_HF_HEAD_DIM);
    a->v_head_dim = tb_hf_value(ctx, TB_HF_V_DIM, &v_dim) ? v_dim : a->head_dim;
    if (a->n_kv_heads > 0.0 && fmod(a->n_heads, a->n_kv_heads) != 0.0) {
        tb_hf_complain(ctx, TB_INCONSISTENT, ctx->slot[TB_HF_N_KV].path,
                       "a divisor of the number of query heads",
                       "the query heads cannot be shared out among the key and value heads");
    }
}

static void build_softmax(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    double norm = tb_hf_get(ctx, TB_HF_QK_NORM);
    a->kind = TB_ATTN_SOFTMAX;
    build_heads(ctx, a);
    a->qkv_bias = flag(ctx, TB_HF_QKV_BIAS);
    a->o_bias = flag(ctx, TB_HF_O_BIAS);
    a->qk_norm = norm > 0.0;
    a->qk_norm_full = norm > 1.0;
    a->sinks = flag(ctx, TB_HF_SINKS);
    a->gate_width = tb_hf_get(ctx, TB_HF_GATE);
}

static void build_indexer(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    a->index_heads = tb_hf_need(ctx, TB_HF_INDEX_HEADS);
    a->index_dim = tb_hf_need(ctx, TB_HF_INDEX_DIM);
    a->index_topk = tb_hf_need(ctx, TB_HF_INDEX_TOPK);
}

static void build_mla(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    a->kind = TB_ATTN_MLA;
    a->n_heads = tb_hf_need(ctx, TB_HF_N_HEADS);
    a->n_kv_heads = a->n_heads;
    a->rope_dim = tb_hf_need(ctx, TB_HF_ROPE);
    a->head_dim = tb_hf_need(ctx, TB_HF_NOPE) + a->rope_dim;
    a->v_head_dim = tb_hf_need(ctx, TB_HF_V_DIM);
    a->q_rank = tb_hf_get(ctx, TB_HF_Q_RANK);
    a->kv_rank = tb_hf_need(ctx, TB_HF_KV_RANK);
    a->qkv_bias = flag(ctx, TB_HF_QKV_BIAS);
    a->o_bias = flag(ctx, TB_HF_O_BIAS);
    a->gate_width = 0.0;
    a->extra_matmul += tb_hf_get(ctx, TB_HF_D_MODEL) * tb_hf_get(ctx, TB_HF_GATE);
    if (tb_hf_get(ctx, TB_HF_INDEX_TOPK) > 0.0) {
        a->kind = TB_ATTN_DSA;
        build_indexer(ctx, a);
    }
}

/** The ratio at which entries overlap and an indexer selects among them; longer ones are all read.
 */
#define SELECTED_RATIO 4.0

static void build_compressed(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    a->kind = TB_ATTN_COMPRESSED;
    build_heads(ctx, a);
    a->q_rank = tb_hf_need(ctx, TB_HF_Q_RANK);
    a->rope_dim = tb_hf_need(ctx, TB_HF_ROPE);
    a->o_groups = tb_hf_need(ctx, TB_HF_O_GROUPS);
    a->o_rank = tb_hf_need(ctx, TB_HF_O_RANK);
    a->window = tb_hf_need(ctx, TB_HF_WINDOW);
    a->compress_ratio = tb_hf_get(ctx, TB_HF_RATIO);
    a->sinks = flag(ctx, TB_HF_SINKS);
    if (a->compress_ratio == SELECTED_RATIO) {
        build_indexer(ctx, a);
    }
}

static void build_linear_heads(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    a->k_heads = tb_hf_need(ctx, TB_HF_LIN_K_HEADS);
    a->k_dim = tb_hf_need(ctx, TB_HF_LIN_K_DIM);
    a->v_heads = tb_hf_need(ctx, TB_HF_LIN_V_HEADS);
    a->v_dim = tb_hf_need(ctx, TB_HF_LIN_V_DIM);
    a->conv_kernel = tb_hf_get(ctx, TB_HF_CONV);
}

static void build_gated_delta(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    a->kind = TB_ATTN_GATED_DELTA;
    build_linear_heads(ctx, a);
    a->extra_vector += 2.0 * a->v_heads + a->v_dim; /* decay, step bias, output norm */
}

/** Kimi delta attention: decay by channel and output gate through a bottleneck of one head's width
 *  where gated DeltaNet has a full gate and a decay by head. */
static void build_kda(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    a->kind = TB_ATTN_GATED_DELTA;
    build_linear_heads(ctx, a);
    double d = tb_hf_get(ctx, TB_HF_D_MODEL);
    double k = a->k_heads * a->k_dim, v = a->v_heads * a->v_dim;
    double decay = d * a->k_dim + a->k_dim * k;
    double gate = flag(ctx, TB_HF_A) ? d * v : d * a->v_dim + a->v_dim * v;
    a->extra_matmul += decay + gate - d * v - d * a->v_heads;
    a->extra_vector += a->v_heads + k + a->v_dim; /* A_log, step bias, output norm */
}

static void build_lightning(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    a->kind = TB_ATTN_LINEAR;
    build_linear_heads(ctx, a);
    a->gate_width = a->v_heads * a->v_dim;
    a->extra_vector += a->v_heads * a->v_dim; /* output norm */
    a->extra_vector += flag(ctx, TB_HF_QK_NORM) ? 2.0 * a->k_dim : 0.0;
}

static void build_mamba1(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    double in = tb_hf_need(ctx, TB_HF_INNER);
    a->kind = TB_ATTN_MAMBA1;
    a->inner_dim = in;
    a->state_dim = tb_hf_need(ctx, TB_HF_STATE);
    a->dt_rank = tb_hf_need(ctx, TB_HF_DT_RANK);
    a->conv_kernel = tb_hf_get(ctx, TB_HF_CONV);
    a->extra_vector += in * (2.0 + a->state_dim); /* step bias, skip, decay */
    a->extra_vector += in * tb_hf_get(ctx, TB_HF_CONV_BIAS);
    a->extra_vector += (2.0 * in + tb_hf_get(ctx, TB_HF_D_MODEL)) * tb_hf_get(ctx, TB_HF_PROJ_BIAS);
    if (flag(ctx, TB_HF_INNER_NORM)) {
        a->extra_vector += a->dt_rank + 2.0 * a->state_dim;
    }
}

static void build_mamba2(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    double in = tb_hf_need(ctx, TB_HF_INNER);
    a->kind = TB_ATTN_MAMBA2;
    a->inner_dim = in;
    a->n_heads = tb_hf_need(ctx, TB_HF_M_HEADS);
    a->state_dim = tb_hf_need(ctx, TB_HF_STATE);
    a->n_groups = tb_hf_need(ctx, TB_HF_GROUPS);
    a->conv_kernel = tb_hf_get(ctx, TB_HF_CONV);
    double groups = 2.0 * a->n_groups * a->state_dim;
    double projected = 2.0 * in + groups + a->n_heads + tb_hf_get(ctx, TB_HF_D_MODEL);
    a->extra_vector += 3.0 * a->n_heads; /* decay, step bias, skip */
    a->extra_vector += (in + groups) * tb_hf_get(ctx, TB_HF_CONV_BIAS);
    a->extra_vector += projected * tb_hf_get(ctx, TB_HF_PROJ_BIAS);
    a->extra_vector += in * tb_hf_get(ctx, TB_HF_INNER_NORM);
}

/** Gated short convolution (LFM2): three inputs, one output, a few taps; keeps no cache to speak
 * of. */
static void build_short_conv(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    double d = tb_hf_need(ctx, TB_HF_D_MODEL);
    a->extra_matmul += 4.0 * d * d;
    a->extra_vector += d * tb_hf_get(ctx, TB_HF_CONV);
    a->extra_vector += 5.0 * d * tb_hf_get(ctx, TB_HF_CONV_BIAS);
}

/** Real-gated linear recurrence (RecurrentGemma): two inputs and an output of the recurrence's
 *  width, and two gates that are block-diagonal by head. */
static void build_rg_lru(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    double d = tb_hf_need(ctx, TB_HF_D_MODEL);
    double w = tb_hf_need(ctx, TB_HF_INNER);
    double heads = tb_hf_need(ctx, TB_HF_N_HEADS);
    a->extra_matmul += 3.0 * d * w + (heads > 0.0 ? 2.0 * w * w / heads : 0.0);
    a->extra_vector += w * tb_hf_get(ctx, TB_HF_CONV) + w; /* taps and their bias */
    a->extra_vector += 2.0 * w + d;                        /* biases of inputs and output */
    a->extra_vector += 3.0 * w;                            /* biases of the gates, decay */
}

typedef void build_fn(struct tb_hf_ctx *ctx, struct tb_attn *a);

static build_fn *const attention[] = {
    [TB_HF_SOFTMAX] = build_softmax,
    [TB_HF_MLA] = build_mla,
    [TB_HF_COMPRESSED] = build_compressed,
};

static build_fn *const linear[] = {
    [TB_HF_GATED_DELTA] = build_gated_delta, [TB_HF_KDA] = build_kda,
    [TB_HF_LIGHTNING] = build_lightning,     [TB_HF_MAMBA1] = build_mamba1,
    [TB_HF_MAMBA2] = build_mamba2,           [TB_HF_SHORT_CONV] = build_short_conv,
    [TB_HF_RG_LRU] = build_rg_lru,
};

/** A list names a recurrent layer, and the family has none of which the sizes would be known. */
static void complain_kind(struct tb_hf_ctx *ctx)
{
    const char *path = NULL;
    (void)tb_hf_list(ctx, TB_HF_TYPES, &path);
    tb_hf_complain(ctx, TB_MODEL_TYPE, path ? path : "", "kinds of attention",
                   "layers that this family is not known to have");
}

static void build_linear(struct tb_hf_ctx *ctx, struct tb_attn *a)
{
    size_t kind = (size_t)tb_hf_get(ctx, TB_HF_LINEAR);
    if (kind > 0 && kind < sizeof linear / sizeof linear[0]) {
        linear[kind](ctx, a);
    } else {
        complain_kind(ctx);
    }
}

static void build_attn(struct tb_hf_ctx *ctx, enum tb_hf_mix mix, struct tb_attn *a)
{
    size_t kind = (size_t)tb_hf_get(ctx, TB_HF_ATTN);
    if (mix == TB_HF_MIX_LINEAR) {
        build_linear(ctx, a);
    } else if (mix != TB_HF_MIX_NONE && kind > 0 && kind < sizeof attention / sizeof attention[0]) {
        attention[kind](ctx, a);
        a->window = mix == TB_HF_MIX_SLIDING ? tb_hf_need(ctx, TB_HF_WINDOW) : a->window;
        a->chunk = mix == TB_HF_MIX_CHUNKED ? tb_hf_need(ctx, TB_HF_CHUNK) : 0.0;
        a->extra_vector += tb_hf_get(ctx, TB_HF_ATTN_VECTOR);
        a->extra_matmul += tb_hf_get(ctx, TB_HF_ATTN_MATMUL);
    }
}

static void build_experts(struct tb_hf_ctx *ctx, struct tb_ffn *f)
{
    f->n_experts = tb_hf_need(ctx, TB_HF_N_EXPERTS);
    f->top_k = tb_hf_need(ctx, TB_HF_TOP_K);
    f->d_expert = tb_hf_need(ctx, TB_HF_D_EXPERT);
    f->d_shared = tb_hf_get(ctx, TB_HF_D_SHARED);
    f->shared_gate = f->d_shared > 0.0 && flag(ctx, TB_HF_SHARED_GATE);
    f->expert_bias = flag(ctx, TB_HF_EXPERT_BIAS);
    f->router_bias = flag(ctx, TB_HF_ROUTER_BIAS);
    f->hash_routed = (double)ctx->layer < tb_hf_get(ctx, TB_HF_HASHED);
    f->latent_dim = tb_hf_get(ctx, TB_HF_LATENT);
    /* One group, or all of several, is no limit. */
    double groups = tb_hf_get(ctx, TB_HF_ROUTE_GROUPS);
    double limit = tb_hf_get(ctx, TB_HF_ROUTE_LIMIT);
    if (limit > 0.0 && limit < groups && fmod(f->n_experts, groups) == 0.0) {
        f->route_groups = groups;
        f->route_limit = limit;
    }
    f->d_ff = tb_hf_get(ctx, TB_HF_BRANCH);
    if (f->top_k > f->n_experts) {
        tb_hf_complain(ctx, TB_INCONSISTENT, ctx->slot[TB_HF_TOP_K].path,
                       "at most the number of experts",
                       "a token cannot use more experts than there are");
    }
}

static void build_ffn(struct tb_hf_ctx *ctx, struct tb_hf_plan plan, struct tb_ffn *f)
{
    if (!plan.dense && !plan.sparse) {
        return;
    }
    f->gated = flag(ctx, TB_HF_GATED);
    f->bias = flag(ctx, TB_HF_MLP_BIAS);
    if (plan.sparse) {
        build_experts(ctx, f);
    } else {
        f->d_ff = tb_hf_need(ctx, TB_HF_D_FF);
    }
    f->extra_vector = tb_hf_get(ctx, TB_HF_FFN_VECTOR);
    f->extra_matmul = tb_hf_get(ctx, TB_HF_FFN_MATMUL);
    if (!plan.sparse && f->d_ff == 0.0 && f->extra_matmul == 0.0) {
        memset(f, 0, sizeof *f); /* a mixer alone: no feed-forward, so no flags of one */
    }
}

void tb_hf_build_layer(struct tb_hf_ctx *ctx, struct tb_hf_plan plan, struct tb_layer *out)
{
    build_attn(ctx, plan.mix, &out->attn);
    build_ffn(ctx, plan, &out->ffn);
    out->n_norms = tb_hf_get(ctx, TB_HF_NORMS);
    out->extra_vector = tb_hf_get(ctx, TB_HF_LAYER_VECTOR);
}
