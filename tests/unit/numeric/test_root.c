/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "numeric/root.h"

struct cubic {
    double target;
    double broken_above; /* not a number from here on */
    int calls;
};

static double cubic_at(double x, void *context)
{
    struct cubic *cubic = context;
    cubic->calls++;
    return x > cubic->broken_above ? (double)NAN : x * x * x - cubic->target;
}

static enum tb_status find(struct cubic *cubic, double lo, double hi, double *root)
{
    const struct tb_function f = {cubic_at, cubic};
    const struct tb_root_search search = {lo, hi, 0.0, 1e-12, 100};
    return tb_root(&f, &search, root);
}

static void test_root_of_a_cubic(void **state)
{
    struct cubic cubic = {13.481272, INFINITY, 0}; /* 2.38^3 = 13.481272 */
    double root = NAN;
    (void)state;
    assert_int_equal(find(&cubic, -1.0, 100.0, &root), TB_OK);
    assert_rel(root, 2.38, 1e-11);
    assert_in(cubic.calls, 3, 40);
}

static void test_root_at_an_end(void **state)
{
    struct cubic cubic = {27.0, INFINITY, 0};
    double root = NAN;
    (void)state;
    assert_int_equal(find(&cubic, 3.0, 5.5, &root), TB_OK);
    assert_exact(root, 3.0);
    assert_int_equal(find(&cubic, -2.5, 3.0, &root), TB_OK);
    assert_exact(root, 3.0);
}

static void test_root_without_an_answer(void **state)
{
    struct cubic cubic = {13.481272, INFINITY, 0};
    double root = 2.385;
    (void)state;
    assert_int_equal(find(&cubic, 3.0, 5.5, &root), TB_E_ANSWER); /* same sign */
    cubic.broken_above = 5.0;
    assert_int_equal(find(&cubic, 1.0, 6.0, &root), TB_E_ANSWER); /* not finite at an end */
    cubic = (struct cubic){-1e9, INFINITY, 0};
    const struct tb_function f = {cubic_at, &cubic};
    const struct tb_root_search two_steps = {-1e6, 1e6, 0.0, 1e-12, 2};
    assert_int_equal(tb_root(&f, &two_steps, &root), TB_E_ANSWER);
    assert_exact(root, 2.385);
}

/* Finite at both ends, not a number between: GSL's handler would abort the program. */
static double broken_within(double x, void *context)
{
    (void)context;
    return x > -0.9 && x < 0.9 ? (double)NAN : x;
}

static void test_root_when_the_function_breaks_inside(void **state)
{
    const struct tb_function f = {broken_within, NULL};
    const struct tb_root_search search = {-1.0, 1.5, 0.0, 1e-9, 50};
    double root = 2.385;
    (void)state;
    assert_int_equal(tb_root(&f, &search, &root), TB_E_ANSWER);
    assert_exact(root, 2.385);
}

static void test_root_refuses_malformed_searches(void **state)
{
    static const struct tb_root_search bad[] = {
        {2.0, 1.0, 0.0, 1e-9, 50},      {1.0, 1.0, 0.0, 1e-9, 50},  {NAN, 1.0, 0.0, 1e-9, 50},
        {0.0, INFINITY, 0.0, 1e-9, 50}, {0.0, 1.0, -1.0, 1e-9, 50}, {0.0, 1.0, 0.0, -1e-9, 50},
        {0.0, 1.0, 0.0, 0.0, 50},       {0.0, 1.0, 0.0, 1e-9, 0},   {0.0, 1.0, NAN, 1e-9, 50},
    };
    struct cubic cubic = {0.3, INFINITY, 0};
    const struct tb_function f = {cubic_at, &cubic};
    double root;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(tb_root(&f, &bad[i], &root), TB_E_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_of_a_cubic),
        cmocka_unit_test(test_root_at_an_end),
        cmocka_unit_test(test_root_without_an_answer),
        cmocka_unit_test(test_root_when_the_function_breaks_inside),
        cmocka_unit_test(test_root_refuses_malformed_searches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
