/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "near.h"
#include "numeric/dist.h"

static struct tb_sampling made(enum tb_dist dist, double value, double low, double high,
                               bool bounds)
{
    const struct tb_belief belief = {dist, value, low, high, bounds};
    struct tb_sampling sampling;
    assert_int_equal(tb_sampling_make(&sampling, &belief), TB_OK);
    return sampling;
}

static double at(enum tb_dist dist, double u)
{
    struct tb_sampling s = made(dist, 10.5e6, 7.6e6, 24.1e6, false);
    return tb_sampling_at(&s, u);
}

static void test_sampling_at_meets_p5_median_p95(void **state)
{
    (void)state;
    assert_rel(at(TB_DIST_LOGNORMAL, 0.05), 7.6e6, 1e-12);
    assert_rel(at(TB_DIST_LOGNORMAL, 0.5), 10.5e6, 1e-15);
    assert_rel(at(TB_DIST_LOGNORMAL, 0.95), 24.1e6, 1e-12);
    assert_rel(at(TB_DIST_NORMAL, 0.05), 7.6e6, 1e-12);
    assert_rel(at(TB_DIST_NORMAL, 0.5), 10.5e6, 1e-15);
    assert_rel(at(TB_DIST_NORMAL, 0.95), 24.1e6, 1e-12);
    assert_rel(at(TB_DIST_TRIANGULAR, 0.05), 7.6e6, 1e-10);
    assert_rel(at(TB_DIST_TRIANGULAR, 0.95), 24.1e6, 1e-10);
    assert_rel(at(TB_DIST_PERT, 0.05), 7.6e6, 1e-8);
    assert_rel(at(TB_DIST_PERT, 0.95), 24.1e6, 1e-8);
    assert_rel(at(TB_DIST_UNIFORM, 0.05), 7.6e6, 1e-12);
    assert_rel(at(TB_DIST_UNIFORM, 0.95), 24.1e6, 1e-12);
    assert_rel(at(TB_DIST_LOGUNIFORM, 0.05), 7.6e6, 1e-12);
    assert_rel(at(TB_DIST_LOGUNIFORM, 0.95), 24.1e6, 1e-12);
    assert_exact(at(TB_DIST_EXACT, 0.05), 10.5e6);
}

/* One sigma above the median is probability 0.841344746068543. Upper half of the lognormal:
 * sigma = ln(24.1/10.5)/1.6448536269514722 = 0.830837/1.6448536 = 0.505113; value 10.5e6 e^sigma.
 * Uniform without bounds: [7.6 - 16.5/18, 24.1 + 16.5/18] = [6.683333, 25.016667] million. */
static void test_sampling_at_between(void **state)
{
    (void)state;
    double sigma = log(24.1 / 10.5) / 1.6448536269514722;
    assert_rel(sigma, 0.505113, 1e-6);
    assert_rel(at(TB_DIST_LOGNORMAL, 0.841344746068543), 10.5e6 * exp(sigma), 1e-12);
    assert_rel(at(TB_DIST_NORMAL, 0.158655253931457), 10.5e6 - 2.9e6 / 1.6448536269514722, 1e-12);
    assert_rel(at(TB_DIST_UNIFORM, 0.3), 6.683333333333333e6 + 0.3 * 18.333333333333333e6, 1e-12);
}

/* Triangle on [2, 12] with mode 5: the mode splits the area 0.3 : 0.7.
 * u = 0.12: 2 + sqrt(0.12 x 10 x 3) = 2 + sqrt(3.6); u = 0.58: 12 - sqrt(0.42 x 10 x 7). */
static void test_sampling_at_triangle_with_bounds(void **state)
{
    struct tb_sampling s = made(TB_DIST_TRIANGULAR, 5.0, 2.0, 12.0, true);
    (void)state;
    assert_rel(tb_sampling_at(&s, 0.12), 2.0 + sqrt(3.6), 1e-14);
    assert_rel(tb_sampling_at(&s, 0.3), 5.0, 1e-14);
    assert_rel(tb_sampling_at(&s, 0.58), 12.0 - sqrt(29.4), 1e-14);
}

/* PERT on [0, 1] with mode 0 is beta(1, 5): 1 - (1-x)^5 = u. With mode in the middle it is
 * symmetric. */
static void test_sampling_at_pert_with_bounds(void **state)
{
    struct tb_sampling s = made(TB_DIST_PERT, 0.0, 0.0, 1.0, true);
    (void)state;
    assert_rel(tb_sampling_at(&s, 0.37), 1.0 - pow(0.63, 0.2), 1e-10);
    s = made(TB_DIST_PERT, 7.5, 4.0, 11.0, true);
    assert_rel(tb_sampling_at(&s, 0.5), 7.5, 1e-10);
    assert_rel(tb_sampling_at(&s, 0.17) + tb_sampling_at(&s, 0.83), 15.0, 1e-10);
}

static void test_sampling_at_never_passes_bounds_and_never_falls(void **state)
{
    (void)state;
    for (int dist = TB_DIST_LOGNORMAL; dist <= TB_DIST_LOGUNIFORM; dist++) {
        for (int bounds = 0; bounds < 2; bounds++) {
            struct tb_sampling s = made((enum tb_dist)dist, 0.36, 0.21, 0.44, bounds != 0);
            double before = -INFINITY;
            for (double u = 1e-10; u < 1.0; u += 0.00173) {
                double x = tb_sampling_at(&s, u);
                assert_true(isfinite(x) && x >= before);
                if (bounds)
                    assert_in(x, 0.21, 0.44);
                before = x;
            }
            /* the tails do leave [P5, P95] where they may */
            assert_true(bounds ||
                        (tb_sampling_at(&s, 0.01) < 0.21 && tb_sampling_at(&s, 0.99) > 0.44));
        }
    }
}

