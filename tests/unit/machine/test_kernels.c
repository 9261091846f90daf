/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "machine/kernels.h"
#include "near.h"

static struct tb_device device(void)
{
    /* 700 TFLOP/s sustained, 2.6 TB/s sustained, A = 240. */
    return (struct tb_device){.flops16 = 700e12,
                              .flops_low = 1300e12,
                              .peak16 = 989.4e12,
                              .bandwidth = 2.6e12,
                              .raw_bandwidth = 3.35e12,
                              .half = 240.0,
                              .grouped = 0.8,
                              .grouped_low = 0.7,
                              .grouped_half = 190.0,
                              .bytes_low = 1.0,
                              .cast_bytes = 4.0};
}

static void test_gemm_follows_the_curve(void **state)
{
    (void)state;
    struct tb_device d = device();
    /* 2 x (4096+240) x (5120+240) x (7168+240) / 700e12 + 3e-6
     * = 2 x 4336 x 5360 x 7408 / 700e12 + 3e-6 = 4.919115e-4 + 3e-6 */
    assert_rel(tb_gemm_time(&d, 4096, 5120, 7168, false), 4.949115e-4, 1e-6);
}

static void test_gemm_is_bound_by_memory_when_thin(void **state)
{
    (void)state;
    struct tb_device d = device();
    d.half = 0.0;
    /* One row: bytes = 2 (1x8192 + 8192x8192) + 2x8192 = 134 250 496 B over 2.6e12. */
    assert_rel(tb_gemm_time(&d, 1, 8192, 8192, false), 134250496.0 / 2.6e12 + 3e-6, 1e-12);
    /* In eight bits the operands are half as large: 67 117 056 + 16 384 B. */
    assert_rel(tb_gemm_time(&d, 1, 8192, 8192, true), 67133440.0 / 2.6e12 + 3e-6, 1e-12);
}

static void test_gemm_reaches_the_plain_roofline_when_large(void **state)
{
    (void)state;
    struct tb_device d = device();
    double n = 3e6;
    assert_rel(tb_gemm_time(&d, n, n, n, false), 2.0 * n * n * n / 700e12, 3e-4);
}

static void test_grouped_gemm_pays_for_few_rows(void **state)
{
    (void)state;
    struct tb_device d = device();
    /* 32 groups of 130 rows: 2 x 32 x (130+190) x (4096+240) x (1536+240) / (1300e12 x 0.7)
     * = 64 x 320 x 4336 x 1776 / 0.91e15 = 1.733089e-4; bytes: 32 x (130x1536 + 1536x4096 +
     * 2x130x4096) = 241 795 072 B, 9.2998e-5 s, which is less. */
    assert_rel(tb_grouped_gemm_time(&d, 130, 32, 4096, 1536, true), 1.733089e-4 + 3e-6, 1e-6);
    /* In 16 bits: the same products over 700e12 x 0.8. */
    assert_rel(tb_grouped_gemm_time(&d, 130, 32, 4096, 1536, false),
               64.0 * 320 * 4336 * 1776 / 560e12 + 3e-6, 1e-9);
}

static void test_attention_at_the_reference_head(void **state)
{
    (void)state;
    struct tb_device d = device();
    struct tb_perf perf;
    tb_perf_start(&perf);
    perf.attn_forward = 0.55;
    perf.attn_backward = 0.44;
    perf.attn_slowness = 1.1;
    struct tb_attn_work w = {.flops = 3e12,
                             .heads = 32,
                             .sequences = 2,
                             .queries = 8192,
                             .keys = 8192,
                             .width = 128,
                             .fused = true};
    /* tiles 32 x 2 x 64 = 4096: 4096/4120; keys 8192/8448; head share 1.
     * 1.1 x 3e12 / (989.4e12 x 0.55 x 0.994175 x 0.969697) = 6.290404e-3 */
    assert_rel(tb_attn_forward_time(&d, &perf, &w), 6.290404e-3 + 3e-6, 1e-5);
    /* backward: 2.5 x at 0.44: x 2.5 x 0.55 / 0.44 = 3.125 */
    assert_rel(tb_attn_backward_time(&d, &perf, &w), 3.125 * 6.290404e-3 + 6e-6, 1e-5);
    w.flops = 0.0;
    assert_exact(tb_attn_forward_time(&d, &perf, &w), 0.0);
}

