/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_special.h"

#include <math.h>
#include <string.h>

#include "preset/hf_layer.h"

/* Families whose layers share weights, hold two kinds of experts or widths of their own. */

/** A layer without its flags and blocks; padding too, as kinds are compared as bytes. */
static void build_anew(struct tb_hf_ctx *ctx, struct tb_hf_plan plan, struct tb_layer *out)
{
    memset(out, 0, sizeof *out);
    tb_hf_build_layer(ctx, plan, out);
}

void tb_hf_as_it_is(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)ctx;
    (void)layer;
    (void)out;
}

/** Layers of a Zamba2 before this one that hold the shared block. */
static double blocks_before(struct tb_hf_ctx *ctx, int layer)
{
    json_t *types = tb_hf_field(ctx, "layers_block_type");
    double n = 0.0;
    for (int i = 0; i < layer; i++) {
        const char *word = json_string_value(json_array_get(types, (size_t)i));
        n += word && strcmp(word, "hybrid") == 0 ? 1.0 : 0.0;
    }
    return n;
}

/** Zamba2: before some of the state-space layers stands a transformer block that reads the hidden
 *  state beside the embedding, so at twice the width. There are few such blocks, used in turn; a
 *  repeated use has only its adapters and a projection of its own, which the negative vector says:
 *  it works with all the weights and stores none of them. */
void tb_hf_shared_block(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    if (tb_hf_get(ctx, TB_HF_PARTS) < 2.0 || ctx->part == 1) {
        return;
    }
    static const struct tb_hf_plan block = {TB_HF_MIX_FULL, true, false};
    double d = tb_hf_get(ctx, TB_HF_D_MODEL);
    double rank = tb_hf_get(ctx, TB_HF_A);
    build_anew(ctx, block, out);
    double heads = out->attn.n_heads * out->attn.head_dim;
    double keys = out->attn.n_kv_heads * out->attn.head_dim;
    double ff = out->ffn.d_ff;
    double inputs = heads + 2.0 * keys;
    double matrices = 2.0 * d * inputs + heads * d + 3.0 * d * ff;
    out->attn.extra_matmul += d * inputs + d * d; /* the embedding's half; projection behind it */
    if (tb_hf_get(ctx, TB_HF_B) != 0.0) {
        out->attn.extra_matmul += 3.0 * rank * 2.0 * d + rank * inputs;
    }
    out->ffn.extra_matmul += rank * (d + 2.0 * ff);
    out->extra_vector += 2.0 * d; /* norm of both halves */
    if (blocks_before(ctx, layer) >= tb_hf_get(ctx, TB_HF_C)) {
        out->extra_vector -= matrices + 3.0 * d;
    }
}

/** JetMoE: the query and output projections are experts as well, chosen by a router of their own.
 *  The arithmetic sees two layers: keys, values and two-matrix experts as wide as the keys; then
 *  the experts of the feed-forward. */
void tb_hf_attention_experts(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    (void)layer;
    struct tb_attn *a = &out->attn;
    if (ctx->part == 1) {
        memset(a, 0, sizeof *a);
        return;
    }
    a->extra_matmul -= 2.0 * tb_hf_get(ctx, TB_HF_D_MODEL) * a->n_heads * a->head_dim;
    out->ffn.gated = false;
    out->ffn.d_expert = a->n_kv_heads * a->head_dim;
}

/** OpenELM: a multiplier a layer, to the nearest multiple of 256 at the hidden width's scale. */
void tb_hf_scaled_width(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out)
{
    json_t *list = tb_hf_field(ctx, "ffn_multipliers");
    json_t *entry = json_is_array(list) ? json_array_get(list, (size_t)layer) : list;
    double step = tb_hf_get(ctx, TB_HF_A);
    double width = json_number_value(entry) * tb_hf_get(ctx, TB_HF_D_MODEL);
    if (!(width > 0.0 && width <= 16777216.0)) {
        tb_hf_complain(ctx, TB_NUMBER_RANGE, "ffn_multipliers", "a positive number a layer",
                       "the feed-forward has no width");
        return;
    }
    double near = fmax(step, floor((width + step / 2.0) / step) * step);
    out->ffn.gated = tb_hf_get(ctx, TB_HF_GATED) != 0.0;
    out->ffn.d_ff = near < 0.9 * width ? near + step : near;
}

/** ERNIE 4.5 VL: a second set of experts that only image tokens use; lists give both. */
void tb_hf_vision_experts(struct tb_hf_ctx *ctx, struct tb_model *out)
{
    (void)out;
    const char *path = "moe_intermediate_size";
    json_t *widths = tb_hf_field(ctx, path);
    if (json_array_size(widths) > 1) {
        struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, path), .path = path};
        tb_diag_add(ctx->diags, TB_MODEL_PART, &f,
                    "the experts of image tokens are not counted: only the language model is");
    }
}
