/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_special.h"

#include <math.h>
#include <string.h>

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
    struct tb_layer other;
    struct tb_hf_plan plan = {mix, false, false};
    memset(&other, 0, sizeof other); /* padding too: kinds are compared as bytes */
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
        memset(&out->ffn, 0, sizeof out->ffn);
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
        memset(out, 0, sizeof *out);
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
        memset(&out->attn, 0, sizeof out->attn);
        out->n_norms -= 1.0;
    } else if (nested(ctx, a, "replace_with_linear", path, 0.0) != 0.0) {
        memset(&out->attn, 0, sizeof out->attn);
        out->attn.extra_matmul = d * d;
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
    bool gated = tb_hf_get(ctx, TB_HF_GATED) != 0.0;
    if (nested(ctx, f, "no_op", path, 0.0) != 0.0) {
        memset(&out->ffn, 0, sizeof out->ffn);
        out->n_norms -= 1.0;
    } else if (nested(ctx, f, "replace_with_linear", path, 0.0) != 0.0) {
        memset(&out->ffn, 0, sizeof out->ffn);
        out->ffn.extra_matmul = d * d;
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
        struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, "text_config.cross_attention_layers"),
                               .path = "cross_attention_layers"};
        tb_diag_add(ctx->diags, TB_MODEL_PART, &f,
                    "%.0f layers attend to the image; their work is counted as if to the text",
                    cross);
        out->extra_vector += cross * (2.0 * head + 2.0) + 8.0 * out->d_model;
    }
}

/** DeepSeek-V4: the kind of compression by its name, where the file has no list of ratios. */
void tb_hf_compressed(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    static const struct {
        const char *word;
        double ratio;
    } words[] = {{"sliding_attention", 0.0},
                 {"compressed_sparse_attention", 4.0},
                 {"heavily_compressed_attention", 128.0}};
    json_t *types = tb_hf_field(ctx, "layer_types");
    if (!json_is_array(types) || json_is_array(tb_hf_field(ctx, "compress_ratios"))) {
        return;
    }
    const char *word = json_string_value(json_array_get(types, (size_t)layer));
    for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i].word) == 0) {
            out->attn.compress_ratio = words[i].ratio;
            if (words[i].ratio == 4.0) {
                out->attn.index_heads = tb_hf_need(ctx, TB_HF_INDEX_HEADS);
                out->attn.index_dim = tb_hf_need(ctx, TB_HF_INDEX_DIM);
                out->attn.index_topk = tb_hf_need(ctx, TB_HF_INDEX_TOPK);
            }
            return;
        }
    }
    tb_hf_complain(ctx, TB_MODEL_TYPE, "layer_types",
                   "sliding_attention, compressed_sparse_attention, heavily_compressed_attention",
                   "the list does not say what every layer is");
}

/** Overrides a count of heads or a width where the file has a field for it. */
static void override(struct tb_hf_ctx *ctx, json_t *object, const char *key, const char *path,
                     double *value)
{
    double n = nested(ctx, object, key, path, *value);
    *value = n >= 1.0 ? n : *value;
}

static void check_groups(struct tb_hf_ctx *ctx, const struct tb_attn *a, const char *path)
{
    if (a->n_kv_heads > 0.0 && fmod(a->n_heads, a->n_kv_heads) != 0.0) {
        tb_hf_complain(ctx, TB_INCONSISTENT, path, "a divisor of the number of query heads",
                       "the query heads cannot be shared out among the key and value heads");
    }
}

/** MiMo-V2: sliding layers have heads of their own, and sinks. */
void tb_hf_swa_heads(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)layer;
    struct tb_attn *a = &out->attn;
    json_t *sinks = tb_hf_field(ctx, "add_swa_attention_sink_bias");
    static const char *const fields[] = {"swa_num_attention_heads", "swa_num_key_value_heads",
                                         "swa_head_dim", "swa_v_head_dim"};
    double *const values[] = {&a->n_heads, &a->n_kv_heads, &a->head_dim, &a->v_head_dim};
    for (size_t i = 0; i < 4; i++) {
        (void)tb_hf_field(ctx, fields[i]);
        if (a->window > 0.0) {
            override(ctx, ctx->object, fields[i], "", values[i]);
        }
    }
    if (a->window > 0.0) {
        a->sinks = !json_is_false(sinks);
        check_groups(ctx, a, "swa_num_key_value_heads");
    }
}

/** Step 3.5: the same in an object of its own, and a list of the sparse layers as a text. */
void tb_hf_other_setting(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)layer;
    struct tb_attn *a = &out->attn;
    const char *path = "attention_other_setting";
    json_t *other = tb_hf_field(ctx, path);
    if (json_is_object(other) && a->window > 0.0) {
        double heads = a->n_heads;
        override(ctx, other, "num_attention_heads", path, &a->n_heads);
        override(ctx, other, "num_attention_groups", path, &a->n_kv_heads);
        override(ctx, other, "head_dim", path, &a->head_dim);
        a->v_head_dim = a->head_dim;
        a->gate_width *= a->n_heads / heads;
        check_groups(ctx, a, path);
    }
}

/** A layer that reads the keys and values of an earlier one has none, nor their norm. */
static void share_kv(struct tb_attn *a)
{
    a->n_kv_heads = 0.0;
    a->extra_vector -= a->qk_norm && !a->qk_norm_full ? a->head_dim : 0.0;
}

/** Gemma 4: full layers have wider heads and may use their keys as values; the last layers read the
 *  keys and values of earlier ones. */
void tb_hf_gemma4(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    struct tb_attn *a = &out->attn;
    double d = tb_hf_get(ctx, TB_HF_D_MODEL);
    double shared = nested(ctx, ctx->object, "num_kv_shared_layers", "", 0.0);
    double global = nested(ctx, ctx->object, "global_head_dim", "", 512.0);
    bool same = json_is_true(tb_hf_field(ctx, "attention_k_eq_v"));
    bool wide = json_is_true(tb_hf_field(ctx, "use_double_wide_mlp"));
    (void)tb_hf_field(ctx, "num_kv_shared_layers");
    (void)tb_hf_field(ctx, "global_head_dim");
    (void)tb_hf_field(ctx, "num_global_key_value_heads");
    if (!(a->window > 0.0)) {
        a->head_dim = a->v_head_dim = global;
        if (same) {
            override(ctx, ctx->object, "num_global_key_value_heads", "", &a->n_kv_heads);
            check_groups(ctx, a, "num_global_key_value_heads");
            a->extra_matmul -= d * a->n_kv_heads * a->v_head_dim;
        }
    }
    if (shared > 0.0 && (double)layer >= ctx->n_layers - shared) {
        a->extra_matmul = 0.0;
        share_kv(a);
        out->ffn.d_ff *= wide ? 2.0 : 1.0;
    }
}

/** EXAONE 4: the pattern of sliding layers may be letters, which repeat; the last layer is full. */
void tb_hf_letters(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    json_t *pattern = tb_hf_field(ctx, "sliding_window_pattern");
    bool last = layer == ctx->n_layers - 1 && !tb_hf_field(ctx, "layer_types");
    if (json_is_string(pattern) && last) {
        out->attn.window = 0.0;
    }
}

/** RecurrentGemma: what it calls attention is local. */
void tb_hf_local(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)layer;
    if (out->attn.kind == TB_ATTN_SOFTMAX) {
        out->attn.window = tb_hf_get(ctx, TB_HF_WINDOW);
    }
}
