/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_special.h"

#include <math.h>
#include <stdio.h>

#include "preset/hf_layer.h"

/** A number of a nested object that may be absent or of the wrong type, which is reported. */
static double nested(struct tb_hf_ctx *ctx, json_t *object, const char *key, const char *path,
                     double otherwise)
{
    json_t *v = json_object_get(object, key);
    if (!v || json_is_null(v)) {
        return otherwise;
    }
    if (json_is_boolean(v)) {
        return (double)json_is_true(v);
    }
    double n = json_number_value(v);
    if (!json_is_number(v) || !(n >= 0.0 && n <= 16777216.0)) {
        const char *full = tb_arena_printf(ctx->arena, "%s.%s", path, key);
        tb_hf_complain(ctx, TB_NUMBER_RANGE, full ? full : path, "a number from 0 to 16777216",
                       "outside what a model can have");
        return otherwise;
    }
    return n;
}

static bool lists(json_t *list, int number)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        if (json_is_integer(entry) && json_integer_value(entry) == number) {
            return true;
        }
    }
    return false;
}

/** Replaces the mixer of a layer, keeping its feed-forward and norms. */
static void remix(struct tb_hf_ctx *ctx, enum tb_hf_mix mix, struct tb_layer *out)
{
    struct tb_layer other = {.n_norms = 0.0};
    struct tb_hf_plan plan = {mix, false, false};
    tb_hf_build_layer(ctx, plan, &other);
    out->attn = other.attn;
}

/** Falcon-H1: a state-space mixer and attention side by side in every layer. The arithmetic sees
 *  two layers in sequence, the first without a feed-forward; the sums are the same. */
void tb_hf_two_parts(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)layer;
    if (ctx->part == 0) {
        remix(ctx, TB_HF_MIX_LINEAR, out);
        out->ffn = (struct tb_ffn){.d_ff = 0.0};
    }
    out->n_norms = 1.0;
}

/** LongCat-Flash: two attentions and two dense feed-forwards in a layer, one mixture of experts
 *  beside the first of them. Of the experts a token picks some may be "zero" ones, which compute
 *  nothing: on average in proportion to their number. They are rows of the router. */
void tb_hf_two_attentions(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)layer;
    double zero = tb_hf_get(ctx, TB_HF_A);
    struct tb_ffn *f = &out->ffn;
    if (ctx->part == 1) {
        struct tb_hf_plan dense = {TB_HF_MIX_FULL, true, false};
        *out = (struct tb_layer){.n_norms = 0.0};
        tb_hf_build_layer(ctx, dense, out);
    } else if (f->n_experts > 0.0) {
        f->top_k = f->top_k * f->n_experts / (f->n_experts + zero);
        f->extra_matmul += zero * tb_hf_get(ctx, TB_HF_D_MODEL);
        f->extra_vector += zero; /* their part of the selection bias */
    }
}

/** Width that a multiplier of the hidden width stands for: two thirds of it, in steps of 256. */
static double width_of(double multiplier, double d_model)
{
    return ceil(floor(2.0 * multiplier * d_model / 3.0) / 256.0) * 256.0;
}

static void block_attention(struct tb_hf_ctx *ctx, json_t *a, const char *path,
                            struct tb_layer *out)
{
    double d = tb_hf_get(ctx, TB_HF_D_MODEL);
    double group = nested(ctx, a, "n_heads_in_group", path, 0.0);
    double kv = nested(ctx, a, "num_key_value_heads", path, 0.0);
    if (nested(ctx, a, "no_op", path, 0.0) != 0.0) {
        out->attn = (struct tb_attn){.kind = TB_ATTN_NONE};
        out->n_norms -= 1.0;
    } else if (nested(ctx, a, "replace_with_linear", path, 0.0) != 0.0) {
        out->attn = (struct tb_attn){.kind = TB_ATTN_NONE, .extra_matmul = d * d};
    } else {
        kv = group > 0.0 ? out->attn.n_heads / group : kv;
        out->attn.n_kv_heads = kv >= 1.0 ? kv : out->attn.n_kv_heads;
        out->attn.window = nested(ctx, a, "window_length", path, 0.0);
        if (floor(out->attn.n_kv_heads) != out->attn.n_kv_heads) {
            tb_hf_complain(ctx, TB_INCONSISTENT, path, "a divisor of the number of heads",
                           "the heads do not fall into whole groups");
        }
    }
}

static void block_ffn(struct tb_hf_ctx *ctx, json_t *f, const char *path, struct tb_layer *out)
{
    double d = tb_hf_get(ctx, TB_HF_D_MODEL);
    double width = nested(ctx, f, "intermediate_size", path, 0.0);
    double multiplier = nested(ctx, f, "ffn_mult", path, 0.0);
    bool gated = out->ffn.gated;
    if (nested(ctx, f, "no_op", path, 0.0) != 0.0) {
        out->ffn = (struct tb_ffn){.d_ff = 0.0};
        out->n_norms -= 1.0;
    } else if (nested(ctx, f, "replace_with_linear", path, 0.0) != 0.0) {
        out->ffn = (struct tb_ffn){.extra_matmul = d * d};
    } else {
        width = multiplier > 0.0 ? width_of(multiplier, d) : width;
        out->ffn.d_ff = width > 0.0 ? width : out->ffn.d_ff;
        out->ffn.gated = gated;
        if (!(out->ffn.d_ff > 0.0 && out->ffn.d_ff <= 16777216.0)) {
            tb_hf_complain(ctx, TB_NUMBER_RANGE, path, "a width", "the feed-forward has no width");
        }
    }
}