static void test_attention_unfused_moves_the_scores(void **state)
{
    (void)state;
    struct tb_device d = device();
    struct tb_perf perf;
    tb_perf_start(&perf);
    perf.attn_slowness = 1.0;
    d.half = 0.0;
    struct tb_attn_work w = {.flops = 1.0,
                             .heads = 12,
                             .sequences = 1,
                             .queries = 2048,
                             .keys = 2048,
                             .width = 128,
                             .fused = false};
    /* scores 12 x 2048^2 = 50 331 648; products 2 x 2 x 50 331 648 x 128 / 700e12 = 3.68141e-5;
     * traffic 11 x 50 331 648 / 2.6e12 = 2.129416e-4; five launches. */
    assert_rel(tb_attn_forward_time(&d, &perf, &w), 3.68141e-5 + 2.129416e-4 + 15e-6, 1e-5);
}

static void test_device_needs_the_peak_of_its_mode(void **state)
{
    (void)state;
    struct tb_device d;
    struct tb_perf perf;
    struct tb_chip chip = {.memory_bandwidth = 2.039e12};
    tb_perf_start(&perf);
    for (int i = 0; i < TB_DTYPE_COUNT; i++)
        chip.peak[i] = (double)NAN;
    chip.peak[TB_BF16] = 312e12;
    assert_true(tb_device_init(&d, &chip, &perf, TB_GEMM_16, 1.0));
    assert_rel(d.flops16, 312e12 * perf.gemm16, 1e-15);
    assert_false(tb_device_init(&d, &chip, &perf, TB_GEMM_FP8, 1.0));
    /* Two dies share peak and bandwidth evenly. */
    assert_true(tb_device_init(&d, &chip, &perf, TB_GEMM_16, 2.0));
    assert_rel(d.flops16, 156e12 * perf.gemm16, 1e-15);
    assert_rel(d.raw_bandwidth, 1.0195e12, 1e-15);
}

static void test_modes_have_names(void **state)
{
    (void)state;
    enum tb_gemm_mode mode;
    for (int i = 0; i < TB_GEMM_MODE_COUNT; i++) {
        assert_true(tb_gemm_mode_find(tb_gemm_mode_id((enum tb_gemm_mode)i), &mode));
        assert_int_equal(mode, i);
    }
    assert_false(tb_gemm_mode_find("fp7", &mode));
    assert_null(tb_gemm_mode_id(TB_GEMM_MODE_COUNT));
}

static void test_perf_starts_inside_its_bounds(void **state)
{
    (void)state;
    for (int i = 0; i < TB_PERF_COUNT; i++) {
        const struct tb_perf_info *p = tb_perf_info((enum tb_perf_id)i);
        assert_true(p->low < p->start && p->start < p->high && p->low > 0.0 && p->spread > 0.0);
    }
    assert_null(tb_perf_info(TB_PERF_COUNT));
    struct tb_perf perf;
    struct tb_chip chip = {.memory_bandwidth = 8e12};
    chip.peak[TB_BF16] = 2516.6e12;
    chip.matmul[TB_BF16] = 1565e12;
    tb_perf_start_for(&perf, &chip);
    /* 0.75 x 1565 / 2516.6 */
    assert_rel(perf.gemm16, 0.466403, 1e-5);
    assert_true(tb_perf_start_is_measured(&chip, TB_PERF_ID_gemm16));
    assert_true(tb_perf_start_is_measured(&chip, TB_PERF_ID_gemm8));
    assert_false(tb_perf_start_is_measured(&chip, TB_PERF_ID_gemm4));
    chip.matmul[TB_BF16] = (double)NAN;
    assert_false(tb_perf_start_is_measured(&chip, TB_PERF_ID_gemm16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm_follows_the_curve),
        cmocka_unit_test(test_gemm_is_bound_by_memory_when_thin),
        cmocka_unit_test(test_gemm_reaches_the_plain_roofline_when_large),
        cmocka_unit_test(test_grouped_gemm_pays_for_few_rows),
        cmocka_unit_test(test_attention_at_the_reference_head),
        cmocka_unit_test(test_attention_unfused_moves_the_scores),
        cmocka_unit_test(test_device_needs_the_peak_of_its_mode),
        cmocka_unit_test(test_modes_have_names),
        cmocka_unit_test(test_perf_starts_inside_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
