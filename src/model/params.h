/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_PARAMS_H
#define TB_MODEL_PARAMS_H

#include "model/arch.h"

/** Parameter counts by block. Vectors (norms, biases, sinks) are counted inside the block they
 *  belong to; `norm` holds the norms of width d_model. All are exact integers below 2^53. */
struct tb_params {
    double embedding; /**< token (and learned position) embedding, once when tied */
    double head;      /**< 0 when tied (its bias remains) */
    double attention; /**< projections, compressors, norms and sinks of attention */
    double indexer;   /**< lightning indexers */
    double ffn_dense; /**< dense feed-forward, and dense branches beside experts */
    double routed;    /**< routed experts, all of them */
    double shared;    /**< shared experts and their gates, projections of latent experts */
    double router;
    double norm;  /**< norms of width d_model */
    double hyper; /**< hyper-connection mixers */
    double other; /**< what fits nowhere else */
    double total; /**< main model: the sum of the above, MTP not included */
    double mtp;   /**< MTP modules, without shared embedding and head */
    double total_with_mtp;
    double active;                   /**< used by one token, with embedding and head */
    double active_without_embedding; /**< active less the embedding tables (the head stays unless
                                          it is tied to the embedding) */
    double matmul_per_token;         /**< weights that multiply each token: active matrices, head,
                                          routers and mixers; MTP not included */
    double matmul_per_token_with_mtp;
    double non_expert; /**< total less routed experts */
};

/** Counts the model. Pure; no failure: a reader has checked the fields. */
void tb_params_count(const struct tb_model *model, struct tb_params *out);

/** Parameters of one layer of a kind: everything, and what one token uses. */
struct tb_layer_params {
    double total;
    double active;
    double routed;        /**< of total: routed experts */
    double matmul_active; /**< matmul weights one token meets */
    double indexer;       /**< matmul parameters of an indexer, part of total */
};
void tb_layer_params_count(const struct tb_model *model, const struct tb_layer *layer,
                           struct tb_layer_params *out);

#endif
