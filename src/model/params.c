/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/params.h"

#include "model/weights.h"

/* Equations 2.1 to 2.9 of docs/model.md. */

void tb_model_kind_counts(const struct tb_model *model, double counts[TB_MAX_LAYER_KINDS])
{
    for (int k = 0; k < TB_MAX_LAYER_KINDS; k++) {
        counts[k] = 0.0;
    }
    /* Run by run: layers of a kind mostly follow each other. */
    for (int i = 0, end; i < model->n_layers; i = end) {
        for (end = i + 1; end < model->n_layers && model->layer_kind[end] == model->layer_kind[i];)
            end++;
        counts[model->layer_kind[i]] += end - i;
    }
}

static double both(struct tb_weights w)
{
    return w.matmul + w.vector;
}

/** Width of one norm of d_model: LayerNorm has a bias, some norms have no weights at all. */
static double norm_width(const struct tb_model *model)
{
    if (model->norm_free) {
        return 0.0;
    }
    return model->norm_bias ? 2.0 * model->d_model : model->d_model;
}

/** Adds `count` layers of a kind to the blocks. `other` and the totals are summed later.
 *  @return the matmul weights of one layer's indexer. */
static double add_layers(const struct tb_model *model, const struct tb_layer *layer, double count,
                         struct tb_params *sum)
{
    const struct tb_ffn *ffn = &layer->ffn;
    struct tb_attn_weights a;
    struct tb_ffn_weights f;
    struct tb_weights hyper = tb_hyper_layer_weights(model);

    tb_attn_weigh(&layer->attn, model->d_model, &a);
    tb_ffn_weigh(ffn, model->d_model, &f);
    double used = ffn->n_experts > 0.0 ? ffn->top_k : 0.0;
    double routed = ffn->n_experts * both(f.expert);

    sum->attention += count * both(a.projection);
    sum->indexer += count * both(a.indexer);
    sum->ffn_dense += count * both(f.dense);
    sum->routed += count * routed;
    sum->shared += count * both(f.shared);
    sum->router += count * both(f.router);
    sum->norm += count * layer->n_norms * norm_width(model);
    sum->hyper += count * both(hyper);
    sum->other += count * layer->extra_vector;
    sum->active -= count * (routed - used * both(f.expert));
    sum->matmul_per_token +=
        count * (a.projection.matmul + a.indexer.matmul + f.dense.matmul + used * f.expert.matmul +
                 f.shared.matmul + f.router.matmul + hyper.matmul);
    return a.indexer.matmul;
}

static double sum_blocks(const struct tb_params *p)
{
    return p->embedding + p->head + p->attention + p->indexer + p->ffn_dense + p->routed +
           p->shared + p->router + p->norm + p->hyper + p->other;
}

void tb_layer_params_count(const struct tb_model *model, const struct tb_layer *layer,
                           struct tb_layer_params *out)
{
    struct tb_params sum = {0};
    out->indexer = add_layers(model, layer, 1.0, &sum);
    out->total = sum_blocks(&sum);
    out->active = out->total + sum.active; /* active holds what a token leaves out, negative */
    out->routed = sum.routed;
    out->matmul_active = sum.matmul_per_token;
}

static void add_mtp(const struct tb_model *model, double head, struct tb_params *out)
{
    double d = model->d_model;
    struct tb_layer_params layer;
    struct tb_weights mixer = tb_hyper_head_weights(model);

    tb_layer_params_count(model, &model->mtp, &layer);
    double one = layer.total + 2.0 * d * d + model->mtp_extra_vector + both(mixer);
    if (model->mtp_own_embedding) {
        one += model->vocab * d + head;
    }
    out->mtp = model->n_mtp * one;
    out->matmul_per_token_with_mtp +=
        model->n_mtp * (layer.matmul_active + 2.0 * d * d + mixer.matmul + head);
}

void tb_params_count(const struct tb_model *model, struct tb_params *out)
{
    double counts[TB_MAX_LAYER_KINDS];
    double head = tb_head_matmul(model);
    double narrow = tb_embedding_projection(model);
    double width = model->embedding_dim > 0.0 ? model->embedding_dim : model->d_model;
    struct tb_weights mixer = tb_hyper_head_weights(model);

    *out = (struct tb_params){0};
    tb_model_kind_counts(model, counts);
    for (int k = 0; k < model->n_kinds; k++) {
        if (counts[k] > 0.0) {
            add_layers(model, &model->kind[k], counts[k], out);
        }
    }
    out->embedding = model->vocab * width + model->learned_positions * model->d_model;
    out->head = model->tied_embeddings ? 0.0 : head;
    if (model->head_bias && !model->no_head) {
        out->head += model->vocab;
    }
    out->norm += model->final_norms * norm_width(model);
    out->hyper += both(mixer);
    out->other += model->extra_vector + model->extra_matmul + narrow;
    out->total = sum_blocks(out);
    out->active += out->total;
    out->active_without_embedding = out->active - out->embedding;
    out->matmul_per_token += head + narrow + model->extra_matmul + mixer.matmul;
    out->non_expert = out->total - out->routed;
    out->matmul_per_token_with_mtp = out->matmul_per_token;
    if (model->n_mtp > 0.0) {
        add_mtp(model, head, out);
    }
    out->total_with_mtp = out->total + out->mtp;
}
