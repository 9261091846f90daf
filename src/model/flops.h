/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_FLOPS_H
#define TB_MODEL_FLOPS_H

#include "model/arch.h"

/** FLOPs per token; a multiply-add counts 2. */

/** How many keys a query sees on average is a property of the length distribution. */
enum tb_keys {
    TB_KEYS_CAUSAL, /**< the field's usual half: s/2 for full attention */
    TB_KEYS_EXACT,  /**< mean over positions t = 0..s-1 of the keys really visible, (s+1)/2 */
    TB_KEYS_FULL    /**< no causal mask: s */
};

/** Lengths of the documents a token stands in: attention does not cross their borders. */
struct tb_lengths {
    double seq_len;      /**< packed or padded row, tokens */
    double mean_doc_len; /**< 0: one document fills the row */
    double doc_cv;       /**< coefficient of variation of the document length (lognormal);
                              a token stands in a document of mean length mean*(1+cv^2) */
};

/** Forward FLOPs of one token, by block. */
struct tb_flops {
    double projection; /**< attention projections and compressors */
    double core;       /**< scores and weighted sum of attention; scan of linear kinds */
    double indexer;    /**< indexer projections and scores */
    double ffn_dense, routed, shared, router;
    double hyper; /**< hyper-connection mixers */
    double head;
    double other;
    double mtp;        /**< all MTP modules together, with their heads; not in total */
    double mtp_core;   /**< of mtp: attention core */
    double mtp_router; /**< of mtp: router and hyper-connection mixers */
    double total;      /**< sum without mtp */
};

/** Forward FLOPs of the average token at these lengths (eq. numbers in docs/model.md). */
void tb_flops_forward(const struct tb_model *model, const struct tb_lengths *lengths,
                      enum tb_keys keys, struct tb_flops *out);

/** The same for one layer (no head, no MTP), for stage-wise sums. */
void tb_flops_layer(const struct tb_model *model, const struct tb_layer *layer,
                    const struct tb_lengths *lengths, enum tb_keys keys, struct tb_flops *out);

/** Forward FLOPs of what attention does beyond its projections for the average token: core and
 *  scores of an indexer, without the indexer's projections. */
double tb_flops_mixing(const struct tb_attn *attn, const struct tb_lengths *lengths,
                       enum tb_keys keys);

/** Forward FLOPs of a token at a position (0-based) in decoding, with its whole context: used for
 *  generation; MLA absorbed. */
void tb_flops_at(const struct tb_model *model, double position, struct tb_flops *out);

/** What the hardware executes in training beyond three forwards. */
enum tb_recompute { TB_RECOMPUTE_NONE, TB_RECOMPUTE_SELECTIVE, TB_RECOMPUTE_FULL };

/** The canonical model FLOPs of a trained token: 3 x forward, causal half, without router, mixers
 *  and recompute. `with_mtp` adds the MTP modules. */
double tb_flops_train(const struct tb_model *model, const struct tb_lengths *lengths,
                      bool with_mtp);

/** Everything that is executed: position-exact keys, router, mixers, MTP where trained, half a
 *  core forward for the flash backward, and the recomputed forward. */
double tb_flops_hardware(const struct tb_model *model, const struct tb_lengths *lengths,
                         bool with_mtp, enum tb_recompute recompute);

/** What of the FLOPs no length changes, counted once for tokens at many lengths. */
struct tb_flops_shape {
    const struct tb_model *model;
    double layers[TB_MAX_LAYER_KINDS]; /**< of each kind */
    struct tb_flops weights; /**< forward, without what attention does beyond its projections */
    double mtp, mtp_router;  /**< the same of all MTP modules; 0: none */
};

void tb_flops_shape(const struct tb_model *model, struct tb_flops_shape *out);

/** Forward FLOPs of the average token at some lengths. */
struct tb_flops_token {
    struct tb_flops causal, exact; /**< as tb_flops_forward counts them */
    struct tb_flops executed;      /**< exact, with sparse attention over the latent */
};

void tb_flops_token(const struct tb_flops_shape *shape, const struct tb_lengths *lengths,
                    struct tb_flops_token *out);

/** tb_flops_train and tb_flops_hardware of a token's forward FLOPs, causal and executed. */
double tb_flops_trained(const struct tb_flops *causal, bool with_mtp);
double tb_flops_executed(const struct tb_model *model, const struct tb_flops *executed,
                         bool with_mtp, enum tb_recompute recompute);

#endif