/** Models found by architecture search: one description a layer. */
void tb_hf_block_configs(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    json_t *all = tb_hf_field(ctx, "block_configs");
    if (!json_is_array(all)) {
        return;
    }
    const char *a = tb_arena_printf(ctx->arena, "block_configs[%d].attention", layer);
    const char *f = tb_arena_printf(ctx->arena, "block_configs[%d].ffn", layer);
    json_t *block = json_array_get(all, (size_t)layer);
    if (!json_is_object(block) || !a || !f) {
        tb_hf_complain(ctx, TB_INCONSISTENT, "block_configs", "one object a layer",
                       "the list is shorter than the model has layers");
        return;
    }
    block_attention(ctx, json_object_get(block, "attention"), a, out);
    block_ffn(ctx, json_object_get(block, "ffn"), f, out);
}

/** LFM2: the width given is that of an ungated block; two thirds of it are used, rounded up. Layers
 *  with attention may be listed by number. */
void tb_hf_lfm2(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    json_t *full = tb_hf_field(ctx, "full_attn_idxs");
    json_t *adjust = tb_hf_field(ctx, "block_auto_adjust_ff_dim");
    double step = nested(ctx, ctx->object, "block_multiple_of", "", 256.0);
    double scale = nested(ctx, ctx->object, "block_ffn_dim_multiplier", "", 1.0);
    (void)tb_hf_field(ctx, "block_multiple_of");
    (void)tb_hf_field(ctx, "block_ffn_dim_multiplier");
    if (json_is_array(full) && !tb_hf_field(ctx, "layer_types")) {
        remix(ctx, lists(full, layer) ? TB_HF_MIX_FULL : TB_HF_MIX_LINEAR, out);
    }
    if (out->ffn.d_ff > 0.0 && !json_is_false(adjust) && step >= 1.0) {
        double width = floor(scale * floor(2.0 * out->ffn.d_ff / 3.0));
        out->ffn.d_ff = ceil(width / step) * step;
    }
}

/** Arctic: the dense branch has a norm of its own, where there are experts. */
void tb_hf_arctic(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)ctx;
    (void)layer;
    if (!(out->ffn.n_experts > 0.0)) {
        out->extra_vector = 0.0;
    }
}

/** MiniMax-M3: from some layer on an indexer picks blocks of keys for grouped-query attention. Its
 *  keys and queries come from the hidden state and have a norm each. */
void tb_hf_block_sparse(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    const char *path = "sparse_attention_config";
    json_t *s = tb_hf_field(ctx, path);
    json_t *where = json_object_get(s, "sparse_attention_freq");
    json_t *here = json_is_array(where) ? json_array_get(where, (size_t)layer) : NULL;
    bool used = nested(ctx, s, "use_sparse_attention", path, 0.0) != 0.0;
    if (!used || (here && json_number_value(here) == 0.0)) {
        return;
    }
    struct tb_attn *a = &out->attn;
    double d = tb_hf_get(ctx, TB_HF_D_MODEL);
    a->index_heads = nested(ctx, s, "sparse_num_index_heads", path, 0.0);
    a->index_dim = nested(ctx, s, "sparse_index_dim", path, 0.0);
    a->index_topk = nested(ctx, s, "sparse_topk_blocks", path, 0.0) *
                    nested(ctx, s, "sparse_block_size", path, 0.0);
    a->extra_matmul += d * (a->index_heads + 1.0) * a->index_dim;
    a->extra_vector += 2.0 * a->index_dim;
}

/** Hunyuan-Large: of every few layers only the first has keys and values of its own. */
void tb_hf_shared_kv(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    json_t *used = tb_hf_field(ctx, "use_cla");
    double share = nested(ctx, ctx->object, "cla_share_factor", "", 1.0);
    (void)tb_hf_field(ctx, "cla_share_factor");
    if (json_is_true(used) && share >= 2.0 && fmod((double)layer, floor(share)) != 0.0) {
        out->attn.n_kv_heads = 0.0;
    }
}

/** Bamba: the numbers of the layers with attention; the others are state-space ones. */
void tb_hf_attn_indices(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    json_t *full = tb_hf_field(ctx, "attn_layer_indices");
    if (json_is_array(full)) {
        remix(ctx, lists(full, layer) ? TB_HF_MIX_FULL : TB_HF_MIX_LINEAR, out);
    }
}

/** Kimi Linear: the numbers, from 1, of the layers with full attention. */
void tb_hf_kda_layers(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    json_t *full = tb_hf_field(ctx, "linear_attn_config.full_attn_layers");
    if (json_is_array(full)) {
        remix(ctx, lists(full, layer + 1) ? TB_HF_MIX_FULL : TB_HF_MIX_LINEAR, out);
    }
}

/** Llama 3.2 Vision: some layers attend to the image instead: two gates and norms of queries and
 *  keys more, and eight more rows of the embedding. */
void tb_hf_cross_attention(struct tb_hf_ctx *ctx, struct tb_model *out)
{
    double cross = (double)json_array_size(tb_hf_field(ctx, "cross_attention_layers"));
    double head = tb_hf_get(ctx, TB_HF_HEAD_DIM);
    if (cross > 0.0) {
        out->extra_vector += cross * (2.0 * head + 2.0) + 8.0 * out->d_model;
    }
}
