/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_ARCH_H
#define TB_MODEL_ARCH_H

#include "trainbudget/types.h"

/** An architecture as plain numbers. Counts are doubles: exact below 2^53, and usable as uncertain
 *  inputs. Zero means "has none". A reader (YAML, config.json) fills it; model/ counts it.
 *
 *  Counted without being asked: projections; the norms on the low ranks of MLA, DSA and V4 (q_rank,
 *  kv_rank; V4: head_dim); compressors and indexers with their norms and position tables; taps of
 *  short convolutions; hyper-connection mixers. Everything else that is small stands behind a flag
 *  (biases, qk norms, sinks) or in `extra_vector` (of linear kinds: biases, norms, A_log, D). */

#define TB_MAX_LAYERS 512
#define TB_MAX_LAYER_KINDS 64

enum tb_attn_kind {
    TB_ATTN_NONE = 0,    /**< no token mixer */
    TB_ATTN_SOFTMAX,     /**< MHA / GQA / MQA; `window` > 0: sliding, `chunk` > 0: chunked */
    TB_ATTN_MLA,         /**< multi-head latent attention (DeepSeek-V2/V3) */
    TB_ATTN_DSA,         /**< MLA with a lightning indexer and top-k keys (DeepSeek-V3.2) */
    TB_ATTN_COMPRESSED,  /**< DeepSeek-V4: one shared KV latent, window, and every
                              `compress_ratio`-th compressed entry; with an indexer: CSA (top-k of
                              them), without: HCA (all of them), ratio 0: window only */
    TB_ATTN_GATED_DELTA, /**< gated DeltaNet and relatives (Qwen3-Next, Kimi Linear) */
    TB_ATTN_LINEAR,      /**< plain linear attention with an outer-product state (MiniMax-01); q and
                              k of k_heads x k_dim, v of v_heads x v_dim */
    TB_ATTN_MAMBA1,
    TB_ATTN_MAMBA2
};

struct tb_attn {
    enum tb_attn_kind kind;
    double n_heads;    /**< query heads */
    double n_kv_heads; /**< key/value heads; 1 for MQA and for the shared latent of V4;
                            0: reads the keys and values of an earlier layer */
    double head_dim;   /**< query/key width of a head (MLA: nope + rope; V4: the shared latent) */
    double v_head_dim; /**< value width of a head; readers set it to head_dim when not given */
    double window;     /**< keys visible to a query; 0: all earlier ones */
    double chunk;      /**< attention within chunks of this length; 0: none */
    bool qkv_bias, o_bias;
    bool qk_norm;      /**< norm weights on q and k */
    bool qk_norm_full; /**< over all heads (n_heads + n_kv_heads) x head_dim, else 2 x head_dim */
    bool sinks;        /**< one learned sink logit a head */
    double gate_width; /**< extra columns of the q projection (output gates), linear kind: of an
                            output gate; 0: none */
    double q_rank;     /**< MLA, V4: query low rank; 0: full-rank query projection */
    double kv_rank;    /**< MLA: compressed KV width */
    double rope_dim;   /**< MLA: decoupled RoPE width, part of head_dim */
    double index_heads, index_dim, index_topk; /**< lightning indexer (DSA, CSA); 0: none. Softmax:
                            keys selected by blocks; the weights are then in extra_matmul */
    double compress_ratio;   /**< V4: tokens per compressed entry (4, 128); 0: window only */
    double o_groups, o_rank; /**< V4: grouped low-rank output projection */
    double k_heads, k_dim, v_heads, v_dim; /**< linear kinds: key and value heads and widths */
    double conv_kernel;                    /**< taps of the short convolution; 0: none */
    double state_dim;                      /**< Mamba: N */
    double n_groups;                       /**< Mamba-2: B/C groups */
    double inner_dim;    /**< Mamba: d_inner (heads x head width; Mamba-2: heads are n_heads) */
    double dt_rank;      /**< Mamba-1 */
    double extra_vector; /**< further parameters that enter no matmul (biases, norms, A_log ...) */
    double extra_matmul; /**< further matmul weights, touched once a token */
};

struct tb_ffn {
    bool gated;  /**< three matrices (SwiGLU, GeGLU), else two */
    bool bias;   /**< biases on the dense matrices */
    double d_ff; /**< dense width; 0: none. With experts: a dense branch beside them (Arctic) */
    double n_experts; /**< routed experts; 0: no MoE */
    double top_k;
    double d_expert;     /**< width of a routed expert */
    double d_shared;     /**< summed width of the shared experts; 0: none */
    bool shared_gate;    /**< a sigmoid gate (d_model weights) on the shared expert */
    bool expert_bias;    /**< biases inside the experts */
    bool router_bias;    /**< one bias an expert (linear bias or selection bias that is stored) */
    bool hash_routed;    /**< experts chosen by a hash table: router weights exist, no bias */
    double route_groups; /**< groups of experts that the router chooses among first; 0: none */
    double route_limit;  /**< most of those groups that a token's experts come from; 0: all */
    double latent_dim;   /**< routed experts work at this width behind two projections; 0: none */
    double extra_vector; /**< further parameters that enter no matmul */
    double extra_matmul; /**< further matmul weights, touched once a token */
};

/** One kind of layer. */
struct tb_layer {
    struct tb_attn attn;
    struct tb_ffn ffn;
    double n_norms; /**< norms of width d_model in the layer: 2 pre-norm, 4 sandwich (Gemma 2) */
    double extra_vector; /**< further parameters of the layer that enter no matmul */
};

struct tb_model {
    double d_model;
    double vocab;         /**< rows of the embedding as stored (padding included) */
    bool tied_embeddings; /**< the head is the embedding */
    bool no_head;         /**< no lm_head (reward and encoder models) */
    bool head_bias;
    bool norm_bias;     /**< LayerNorm: each norm has weight and bias */
    bool norm_free;     /**< norms without weights (OLMo 1) */
    double final_norms; /**< norms of width d_model outside the layers (final, embedding): 1 */
    double learned_positions; /**< rows of a learned position table; 0: none */
    double embedding_dim;     /**< embedding width when it differs from d_model; 0: d_model */
    double hc_mult;           /**< hyper-connections: residual streams (V4: 4); 0: none */
    double max_seq_len;       /**< longest context stated; 0: unknown */

    int n_kinds;
    struct tb_layer kind[TB_MAX_LAYER_KINDS];
    int n_layers;
    unsigned char layer_kind[TB_MAX_LAYERS]; /**< kind of each layer, in order */

    double n_mtp;            /**< multi-token-prediction depth; 0: none */
    struct tb_layer mtp;     /**< the layer of one MTP module */
    bool mtp_own_embedding;  /**< the module stores its own embedding and head */
    double mtp_extra_vector; /**< norms and others of one module, beyond its layer and its 2 d x d
                                  projection (DeepSeek: 3 norms, 3 x d_model) */
    double extra_vector;     /**< further parameters outside the layers that enter no matmul */
    double extra_matmul;     /**< further matmul weights outside the layers, touched once a token */
};

/** Number of layers of each kind, in order of kinds; counts[TB_MAX_LAYER_KINDS]. */
void tb_model_kind_counts(const struct tb_model *model, double counts[TB_MAX_LAYER_KINDS]);

#endif
