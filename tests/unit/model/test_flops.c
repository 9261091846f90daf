/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/flops.h"
#include "models.h"
#include "near.h"

static struct tb_flops forward(struct tb_model m, double seq_len, enum tb_keys keys)
{
    const struct tb_lengths lengths = {.seq_len = seq_len};
    struct tb_flops f;
    tb_flops_forward(&m, &lengths, keys, &f);
    return f;
}

static double train(struct tb_model m, double seq_len, bool with_mtp)
{
    const struct tb_lengths lengths = {.seq_len = seq_len};
    return tb_flops_train(&m, &lengths, with_mtp);
}

static void test_flops_train_published(void **state)
{
    (void)state;
    assert_rel(train(gpt3_shape(true), 2048.0, false), 1.061947e12, 1e-5);
    assert_rel(train(llama_405b(), 8192.0, false), 2.523956e12, 1e-5);
    assert_rel(train(llama_405b(), 131072.0, false), 4.045985e12, 1e-5);
    assert_rel(train(deepseek_v3(), 4096.0, false), 2.498121e11, 1e-5);
    assert_rel(train(deepseek_v3(), 4096.0, true), 2.599930e11, 1e-5);
}

struct golden {
    double seq, core, scores, forward, train, train_mtp;
};

static void check_golden(struct tb_model m, const struct golden *g, double linear)
{
    struct tb_flops f = forward(m, g->seq, TB_KEYS_EXACT);
    assert_rel(f.total - f.core - g->scores, linear, 1e-15);
    assert_rel(f.core, g->core, 1e-11); /* at 1M the true mean has a fraction */
    assert_exact(f.total, g->forward);
    assert_exact(3.0 * f.total, g->train);
    assert_exact(3.0 * (f.total + f.mtp), g->train_mtp);
}

