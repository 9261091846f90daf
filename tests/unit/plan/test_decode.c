/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../run/generation.h"
#include "near.h"

static void make(struct tb_decoder *d, struct tb_decode_model *dm, const struct tb_model *m,
                 const struct tb_infer_plan *plan)
{
    struct tb_chip chip = chip_80g();
    struct tb_infer_constants constants = usual_constants();
    tb_decode_count(m, dm);
    assert_int_equal(tb_decoder_init(d, dm, &chip, plan, &constants), TB_OK);
}

/* A layer: q and o 2 x 3584 x 3584, k and v 2 x 3584 x 512, feed-forward 3 x 3584 x 18944:
 * 25,690,112 + 3,670,016 + 203,685,888 = 233,046,016; 28 of them 6,525,288,448; the head
 * 152064 x 3584 = 544,997,376. Read in every step: 7,070,285,824 parameters. */
static void test_count_dense_by_hand(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_decode_model dm;
    tb_decode_count(&m, &dm);
    assert_exact(dm.read, 7070285824.0);
    assert_exact(dm.token_flops, 2.0 * 7070285824.0);
    assert_int_equal(dm.n_pools, 0);
    /* keys and values: 28 x 4 x (128 + 128) = 28,672 elements a token */
    assert_exact(dm.cache_read[6], 28672.0 * 1024.0);
    assert_exact(dm.cache_held[6], 28672.0 * 1024.0);
    /* scores and sum: 28 x 2 x 28 x 256 = 401,408 FLOPs a key */
    assert_rel(dm.attn_flops[3], 401408.0 * 128.0, 1e-12);
}

/* Weights 14,140,571,648 bytes; 37 sequences of 1,500 tokens hold 37 x 1500 x 57,344 bytes =
 * 3,182,592,000; at 0.55 x 3.35e12 bytes/s 9.40200... ms, and 4 ms beside. */
static void test_decode_time_memory_bound_by_hand(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_infer_plan plan = one_chip();
    struct tb_decode_model dm;
    struct tb_decoder d;
    make(&d, &dm, &m, &plan);
    double expected = (14140571648.0 + 37.0 * 1500.0 * 57344.0) / (0.55 * 3.35e12) + 4e-3;
    assert_rel(tb_decode_time(&d, 37.0, 1500.0), expected, 1e-12);
}

/* Three tokens a step at two accepted: weights are read once, products are done three times. */
static void test_speculation_divides_steps_and_multiplies_products(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_infer_plan plan = one_chip();
    plan.draft = 2.0;
    plan.accepted = 1.7;
    struct tb_decode_model dm;
    struct tb_decoder d;
    make(&d, &dm, &m, &plan);
    double few = (14140571648.0 + 900.0 * 57344.0) / (0.55 * 3.35e12) + 4e-3;
    assert_rel(tb_decode_time(&d, 1.0, 900.0), few / 1.7, 1e-12);
    double products = 3.0 * 700.0 * (2.0 * 7070285824.0 + 100.0 * 401408.0) / (0.45 * 989.4e12);
    assert_rel(tb_decode_time(&d, 700.0, 100.0), (products + 4e-3) / 1.7, 1e-12);
}

/* An expert of 128 with 8 chosen is missed by 11 tokens with chance (1 - 1/16)^11 = 0.49165. */
static void test_touched_experts(void **state)
{
    (void)state;
    struct tb_model m = sparse_30b();
    struct tb_decode_model dm;
    tb_decode_count(&m, &dm);
    assert_int_equal(dm.n_pools, 1);
    double experts = 48.0 * 128.0 * 3.0 * 2048.0 * 768.0;
    assert_exact(dm.pool[0].params, experts);
    assert_rel(tb_decode_touched(&dm, 11.0) - dm.read, experts * (1.0 - pow(0.9375, 11.0)), 1e-9);
    assert_rel(tb_decode_touched(&dm, 1.0) - dm.read, experts / 16.0, 1e-9);
    assert_rel(tb_decode_touched(&dm, 1e5), dm.read + experts, 1e-12);
}

static void test_slope_is_the_derivative(void **state)
{
    (void)state;
    struct tb_model m = sparse_30b();
    struct tb_infer_plan plan = one_chip();
    plan.chips = plan.tp = 2.0;
    struct tb_decode_model dm;
    struct tb_decoder d;
    make(&d, &dm, &m, &plan);
    const double batches[] = {1.7, 23.0, 5000.0};
    for (size_t i = 0; i < 3; i++) {
        struct tb_decode_cost cost;
        double slope, b = batches[i], h = 1e-4 * b;
        tb_decode_cost(&d, 777.0, &cost);
        assert_exact(tb_decode_step(&d, b, &cost, &slope), tb_decode_time(&d, b, 777.0));
        double up = tb_decode_time(&d, b + h, 777.0);
        double down = tb_decode_time(&d, b - h, 777.0);
        assert_rel(slope, (up - down) / (2.0 * h), 1e-5);
    }
}

