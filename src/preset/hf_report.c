/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/text.h"
#include "preset/hf_find.h"

/* After the count: what the file said that the count does not hold. */

/** Parts of names of fields that change no parameter and no FLOP of training: regularisation,
 *  rotation, scaling factors, token numbers, generation settings, bookkeeping. */
static const char *const harmless[] = {
    "dropout",
    "drop",
    "rope",
    "rotary",
    "token_id",
    "init",
    "loss",
    "eps",
    "torch",
    "cache",
    "jitter",
    "norm_topk",
    "scal",
    "scor",
    "hidden_act",
    "activation",
    "_act",
    "token_index",
    "tokenizer",
    "token_type",
    "multiplier",
    "softcap",
    "clip",
    "return",
    "output_",
    "id2label",
    "label",
    "pretraining",
    "transformers",
    "penalty",
    "beam",
    "template",
    "alibi",
    "theta",
    "seed",
    "dtype",
    "softmax",
    "topk_group",
    "n_group",
    "num_expert_group",
    "topk_method",
    "aux",
    "ep_size",
    "flash",
    "fused",
    "fusion",
    "fp32",
    "residual_connection",
    "slow_but_exact",
    "summary",
    "task",
    "chunk_size",
    "time_step",
    "max_length",
    "min_length",
    "model_max",
    "num_return",
    "top_p",
    "top_k",
    "temperature",
    "typical",
    "early_stopping",
    "bfloat16",
    "prune",
    "tie_encoder",
    "is_decoder",
    "sep_",
    "kernels",
    "num_logits",
    "postnorm",
    "alpha",
    "beta",
    "limit",
    "group_limited",
    "revision",
    "auto_map",
    "name_or_path",
    "model_type",
    "architectures",
    "version",
    "normalize",
    "ignore_index",
    "placeholder",
    "unified",
    "mrope",
    "prefix",
    "no_repeat",
    "bad_words",
    "encoder_no_repeat",
    "diversity",
    "remove_invalid",
    "use_qk_scal",
    "device",
    "verbose",
    "head_bias_free",
    "max_window",
    "sequence_length",
    "seq_length",
    "seqlen",
    "swiglu_limit",
    "finetuning",
    "z_loss",
    "router_dtype",
    "mixed",
    "attn_impl",
    "capacity",
    "temperature_tuning",
    "log_scal",
    "floor_scale",
    "embedding_fraction",
    "image",
    "video",
    "audio",
    "vision",
    "sinkhorn",
    "rescale",
    "residual_in",
    "index_share",
    "indexer_rope",
    "interleave",
    "expert_dtype",
    "dim_model_base",
    "original_max_position",
    "is_llama_config",
    "shared_moe_mode",
    "gemma_norm",
    "norm_before_gate",
    "context_window",
    "max_position",
    "norm_head",
    "norm_softmax",
    "query_pre_attn",
    "sparse_",
    "max_batch",
};

static bool is_harmless(const char *key)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (strstr(key, harmless[i])) {
            return true;
        }
    }
    return key[0] == '_';
}

/** A value that says "none". */
static bool is_void(json_t *v)
{
    return json_is_null(v) || json_is_false(v) ||
           (json_is_number(v) && json_number_value(v) == 0.0) ||
           (json_is_string(v) && json_string_length(v) == 0) ||
           ((json_is_array(v) || json_is_object(v)) &&
            json_array_size(v) + json_object_size(v) == 0);
}

/** A part of its own: a vision or audio tower, a projector, a speech head. */
static bool is_part(const char *key, json_t *v)
{
    static const char *const names[] = {"vision",    "audio",     "visual", "speech",  "tower",
                                        "perceiver", "projector", "talker", "vocoder", "img"};
    for (size_t i = 0; json_is_object(v) && i < sizeof names / sizeof names[0]; i++) {
        if (strstr(key, names[i])) {
            return true;
        }
    }
    return false;
}

static void report_parts(struct tb_hf_ctx *ctx)
{
    const char *key;
    json_t *v;
    json_object_foreach(ctx->doc.root, key, v)
    {
        if (is_part(key, v)) {
            struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, key), .path = key};
            tb_diag_add(ctx->diags, TB_MODEL_PART, &f,
                        "the part \"%s\" (a vision, audio or similar tower) is not counted: only "
                        "the language model is",
                        key);
        }
    }
    json_t *q = json_object_get(ctx->doc.root, "quantization_config");
    if (!json_is_object(q)) {
        q = json_object_get(ctx->object, "quantization_config");
    }
    if (json_is_object(q) && json_object_size(q) > 0) {
        struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, "quantization_config")};
        tb_diag_add(
            ctx->diags, TB_MODEL_QUANTISED, &f,
            "the checkpoint is quantised; weights are counted, their scales and packing are "
            "not");
    }
}

/** Whether a key goes without saying. For a family that is only the nearest one nothing is taken
 * for harmless. */
static bool goes_unsaid(struct tb_hf_ctx *ctx, const char *key, json_t *v)
{
    static const char *const read_elsewhere[] = {"model_type", "architectures",
                                                 "quantization_config"};
    for (size_t i = 0; i < sizeof read_elsewhere / sizeof read_elsewhere[0]; i++) {
        if (strcmp(key, read_elsewhere[i]) == 0) {
            return true;
        }
    }
    return tb_hf_is_used(ctx, key) || is_part(key, v) ||
           (!ctx->no_defaults && (is_void(v) || is_harmless(key)));
}

/** One warning that names every field which was not understood. */
static void report_ignored(struct tb_hf_ctx *ctx)
{
    struct tb_text list = {0};
    const char *key, *first = NULL;
    json_t *v;
    json_object_foreach(ctx->object, key, v)
    {
        if (!goes_unsaid(ctx, key, v)) {
            tb_text_addf(&list, "%s%s", first ? ", " : "", key);
            first = first ? first : key;
        }
    }
    if (first) {
        const char *path =
            ctx->prefix[0] ? tb_arena_printf(ctx->arena, "%s.%s", ctx->prefix, first) : first;
        struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, path ? path : "")};
        tb_diag_add(ctx->diags, TB_MODEL_FIELD_IGNORED, &f, "fields that are not counted: %s",
                    list.failed ? first : list.data);
    }
    tb_text_free(&list);
}

static void report_head(struct tb_hf_ctx *ctx)
{
    double none;
    if (ctx->headless && !tb_hf_value(ctx, TB_HF_NO_HEAD, &none)) {
        struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, "architectures"),
                               .path = "architectures"};
        tb_diag_add(
            ctx->diags, TB_MODEL_PART, &f,
            "the architecture has no language-model head: none is counted, but %.0f outputs",
            ctx->labels);
    }
}

static void report_defaults(struct tb_hf_ctx *ctx)
{
    for (int s = 0; s < TB_HF_SLOT_COUNT; s++) {
        if (ctx->defaulted[s]) {
            struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, ctx->prefix)};
            tb_diag_add(ctx->diags, TB_MODEL_FIELD_DEFAULT, &f,
                        "%s is left out; %.0f is the default of the family %s",
                        tb_hf_slot_fields(ctx, (enum tb_hf_slot)s), ctx->slot[s].value,
                        ctx->family->id);
        }
    }
}

void tb_hf_report(struct tb_hf_ctx *ctx)
{
    tb_hf_mark_rules(ctx);
    report_parts(ctx);
    report_head(ctx);
    report_defaults(ctx);
    report_ignored(ctx);
}
