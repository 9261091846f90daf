/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_MODELS_H
#define TB_TEST_MODELS_H

#include <string.h>

#include "model/arch.h"

/** Published architectures, built by hand so that these tests need no reader. */

static inline void set_layers(struct tb_model *m, int from, int to, int kind)
{
    for (int i = from; i < to; i++) {
        m->layer_kind[i] = (unsigned char)kind;
    }
    if (m->n_layers < to) {
        m->n_layers = to;
    }
    if (m->n_kinds <= kind) {
        m->n_kinds = kind + 1;
    }
}

static inline struct tb_layer gqa_layer(double heads, double kv_heads, double head_dim, double d_ff)
{
    struct tb_layer l = {.attn = {.kind = TB_ATTN_SOFTMAX,
                                  .n_heads = heads,
                                  .n_kv_heads = kv_heads,
                                  .head_dim = head_dim,
                                  .v_head_dim = head_dim},
                         .ffn = {.gated = true, .d_ff = d_ff},
                         .n_norms = 2.0};
    return l;
}

static inline struct tb_model llama_model(int layers, double d, double heads, double d_ff)
{
    struct tb_model m = {.d_model = d, .vocab = 128256.0, .final_norms = 1.0};
    m.kind[0] = gqa_layer(heads, 8.0, 128.0, d_ff);
    set_layers(&m, 0, layers, 0);
    return m;
}

static inline struct tb_model llama_405b(void)
{
    return llama_model(126, 16384.0, 128.0, 53248.0);
}

/** GPT-3 175B as the tables count it: padded vocabulary, no biases. */
static inline struct tb_model gpt3_shape(bool tied)
{
    struct tb_model m = {.d_model = 12288.0, .vocab = 51200.0, .tied_embeddings = tied};
    m.kind[0] = gqa_layer(96.0, 96.0, 128.0, 49152.0);
    m.kind[0].ffn.gated = false;
    m.kind[0].n_norms = 0.0;
    set_layers(&m, 0, 96, 0);
    return m;
}

static inline struct tb_model deepseek_v3(void)
{
    struct tb_attn mla = {.kind = TB_ATTN_MLA,
                          .n_heads = 128.0,
                          .n_kv_heads = 128.0,
                          .head_dim = 192.0,
                          .v_head_dim = 128.0,
                          .q_rank = 1536.0,
                          .kv_rank = 512.0,
                          .rope_dim = 64.0};
    struct tb_ffn moe = {.gated = true,
                         .n_experts = 256.0,
                         .top_k = 8.0,
                         .d_expert = 2048.0,
                         .d_shared = 2048.0,
                         .router_bias = true};
    struct tb_model m = {.d_model = 7168.0, .vocab = 129280.0, .final_norms = 1.0, .n_mtp = 1.0};
    m.kind[0] = (struct tb_layer){.attn = mla, .ffn = {.gated = true, .d_ff = 18432.0}};
    m.kind[0].n_norms = 2.0;
    m.kind[1] = (struct tb_layer){.attn = mla, .ffn = moe, .n_norms = 2.0};
    set_layers(&m, 0, 3, 0);
    set_layers(&m, 3, 61, 1);
    m.mtp = m.kind[1];
    m.mtp_extra_vector = 3.0 * 7168.0;
    return m;
}

/** DeepSeek-V3.2: the same weights with an indexer in every layer. */
static inline struct tb_model deepseek_v32(void)
{
    struct tb_model m = deepseek_v3();
    for (int k = 0; k < 2; k++) {
        m.kind[k].attn.kind = TB_ATTN_DSA;
        m.kind[k].attn.index_heads = 64.0;
        m.kind[k].attn.index_dim = 128.0;
        m.kind[k].attn.index_topk = 2048.0;
    }
    m.n_mtp = 0.0;
    return m;
}

struct v4_shape {
    double d, heads, q_rank, groups, experts, d_expert, topk;
    int layers;
    double first_ratio; /**< of layers 0 and 1 */
};

/* Kinds: 0 CSA, 1 HCA, 2 window only, 3 to 5 the same routed by a hash table. */
static inline struct tb_model v4_model(const struct v4_shape *s)
{
    struct tb_model m = {.d_model = s->d,
                         .vocab = 129280.0,
                         .final_norms = 1.0,
                         .hc_mult = 4.0,
                         .n_mtp = 1.0,
                         .mtp_extra_vector = 3.0 * s->d};
    struct tb_attn attn = {.kind = TB_ATTN_COMPRESSED,
                           .n_heads = s->heads,
                           .n_kv_heads = 1.0,
                           .head_dim = 512.0,
                           .v_head_dim = 512.0,
                           .window = 128.0,
                           .sinks = true,
                           .q_rank = s->q_rank,
                           .rope_dim = 64.0,
                           .o_groups = s->groups,
                           .o_rank = 1024.0};
    for (int k = 0; k < 6; k++) {
        m.kind[k].attn = attn;
        m.kind[k].ffn = (struct tb_ffn){.gated = true,
                                        .n_experts = s->experts,
                                        .top_k = 6.0,
                                        .d_expert = s->d_expert,
                                        .d_shared = s->d_expert,
                                        .router_bias = true,
                                        .hash_routed = k >= 3};
        m.kind[k].n_norms = 2.0;
        if (k % 3 == 0) {
            m.kind[k].attn.compress_ratio = 4.0;
            m.kind[k].attn.index_heads = 64.0;
            m.kind[k].attn.index_dim = 128.0;
            m.kind[k].attn.index_topk = s->topk;
        } else if (k % 3 == 1) {
            m.kind[k].attn.compress_ratio = 128.0;
        }
    }
    m.mtp = m.kind[2];
    set_layers(&m, 0, s->layers, 0);
    m.n_kinds = 6;
    for (int i = 0; i < s->layers; i++) {
        int ratio_kind = i % 2 == 0 ? 0 : 1;
        if (i < 2) {
            ratio_kind = s->first_ratio > 0.0 ? 1 : 2;
        }
        m.layer_kind[i] = (unsigned char)(i < 3 ? ratio_kind + 3 : ratio_kind);
    }
    return m;
}

static inline struct tb_model deepseek_v4_pro(void)
{
    static const struct v4_shape s = {7168.0, 128.0,  1536.0, 16.0, 384.0,
                                      3072.0, 1024.0, 61,     128.0};
    return v4_model(&s);
}

static inline struct tb_model deepseek_v4_flash(void)
{
    static const struct v4_shape s = {4096.0, 64.0, 1024.0, 8.0, 256.0, 2048.0, 512.0, 43, 0.0};
    return v4_model(&s);
}

#endif
