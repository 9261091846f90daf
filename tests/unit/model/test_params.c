/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/params.h"
#include "models.h"
#include "near.h"

static struct tb_params count(struct tb_model m)
{
    struct tb_params p;
    tb_params_count(&m, &p);
    return p;
}

static void test_params_published_totals(void **state)
{
    (void)state;
    assert_exact(count(llama_405b()).total, 405853388800.0);
    assert_exact(count(llama_model(80, 8192.0, 64.0, 28672.0)).total, 70553706496.0);
    assert_exact(count(llama_model(32, 4096.0, 32.0, 14336.0)).total, 8030261248.0);
}

static void test_params_deepseek_v3(void **state)
{
    (void)state;
    struct tb_params p = count(deepseek_v3());
    assert_exact(p.total, 671026419200.0);
    assert_exact(p.active_without_embedding, 36625618432.0);
    assert_exact(p.active, 37552297472.0);
    assert_exact(p.mtp, 11610068224.0);
    assert_exact(p.total_with_mtp, 671026419200.0 + 11610068224.0);
    /* published 36,624,721,920 counts 61 x (1536 + 512) norm weights as products */
    assert_exact(p.matmul_per_token, 36624721920.0 - 61.0 * 2048.0);
    assert_exact(p.non_expert + p.routed, p.total);
}

static void test_params_deepseek_v4_pro_by_block(void **state)
{
    (void)state;
    struct tb_params p = count(deepseek_v4_pro());
    double hc_head = 4.0 * 4.0 * 7168.0 + 4.0 + 1.0;
    assert_exact(p.total, 1572997201763.0);
    assert_exact(p.mtp, 25840145979.0);
    assert_exact(p.total_with_mtp, 1598837347742.0);
    assert_exact(p.active_without_embedding, 48852402019.0);
    assert_exact(p.active, 49779081059.0);
    assert_exact(p.attention + p.indexer, 19465103232.0);
    assert_exact(p.routed, 1547396186112.0);
    assert_exact(p.shared, 4029677568.0);
    assert_exact(p.router, 167925504.0);
    assert_exact(p.hyper, 83954910.0 + hc_head);
    assert_exact(p.norm, 874496.0 + 7168.0);
    assert_exact(p.norm + p.hyper - 83954910.0, 874496.0 + 121861.0);
    assert_exact(p.embedding, 926679040.0);
    assert_exact(p.head, 926679040.0);
    assert_exact(p.matmul_per_token, 48849027072.0);
    assert_exact(p.matmul_per_token_with_mtp, 50644910080.0);
    assert_exact(p.ffn_dense + p.other, 0.0);
}

static void test_params_deepseek_v4_flash_by_block(void **state)
{
    (void)state;
    struct tb_params p = count(deepseek_v4_flash());
    assert_exact(p.total, 284332240471.0);
    assert_exact(p.mtp, 6610048891.0);
    assert_exact(p.total_with_mtp, 290942289362.0);
    assert_exact(p.active_without_embedding, 13270101591.0);
    assert_exact(p.active, 13799632471.0);
    assert_exact(p.attention + p.indexer, 5086317888.0);
    assert_exact(p.routed, 277025390592.0);
    assert_exact(p.shared, 1082130432.0);
    assert_exact(p.router, 45099008.0);
    assert_exact(p.norm + p.hyper, 352256.0 + 33818898.0 + 69637.0);
    assert_exact(p.matmul_per_token, 13268156416.0);
    assert_exact(p.matmul_per_token_with_mtp, 14116192256.0);
}

/* d 10, vocabulary 7. Attention: q 3 x 4, k 1 x 4, v 1 x 5, gate 6:
 * d x (12 + 6 + 4 + 5) = 270, o 3 x 5 x 10 = 150; biases 27 + 10; qk norms 2 x 4; sinks 3; so
 * 468. FFN plain: 2 x 10 x 11 = 220, biases 11 + 10 = 21. Norms: 2 a layer, weight and bias: 40. */
