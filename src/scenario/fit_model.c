/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/params.h"
#include "scenario/fit_case.h"

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_shape(const struct tb_observation *a, const struct tb_observation *b)
{
    return strcmp(a->model, b->model) == 0 && strcmp(a->note, b->note) == 0 &&
           same(a->n_layers, b->n_layers) && same(a->d_model, b->d_model) &&
           same(a->n_heads, b->n_heads) && same(a->n_kv_heads, b->n_kv_heads) &&
           same(a->d_ff, b->d_ff) && same(a->vocab, b->vocab) && same(a->n_experts, b->n_experts) &&
           same(a->top_k, b->top_k) && same(a->d_ff_expert, b->d_ff_expert) &&
           same(a->n_params, b->n_params);
}

/* A number that follows `words` in the note; NaN when they do not stand there. */
static double noted(const struct tb_observation *row, const char *words)
{
    const char *at = strstr(row->note, words);
    double value;
    const char *end;
    if (at && tb_number_read(at + strlen(words), &value, &end))
        return value;
    return (double)NAN;
}

static const struct tb_model *preset_model(tb_arena *arena, tb_data *data, const char *name)
{
    const struct tb_model_preset *preset = tb_data_model(data, name, (struct tb_pos){0}, NULL);
    if (preset)
        return &preset->model;
    /* "llama3-70b-12L": a model cut to its first layers; "llama2-7b(proxy)": a stand-in. */
    size_t length = strcspn(name, "(");
    if (name[length] == '\0' && length > 2 && name[length - 1] == 'L') {
        const char *dash = strrchr(name, '-');
        length = dash ? (size_t)(dash - name) : length;
    }
    if (name[length] == '\0')
        return NULL;
    char *stem = tb_arena_strndup(arena, name, length);
    preset = stem ? tb_data_model(data, stem, (struct tb_pos){0}, NULL) : NULL;
    return preset ? &preset->model : NULL;
}

static void take(double *field, double column)
{
    if (column > 0.0)
        *field = column;
}

static void override_layer(struct tb_layer *layer, const struct tb_observation *row)
{
    struct tb_attn *a = &layer->attn;
    if (a->kind == TB_ATTN_SOFTMAX && !(a->window > 0.0)) {
        take(&a->n_heads, row->n_heads);
        take(&a->n_kv_heads, row->n_kv_heads);
    }
    if (layer->ffn.d_ff > 0.0 && !(layer->ffn.n_experts > 0.0))
        take(&layer->ffn.d_ff, row->d_ff);
    if (layer->ffn.n_experts > 0.0) {
        take(&layer->ffn.n_experts, row->n_experts);
        take(&layer->ffn.top_k, row->top_k);
        take(&layer->ffn.d_expert, row->d_ff_expert);
    }
}

static void override_shape(struct tb_model *model, const struct tb_observation *row)
{
    take(&model->d_model, row->d_model);
    take(&model->vocab, row->vocab);
    for (int k = 0; k < model->n_kinds; k++)
        override_layer(&model->kind[k], row);
    if (row->n_layers > 0.0 && row->n_layers <= TB_MAX_LAYERS) {
        for (int i = model->n_layers; i < (int)row->n_layers; i++)
            model->layer_kind[i] = model->layer_kind[model->n_layers - 1];
        model->n_layers = (int)row->n_layers;
    }
}

static void plain_model(struct tb_model *model, const struct tb_observation *row, bool gated,
                        bool tied)
{
    *model = (struct tb_model){.d_model = row->d_model,
                               .vocab = row->vocab,
                               .final_norms = 1.0,
                               .n_kinds = 1,
                               .n_layers = (int)row->n_layers,
                               .tied_embeddings = tied};
    struct tb_layer *layer = &model->kind[0];
    struct tb_attn *a = &layer->attn;
    a->kind = TB_ATTN_SOFTMAX;
    a->n_heads = row->n_heads;
    a->n_kv_heads = row->n_kv_heads > 0.0 ? row->n_kv_heads : row->n_heads;
    double stated = noted(row, "head_dim ");
    a->head_dim = stated > 0.0 ? stated : row->d_model / row->n_heads;
    a->v_head_dim = a->head_dim;
    layer->n_norms = 2.0;
    layer->ffn.gated = gated;
    if (row->n_experts > 0.0) {
        layer->ffn.n_experts = row->n_experts;
        layer->ffn.top_k = row->top_k > 0.0 ? row->top_k : 1.0;
        layer->ffn.d_expert = row->d_ff_expert > 0.0 ? row->d_ff_expert : row->d_ff;
        layer->ffn.gated = true;
    } else {
        layer->ffn.d_ff = row->d_ff;
    }
}

