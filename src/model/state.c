/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/state.h"

#include <math.h>
#include <string.h>

static const struct tb_recipe_info recipes[TB_RECIPE_COUNT] = {
#define TB_RECIPE(name, id, weight, gradient, master, moments, title, source)                      \
    [TB_RECIPE_##name] = {id, weight, gradient, master, moments, title, source},
#include "model/recipe.def"
#undef TB_RECIPE
};

const struct tb_recipe_info *tb_recipe_info(enum tb_recipe recipe)
{
    return &recipes[recipe];
}

bool tb_recipe_find(const char *id, enum tb_recipe *out)
{
    for (int i = 0; i < TB_RECIPE_COUNT; i++) {
        if (strcmp(recipes[i].id, id) == 0) {
            *out = (enum tb_recipe)i;
            return true;
        }
    }
    return false;
}

/** Share of `context` tokens that stay in a cache of at most `limit`; 1 when unlimited. */
static double kept_share(double limit, double context)
{
    return limit > 0.0 && limit < context ? limit / context : 1.0;
}

/** Elements one token leaves in the cache of one layer (equation 4.3). */
static double cached_elements(const struct tb_attn *a, double context)
{
    double window = a->window > 0.0 ? a->window : a->chunk;
    double kept = kept_share(window, context);
    double index = a->index_heads > 0.0 ? a->index_dim : 0.0; /* an indexer has one key */
    switch (a->kind) {
    case TB_ATTN_SOFTMAX:
        return a->n_kv_heads * (a->head_dim + a->v_head_dim) * kept + index;
    case TB_ATTN_MLA:
        return (a->kv_rank + a->rope_dim) * kept;
    case TB_ATTN_DSA:
        return a->kv_rank + a->rope_dim + index;
    case TB_ATTN_COMPRESSED: {
        double ratio = a->compress_ratio;
        return a->head_dim * kept + (ratio > 0.0 ? (a->head_dim + index) / ratio : 0.0);
    }
    default: /* a state of fixed size, whatever the context */
        return 0.0;
    }
}

double tb_kv_bytes_per_token(const struct tb_model *model, double bytes_per_element, double context)
{
    double counts[TB_MAX_LAYER_KINDS];
    double elements = 0.0;
    tb_model_kind_counts(model, counts);
    for (int k = 0; k < model->n_kinds; k++) {
        if (counts[k] > 0.0) {
            elements += counts[k] * cached_elements(&model->kind[k].attn, context);
        }
    }
    return elements * bytes_per_element;
}

double tb_checkpoint_bytes_per_token(const struct tb_model *model, double bytes_per_element)
{
    double streams = fmax(model->hc_mult, 1.0);
    return (double)model->n_layers * model->d_model * streams * bytes_per_element;
}
