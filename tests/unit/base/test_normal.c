/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "base/normal.h"
#include "near.h"

/* The same algorithm with the same constants in another form gives the same bits. */
static void test_equals_gsl(void **state)
{
    (void)state;
    for (int i = 1; i < 20011; i++)
        assert_exact(tb_normal_deviate(i / 20011.0), gsl_cdf_ugaussian_Pinv(i / 20011.0));
    for (double tail = 1e-300; tail < 0.1; tail *= 1.83)
        assert_exact(tb_normal_deviate(tail), gsl_cdf_ugaussian_Pinv(tail));
}

static void test_round_trip(void **state)
{
    (void)state;
    for (double z = -8.3; z < 5.0; z += 0.37)
        assert_rel(tb_normal_deviate(0.5 * erfc(-z * sqrt(0.5))), z, 1e-9);
}

static void test_ends(void **state)
{
    (void)state;
    assert_exact(tb_normal_deviate(0.5), 0.0);
    assert_true(tb_normal_deviate(0.0) == -HUGE_VAL && tb_normal_deviate(1.0) == HUGE_VAL);
    assert_true(isnan(tb_normal_deviate(-0.1)) && isnan(tb_normal_deviate(1.1)) &&
                isnan(tb_normal_deviate((double)NAN)));
}

static void test_above_equals_erfc(void **state)
{
    (void)state;
    for (double z = -37.0; z < 37.0; z += 0.0137) {
        double bell = exp(-0.5 * z * z);
        assert_rel(tb_normal_above(z, bell), 0.5 * erfc(z * sqrt(0.5)), 2e-15 + 4e-16 * z * z);
        assert_rel(tb_normal_above(z, bell) + tb_normal_above(-z, bell), 1.0, 3e-16);
    }
    assert_exact(tb_normal_above(0.0, 1.0), 0.5);
    assert_exact(tb_normal_above(HUGE_VAL, 0.0), 0.0);
    assert_exact(tb_normal_above(-HUGE_VAL, 0.0), 1.0);
    assert_true(isnan(tb_normal_above((double)NAN, (double)NAN)));
}

/* Where the three approximations meet. */
static void test_above_is_smooth(void **state)
{
    (void)state;
    const double edges[] = {0.46875 * sqrt(2.0), 4.0 * sqrt(2.0)};
    for (int i = 0; i < 2; i++) {
        double bell = exp(-0.5 * edges[i] * edges[i]);
        double below = tb_normal_above(edges[i] * (1.0 - 1e-15), bell);
        assert_rel(tb_normal_above(edges[i] * (1.0 + 1e-15), bell), below, 4e-15);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_gsl),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_above_equals_erfc),
        cmocka_unit_test(test_above_is_smooth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
