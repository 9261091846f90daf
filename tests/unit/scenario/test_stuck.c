/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "near.h"
#include "scenario/stuck.h"
#include "trainbudget/estimate.h"

enum { POINTS = 100, INPUTS = 3 };

/* Stuck below 0.2 of the first input, of which the second is a shuffled copy and the third knows
 * nothing: every fifth point. */
static void test_share_and_drivers(void **state)
{
    (void)state;
    static double u[POINTS * INPUTS], goodput[POINTS];
    struct tb_input input[INPUTS] = {{.path = "noise"}, {.path = "cause"}, {.path = "part"}};
    struct tb_input *const inputs[INPUTS] = {&input[0], &input[1], &input[2]};
    const struct tb_stuck_points points = {POINTS, INPUTS, POINTS, goodput, u, inputs};
    struct tb_stuck stuck;
    for (size_t i = 0; i < POINTS; i++) {
        double cause = ((double)i + 0.5) / POINTS;
        u[i] = ((double)(i * 37 % POINTS) + 0.5) / POINTS;
        u[POINTS + i] = cause;
        u[2 * POINTS + i] = 0.5 * cause + 0.5 * ((double)(i * 61 % POINTS) + 0.5) / POINTS;
        goodput[i] = cause < 0.2 ? 0.0 : cause;
    }
    assert_true(tb_stuck_find(&points, &stuck));
    assert_int_equal(stuck.points, 20);
    assert_rel(stuck.share, 0.2, 1e-12);
    assert_string_equal(stuck.drivers[0], "cause");
    assert_string_equal(stuck.drivers[1], "part");

    const struct tb_stuck_points moving = {POINTS, INPUTS, POINTS, NULL, u, inputs};
    assert_true(tb_stuck_find(&moving, &stuck));
    assert_int_equal(stuck.points, 0);
    assert_null(stuck.drivers[0]);
}

static void test_metrics_of_a_run_that_never_ends(void **state)
{
    (void)state;
    double m[TB_METRIC_COUNT];
    for (int i = 0; i < TB_METRIC_COUNT; i++)
        m[i] = 7.0;
    tb_stuck_metrics(m);
    assert_true(isinf(m[TB_METRIC_CHIP_HOURS]) && isinf(m[TB_METRIC_WALL_CLOCK_P95]));
    assert_true(isinf(m[TB_METRIC_COST]) && isinf(m[TB_METRIC_ENERGY]));
    assert_exact(m[TB_METRIC_GOODPUT], 0.0);
    assert_true(isnan(m[TB_METRIC_SPARE_CHIPS]));
    assert_exact(m[TB_METRIC_FLOPS_MODEL], 7.0);
    assert_exact(m[TB_METRIC_STEP_TIME], 7.0);
}

/* Unknown at as many points as are stuck is explained by that; at more it is not. */
static void test_quantiles_over_the_points_with_progress(void **state)
{
    (void)state;
    static const double p[3] = {0.0, 0.5, 1.0};
    double open[] = {1.0, INFINITY, 3.0}, partial[] = {1.0, NAN, 3.0}, lost[] = {NAN, NAN, 3.0};
    struct tb_stuck stuck = {.points = 1};
    double q[3];
    bool is_partial = true;
    assert_true(tb_stuck_quantiles(&stuck, TB_METRIC_WALL_CLOCK, open, 3, p, q, &is_partial));
    assert_false(is_partial);
    assert_exact(q[1], 3.0);
    assert_true(isinf(q[2]));
    assert_true(tb_stuck_quantiles(&stuck, TB_METRIC_STEP_TIME, partial, 3, p, q, &is_partial));
    assert_true(is_partial);
    assert_exact(q[1], 2.0);
    assert_false(tb_stuck_quantiles(&stuck, TB_METRIC_MFU, lost, 3, p, q, &is_partial));
    assert_false(is_partial); /* it is said once */
    assert_string_equal(stuck.lost.data, "mfu");
    assert_rel(stuck.lost_share, 2.0 / 3.0, 1e-12);
    tb_text_free(&stuck.lost);
}

static const struct tb_estimate_metric *metric_of(const struct tb_estimate *e, enum tb_metric m)
{
    return &e->metrics[m];
}

/* 400,000 chips with a failure of one chip every 1,000 to 100,000 h: at the worse end one every 9
 * s, which no restart outruns. */
static void test_an_estimate_with_an_open_end(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    tb_data *data = tb_data_open(NULL, 0, diags);
    static const struct tb_setting settings[] = {{.text = "tokens=15T"},
                                                 {.text = "seq_len=8192"},
                                                 {.text = "batch_tokens=16M"},
                                                 {.text = "idle=0.03"},
                                                 {.text = "cluster.mtbf=1000 h..10000000 h"}};
    const struct tb_request request = {.model = "llama-3.1-405b",
                                       .chip = "h100",
                                       .chips = 400000,
                                       .mfu = 0.4,
                                       .settings = settings,
                                       .n_settings = sizeof settings / sizeof *settings};
    struct tb_estimate *e = tb_estimate_new(data, &request, diags);
    assert_non_null(e);
    const struct tb_estimate_metric *hours = metric_of(e, TB_METRIC_CHIP_HOURS);
    assert_true(hours->ranged && isinf(hours->high) && isfinite(hours->value));
    assert_true(hours->low < hours->value);
    assert_exact(metric_of(e, TB_METRIC_GOODPUT)->low, 0.0);
    assert_true(isfinite(metric_of(e, TB_METRIC_CHIP_HOURS_STEADY)->high));
    size_t said = 0;
    for (size_t i = 0; tb_diags_at(diags, i); i++) {
        const struct tb_diag *d = tb_diags_at(diags, i);
        assert_null(strstr(d->message, "without a range"));
        said += strcmp(d->code, "TB1060") == 0 && strstr(d->message, "for cluster.mtbf") &&
                strstr(d->message, "without an upper end: chip_hours, wall_clock");
    }
    assert_int_equal(said, 1);
    tb_estimate_free(e);
    tb_data_close(data);
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share_and_drivers),
        cmocka_unit_test(test_metrics_of_a_run_that_never_ends),
        cmocka_unit_test(test_quantiles_over_the_points_with_progress),
        cmocka_unit_test(test_an_estimate_with_an_open_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
