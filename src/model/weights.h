/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_WEIGHTS_H
#define TB_MODEL_WEIGHTS_H

#include "model/arch.h"

/** Parameters of the blocks of a layer, split by what a token does with them: `matmul` weights
 *  multiply it (2 FLOPs each), `vector` ones (norms, biases, taps, tables) cost next to nothing. */
struct tb_weights {
    double matmul;
    double vector;
};

struct tb_attn_weights {
    struct tb_weights projection;
    struct tb_weights indexer;
};

struct tb_ffn_weights {
    struct tb_weights dense;
    struct tb_weights shared; /**< with its gate and the projections of latent experts */
    struct tb_weights expert; /**< one routed expert */
    struct tb_weights router;
};

void tb_attn_weigh(const struct tb_attn *attn, double d_model, struct tb_attn_weights *out);
void tb_ffn_weigh(const struct tb_ffn *ffn, double d_model, struct tb_ffn_weights *out);

/** Mixers of hyper-connections in one layer (two sublayers), and the one before the head, which
 * runs once and stands with the vectors: 2e-6 of DeepSeek-V4's products. */
struct tb_weights tb_hyper_layer_weights(const struct tb_model *model);
struct tb_weights tb_hyper_head_weights(const struct tb_model *model);

/** Weights of the head as a product, tied or not, and of the projections of a narrow embedding. */
double tb_head_matmul(const struct tb_model *model);
double tb_embedding_projection(const struct tb_model *model);

#endif