static void test_flops_v4_pro_position_by_position(void **state)
{
    (void)state;
    static const struct golden rows[] = {
        {4096, 6165678080.0, 251535360.0, 104115267584.0, 312345802752.0, 323220203520.0},
        {16384, 9600920576.0, 1006510080.0, 108305484800.0, 324916454400.0, 335792025600.0},
        {65536, 11922494720.0, 4026408960.0, 113646957824.0, 340940873472.0, 351816737280.0},
        {131072, 14129751680.0, 8052940800.0, 119880746624.0, 359642239872.0, 370518152448.0},
        {262144, 18353942336.0, 16106004480.0, 132158000960.0, 396474002880.0, 407349939840.0},
        {1048576, 43366020560.0, 64424386560.0, 205488461264.0, 616465383792.0, 627341339040.0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_golden(deepseek_v4_pro(), &rows[i], 97698054144.0);
    }
}

static void test_flops_v4_flash_position_by_position(void **state)
{
    (void)state;
    static const struct golden rows[] = {
        {4096, 1807509504.0, 176074752.0, 28519897088.0, 85559691264.0, 90697457664.0},
        {16384, 2206225920.0, 704557056.0, 29447095808.0, 88341287424.0, 93479639040.0},
        {65536, 2777764224.0, 2818486272.0, 32132563328.0, 96397689984.0, 101536187904.0},
        {131072, 3460223168.0, 5637058560.0, 35633594560.0, 106900783680.0, 112039305984.0},
        {262144, 4808085600.0, 11274203136.0, 42618601568.0, 127855804704.0, 132994339200.0},
        {1048576, 12865413144.0, 45097070592.0, 84498796568.0, 253496389704.0, 258634933344.0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_golden(deepseek_v4_flash(), &rows[i], 26536312832.0);
    }
}

/* DeepSeek's report: at a context of 1M a token of V4-Pro costs 27 % of one of V3.2. */
static void test_flops_at_position(void **state)
{
    (void)state;
    struct tb_flops pro, v32;
    struct tb_model m = deepseek_v4_pro();
    tb_flops_at(&m, 1e6, &pro);
    m = deepseek_v32();
    tb_flops_at(&m, 1e6, &v32);
    assert_rel(pro.total, 294e9, 2e-3);
    assert_rel(v32.total, 1109e9, 1e-2);
    assert_in(pro.total / v32.total, 0.26, 0.275);
    assert_exact(pro.mtp, 0.0);
    /* absorbed: 2 x 128 x (2 x 512 + 64) a key, 2048 keys, 61 layers */
    assert_exact(v32.core, 61.0 * 256.0 * 1088.0 * 2048.0);
}

/* The mean over positions of tb_flops_at is the forward count, where nothing is absorbed. */
static void test_flops_exact_is_the_mean_over_positions(void **state)
{
    (void)state;
    struct tb_model m = deepseek_v4_flash();
    struct tb_flops f;
    double core = 0.0, indexer = 0.0;
    for (int t = 0; t < 2309; t++) {
        tb_flops_at(&m, (double)t, &f);
        core += f.core;
        indexer += f.indexer;
    }
    f = forward(m, 2309.0, TB_KEYS_EXACT);
    assert_rel(core / 2309.0, f.core, 1e-12);
    assert_rel(indexer / 2309.0, f.indexer, 1e-12);
}

/* One layer, 3 heads of 4 and 5, so 2 x 3 x 9 = 54 FLOPs a key; s = 100. */
static struct tb_model one_layer(double window, double chunk)
{
    struct tb_model m = {.d_model = 10.0, .vocab = 7.0};
    m.kind[0] = gqa_layer(3.0, 1.0, 4.0, 11.0);
    m.kind[0].attn.v_head_dim = 5.0;
    m.kind[0].attn.window = window;
    m.kind[0].attn.chunk = chunk;
    set_layers(&m, 0, 1, 0);
    return m;
}

static void test_flops_full_attention_keys(void **state)
{
    (void)state;
    struct tb_model m = one_layer(0.0, 0.0);
    assert_exact(forward(m, 100.0, TB_KEYS_CAUSAL).core, 54.0 * 50.0);
    assert_exact(forward(m, 100.0, TB_KEYS_EXACT).core, 54.0 * 50.5);
    assert_exact(forward(m, 100.0, TB_KEYS_FULL).core, 54.0 * 100.0);
}

/* w = 40: sum over positions 1+2+...+40 + 60 x 40 = 3220. */
static void test_flops_window(void **state)
{
    (void)state;
    struct tb_model m = one_layer(40.0, 0.0);
    assert_rel(forward(m, 100.0, TB_KEYS_EXACT).core, 54.0 * 32.2, 1e-14);
    assert_rel(forward(m, 100.0, TB_KEYS_CAUSAL).core, 54.0 * 32.0, 1e-14);
    assert_rel(forward(m, 100.0, TB_KEYS_FULL).core, 54.0 * 40.0, 1e-14);
    m = one_layer(100.0, 0.0); /* as wide as the row: no discount, no jump */
    assert_rel(forward(m, 100.0, TB_KEYS_CAUSAL).core, 54.0 * 50.0, 1e-14);
    struct tb_flops f;
    m = one_layer(40.0, 0.0);
    tb_flops_at(&m, 99.0, &f);
    assert_exact(f.core, 54.0 * 40.0);
    tb_flops_at(&m, 12.0, &f);
    assert_exact(f.core, 54.0 * 13.0);
}

/* chunks 40, 40, 20: sum of L(L+1)/2 = 820 + 820 + 210 = 1850; squares 3600. */
static void test_flops_chunk(void **state)
{
    (void)state;
    struct tb_model m = one_layer(0.0, 40.0);
    assert_rel(forward(m, 100.0, TB_KEYS_EXACT).core, 54.0 * 18.5, 1e-14);
    assert_rel(forward(m, 100.0, TB_KEYS_CAUSAL).core, 54.0 * 18.0, 1e-14);
    assert_rel(forward(m, 100.0, TB_KEYS_FULL).core, 54.0 * 36.0, 1e-14);
    assert_rel(forward(m, 37.0, TB_KEYS_CAUSAL).core, 54.0 * 18.5, 1e-14);
    struct tb_flops f;
    tb_flops_at(&m, 85.0, &f); /* sixth of the third chunk */
    assert_exact(f.core, 54.0 * 6.0);
    tb_flops_at(&m, 79.0, &f); /* last of the second */
    assert_exact(f.core, 54.0 * 40.0);
}

/* Documents of 20 and 60 tokens: sum L^2 / (2 sum L) = 4000 / 160 = 25 keys. Mean length 40,
 * standard deviation 20, cv 0.5: 40 x 1.25 / 2 = 25. */
static void test_flops_documents(void **state)
{
    (void)state;
    struct tb_model m = one_layer(0.0, 0.0);
    struct tb_lengths lengths = {.seq_len = 8192.0, .mean_doc_len = 40.0, .doc_cv = 0.5};
    struct tb_flops f;
    tb_flops_forward(&m, &lengths, TB_KEYS_CAUSAL, &f);
    assert_exact(f.core, 54.0 * 25.0);
    tb_flops_forward(&m, &lengths, TB_KEYS_EXACT, &f);
    assert_exact(f.core, 54.0 * 25.5);
    lengths.seq_len = 30.0; /* a document cannot be longer than its row */
    tb_flops_forward(&m, &lengths, TB_KEYS_CAUSAL, &f);
    assert_exact(f.core, 54.0 * 15.0);
}

/* d 10. Delta: K 2 x 3 = 6, V 4 x 5 = 20, 4 taps: products 10 x (12 + 40 + 8) + 200 = 800;
 * scan 2 x (4 x (12 + 20) + 4 x 4 x 3 x 5) = 736. */
static void test_flops_gated_delta(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 10.0};
    m.kind[0].attn = (struct tb_attn){.kind = TB_ATTN_GATED_DELTA,
                                      .k_heads = 2.0,
                                      .k_dim = 3.0,
                                      .v_heads = 4.0,
                                      .v_dim = 5.0,
                                      .conv_kernel = 4.0};
    set_layers(&m, 0, 1, 0);
    struct tb_flops f = forward(m, 777.0, TB_KEYS_CAUSAL);
    assert_exact(f.projection, 1600.0);
    assert_exact(f.core, 736.0);
    m.kind[0].attn.kind = TB_ATTN_LINEAR; /* 10 x (12 + 20) + 200; 2 x (128 + 2 x 60) */
    f = forward(m, 777.0, TB_KEYS_CAUSAL);
    assert_exact(f.projection, 1040.0);
    assert_exact(f.core, 496.0);
}

/* Mamba-2, d 10, inner 20, 2 groups, N 3, 5 heads: 2 x 10 x (40 + 12 + 5) + 2 x 200; 7 x 20 x 3. */
static void test_flops_mamba(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 10.0};
    m.kind[0].attn = (struct tb_attn){.kind = TB_ATTN_MAMBA2,
                                      .n_heads = 5.0,
                                      .conv_kernel = 4.0,
                                      .state_dim = 3.0,
                                      .n_groups = 2.0,
                                      .inner_dim = 20.0};
    set_layers(&m, 0, 1, 0);
    struct tb_flops f = forward(m, 777.0, TB_KEYS_FULL);
    assert_exact(f.projection, 1140.0 + 400.0);
    assert_exact(f.core, 420.0);
    m.kind[0].attn.kind = TB_ATTN_MAMBA1;
    m.kind[0].attn.dt_rank = 2.0; /* 2 x (10 x 40 + 20 x 8 + 40 + 200) */
    f = forward(m, 777.0, TB_KEYS_FULL);
    assert_exact(f.projection, 1600.0);
    assert_exact(f.core, 420.0);
}

