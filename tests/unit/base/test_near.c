/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"

/* The first three pairs are ones that cmocka's own comparison lets pass. */
static void test_is_rel_of_numbers_beyond_float(void **state)
{
    (void)state;
    assert_false(tb_is_rel(1e39, 5e39, 1e-3));
    assert_false(tb_is_rel(3.14159265358979e24, 3.14159270358979e24, 1e-9));
    assert_false(tb_is_rel(1e-9, 5e-9, 1e-6));
    assert_true(tb_is_rel(3.14159265358979e24, 3.14159270358979e24, 1.6e-8));
    assert_true(tb_is_rel(-2.385, -2.387385, 1e-3));
    assert_false(tb_is_rel(-2.385, 2.385, 1.9));
}

static void test_is_rel_of_what_is_not_finite(void **state)
{
    (void)state;
    assert_false(tb_is_rel(NAN, 5.0, 1.0));
    assert_false(tb_is_rel(5.0, NAN, 1.0));
    assert_false(tb_is_rel(INFINITY, INFINITY, 1.0));
    assert_false(tb_is_exact(NAN, NAN));
    assert_false(tb_is_exact(INFINITY, INFINITY));
    assert_false(tb_is_in(NAN, -1.0, 1.0));
    assert_false(tb_is_in(7.5, 1.0, INFINITY));
}

static void test_is_exact_to_the_last_bit(void **state)
{
    (void)state;
    assert_false(tb_is_exact(0.1 + 0.2, 0.3));
    assert_true(tb_is_exact(0.1 + 0.2, 0.30000000000000004));
    assert_true(tb_is_exact(-0.0, 0.0));
}

static void test_is_in_includes_its_ends(void **state)
{
    (void)state;
    assert_true(tb_is_in(2.788e6, 2.788e6, 2.789e6));
    assert_true(tb_is_in(2.789e6, 2.788e6, 2.789e6));
    assert_false(tb_is_in(nextafter(2.788e6, 0.0), 2.788e6, 2.789e6));
}

static void test_macros_return_when_all_is_well(void **state)
{
    (void)state;
    double x = 1.0;
    assert_rel(x *= 2.0, 2.0000002, 1e-6);
    assert_exact(x, 2.0); /* evaluated once */
    assert_in(x, 1.9, 2.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_rel_of_numbers_beyond_float),
        cmocka_unit_test(test_is_rel_of_what_is_not_finite),
        cmocka_unit_test(test_is_exact_to_the_last_bit),
        cmocka_unit_test(test_is_in_includes_its_ends),
        cmocka_unit_test(test_macros_return_when_all_is_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
