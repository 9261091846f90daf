/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_STATE_H
#define TB_MODEL_STATE_H

#include "model/arch.h"

/** Bytes of training state per parameter. Table: model/recipe.def. */
enum tb_recipe {
#define TB_RECIPE(name, id, weight, gradient, master, moments, title, source) TB_RECIPE_##name,
#include "model/recipe.def"
#undef TB_RECIPE
    TB_RECIPE_COUNT
};

struct tb_recipe_info {
    const char *id;  /**< "adamw-bf16", "adamw-bf16-moments", "muon", "adamw-offload", ... */
    double weight;   /**< bytes a parameter: working weights */
    double gradient; /**< bytes a parameter: gradients and their accumulation */
    double master;   /**< bytes a parameter: master weights */
    double moments;  /**< bytes a parameter: optimizer moments on the chip */
    const char *title;
    const char *source;
};

const struct tb_recipe_info *tb_recipe_info(enum tb_recipe recipe);
bool tb_recipe_find(const char *id, enum tb_recipe *out);

/** Bytes of key/value cache one token leaves at `bytes_per_element`, all layers, at a context of
 *  `context` tokens (windows and compression bound it: the mean per token over the context). */
double tb_kv_bytes_per_token(const struct tb_model *model, double bytes_per_element,
                             double context);

/** Bytes of activations kept per token when every layer is recomputed from its input: layer inputs
 *  (x hc_mult) at `bytes_per_element`, all layers. */
double tb_checkpoint_bytes_per_token(const struct tb_model *model, double bytes_per_element);

#endif