static struct tb_model small_model(void)
{
    struct tb_model m = {.d_model = 10.0, .vocab = 7.0, .norm_bias = true, .final_norms = 1.0};
    struct tb_attn a = {.kind = TB_ATTN_SOFTMAX,
                        .n_heads = 3.0,
                        .n_kv_heads = 1.0,
                        .head_dim = 4.0,
                        .v_head_dim = 5.0,
                        .gate_width = 6.0,
                        .qkv_bias = true,
                        .o_bias = true,
                        .qk_norm = true,
                        .sinks = true};
    m.kind[0] = (struct tb_layer){.attn = a, .ffn = {.bias = true, .d_ff = 11.0}, .n_norms = 2.0};
    set_layers(&m, 0, 1, 0);
    return m;
}

static void test_params_softmax_with_everything(void **state)
{
    (void)state;
    struct tb_model m = small_model();
    struct tb_params p = count(m);
    assert_exact(p.attention, 468.0);
    assert_exact(p.ffn_dense, 241.0);
    assert_exact(p.norm, 60.0);
    assert_exact(p.total, 468.0 + 241.0 + 60.0 + 140.0);
    assert_exact(p.matmul_per_token, 270.0 + 150.0 + 220.0 + 70.0);

    m.kind[0].attn.qk_norm_full = true; /* (3 + 1) x 4 instead of 2 x 4 */
    m.kind[0].attn.extra_vector = 13.0;
    m.kind[0].attn.extra_matmul = 17.0;
    m.kind[0].extra_vector = 19.0;
    p = count(m);
    assert_exact(p.attention, 468.0 + 8.0 + 30.0);
    assert_exact(p.other, 19.0);
    assert_exact(p.matmul_per_token, 710.0 + 17.0);
}

static void test_params_ends(void **state)
{
    (void)state;
    struct tb_model m = small_model();
    m.tied_embeddings = true;
    m.head_bias = true;
    m.learned_positions = 9.0;
    m.extra_vector = 23.0;
    m.extra_matmul = 29.0;
    struct tb_params p = count(m);
    assert_exact(p.embedding, 70.0 + 90.0);
    assert_exact(p.head, 7.0);
    assert_exact(p.other, 52.0);
    assert_exact(p.active_without_embedding, p.total - 160.0);
    assert_exact(p.matmul_per_token, 640.0 + 70.0 + 29.0);

    m.embedding_dim = 3.0; /* table 7 x 3, one projection in and one out, 3 x 10 each */
    p = count(m);
    assert_exact(p.embedding, 21.0 + 90.0);
    assert_exact(p.other, 52.0 + 60.0);
    assert_exact(p.matmul_per_token, 640.0 + 21.0 + 60.0 + 29.0);

    m.no_head = true;
    m.norm_free = true;
    p = count(m);
    assert_exact(p.head, 0.0);
    assert_exact(p.norm, 0.0);
    assert_exact(p.other, 52.0 + 30.0);
    assert_exact(p.matmul_per_token, 640.0 + 30.0 + 29.0);
}

/* Experts: 5 of width 6 in a latent of 4: 3 x 4 x 6 = 72 + biases 2 x 6 + 4 = 88; two used. Shared
 * 3 x 10 x 8 = 240 + gate 10 + latent projections 2 x 10 x 4 = 80. Router 50 + 5. Dense branch
 * 3 x 10 x 2 = 60. */
static void test_params_experts(void **state)
{
    (void)state;
    struct tb_model m = small_model();
    m.kind[0].ffn = (struct tb_ffn){.gated = true,
                                    .d_ff = 2.0,
                                    .n_experts = 5.0,
                                    .top_k = 2.0,
                                    .d_expert = 6.0,
                                    .d_shared = 8.0,
                                    .shared_gate = true,
                                    .expert_bias = true,
                                    .router_bias = true,
                                    .latent_dim = 4.0};
    struct tb_params p = count(m);
    assert_exact(p.ffn_dense, 60.0);
    assert_exact(p.routed, 5.0 * 88.0);
    assert_exact(p.shared, 330.0);
    assert_exact(p.router, 55.0);
    assert_exact(p.active, p.total - 3.0 * 88.0);
    assert_exact(p.matmul_per_token, 420.0 + 60.0 + 2.0 * 72.0 + 330.0 + 50.0 + 70.0);

    struct tb_layer_params layer;
    tb_layer_params_count(&m, &m.kind[0], &layer);
    assert_exact(layer.total, 468.0 + 60.0 + 440.0 + 330.0 + 55.0 + 40.0);
    assert_exact(layer.active, layer.total - 264.0);
    assert_exact(layer.routed, 440.0);

    m.kind[0].ffn.hash_routed = true; /* no selection bias to learn */
    assert_exact(count(m).router, 50.0);
}

