/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/posttrain_shape.h"

#include "base/number.h"
#include "model/params.h"
#include "scenario/table.h"

#include <math.h>
#include <string.h>

#define HEAD 128.0
#define KV_HEADS 8.0
#define FFN_WIDTHS 3.5
#define USUAL_VOCAB 128256.0
#define NEAR 0.1

void tb_usual_dense(double params, struct tb_model *out)
{
    /* per layer: 2 d^2 for q and o, 2 x 1024 d for k and v, 3 x 3.5 d^2; no embedding counted */
    double layers = round(cbrt(params / (HEAD * HEAD * (2.0 + 3.0 * FFN_WIDTHS))));
    layers = fmin(fmax(layers, 1.0), TB_MAX_LAYERS);
    double width = HEAD * layers;
    *out = (struct tb_model){.d_model = width,
                             .vocab = USUAL_VOCAB,
                             .final_norms = 1.0,
                             .tied_embeddings = true,
                             .n_kinds = 1,
                             .n_layers = (int)layers};
    out->kind[0] = (struct tb_layer){.attn = {.kind = TB_ATTN_SOFTMAX,
                                              .n_heads = layers,
                                              .n_kv_heads = fmin(KV_HEADS, layers),
                                              .head_dim = HEAD,
                                              .v_head_dim = HEAD},
                                     .ffn = {.gated = true, .d_ff = FFN_WIDTHS * width},
                                     .n_norms = 2.0};
}

static const struct tb_model *named(tb_arena *arena, tb_data *data, const char *name, size_t length)
{
    char *id = tb_arena_strndup(arena, name, length);
    const struct tb_model_preset *preset =
        id ? tb_data_model(data, id, (struct tb_pos){0}, NULL) : NULL;
    return preset ? &preset->model : NULL;
}

/* A word as it stands, then without its last parts. */
static const struct tb_model *by_word(tb_arena *arena, tb_data *data, const char *word,
                                      size_t length)
{
    const struct tb_model *model = NULL;
    for (int parts = 0; !model && length > 0 && parts < 3; parts++) {
        model = named(arena, data, word, length);
        while (length > 0 && word[length - 1] != '-')
            length--;
        length = length > 0 ? length - 1 : 0;
    }
    return model;
}

/* "Qwen3-30B-A3B-Base GRPO", "AReaL 1.5B (DeepSeek-R1-Distill-Qwen-1.5B)": the first word that
 * names a model. */
static const struct tb_model *by_name(tb_arena *arena, tb_data *data, const char *name)
{
    const struct tb_model *model = named(arena, data, name, strlen(name));
    for (const char *at = name; !model && *at;) {
        size_t length = strcspn(at, " ()+");
        model = by_word(arena, data, at, length);
        at += length + strspn(at + length, " ()");
        if (*at == '+') /* the critic's name */
            break;
    }
    return model;
}

static const struct tb_model *by_size(tb_data *data, double total, double active)
{
    const struct tb_model *best = NULL;
    double nearest = INFINITY;
    for (size_t i = 0; tb_data_id(data, TB_ENTITY_MODEL, i); i++) {
        const struct tb_model_preset *preset =
            tb_data_model(data, tb_data_id(data, TB_ENTITY_MODEL, i), (struct tb_pos){0}, NULL);
        if (!preset)
            continue;
        struct tb_params params;
        tb_params_count(&preset->model, &params);
        double off = fmax(fabs(log(params.total / total)), fabs(log(params.active / active)));
        if (off < NEAR && off < nearest) {
            nearest = off;
            best = &preset->model;
        }
    }
    return best;
}

/* A size in the name, "OPT-350M": billions or millions. */
static double size_in(const char *name)
{
    for (const char *at = name; *at; at++) {
        const char *end;
        double value;
        bool starts = at > name && at[-1] == '-';
        if (starts && tb_number_read(at, &value, &end) && (*end == 'B' || *end == 'M'))
            return value * (*end == 'B' ? 1e9 : 1e6);
    }
    return NAN;
}

/* Dense, from the size alone. */
static const struct tb_model *usual(tb_arena *arena, const char *name, double total, double active)
{
    if (!isfinite(total))
        total = active = size_in(name);
    struct tb_model *model = tb_arena_alloc(arena, sizeof *model);
    if (!model || !isfinite(total) || active < (1.0 - NEAR) * total)
        return NULL;
    tb_usual_dense(total, model);
    return model;
}

const struct tb_model *tb_posttrain_shape(tb_arena *arena, tb_data *data, const char *name,
                                          const double params[2], const char **assumed)
{
    const double total = params[0], active = params[1];
    const char *how = NULL;
    const struct tb_model *model = by_name(arena, data, name);
    if (!model && isfinite(total) && isfinite(active)) {
        how = "shape of a model of that size";
        model = by_size(data, total, active);
    }
    if (!model) {
        how = "usual shape of that size";
        model = usual(arena, name, total, active);
    }
    if (assumed)
        *assumed = how;
    return model;
}
