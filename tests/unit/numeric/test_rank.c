/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "numeric/rank.h"

static void test_rank_shares_ties_and_orders_signs(void **state)
{
    static const double values[] = {3.5, -2.0, 0.0, 3.5, -0.0, 1e300, -1e300, 3.5, 5e-324};
    static const double expected[] = {7.0, 2.0, 3.5, 7.0, 3.5, 9.0, 1.0, 7.0, 5.0};
    double ranks[9];
    struct tb_rank_entry work[18];
    (void)state;
    assert_int_equal(tb_rank(values, 9, ranks, work), TB_OK);
    for (size_t i = 0; i < 9; i++)
        assert_exact(ranks[i], expected[i]);
}

static void test_rank_of_few(void **state)
{
    static const double same[] = {2.385, 2.385, 2.385};
    double ranks[3];
    struct tb_rank_entry work[6];
    (void)state;
    assert_int_equal(tb_rank(same, 3, ranks, work), TB_OK);
    assert_exact(ranks[0], 2.0);
    assert_exact(ranks[2], 2.0);
    assert_int_equal(tb_rank(same, 1, ranks, work), TB_OK);
    assert_exact(ranks[0], 1.0);
    assert_int_equal(tb_rank(same, 0, ranks, work), TB_OK);
}

static void test_rank_refuses_what_has_no_order(void **state)
{
    static const double values[] = {1.0, NAN};
    double ranks[2];
    struct tb_rank_entry work[4];
    (void)state;
    assert_int_equal(tb_rank(values, 2, ranks, work), TB_E_INPUT);
}

static void test_rank_of_infinite_values(void **state)
{
    static const double values[] = {INFINITY, 1.0, -INFINITY, INFINITY};
    static const double expected[] = {3.5, 2.0, 1.0, 3.5};
    double ranks[4];
    struct tb_rank_entry work[8];
    (void)state;
    assert_int_equal(tb_rank(values, 4, ranks, work), TB_OK);
    for (size_t i = 0; i < 4; i++)
        assert_exact(ranks[i], expected[i]);
}

/* Against GSL's own Spearman on two related series with ties. */
static void test_correlation_of_ranks_is_spearman(void **state)
{
    enum { N = 997 };
    static double a[N], b[N], rank_a[N], rank_b[N], gsl_work[2 * N];
    static struct tb_rank_entry work[2 * N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        a[i] = sin(12.9898 * (double)i) * 43.7;
        b[i] = floor(a[i] * fabs(a[i]) * 0.01) + 9.0 * cos(7.1 * (double)i);
        b[i] = floor(b[i]);
    }
    assert_int_equal(tb_rank(a, N, rank_a, work), TB_OK);
    assert_int_equal(tb_rank(b, N, rank_b, work), TB_OK);
    double expected = gsl_stats_spearman(a, 1, b, 1, N, gsl_work);
    assert_in(expected, 0.3, 0.95);
    assert_rel(tb_correlation(rank_a, rank_b, N), expected, 1e-12);
}

/* x = 1 2 4, y = 3 1 8.5: deviations (-4/3, -1/3, 5/3) and (-7/6, -19/6, 13/3);
 * sums: xy = 28/18 + 19/18 + 65/9 = 177/18, xx = 42/9, yy = 49/36 + 361/36 + 676/36 = 1086/36. */
static void test_correlation_by_hand(void **state)
{
    static const double x[] = {1.0, 2.0, 4.0};
    static const double y[] = {3.0, 1.0, 8.5};
    static const double falling[] = {10.0, 8.0, 4.0};
    static const double constant[] = {0.1, 0.1, 0.1};
    (void)state;
    assert_rel(tb_correlation(x, y, 3), 177.0 / 18.0 / sqrt(42.0 / 9.0 * 1086.0 / 36.0), 1e-14);
    assert_rel(tb_correlation(x, falling, 3), -1.0, 1e-15);
    assert_exact(tb_correlation(x, constant, 3), 0.0);
    assert_exact(tb_correlation(x, y, 1), 0.0);
    assert_exact(tb_correlation(x, y, 0), 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rank_shares_ties_and_orders_signs),
        cmocka_unit_test(test_rank_of_few),
        cmocka_unit_test(test_rank_refuses_what_has_no_order),
        cmocka_unit_test(test_rank_of_infinite_values),
        cmocka_unit_test(test_correlation_of_ranks_is_spearman),
        cmocka_unit_test(test_correlation_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