static void test_params_mtp_with_own_ends(void **state)
{
    (void)state;
    struct tb_model m = small_model();
    m.n_mtp = 2.0;
    m.mtp = m.kind[0];
    m.mtp_extra_vector = 31.0;
    m.mtp_own_embedding = true;
    struct tb_params p = count(m);
    double layer = 468.0 + 241.0 + 40.0;
    assert_exact(p.mtp, 2.0 * (layer + 200.0 + 31.0 + 140.0));
    assert_exact(p.matmul_per_token_with_mtp, 710.0 + 2.0 * (640.0 + 200.0 + 70.0));
}

/* Qwen3-Next-80B-A3B: 36 gated delta layers, 12 of full attention; published tensors sum to
 * 79,674,391,296. Vectors of a delta layer: A_log 32, dt_bias 32, norm 128. */
static void test_params_gated_delta_published(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 2048.0, .vocab = 151936.0, .final_norms = 1.0};
    struct tb_ffn moe = {.gated = true,
                         .n_experts = 512.0,
                         .top_k = 10.0,
                         .d_expert = 512.0,
                         .d_shared = 512.0,
                         .shared_gate = true};
    m.kind[0] = gqa_layer(16.0, 2.0, 256.0, 0.0);
    m.kind[0].attn.gate_width = 4096.0;
    m.kind[0].attn.qk_norm = true;
    m.kind[0].ffn = moe;
    m.kind[1] = (struct tb_layer){.attn = {.kind = TB_ATTN_GATED_DELTA,
                                           .k_heads = 16.0,
                                           .k_dim = 128.0,
                                           .v_heads = 32.0,
                                           .v_dim = 128.0,
                                           .conv_kernel = 4.0,
                                           .extra_vector = 192.0},
                                  .ffn = moe,
                                  .n_norms = 2.0};
    set_layers(&m, 0, 12, 0);
    set_layers(&m, 12, 48, 1);
    assert_exact(count(m).total, 79674391296.0);
    assert_exact(count(m).active, 3874929408.0);
}

/* MiniMax-M1: 70 lightning layers (gate and norm as wide as the heads), 10 of full attention. */
static void test_params_linear_published(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 6144.0, .vocab = 200064.0, .final_norms = 1.0};
    struct tb_ffn moe = {.gated = true, .n_experts = 32.0, .top_k = 2.0, .d_expert = 9216.0};
    m.kind[0] = gqa_layer(64.0, 8.0, 128.0, 0.0);
    m.kind[0].ffn = moe;
    m.kind[1] = (struct tb_layer){.attn = {.kind = TB_ATTN_LINEAR,
                                           .k_heads = 64.0,
                                           .k_dim = 128.0,
                                           .v_heads = 64.0,
                                           .v_dim = 128.0,
                                           .gate_width = 8192.0,
                                           .extra_vector = 8192.0},
                                  .ffn = moe,
                                  .n_norms = 2.0};
    set_layers(&m, 0, 10, 0);
    set_layers(&m, 10, 80, 1);
    assert_exact(count(m).total, 456089655296.0);
    assert_exact(count(m).active, 48403306496.0);
}

/* Nemotron-3-Nano-30B-A3B: 23 Mamba-2, 23 MoE and 6 attention layers; published 31,577,937,344.
 * Vectors of Mamba: conv bias 4096 + 2 x 8 x 128, A_log, D, dt_bias 64 each, norm 4096. The bias
 * that balances its experts is stored as a buffer and not in that sum. */
