/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "run/survival.h"

/* Moments of a life A and the checkpoints N stored in it, from lives at evenly spaced
 * probabilities. */
struct moments {
    double n, a2, n2, an;
};

static struct moments counted(const struct tb_survival *s, double lag, double period)
{
    enum { LIVES = 400000 };
    struct moments m = {0};
    for (int i = 0; i < LIVES; i++) {
        double a = s->scale * pow(-log((i + 0.5) / LIVES), 1.0 / s->shape);
        double n = a < lag + period ? 0.0 : floor((a - lag) / period);
        m.n += n / LIVES;
        m.a2 += a * a / LIVES;
        m.n2 += n * n / LIVES;
        m.an += a * n / LIVES;
    }
    return m;
}

static void test_sums_and_variances_against_counting(void **state)
{
    (void)state;
    static const double shapes[] = {0.57, 0.83, 1.31, 2.7};
    static const double periods[] = {0.0041, 0.057, 0.38};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 3; k++) {
            struct tb_survival s;
            tb_survival_make(&s, 1.7, shapes[i]);
            struct moments m = counted(&s, 0.013, periods[k]);
            double price = 1.06 * 1.7 / m.n;
            double mean = 1.7 - price * m.n;
            double variance = m.a2 - 2.0 * price * m.an + price * price * m.n2 - mean * mean;
            struct tb_cycle c = {0.013, periods[k], price, 0.0};
            assert_rel(tb_survival_renewals(&s, 0.013, periods[k]), m.n, 1e-4);
            assert_rel(tb_survival_variance(&s, &c), variance, 3e-3);
        }
    }
}

/* Next to shape 1 the gamma functions meet the closed forms. */
static void test_shape_one_is_the_limit(void **state)
{
    (void)state;
    struct tb_survival one;
    struct tb_survival near;
    tb_survival_make(&one, 11140.0, 1.0);
    tb_survival_make(&near, 11140.0, 1.0 + 1e-9);
    assert_rel(tb_survival_renewals(&near, 31, 446), tb_survival_renewals(&one, 31, 446), 1e-7);
    assert_rel(tb_survival_attempts(&near, 613), tb_survival_attempts(&one, 613), 1e-8);
    assert_rel(tb_survival_attempts(&near, 61300), tb_survival_attempts(&one, 61300), 1e-6);
    double price = (11140.0 + 613.0) / tb_survival_renewals(&one, 31, 446);
    struct tb_cycle c = {31, 446, price, 613};
    assert_rel(tb_survival_variance(&near, &c), tb_survival_variance(&one, &c), 1e-4);
}

/* Shape 1/2 by hand: S = exp(-sqrt(t / s)), mean 2 s. Up to R with y = sqrt(R / s) the integral is
 * 2 s (1 - (1 + y) exp(-y)); s = 3, R = 12: y = 2, 6 (1 - 3 exp(-2)) = 3.5639649, over S = exp(-2).
 */
static void test_a_span_that_begins_anew(void **state)
{
    (void)state;
    struct tb_survival s;
    tb_survival_make(&s, 6.0, 0.5);
    assert_rel(s.scale, 3.0, 1e-14);
    assert_rel(tb_survival_attempts(&s, 12.0), 3.563964902 * exp(2.0), 1e-9);
    /* Far out, where the continued fraction takes over: s = 3, R = 1200, y = 20. */
    assert_rel(tb_survival_attempts(&s, 1200.0), 6.0 * (1.0 - 21.0 * exp(-20.0)) * exp(20.0), 1e-9);
    assert_exact(tb_survival_attempts(&s, 0.0), 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_and_variances_against_counting),
        cmocka_unit_test(test_shape_one_is_the_limit),
        cmocka_unit_test(test_a_span_that_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