/* Blocks chosen by an indexer: 6 heads of 40 + 24 see 300 of 1,001 keys, 3 indexer heads of 16 all.
 * Exact means: 300 - 300 x 299 / 2002 = 255.1948..., (1001 + 1) / 2 = 501. */
static void test_flops_block_sparse_softmax(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 96.0, .vocab = 7.0, .n_kinds = 1, .n_layers = 2};
    struct tb_attn *a = &m.kind[0].attn;
    *a = (struct tb_attn){.kind = TB_ATTN_SOFTMAX,
                          .n_heads = 6.0,
                          .n_kv_heads = 2.0,
                          .head_dim = 40.0,
                          .v_head_dim = 24.0,
                          .index_heads = 3.0,
                          .index_dim = 16.0,
                          .index_topk = 300.0};
    struct tb_flops f = forward(m, 1001.0, TB_KEYS_EXACT);
    assert_rel(f.core, 2.0 * 2.0 * 6.0 * 64.0 * (300.0 - 300.0 * 299.0 / 2002.0), 1e-14);
    assert_rel(f.indexer, 2.0 * 2.0 * 3.0 * 16.0 * 501.0, 1e-14);
    a->window = 100.0; /* narrower than the selection: 100 - 100 x 99 / 2002 keys, both times */
    f = forward(m, 1001.0, TB_KEYS_EXACT);
    assert_rel(f.core, 2.0 * 2.0 * 6.0 * 64.0 * (100.0 - 9900.0 / 2002.0), 1e-14);
    assert_rel(f.indexer, 2.0 * 2.0 * 3.0 * 16.0 * (100.0 - 9900.0 / 2002.0), 1e-14);
    a->window = 0.0;
    assert_exact(forward(m, 257.0, TB_KEYS_CAUSAL).core, 2.0 * 2.0 * 6.0 * 64.0 * 257.0 / 2.0);
}