/* The truncated halves: at two sigma, tail 0.02275; the median stays the stated value. */
static void test_sampling_at_lognormal_with_bounds(void **state)
{
    struct tb_sampling s = made(TB_DIST_LOGNORMAL, 0.36, 0.21, 0.44, true);
    (void)state;
    assert_rel(tb_sampling_at(&s, 0.5), 0.36, 1e-15);
    assert_rel(tb_sampling_at(&s, 1e-12), 0.21, 1e-9);
    assert_rel(tb_sampling_at(&s, 1.0 - 1e-12), 0.44, 1e-9);
}

static void test_sampling_of_one_sided_and_empty_ranges(void **state)
{
    (void)state;
    struct tb_sampling s = made(TB_DIST_LOGNORMAL, 7.6, 7.6, 24.1, false);
    assert_rel(tb_sampling_at(&s, 0.2), 7.6, 1e-15);
    assert_rel(tb_sampling_at(&s, 0.95), 24.1, 1e-12);
    s = made(TB_DIST_TRIANGULAR, 7.6, 7.6, 24.1, false); /* the mode is the P5 */
    assert_rel(tb_sampling_at(&s, 0.05), 7.6, 1e-9);
    assert_rel(tb_sampling_at(&s, 0.95), 24.1, 1e-9);
    s = made(TB_DIST_PERT, 24.1, 7.6, 24.1, false);
    assert_rel(tb_sampling_at(&s, 0.95), 24.1, 1e-9);
    for (int dist = TB_DIST_EXACT; dist <= TB_DIST_LOGUNIFORM; dist++) {
        s = made((enum tb_dist)dist, 3.7, 3.7, 3.7, false);
        assert_rel(tb_sampling_at(&s, 0.123), 3.7, 1e-14);
    }
}

static void test_sampling_at_refuses_the_ends(void **state)
{
    struct tb_sampling s = made(TB_DIST_NORMAL, 0.36, 0.21, 0.44, false);
    (void)state;
    assert_true(isnan(tb_sampling_at(&s, 0.0)));
    assert_true(isnan(tb_sampling_at(&s, 1.0)));
    assert_true(isnan(tb_sampling_at(&s, -0.1)));
    assert_true(isnan(tb_sampling_at(&s, NAN)));
}

static void test_sampling_of_hundreds_of_decades_stays_finite(void **state)
{
    struct tb_sampling s = made(TB_DIST_LOGNORMAL, 1.0, 1e-300, 1e300, false);
    (void)state;
    assert_in(tb_sampling_at(&s, 1.0 - 1e-12), 1e300, DBL_MAX);
    assert_in(tb_sampling_at(&s, 1e-12), DBL_MIN, 1e-300);
}

static void test_sampling_make_refuses(void **state)
{
    static const struct tb_belief bad[] = {
        {TB_DIST_NORMAL, NAN, 0.0, 1.0, false},    {TB_DIST_EXACT, INFINITY, 0.0, 1.0, false},
        {TB_DIST_NORMAL, 0.5, NAN, 1.0, false},    {TB_DIST_NORMAL, 0.5, 0.0, INFINITY, false},
        {TB_DIST_NORMAL, 0.5, 0.6, 1.0, false},  /* low > value */
        {TB_DIST_UNIFORM, 0.5, 0.1, 0.4, false}, /* value > high */
        {TB_DIST_LOGNORMAL, 0.5, 0.0, 1.0, false}, {TB_DIST_LOGNORMAL, -0.5, -1.0, 1.0, false},
        {TB_DIST_LOGUNIFORM, 0.5, 0.0, 1.0, true}, {TB_DIST_UNIFORM, 0.0, -1.7e308, 1.7e308, true},
        {(enum tb_dist)7, 0.5, 0.1, 0.9, true},
    };
    struct tb_sampling s;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(tb_sampling_make(&s, &bad[i]), TB_E_INPUT);
}

/* The middle is written out for speed and must give GSL's bits, so that where a draw falls does not
 * decide which of the two it gets. */
static void test_normal_draws_are_those_of_gsl(void **state)
{
    (void)state;
    struct tb_sampling s =
        made(TB_DIST_NORMAL, 0.0, -1.6448536269514722, 1.6448536269514722, false);
    for (int i = 1; i < 4093; i++) {
        double u = i / 4093.0;
        assert_exact(tb_sampling_at(&s, u), gsl_cdf_ugaussian_Pinv(u));
    }
    assert_exact(tb_sampling_at(&s, 0.075), gsl_cdf_ugaussian_Pinv(0.075));
    assert_exact(tb_sampling_at(&s, 0.925), gsl_cdf_ugaussian_Pinv(0.925));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sampling_at_meets_p5_median_p95),
        cmocka_unit_test(test_sampling_at_between),
        cmocka_unit_test(test_sampling_at_triangle_with_bounds),
        cmocka_unit_test(test_sampling_at_pert_with_bounds),
        cmocka_unit_test(test_sampling_at_never_passes_bounds_and_never_falls),
        cmocka_unit_test(test_sampling_at_lognormal_with_bounds),
        cmocka_unit_test(test_sampling_of_one_sided_and_empty_ranges),
        cmocka_unit_test(test_sampling_at_refuses_the_ends),
        cmocka_unit_test(test_sampling_of_hundreds_of_decades_stays_finite),
        cmocka_unit_test(test_sampling_make_refuses),
        cmocka_unit_test(test_normal_draws_are_those_of_gsl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
