/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "near.h"
#include "numeric/hash.h"
#include "numeric/sobol.h"

static double *filled(const char *const *names, size_t d, size_t n, size_t shifts, uint64_t seed)
{
    const struct tb_point_set set = {n, d, names, shifts, n, seed};
    double *u = calloc(n * d, sizeof *u);
    assert_non_null(u);
    assert_int_equal(tb_points_fill(&set, u), TB_OK);
    return u;
}

/* Published test vectors of FNV-1a 64. */
static void test_hash_is_fnv1a(void **state)
{
    (void)state;
    assert_true(tb_hash("") == UINT64_C(0xcbf29ce484222325));
    assert_true(tb_hash("a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(tb_hash("foobar") == UINT64_C(0x85944171f73967e8));
}

static void test_stream_seed_depends_on_seed_and_name(void **state)
{
    (void)state;
    assert_true(tb_stream_seed(1, "tokens") != tb_stream_seed(2, "tokens"));
    assert_true(tb_stream_seed(1, "tokens") != tb_stream_seed(1, "mfu"));
    assert_true(tb_stream_seed(0, "") != 0);
}

/* 4,096 points in 16 blocks of 256 = 2^8: each dimension of a block is a shifted grid of 256 steps,
 * so that every interval of 1/256 holds 15 to 17 of all points, where chance would leave 16 +- 4.
 */
static void test_points_fill_every_interval_evenly(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    enum { N = 4096, D = 7, CELLS = 256 };
    double *u = filled(names, D, N, 16, 20261122);
    (void)state;
    for (size_t k = 0; k < D; k++) {
        int count[CELLS] = {0};
        double sum = 0.0;
        for (size_t i = 0; i < N; i++) {
            assert_true(u[k * N + i] > 0.0 && u[k * N + i] < 1.0);
            count[(size_t)(u[k * N + i] * CELLS)]++;
            sum += u[k * N + i];
        }
        assert_in(sum / N, 0.499, 0.501); /* chance alone: 0.5 +- 0.0045 */
        for (size_t c = 0; c < CELLS; c++)
            assert_in(count[c], 14, 18);
    }
    free(u);
}

/* In two dimensions 256 Sobol points put exactly one point into each of 16 x 16 boxes; shifted,
 * the mean of x y is far nearer to 1/4 than the 0.22/64 = 0.0035 of 4,096 random points. */
static void test_points_integrate_a_product(void **state)
{
    static const char *const names[] = {"peak", "tokens"};
    double *u = filled(names, 2, 4096, 16, 7);
    double sum = 0.0;
    (void)state;
    for (size_t i = 0; i < 4096; i++)
        sum += u[i] * u[4096 + i];
    assert_in(sum / 4096 - 0.25, -4e-4, 4e-4);
    free(u);
}

static void test_points_of_an_input_outlive_new_inputs(void **state)
{
    static const char *const names[] = {"peak", "tokens", "mfu"};
    enum { N = 300 };
    double *two = filled(names, 2, N, 8, 99);
    double *three = filled(names, 3, N, 8, 99);
    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < 2; k++)
            assert_exact(three[k * N + i], two[k * N + i]);
    free(two);
    free(three);
}

static void test_points_repeat_under_a_seed_and_differ_under_another(void **state)
{
    static const char *const names[] = {"peak"};
    double *a = filled(names, 1, 100, 4, 0);
    double *b = filled(names, 1, 100, 4, 0);
    double *c = filled(names, 1, 100, 4, 4357); /* GSL itself would take both seeds for one */
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        assert_exact(a[i], b[i]);
        assert_true(a[i] != c[i]);
    }
    free(a);
    free(b);
    free(c);
}

static void test_points_when_blocks_are_uneven(void **state)
{
    static const char *const names[] = {"x"};
    (void)state;
    /* blocks of 3, 3, 4: [0,3) [3,6) [6,10); the second point of a block is half a turn on */
    double *u = filled(names, 1, 10, 3, 5);
    static const size_t first[] = {0, 3, 6};
    for (size_t r = 0; r < 3; r++)
        assert_in(fabs(fabs(u[first[r] + 1] - u[first[r]]) - 0.5), 0.0, 1e-15);
    free(u);
    u = filled(names, 1, 1, 1, 5);
    assert_in(u[0], 1e-12, 1.0 - 1e-12);
    free(u);
}

/* GSL's Sobol generator returns wrong points beyond 40 dimensions without saying so. */
static void test_points_beyond_40_dimensions_are_independent(void **state)
{
    enum { D = 43, N = 2000 };
    char texts[D][8];
    const char *names[D];
    (void)state;
    for (size_t k = 0; k < D; k++) {
        snprintf(texts[k], sizeof texts[k], "in%zu", k);
        names[k] = texts[k];
    }
    double *u = filled(names, D, N, 16, 3);
    double *fewer = filled(names, 41, N, 16, 3);
    for (size_t k = 0; k < D; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < N; i++) {
            assert_true(u[k * N + i] > 0.0 && u[k * N + i] < 1.0);
            sum += u[k * N + i];
        }
        assert_in(sum / N, 0.5 - 5 * 0.00646, 0.5 + 5 * 0.00646); /* 0.2887 / sqrt(2000) */
    }
    assert_exact(fewer[40 * N + 17], u[40 * N + 17]);
    free(u);
    free(fewer);
    u = filled(names, TB_SOBOL_DIMENSIONS, 64, 1, 3);
    free(u);
}

static void test_points_fill_refuses(void **state)
{
    static const char *const names[] = {"x", "y", "x"};
    static const struct tb_point_set bad[] = {
        {0, 1, names, 1, 8, 1}, {8, 0, names, 1, 8, 1}, {8, 1, names, 0, 8, 1},
        {8, 1, names, 9, 8, 1}, {8, 1, names, 1, 7, 1}, {8, 3, names, 1, 8, 1}, /* one name twice */
    };
    double u[24];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(tb_points_fill(&bad[i], u), TB_E_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_is_fnv1a),
        cmocka_unit_test(test_stream_seed_depends_on_seed_and_name),
        cmocka_unit_test(test_points_fill_every_interval_evenly),
        cmocka_unit_test(test_points_integrate_a_product),
        cmocka_unit_test(test_points_of_an_input_outlive_new_inputs),
        cmocka_unit_test(test_points_repeat_under_a_seed_and_differ_under_another),
        cmocka_unit_test(test_points_when_blocks_are_uneven),
        cmocka_unit_test(test_points_beyond_40_dimensions_are_independent),
        cmocka_unit_test(test_points_fill_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
