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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_gsl),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
