/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "run/lengths.h"

/* With a cap far away, sigma^2 = ln(1 + 0.49) = 0.398776 and mu = ln 710 - 0.199388. */
static void test_far_cap_changes_nothing(void **state)
{
    (void)state;
    struct tb_responses r;
    assert_int_equal(tb_responses_make(&r, 710.0, 1e9, 0.7), TB_OK);
    assert_rel(r.sigma * r.sigma, 0.39877611995, 1e-10);
    assert_rel(r.mu, log(710.0) - 0.19938805998, 1e-10);
    assert_rel(r.square, 710.0 * 710.0 * 1.49, 1e-9);
    assert_rel(tb_responses_quantile(&r, 0.5), exp(r.mu), 1e-10);
}

/* The mean after the cap is the one stated: sum the survival in small steps. */
static void test_stated_mean_holds_after_the_cap(void **state)
{
    (void)state;
    const double means[] = {701.0, 1300.0, 1533.0};
    for (size_t i = 0; i < 3; i++) {
        struct tb_responses r;
        assert_int_equal(tb_responses_make(&r, means[i], 1536.0, 0.9), TB_OK);
        double sum = 0.0, square = 0.0;
        for (int k = 0; k < 15360; k++) {
            double x = 0.1 * (k + 0.5);
            sum += 0.1 * tb_responses_longer(&r, x);
            square += 0.2 * x * tb_responses_longer(&r, x);
        }
        assert_rel(sum, means[i], 1e-6);
        assert_rel(square, r.square, 1e-6);
        assert_rel(tb_responses_until(&r, 1536.0), means[i], 1e-12);
        assert_rel(tb_responses_until(&r, 1535.999999), means[i], 1e-6);
    }
}

static void test_quantiles_invert_the_survival(void **state)
{
    (void)state;
    struct tb_responses r;
    tb_responses_make(&r, 3203.0, 40960.0, 1.3);
    const double p[] = {1e-7, 0.013, 0.37, 0.5, 0.81, 0.993};
    for (size_t i = 0; i < 6; i++) {
        double x = tb_responses_quantile(&r, p[i]);
        assert_rel(1.0 - tb_responses_longer(&r, x), p[i], 1e-8);
    }
    assert_exact(tb_responses_quantile(&r, 0.9999999), 40960.0);
}

/* E[max of n] / mean as tabulated for uncapped lognormals: 2.8 (cv 0.5, n 64), 5.8 (0.7, 512),
 * 9.4 (1.0, 512), 37 (1.5, 8192). Exactly for n = 1: the mean. */
static void test_longest_of_n(void **state)
{
    (void)state;
    struct tb_responses r;
    tb_responses_make(&r, 1.0, 1e9, 0.5);
    assert_in(tb_responses_longest(&r, 64.0), 2.75, 2.85);
    tb_responses_make(&r, 1.0, 1e9, 0.7);
    assert_in(tb_responses_longest(&r, 512.0), 5.7, 5.95);
    assert_rel(tb_responses_longest(&r, 1.0), 1.0, 2e-4);
    tb_responses_make(&r, 1.0, 1e9, 1.0);
    assert_in(tb_responses_longest(&r, 512.0), 9.3, 9.7);
    tb_responses_make(&r, 1.0, 1e9, 1.5);
    assert_in(tb_responses_longest(&r, 8192.0), 36.0, 39.0);
    tb_responses_make(&r, 5713.0, 8192.0, 0.7);
    assert_rel(tb_responses_longest(&r, 512.0), 8192.0, 1e-9);
}

/* Mean of two: E[max] = mean + Gini mean difference / 2 = m (1 + erf(sigma / 2)). */
static void test_longest_of_two_in_closed_form(void **state)
{
    (void)state;
    struct tb_responses r;
    tb_responses_make(&r, 300.0, 1e12, 0.7);
    assert_rel(tb_responses_longest(&r, 2.0), 300.0 * (1.0 + erf(0.5 * r.sigma)), 2e-4);
}