static void test_params_mamba2_published(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 2688.0, .vocab = 131072.0, .final_norms = 1.0};
    m.kind[0] = (struct tb_layer){.attn = {.kind = TB_ATTN_MAMBA2,
                                           .n_heads = 64.0,
                                           .conv_kernel = 4.0,
                                           .state_dim = 128.0,
                                           .n_groups = 8.0,
                                           .inner_dim = 4096.0,
                                           .extra_vector = 6144.0 + 192.0 + 4096.0},
                                  .n_norms = 1.0};
    m.kind[1] = (struct tb_layer){
        .ffn = {.n_experts = 128.0, .top_k = 6.0, .d_expert = 1856.0, .d_shared = 3712.0},
        .n_norms = 1.0};
    m.kind[2] = gqa_layer(32.0, 2.0, 128.0, 0.0);
    m.kind[2].n_norms = 1.0;
    set_layers(&m, 0, 23, 0);
    set_layers(&m, 23, 46, 1);
    set_layers(&m, 46, 52, 2);
    assert_exact(count(m).total, 31577937344.0);
    assert_exact(count(m).active, 3580073408.0);
}

/* d 10, inner 20, N 3, dt rank 2, 4 taps: in 400, x 20 x (2 + 6) = 160, dt 40, out 200; taps 80 */
static void test_params_mamba1_by_hand(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 10.0};
    m.kind[0].attn = (struct tb_attn){.kind = TB_ATTN_MAMBA1,
                                      .conv_kernel = 4.0,
                                      .state_dim = 3.0,
                                      .inner_dim = 20.0,
                                      .dt_rank = 2.0};
    set_layers(&m, 0, 1, 0);
    assert_exact(count(m).attention, 880.0);
    assert_exact(count(m).matmul_per_token, 800.0);
}

/* GLM-5: 3 dense and 75 MoE layers with sparse attention; published 743,911,218,432 and a module of
 * 9,952,920,576. */
static void test_params_sparse_attention_published(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 6144.0, .vocab = 154880.0, .final_norms = 1.0, .n_mtp = 1.0};
    struct tb_attn dsa = {.kind = TB_ATTN_DSA,
                          .n_heads = 64.0,
                          .head_dim = 256.0,
                          .v_head_dim = 256.0,
                          .q_rank = 2048.0,
                          .kv_rank = 512.0,
                          .rope_dim = 64.0,
                          .index_heads = 32.0,
                          .index_dim = 128.0,
                          .index_topk = 2048.0};
    m.kind[0] = (struct tb_layer){.attn = dsa, .ffn = {.gated = true, .d_ff = 12288.0}};
    m.kind[0].n_norms = 2.0;
    m.kind[1] = (struct tb_layer){.attn = dsa,
                                  .ffn = {.gated = true,
                                          .n_experts = 256.0,
                                          .top_k = 8.0,
                                          .d_expert = 2048.0,
                                          .d_shared = 2048.0,
                                          .router_bias = true},
                                  .n_norms = 2.0};
    set_layers(&m, 0, 3, 0);
    set_layers(&m, 3, 78, 1);
    m.mtp = m.kind[1];
    m.mtp_extra_vector = 3.0 * 6144.0;
    struct tb_params p = count(m);
    assert_exact(p.total, 743911218432.0);
    assert_exact(p.mtp, 9952920576.0);
    assert_exact(p.active, 41784728832.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params_published_totals),
        cmocka_unit_test(test_params_deepseek_v3),
        cmocka_unit_test(test_params_deepseek_v4_pro_by_block),
        cmocka_unit_test(test_params_deepseek_v4_flash_by_block),
        cmocka_unit_test(test_params_softmax_with_everything),
        cmocka_unit_test(test_params_ends),
        cmocka_unit_test(test_params_experts),
        cmocka_unit_test(test_params_mtp_with_own_ends),
        cmocka_unit_test(test_params_gated_delta_published),
        cmocka_unit_test(test_params_linear_published),
        cmocka_unit_test(test_params_mamba2_published),
        cmocka_unit_test(test_params_mamba1_by_hand),
        cmocka_unit_test(test_params_sparse_attention_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