/* A cache of 57,344 bytes a token and 401,408 FLOPs a key grow in proportion from the origin, at
 * the entries of the grid, between them and beyond the last. */
static void test_costs_of_full_attention_grow_in_proportion(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_infer_plan plan = one_chip();
    struct tb_decode_model dm;
    struct tb_decoder d;
    make(&d, &dm, &m, &plan);
    const double contexts[] = {0.0,    3.0,     16.0,      17.0,      32.0,  1023.0,
                               1024.0, 77777.0, 4194304.0, 8388608.0, 3.3e7, 1e9};
    for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) {
        struct tb_decode_cost cost;
        tb_decode_cost(&d, contexts[i], &cost);
        assert_in(cost.bytes, 57344.0 * contexts[i] * (1.0 - 1e-14),
                  57344.0 * contexts[i] * (1.0 + 1e-14));
        assert_rel(cost.flops, 2.0 * 7070285824.0 + 401408.0 * contexts[i], 1e-13);
    }
}

/* Two all-reduces a layer: 56 x 15 us within the server; on 16 chips 56 x 40 us. */
static void test_latency_of_tensor_parallel(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_decode_model dm;
    struct tb_decoder d;
    struct tb_infer_plan plan = one_chip();
    plan.tp = plan.chips = 8.0;
    make(&d, &dm, &m, &plan);
    assert_rel(d.step_fixed, 4e-3 + 56.0 * 15e-6, 1e-12);
    /* 2 x 7/8 x 3584 x 2 bytes at 0.7 x 450 GB/s, 56 times */
    assert_rel(d.token_traffic, 56.0 * 12544.0 / 315e9, 1e-12);
    plan.tp = plan.chips = 16.0;
    make(&d, &dm, &m, &plan);
    assert_rel(d.step_fixed, 4e-3 + 56.0 * 40e-6, 1e-12);
}

/* 64 GB less 15.23 GB of weights (7,615,616,512 parameters with embedding and norms), in sequences
 * of 3,000 x 57,344 bytes. */
static void test_batch_is_limited_by_the_cache(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_infer_plan plan = one_chip();
    struct tb_decode_model dm;
    struct tb_decoder d;
    make(&d, &dm, &m, &plan);
    double expected = (64e9 - 2.0 * dm.stored) / (3000.0 * 57344.0);
    assert_rel(tb_decode_batch(&d, 3000.0), expected, 1e-12);
    assert_in(expected, 283.0, 284.0);
    plan.max_batch = 100.0;
    make(&d, &dm, &m, &plan);
    assert_exact(tb_decode_batch(&d, 3000.0), 100.0);
    plan.reserved = 48.7e9; /* 70 MB are left: not one sequence */
    make(&d, &dm, &m, &plan);
    assert_exact(tb_decode_batch(&d, 3000.0), 0.0);
}

static void test_unknown_bandwidth_is_refused(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_chip chip = chip_80g();
    struct tb_infer_plan plan = one_chip();
    struct tb_infer_constants constants = usual_constants();
    struct tb_decode_model dm;
    struct tb_decoder d;
    chip.memory_bandwidth = NAN;
    tb_decode_count(&m, &dm);
    assert_int_equal(tb_decoder_init(&d, &dm, &chip, &plan, &constants), TB_E_ANSWER);
}

/* 61.0 GB with room for 1.5 times that: 91.6 GB need two chips of 64 usable. */
static void test_chips_of_a_replica(void **state)
{
    (void)state;
    struct tb_model m = sparse_30b();
    struct tb_chip chip = chip_80g();
    struct tb_infer_plan plan = one_chip();
    struct tb_decode_model dm;
    tb_decode_count(&m, &dm);
    assert_exact(tb_infer_chips(&dm, &chip, &plan, 1.5), 2.0);
    assert_exact(tb_infer_chips(&dm, &chip, &plan, 2.2), 4.0);
    plan.reserved = 64e9;
    assert_true(isnan(tb_infer_chips(&dm, &chip, &plan, 1.5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count_dense_by_hand),
        cmocka_unit_test(test_decode_time_memory_bound_by_hand),
        cmocka_unit_test(test_speculation_divides_steps_and_multiplies_products),
        cmocka_unit_test(test_touched_experts),
        cmocka_unit_test(test_slope_is_the_derivative),
        cmocka_unit_test(test_costs_of_full_attention_grow_in_proportion),
        cmocka_unit_test(test_latency_of_tensor_parallel),
        cmocka_unit_test(test_batch_is_limited_by_the_cache),
        cmocka_unit_test(test_unknown_bandwidth_is_refused),
        cmocka_unit_test(test_chips_of_a_replica),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