static void test_mean_at_the_cap_is_one_length(void **state)
{
    (void)state;
    struct tb_responses r;
    assert_int_equal(tb_responses_make(&r, 256.0, 256.0, NAN), TB_OK);
    assert_exact(r.sigma, 0.0);
    assert_exact(tb_responses_longer(&r, 255.0), 1.0);
    assert_exact(tb_responses_longer(&r, 256.0), 0.0);
    assert_exact(tb_responses_until(&r, 77.0), 77.0);
    assert_exact(tb_responses_longest(&r, 999.0), 256.0);
    assert_exact(r.square, 65536.0);
}

static void test_impossible_lengths_are_refused(void **state)
{
    (void)state;
    struct tb_responses r;
    assert_int_equal(tb_responses_make(&r, 900.0, 899.0, 0.7), TB_E_INPUT);
    assert_int_equal(tb_responses_make(&r, 900.0, 2000.0, 0.0), TB_E_INPUT);
    assert_int_equal(tb_responses_make(&r, 0.0, 2000.0, 0.7), TB_E_INPUT);
    assert_int_equal(tb_responses_make(&r, NAN, 2000.0, 0.7), TB_E_INPUT);
    assert_int_equal(tb_responses_make(&r, 900.0, INFINITY, 0.7), TB_E_INPUT);
    const double falling[] = {3.0, 2.0};
    assert_int_equal(tb_responses_table(&r, falling, 2), TB_E_INPUT);
    assert_int_equal(tb_responses_table(&r, falling, 0), TB_E_INPUT);
}

/* 2, 3, 7, 12: mean 6, squares 206 / 4; the longest of two draws with replacement is 12 in 7 of 16,
 * 7 in 5, 3 in 3, 2 in 1: (84 + 35 + 9 + 2) / 16. */
static void test_table_of_lengths(void **state)
{
    (void)state;
    const double lengths[] = {2.0, 3.0, 7.0, 12.0};
    struct tb_responses r;
    assert_int_equal(tb_responses_table(&r, lengths, 4), TB_OK);
    assert_exact(r.mean, 6.0);
    assert_exact(r.cap, 12.0);
    assert_exact(r.square, 51.5);
    assert_exact(tb_responses_longer(&r, 3.0), 0.5);
    assert_exact(tb_responses_until(&r, 5.0), 3.75);
    assert_exact(tb_responses_quantile(&r, 0.6), 7.0);
    assert_rel(tb_responses_longest(&r, 2.0), 130.0 / 16.0, 1e-14);
}

/* Of a lognormal far below its cap and one that reaches it, of one length and of a table. */
static void test_bins_end_where_single_lengths_do(void **state)
{
    (void)state;
    static const double lengths[] = {2.0, 3.0, 7.0, 12.0};
    struct tb_responses r[4];
    const double widths[] = {9.7, 160.0, 17.0, 0.2};
    tb_responses_make(&r[0], 710.0, 1e9, 0.7);
    tb_responses_make(&r[1], 3203.0, 8192.0, 1.9);
    tb_responses_make(&r[2], 1000.0, 1000.0, NAN);
    tb_responses_table(&r[3], lengths, 4);
    for (size_t k = 0; k < sizeof r / sizeof *r; k++) {
        double until[TB_LENGTH_BINS];
        tb_responses_until_bins(&r[k], widths[k], until);
        for (int i = 0; i < TB_LENGTH_BINS; i++)
            assert_rel(until[i], tb_responses_until(&r[k], widths[k] * (i + 1)), 1e-13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_far_cap_changes_nothing),
        cmocka_unit_test(test_stated_mean_holds_after_the_cap),
        cmocka_unit_test(test_quantiles_invert_the_survival),
        cmocka_unit_test(test_longest_of_n),
        cmocka_unit_test(test_longest_of_two_in_closed_form),
        cmocka_unit_test(test_mean_at_the_cap_is_one_length),
        cmocka_unit_test(test_impossible_lengths_are_refused),
        cmocka_unit_test(test_table_of_lengths),
        cmocka_unit_test(test_bins_end_where_single_lengths_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
