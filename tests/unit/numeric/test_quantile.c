/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "numeric/quantile.h"

/* Sorted: -3.5 0.25 0.25 7.75 19. Positions p x 4: 0.05 -> 0.2: -3.5 + 0.2 x 3.75 = -2.75;
 * 0.5 -> 2: 0.25; 0.9 -> 3.6: 7.75 + 0.6 x 11.25 = 14.5. */
static void test_quantiles_by_hand(void **state)
{
    double values[] = {7.75, 0.25, 19.0, -3.5, 0.25};
    static const double p[] = {0.5, 0.05, 0.9, 0.0, 1.0};
    double q[5];
    (void)state;
    assert_int_equal(tb_quantiles(values, 5, p, 5, q), TB_OK);
    assert_exact(q[0], 0.25);
    assert_rel(q[1], -2.75, 1e-14);
    assert_rel(q[2], 14.5, 1e-14);
    assert_exact(q[3], -3.5);
    assert_exact(q[4], 19.0);
}

/* The numbers 0, 1, ... 4095 in a scattered order (1,597 shares no factor with 4,096): the quantile
 * at p is 4095 p. */
static void test_quantiles_of_many(void **state)
{
    static double values[4096];
    static const double p[] = {0.05, 0.5, 0.95};
    double q[3];
    (void)state;
    for (size_t i = 0; i < 4096; i++)
        values[i] = (double)(i * 1597 % 4096);
    assert_int_equal(tb_quantiles(values, 4096, p, 3, q), TB_OK);
    assert_rel(q[0], 204.75, 1e-13);
    assert_rel(q[1], 2047.5, 1e-13);
    assert_rel(q[2], 3890.25, 1e-13);
}

/* The numbers 0 to 996 scattered by 389, at probabilities (i x 29 mod 101) / 100. */
static void test_quantiles_at_many_places_in_any_order(void **state)
{
    double values[997], p[101], q[101];
    (void)state;
    for (size_t i = 0; i < 997; i++)
        values[i] = (double)(i * 389 % 997);
    for (size_t i = 0; i < 101; i++)
        p[i] = (double)(i * 29 % 101) / 100.0;
    assert_int_equal(tb_quantiles(values, 997, p, 101, q), TB_OK);
    for (size_t i = 0; i < 101; i++)
        assert_in(q[i] - 996.0 * p[i], -1e-9, 1e-9);
}

/* 999 values near zero and one far away, and values as far apart as doubles go. Sorted: 0, 1/1000,
 * ... 998/1000, 1e12; p = 0.5 is position 499.5. */
static void test_quantiles_of_lopsided_values(void **state)
{
    double values[1000], q[2];
    double ends[] = {1.7e308, -1.7e308, 1.7e308, 5e-324, -1.7e308};
    double tiny[] = {5e-324, 0.0, 5e-324};
    static const double p[] = {0.5, 1.0};
    (void)state;
    for (size_t i = 0; i < 999; i++)
        values[i] = (double)(i * 389 % 999) / 1000.0;
    values[999] = 1e12;
    assert_int_equal(tb_quantiles(values, 1000, p, 2, q), TB_OK);
    assert_rel(q[0], 0.4995, 1e-12);
    assert_exact(q[1], 1e12);
    assert_int_equal(tb_quantiles(ends, 5, p, 2, q), TB_OK);
    assert_exact(q[0], 5e-324);
    assert_exact(q[1], 1.7e308);
    static const double quarter[] = {0.125}; /* 7/8 of the lower and 1/8 of the higher */
    double apart[] = {1.7e308, -1.7e308};
    assert_int_equal(tb_quantiles(apart, 2, quarter, 1, q), TB_OK);
    assert_rel(q[0], -0.75 * 1.7e308, 1e-15);
    assert_int_equal(tb_quantiles(tiny, 3, p, 2, q), TB_OK);
    assert_exact(q[0], 5e-324);
}

static void test_quantiles_of_one_value(void **state)
{
    double value = 2.385;
    static const double p[] = {0.05, 1.0};
    double q[2];
    (void)state;
    assert_int_equal(tb_quantiles(&value, 1, p, 2, q), TB_OK);
    assert_exact(q[0], 2.385);
    assert_exact(q[1], 2.385);
}

static void test_quantiles_refuse(void **state)
{
    double values[] = {1.0, NAN, 3.0};
    double infinite[] = {1.0, -INFINITY};
    double good[] = {1.0, 2.0};
    static const double p[] = {0.5}, bad_p[] = {1.0001}, nan_p[] = {NAN};
    double q = 2.385;
    (void)state;
    assert_int_equal(tb_quantiles(values, 3, p, 1, &q), TB_E_INPUT);
    assert_int_equal(tb_quantiles(infinite, 2, p, 1, &q), TB_E_INPUT);
    assert_int_equal(tb_quantiles(good, 0, p, 1, &q), TB_E_INPUT);
    assert_int_equal(tb_quantiles(good, 2, bad_p, 1, &q), TB_E_INPUT);
    assert_int_equal(tb_quantiles(good, 2, nan_p, 1, &q), TB_E_INPUT);
    assert_exact(q, 2.385);
}

/* Of 1, 2, 3 and two without an end the places 0 to 4 are 1, 2, 3, inf, inf: half is place 2. */
static void test_quantiles_with_an_open_end(void **state)
{
    static const double p[] = {0.0, 0.25, 0.375, 0.5, 0.51, 1.0};
    static const double expected[] = {1.0, 2.0, 2.5, 3.0, INFINITY, INFINITY};
    double values[] = {INFINITY, 2.0, NAN, 1.0, INFINITY, 3.0, -INFINITY};
    double alone[] = {INFINITY, 7.0}, none[] = {NAN, INFINITY};
    double q[6];
    size_t unknown = 0;
    (void)state;
    assert_int_equal(tb_quantiles_open(values, 7, p, 6, q, &unknown), TB_OK);
    assert_int_equal(unknown, 2);
    /* Values are reordered and no more: they are read again. */
    size_t endless = 0;
    double sum = 0.0;
    for (size_t i = 0; i < 7; i++) {
        endless += isinf(values[i]) && values[i] > 0.0;
        sum += isfinite(values[i]) ? values[i] : 0.0;
    }
    assert_int_equal(endless, 2);
    assert_exact(sum, 6.0);
    for (size_t i = 0; i < 6; i++)
        assert_true(isinf(expected[i]) ? isinf(q[i]) && q[i] > 0.0 : q[i] == expected[i]);
    assert_int_equal(tb_quantiles_open(alone, 2, p, 2, q, &unknown), TB_OK);
    assert_exact(q[0], 7.0);
    assert_true(isinf(q[1]));
    assert_int_equal(tb_quantiles_open(none, 2, p, 1, q, &unknown), TB_E_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_by_hand),
        cmocka_unit_test(test_quantiles_of_many),
        cmocka_unit_test(test_quantiles_at_many_places_in_any_order),
        cmocka_unit_test(test_quantiles_of_lopsided_values),
        cmocka_unit_test(test_quantiles_of_one_value),
        cmocka_unit_test(test_quantiles_refuse),
        cmocka_unit_test(test_quantiles_with_an_open_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
