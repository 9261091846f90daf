/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_layer.h"

#include <stdlib.h>
#include <string.h>

/* Which layer is what: from a list by layer where the file has one, else from a period. */

/** Words of layer lists. `mixer` false: the word names a feed-forward block. */
static const struct {
    const char *word;
    struct tb_hf_plan plan;
} words[] = {
    {"full_attention", {TB_HF_MIX_FULL, false, false}},
    {"attention", {TB_HF_MIX_FULL, false, false}},
    {"full", {TB_HF_MIX_FULL, false, false}},
    {"global", {TB_HF_MIX_FULL, false, false}},
    {"*", {TB_HF_MIX_FULL, false, false}},
    {"G", {TB_HF_MIX_FULL, false, false}},
    {"sliding_attention", {TB_HF_MIX_SLIDING, false, false}},
    {"sliding_window", {TB_HF_MIX_SLIDING, false, false}},
    {"local", {TB_HF_MIX_SLIDING, false, false}},
    {"L", {TB_HF_MIX_SLIDING, false, false}},
    {"chunked_attention", {TB_HF_MIX_CHUNKED, false, false}},
    {"linear_attention", {TB_HF_MIX_LINEAR, false, false}},
    {"mamba", {TB_HF_MIX_LINEAR, false, false}},
    {"conv", {TB_HF_MIX_LINEAR, false, false}},
    {"recurrent", {TB_HF_MIX_LINEAR, false, false}},
    {"M", {TB_HF_MIX_LINEAR, false, false}},
    {"compressed_sparse_attention", {TB_HF_MIX_SLIDING, false, false}},
    {"heavily_compressed_attention", {TB_HF_MIX_SLIDING, false, false}},
    {"hybrid", {TB_HF_MIX_LINEAR, false, false}},
    {"mlp", {TB_HF_MIX_NONE, true, false}},
    {"-", {TB_HF_MIX_NONE, true, false}},
    {"moe", {TB_HF_MIX_NONE, false, true}},
    {"E", {TB_HF_MIX_NONE, false, true}},
    {"dense", {TB_HF_MIX_NONE, true, false}},
    {"sparse", {TB_HF_MIX_NONE, false, true}},
    {"kda_attention", {TB_HF_MIX_LINEAR, false, false}},
};

static bool find_word(const char *text, size_t n, struct tb_hf_plan *out)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].word) == n && memcmp(words[i].word, text, n) == 0) {
            *out = words[i].plan;
            return true;
        }
    }
    return false;
}

static void complain_word(struct tb_hf_ctx *ctx, const char *path)
{
    const char *at = tb_arena_printf(ctx->arena, "%s[%d]", path, ctx->layer);
    tb_hf_complain(ctx, TB_MODEL_TYPE, at ? at : path,
                   "full_attention, sliding_attention, chunked_attention, linear_attention, mamba, "
                   "conv, recurrent, attention, mlp, moe, dense, sparse",
                   "a kind of layer that cannot be counted");
}

/** A word, or a number that is 0 or not, as a plan. */
static bool read_entry(struct tb_hf_ctx *ctx, json_t *entry, const char *path,
                       struct tb_hf_plan *out)
{
    if (json_is_number(entry) || json_is_boolean(entry)) {
        bool on = json_is_true(entry) || json_number_value(entry) != 0.0;
        bool full = on != (tb_hf_get(ctx, TB_HF_INVERT) != 0.0);
        *out = (struct tb_hf_plan){
            full ? TB_HF_MIX_FULL : (enum tb_hf_mix)tb_hf_get(ctx, TB_HF_OTHER), !on, on};
        return true;
    }
    if (json_is_string(entry) &&
        find_word(json_string_value(entry), json_string_length(entry), out)) {
        return true;
    }
    complain_word(ctx, path);
    return false;
}

static bool list_entry(struct tb_hf_ctx *ctx, json_t *list, const char *path,
                       struct tb_hf_plan *out)
{
    size_t n = json_array_size(list);
    bool repeats = tb_hf_get(ctx, TB_HF_REPEAT) != 0.0;
    if (n < (size_t)ctx->n_layers && !repeats) {
        tb_hf_complain(ctx, TB_INCONSISTENT, path, "one entry a layer",
                       "the list is shorter than the model has layers");
        return false;
    }
    return read_entry(ctx, json_array_get(list, (size_t)ctx->layer % n), path, out);
}