static void test_flops_blocks_and_layers_add_up(void **state)
{
    (void)state;
    struct tb_model m = deepseek_v3();
    const struct tb_lengths lengths = {.seq_len = 4096.0};
    struct tb_flops f = forward(m, 4096.0, TB_KEYS_CAUSAL);
    struct tb_flops dense, moe;
    tb_flops_layer(&m, &m.kind[0], &lengths, TB_KEYS_CAUSAL, &dense);
    tb_flops_layer(&m, &m.kind[1], &lengths, TB_KEYS_CAUSAL, &moe);
    assert_rel(3.0 * dense.total + 58.0 * moe.total + f.head, f.total, 1e-14);
    assert_exact(f.router, 58.0 * 2.0 * 7168.0 * 256.0);
    assert_exact(f.shared, 58.0 * 6.0 * 7168.0 * 2048.0);
    assert_exact(f.mtp, moe.total + 4.0 * 7168.0 * 7168.0 + f.head);
    assert_exact(f.mtp_core, moe.core);
    assert_exact(f.mtp_router, moe.router);
}

static void test_flops_hardware_extras(void **state)
{
    (void)state;
    const struct tb_lengths lengths = {.seq_len = 4096.0};
    struct tb_model m = deepseek_v3();
    struct tb_flops f = forward(m, 4096.0, TB_KEYS_EXACT);
    double base = 3.5 * f.core + 3.0 * (f.total - f.core);
    assert_rel(tb_flops_hardware(&m, &lengths, false, TB_RECOMPUTE_NONE), base, 1e-14);
    assert_rel(tb_flops_hardware(&m, &lengths, false, TB_RECOMPUTE_SELECTIVE), base + f.core,
               1e-14);
    assert_rel(tb_flops_hardware(&m, &lengths, false, TB_RECOMPUTE_FULL), base + f.total - f.head,
               1e-14);
    double with = base + 3.0 * f.mtp + 0.5 * f.mtp_core;
    assert_rel(tb_flops_hardware(&m, &lengths, true, TB_RECOMPUTE_NONE), with, 1e-14);
    assert_rel(tb_flops_hardware(&m, &lengths, true, TB_RECOMPUTE_FULL),
               with + f.total - f.head + f.mtp - f.head, 1e-14);
}

