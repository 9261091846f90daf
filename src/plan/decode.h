/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_DECODE_H
#define TB_PLAN_DECODE_H

#include "machine/chip.h"
#include "model/arch.h"

/** Time and memory of generation on a replica: a group of chips that holds one copy of the weights
 *  (docs/model.md, eq. 10.1 to 10.9). Pure; seconds, bytes and FLOPs. */

/** Contexts at which attention is counted: 16 tokens and its doublings. */
#define TB_DECODE_GRID 20

/** Routed experts of layers with the same number of experts and of choices. */
struct tb_expert_pool {
    double experts, top_k;
    double log_miss; /**< ln of the chance that a token does not choose a given expert */
    double params;   /**< of all its layers */
};

/** What one decode step needs of a model, counted once. */
struct tb_decode_model {
    double stored;      /**< parameters a replica holds */
    double read;        /**< parameters that every step reads whatever the batch */
    double token_flops; /**< per token, without the part that grows with the context */
    double layers, moe_layers;
    double d_model;
    double routed_width; /**< top_k x d_model over the MoE layers / moe_layers */
    int n_pools;
    struct tb_expert_pool pool[TB_MAX_LAYER_KINDS];
    double attn_flops[TB_DECODE_GRID]; /**< per token at the context of the grid */
    double cache_read[TB_DECODE_GRID]; /**< cache elements a token reads */
    double cache_held[TB_DECODE_GRID]; /**< cache elements a sequence keeps */
    double state_held; /**< elements of fixed states of a sequence (linear attention) */
    double kv_heads;   /**< least key/value heads of a layer with full heads; 0: latent */
};

void tb_decode_count(const struct tb_model *model, struct tb_decode_model *out);

/** How a replica runs. */
struct tb_infer_plan {
    double chips;          /**< of a replica */
    double tp;             /**< ranks that share each matrix; 1: no all-reduce */
    double ep;             /**< ranks that share the experts; 1: no all-to-all */
    double kv_copies;      /**< copies of the cache among the ranks; 1: sharded */
    double weight_bytes;   /**< per parameter */
    double kv_bytes;       /**< per cache element */
    double usable;         /**< share of the memory for weights and cache, (0,1] */
    double reserved;       /**< bytes a chip keeps for others that share it */
    double max_batch;      /**< most live sequences the engine takes; 0: memory alone bounds it */
    double draft;          /**< tokens drafted beside each one; 0: no speculation */
    double accepted;       /**< tokens a step yields, 1..draft+1 */
    enum tb_dtype compute; /**< what the matrix engine multiplies in */
};

/** The constants that stand between a data sheet and a step (docs/model.md, table 10.1). */
struct tb_infer_constants {
    double eta_bandwidth; /**< share of the memory bandwidth that a step reaches */
    double eta_compute;   /**< share of the peak that a step's products reach */
    double eta_prefill;   /**< share of the peak that a prompt's products reach */
    double step_fixed;    /**< s a step waits for host, sampling and launches */
    double layer_fixed;   /**< s each layer adds: kernels too short to fill the chip */
    double expert_fixed;  /**< s that routing and dispatch add to a layer of experts */
    double reduce_near;   /**< s of an all-reduce within the scale-up domain, without payload */
    double reduce_far;    /**< s of one across */
    double dispatch_near; /**< s of an all-to-all within */
    double dispatch_far;  /**< s of one across */
    double eta_link;      /**< share of the links' bandwidth that payloads reach */
};

/** A replica made ready for many steps. */
struct tb_decoder {
    const struct tb_decode_model *model;
    double chips;
    double weight_bytes; /**< per parameter */
    double kv_bytes;     /**< per element, copies included */
    double memory_rate;  /**< bytes/s of the replica as reached */
    double compute_rate; /**< FLOP/s of the replica as reached */
    double prefill_rate;
    double step_fixed;    /**< s, latencies of the collectives included */
    double token_traffic; /**< s of collectives per token in the batch */
    double draft, accepted;
    double memory_free; /**< bytes of the replica for caches; negative: the weights do not fit */
    double max_batch;
};

/** @return TB_OK; TB_E_ANSWER when a number of the chip that is needed is unknown. */
enum tb_status tb_decoder_init(struct tb_decoder *decoder, const struct tb_decode_model *model,
                               const struct tb_chip *chip, const struct tb_infer_plan *plan,
                               const struct tb_infer_constants *constants);

/** Parameters read in a step of `tokens` tokens: experts that no token chose are not touched. */
double tb_decode_touched(const struct tb_decode_model *model, double tokens);

/** What one sequence adds to a step at some context. */
struct tb_decode_cost {
    double bytes; /**< of its cache, read in the step */
    double flops; /**< of each of its tokens */
};

void tb_decode_cost(const struct tb_decoder *decoder, double context, struct tb_decode_cost *out);

/** Seconds from one token of a sequence to its next, on average over accepted drafts, with `batch`
 *  sequences live that cost on average `cost`. `slope` (may be NULL): what one more sequence adds.
 */
double tb_decode_step(const struct tb_decoder *decoder, double batch,
                      const struct tb_decode_cost *cost, double *slope);

/** The same with sequences whose mean context is `context` tokens. */
double tb_decode_time(const struct tb_decoder *decoder, double batch, double context);

/** Seconds to read `tokens` prompt tokens in prompts of `prompt` tokens. */
double tb_prefill_time(const struct tb_decoder *decoder, double tokens, double prompt);

/** Bytes of cache that a sequence of `context` tokens holds. */
double tb_decode_cache(const struct tb_decoder *decoder, double context);

/** Most sequences of `context` tokens live at once; 0: not even one fits. Not rounded above 1. */
double tb_decode_batch(const struct tb_decoder *decoder, double context);

/** Fewest chips, a power of two, whose memory holds the weights `room` times over. */
double tb_infer_chips(const struct tb_decode_model *model, const struct tb_chip *chip,
                      const struct tb_infer_plan *plan, double room);

#endif
