/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/facts.h"

#include <string.h>

#include "model/weights.h"

static void layer_facts(const struct tb_model *model, const struct tb_layer *layer, int k,
                        struct tb_layer_facts *out)
{
    const int before = k < model->n_kinds ? k : model->n_kinds;
    struct tb_attn_weights weights;
    tb_layer_params_count(model, layer, &out->params);
    tb_attn_weigh(&layer->attn, model->d_model, &weights);
    out->mixer_matmul = weights.projection.matmul + weights.indexer.matmul;
    out->attn = out->ffn = k;
    for (int j = before - 1; j >= 0; j--) {
        const struct tb_layer *other = &model->kind[j];
        if (memcmp(&other->attn, &layer->attn, sizeof other->attn) == 0)
            out->attn = j;
        if (memcmp(&other->ffn, &layer->ffn, sizeof other->ffn) == 0)
            out->ffn = j;
    }
}

void tb_model_facts(const struct tb_model *model, struct tb_model_facts *out)
{
    for (int k = 0; k < model->n_kinds; k++)
        layer_facts(model, &model->kind[k], k, &out->kind[k]);
    out->mtp_like_last = false;
    if (!(model->n_mtp > 0.0) || model->n_layers < 1)
        return;
    layer_facts(model, &model->mtp, TB_MTP_KIND, &out->kind[TB_MTP_KIND]);
    const struct tb_layer *last = &model->kind[model->layer_kind[model->n_layers - 1]];
    out->mtp_like_last = memcmp(&model->mtp, last, sizeof *last) == 0;
}