/* No column says whether a feed-forward is gated or the embedding tied: the parameter count does.
 */
static void closest_model(struct tb_model *model, const struct tb_observation *row)
{
    double best = HUGE_VAL;
    bool best_gated = row->d_ff != 4.0 * row->d_model;
    bool best_tied = false;
    for (int i = 0; i < 4 && row->n_params > 0.0; i++) {
        struct tb_params params;
        plain_model(model, row, i & 1, (i & 2) != 0);
        tb_params_count(model, &params);
        double away = fabs(log(params.total / row->n_params));
        if (away < best) {
            best = away;
            best_gated = i & 1;
            best_tied = (i & 2) != 0;
        }
    }
    plain_model(model, row, best_gated, best_tied);
}

static const char *missing_shape(const struct tb_observation *row)
{
    if (!(row->n_layers > 0.0) || row->n_layers > TB_MAX_LAYERS)
        return "no preset bears the model's name and n_layers is blank";
    if (!(row->d_model > 0.0))
        return "no preset bears the model's name and d_model is blank";
    if (!(row->n_heads > 0.0))
        return "no preset bears the model's name and n_heads is blank";
    if (!(row->vocab > 0.0))
        return "no preset bears the model's name and vocab is blank";
    if (!(row->d_ff > 0.0) && !(row->d_ff_expert > 0.0))
        return "no preset bears the model's name and d_ff is blank";
    if (strcmp(row->kind, "moe") == 0 && !(row->n_experts > 0.0))
        return "no preset bears the model's name and n_experts is blank";
    return NULL;
}

/* A shape that cannot be; NULL: it can. */
static const char *impossible_shape(const struct tb_observation *row)
{
    const double counts[] = {row->n_layers,   row->d_model, row->n_heads,
                             row->n_kv_heads, row->d_ff,    row->vocab,
                             row->n_experts,  row->top_k,   row->d_ff_expert};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (!isnan(counts[i]) && (counts[i] < 0.0 || floor(counts[i]) != counts[i]))
            return "a column of the model's shape is no whole number";
    }
    if (row->n_kv_heads > 0.0 && fmod(row->n_heads, row->n_kv_heads) > 0.0)
        return "n_kv_heads must divide n_heads";
    if (row->n_experts > 0.0 && row->top_k > row->n_experts)
        return "top_k is over n_experts";
    return NULL;
}

const struct tb_model *tb_case_model(tb_arena *arena, tb_data *data,
                                     const struct tb_observation *row, struct tb_model_cache *cache,
                                     bool *known, const char **reason)
{
    for (size_t i = 0; i < cache->n; i++) {
        if (same_shape(cache->row[i], row)) {
            *known = cache->known[i];
            return cache->model[i];
        }
    }
    const struct tb_model *preset = preset_model(arena, data, row->model);
    *reason = impossible_shape(row);
    if (!*reason && !preset)
        *reason = missing_shape(row);
    if (*reason)
        return NULL;
    struct tb_model *model = tb_arena_alloc(arena, sizeof *model);
    *reason = "out of memory";
    if (!model)
        return NULL;
    *reason = NULL;
    if (preset) {
        *model = *preset;
        override_shape(model, row);
    } else {
        closest_model(model, row);
    }
    *known = preset != NULL;
    cache->row[cache->n] = row;
    cache->known[cache->n] = *known;
    cache->model[cache->n++] = model;
    return model;
}
