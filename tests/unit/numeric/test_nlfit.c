/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "numeric/nlfit.h"

/* ln of a x^b at five points, measured with a = 2.5 and b = 0.7, and one outlier. */
struct curve {
    double x[6], y[6];
};

static struct curve measured(void)
{
    struct curve c = {.x = {1.3, 2.1, 4.7, 9.2, 17.0, 31.0}};
    for (int i = 0; i < 6; i++)
        c.y[i] = log(2.5) + 0.7 * log(c.x[i]);
    return c;
}

static double residual(const double *p, size_t row, void *context)
{
    const struct curve *c = context;
    return log(p[0]) + p[1] * log(c->x[row]) - c->y[row];
}

static const struct tb_nlfit_param wide[2] = {{1.0, 0.1, 50.0, 1.0, 0.0},
                                              {0.3, 0.01, 3.0, 1.0, 0.0}};

static struct tb_nlfit_problem problem_of(struct curve *c, const struct tb_nlfit_param *params)
{
    return (struct tb_nlfit_problem){.n_rows = 6,
                                     .n_params = 2,
                                     .params = params,
                                     .sigma = 0.05,
                                     .huber = 1.5,
                                     .rounds = 12,
                                     .max_steps = 60,
                                     .residual = residual,
                                     .context = c};
}

static void test_finds_what_made_the_data(void **state)
{
    (void)state;
    struct curve c = measured();
    struct tb_nlfit_problem p = problem_of(&c, wide);
    double values[2], sd[2];
    assert_int_equal(tb_nlfit(&p, values, sd), TB_OK);
    assert_rel(values[0], 2.5, 1e-3);
    assert_rel(values[1], 0.7, 1e-3);
    assert_true(sd[0] > 0.0 && sd[1] > 0.0);
}

static void test_one_outlier_pulls_little(void **state)
{
    (void)state;
    struct curve c = measured();
    c.y[5] += 2.0;
    struct tb_nlfit_problem p = problem_of(&c, wide);
    double robust[2], plain[2];
    assert_int_equal(tb_nlfit(&p, robust, NULL), TB_OK);
    p.huber = 0.0;
    assert_int_equal(tb_nlfit(&p, plain, NULL), TB_OK);
    assert_true(fabs(robust[1] - 0.7) < 0.25 * fabs(plain[1] - 0.7));
}

static void test_bounds_and_priors_hold(void **state)
{
    (void)state;
    struct curve c = measured();
    struct tb_nlfit_param narrow[2] = {{1.0, 0.5, 2.0, 1.0, 0.0}, {0.3, 0.01, 3.0, 1.0, 0.0}};
    struct tb_nlfit_problem p = problem_of(&c, narrow);
    double values[2];
    assert_int_equal(tb_nlfit(&p, values, NULL), TB_OK);
    assert_in(values[0], 1.9, 2.0);
    /* A strong belief in b = 0.5 keeps it there. */
    struct tb_nlfit_param believed[2] = {wide[0], {0.3, 0.01, 3.0, 0.5, 1e-4}};
    p.params = believed;
    assert_int_equal(tb_nlfit(&p, values, NULL), TB_OK);
    assert_rel(values[1], 0.5, 1e-2);
}

static void test_refuses_too_few_rows(void **state)
{
    (void)state;
    struct curve c = measured();
    struct tb_nlfit_problem p = problem_of(&c, wide);
    double values[2];
    p.n_rows = 1;
    assert_int_equal(tb_nlfit(&p, values, NULL), TB_E_ANSWER);
    struct tb_nlfit_param outside[2] = {{99.0, 0.1, 50.0, 1.0, 0.0}, wide[1]};
    p = problem_of(&c, outside);
    assert_int_equal(tb_nlfit(&p, values, NULL), TB_E_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_made_the_data),
        cmocka_unit_test(test_one_outlier_pulls_little),
        cmocka_unit_test(test_bounds_and_priors_hold),
        cmocka_unit_test(test_refuses_too_few_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