/** The letter of a pattern: one for every layer, or a shorter one that repeats. */
static bool pattern_entry(struct tb_hf_ctx *ctx, json_t *text, const char *path,
                          struct tb_hf_plan *out)
{
    size_t n = json_string_length(text);
    bool repeats = tb_hf_get(ctx, TB_HF_REPEAT) != 0.0;
    if (n != (size_t)ctx->n_layers && !repeats) {
        tb_hf_complain(ctx, TB_INCONSISTENT, path, "one letter a layer",
                       "the pattern does not have as many letters as the model has layers");
        return false;
    }
    if (n == 0 || !find_word(json_string_value(text) + (size_t)ctx->layer % n, 1, out)) {
        complain_word(ctx, path);
        return false;
    }
    return true;
}

/** What the list in `slot` says about the layer; false when there is no such list. */
static bool from_list(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, struct tb_hf_plan *out)
{
    const char *path = NULL;
    json_t *list = tb_hf_list(ctx, slot, &path);
    if (json_is_array(list) && json_array_size(list) > 0) {
        return list_entry(ctx, list, path, out);
    }
    return json_is_string(list) && pattern_entry(ctx, list, path, out);
}

static enum tb_hf_mix mix_from_period(struct tb_hf_ctx *ctx)
{
    double layer = (double)ctx->layer, from;
    double period = tb_hf_get(ctx, TB_HF_PERIOD);
    enum tb_hf_mix other = (enum tb_hf_mix)tb_hf_get(ctx, TB_HF_OTHER);
    if (period >= 1.0) {
        long p = (long)period;
        bool full = (long)ctx->layer % p == (long)tb_hf_get(ctx, TB_HF_OFFSET) % p;
        return full ? TB_HF_MIX_FULL : other;
    }
    if (tb_hf_value(ctx, TB_HF_WIN_FROM, &from)) {
        return layer >= from ? other : TB_HF_MIX_FULL;
    }
    return TB_HF_MIX_FULL;
}

static bool text_names(const char *text, int layer)
{
    while (*text) {
        char *end;
        long n = strtol(text, &end, 10);
        if (end == text) {
            text++;
        } else if (n == layer) {
            return true;
        } else {
            text = end;
        }
    }
    return false;
}

/** Whether a list of the numbers of layers, or a text of them ("4,5,6"), names this one. */
static bool names_layer(struct tb_hf_ctx *ctx, json_t *list)
{
    if (json_is_string(list)) {
        return text_names(json_string_value(list), ctx->layer);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        if (json_is_integer(entry) && json_integer_value(entry) == ctx->layer) {
            return true;
        }
    }
    return false;
}

/** What the lists of the numbers of dense and of sparse layers say, where there are such. */
static bool is_numbered_sparse(struct tb_hf_ctx *ctx, bool otherwise)
{
    const char *path = NULL;
    json_t *only = tb_hf_list(ctx, TB_HF_MOE_ONLY, &path);
    json_t *not = tb_hf_list(ctx, TB_HF_MOE_NOT, &path);
    if (json_array_size(only) + json_string_length(only) > 0) {
        return names_layer(ctx, only);
    }
    return otherwise && !names_layer(ctx, not );
}

static bool sparse_from_period(struct tb_hf_ctx *ctx)
{
    double layer = (double)ctx->layer, to;
    if (layer < tb_hf_get(ctx, TB_HF_MOE_FROM)) {
        return false;
    }
    if (tb_hf_value(ctx, TB_HF_MOE_TO, &to) && layer > to) {
        return false;
    }
    long period = (long)tb_hf_get(ctx, TB_HF_MOE_PERIOD);
    period = period >= 1 ? period : 1;
    return (long)ctx->layer % period == (long)tb_hf_get(ctx, TB_HF_MOE_OFFSET) % period;
}

static void plan_ffn(struct tb_hf_ctx *ctx, struct tb_hf_plan *plan)
{
    struct tb_hf_plan listed;
    bool sparse = false;
    if (tb_hf_get(ctx, TB_HF_N_EXPERTS) > 0.0) {
        sparse = from_list(ctx, TB_HF_MOE_TYPES, &listed)
                     ? listed.sparse
                     : is_numbered_sparse(ctx, sparse_from_period(ctx));
    }
    plan->sparse = sparse;
    plan->dense = !sparse;
}

struct tb_hf_plan tb_hf_plan_layer(struct tb_hf_ctx *ctx)
{
    struct tb_hf_plan plan = {TB_HF_MIX_FULL, false, false};
    bool listed = from_list(ctx, TB_HF_TYPES, &plan);
    if (tb_hf_get(ctx, TB_HF_PER_BLOCK) != 0.0) {
        return plan;
    }
    if (!listed) {
        plan.mix = mix_from_period(ctx);
    }
    plan_ffn(ctx, &plan);
    return plan;
}
