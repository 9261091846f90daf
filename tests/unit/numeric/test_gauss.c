/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "numeric/gauss.h"

static void test_invert_by_hand(void **state)
{
    (void)state;
    /* [[5, 2], [2, 3]] has determinant 11 and inverse [[3, -2], [-2, 5]] / 11. */
    double a[4] = {5, 2, 2, 3};
    double log_det = 0;
    assert_int_equal(tb_gauss_invert(a, 2, &log_det), TB_OK);
    assert_rel(log_det, log(11.0), 1e-14);
    assert_rel(a[0], 3.0 / 11, 1e-14);
    assert_rel(a[1], -2.0 / 11, 1e-14);
    assert_rel(a[2], -2.0 / 11, 1e-14);
    assert_rel(a[3], 5.0 / 11, 1e-14);
}

static void test_product_is_one(void **state)
{
    (void)state;
    enum { N = 23 };
    static double a[N * N];
    static double b[N * N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i * N + j] = b[i * N + j] =
                exp(-0.03 * (i - j) * (i - j)) + (i == j ? 0.017 * (i + 3) : 0.0);
    assert_int_equal(tb_gauss_invert(b, N, NULL), TB_OK);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0.0;
            for (int k = 0; k < N; k++)
                sum += a[i * N + k] * b[k * N + j];
            assert_in(sum, (i == j) - 1e-10, (i == j) + 1e-10);
        }
    }
}

static void test_refuses_what_is_not_positive_definite(void **state)
{
    (void)state;
    double wide[4] = {1, 2, 2, 1};
    assert_int_equal(tb_gauss_invert(wide, 2, NULL), TB_E_ANSWER);
    double unknown[1] = {(double)NAN};
    assert_int_equal(tb_gauss_invert(unknown, 1, NULL), TB_E_ANSWER);
    assert_int_equal(tb_gauss_invert(NULL, 0, NULL), TB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invert_by_hand),
        cmocka_unit_test(test_product_is_one),
        cmocka_unit_test(test_refuses_what_is_not_positive_definite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