/* Sparse attention is executed over the latent: 1088 instead of 320 a head and key. */
static void test_flops_hardware_absorbs_sparse_attention(void **state)
{
    (void)state;
    const struct tb_lengths lengths = {.seq_len = 4096.0};
    struct tb_model m = deepseek_v32();
    struct tb_flops f = forward(m, 4096.0, TB_KEYS_EXACT);
    double expected = 3.0 * (f.total - f.core) + 3.5 * f.core * 1088.0 / 320.0;
    assert_rel(tb_flops_hardware(&m, &lengths, false, TB_RECOMPUTE_NONE), expected, 1e-13);
}

static void assert_same(const struct tb_flops *a, const struct tb_flops *b)
{
    assert_rel(a->total, b->total, 1e-15);
    assert_rel(a->core, b->core, 1e-15);
    assert_rel(a->projection, b->projection, 1e-15);
    assert_exact(a->head, b->head);
    assert_exact(a->router, b->router);
    assert_exact(a->hyper, b->hyper);
    assert_exact(a->mtp_router, b->mtp_router);
    assert_in(a->indexer, b->indexer * (1.0 - 1e-15), b->indexer * (1.0 + 1e-15));
    assert_in(a->mtp, b->mtp * (1.0 - 1e-15), b->mtp * (1.0 + 1e-15));
}

/* A shape counted once serves every length. */
static void test_flops_of_a_shape(void **state)
{
    (void)state;
    const struct tb_model models[] = {deepseek_v3(), deepseek_v32(), deepseek_v4_pro(),
                                      llama_model(80, 8192.0, 64.0, 28672.0)};
    const double lengths[] = {1.0, 77.0, 4096.0, 131072.5, 1e6};
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        const struct tb_model *m = &models[k];
        struct tb_flops_shape shape;
        tb_flops_shape(m, &shape);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            const struct tb_lengths rows = {
                .seq_len = 2.0 * lengths[i], .mean_doc_len = lengths[i], .doc_cv = 0.3};
            struct tb_flops f;
            struct tb_flops_token token;
            tb_flops_token(&shape, &rows, &token);
            tb_flops_forward(m, &rows, TB_KEYS_CAUSAL, &f);
            assert_same(&token.causal, &f);
            tb_flops_forward(m, &rows, TB_KEYS_EXACT, &f);
            assert_same(&token.exact, &f);
            assert_rel(tb_flops_trained(&token.causal, true), tb_flops_train(m, &rows, true),
                       1e-15);
            assert_rel(tb_flops_executed(m, &token.executed, true, TB_RECOMPUTE_FULL),
                       tb_flops_hardware(m, &rows, true, TB_RECOMPUTE_FULL), 1e-15);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flops_train_published),
        cmocka_unit_test(test_flops_v4_pro_position_by_position),
        cmocka_unit_test(test_flops_v4_flash_position_by_position),
        cmocka_unit_test(test_flops_at_position),
        cmocka_unit_test(test_flops_exact_is_the_mean_over_positions),
        cmocka_unit_test(test_flops_full_attention_keys),
        cmocka_unit_test(test_flops_window),
        cmocka_unit_test(test_flops_chunk),
        cmocka_unit_test(test_flops_documents),
        cmocka_unit_test(test_flops_gated_delta),
        cmocka_unit_test(test_flops_mamba),
        cmocka_unit_test(test_flops_block_sparse_softmax),
        cmocka_unit_test(test_flops_blocks_and_layers_add_up),
        cmocka_unit_test(test_flops_of_a_shape),
        cmocka_unit_test(test_flops_hardware_extras),
        cmocka_unit_test(test_flops_hardware_absorbs_sparse_attention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
