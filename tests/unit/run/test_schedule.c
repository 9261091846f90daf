/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "run/schedule.h"

static struct tb_stage blank(void)
{
    struct tb_stage s = {0};
    s.tokens = s.steps = s.seq_len = s.global_batch = s.batch_tokens = NAN;
    s.batch_start = s.ramp_tokens = s.share = s.epochs = s.packing = NAN;
    return s;
}

/* 1.3e12 x 0.5 x 2 = 1.3e12 trained; / 0.8 = 1.625e12 processed; 96 x 4096 = 393,216 a step;
 * 1.625e12 / 393,216 = 4,132,588.704427 steps. */
static void test_plan_tokens_share_epochs_packing(void **state)
{
    (void)state;
    struct tb_stage s = blank();
    struct tb_token_plan p;
    s.tokens = 1.3e12;
    s.share = 0.5;
    s.epochs = 2.0;
    s.packing = 0.8;
    s.seq_len = 4096.0;
    s.global_batch = 96.0;
    tb_token_plan_solve(&s, &p);
    assert_rel(p.trained, 1.3e12, 1e-15);
    assert_rel(p.processed, 1.625e12, 1e-15);
    assert_rel(p.steps, 4132588.7044270835, 1e-14);
    assert_rel(p.batch_tokens, 393216.0, 1e-14);
}

/* DeepSeek-V3: 3,072 -> 15,360 sequences of 4,096 over 469e9 tokens. Growth (15,360 - 3,072) x
 * 4,096 / 469e9 = 1.07318e-4 a token; ln 5 / that = 14,997.0528 steps in the ramp, and (14.8e12 -
 * 469e9) / 62,914,560 = 227,785.1105 after it. */
static void test_plan_ramp(void **state)
{
    (void)state;
    struct tb_stage s = blank();
    struct tb_token_plan p;
    s.tokens = 14.8e12;
    s.seq_len = 4096.0;
    s.global_batch = 15360.0;
    s.batch_start = 3072.0;
    s.ramp_tokens = 469e9;
    tb_token_plan_solve(&s, &p);
    assert_rel(p.steps, 242782.1632411399, 1e-13);
    assert_rel(p.full_batch, 62914560.0, 1e-15);
    assert_rel(p.batch_tokens, 14.8e12 / 242782.1632411399, 1e-13);

    s.steps = p.steps;
    s.tokens = NAN;
    tb_token_plan_solve(&s, &p);
    assert_rel(p.processed, 14.8e12, 1e-12);
}

/* 8M tokens are 1,953.125 sequences of 4,096: a ramp from 3,072 would fall. */
static void test_a_ramp_does_not_fall(void **state)
{
    (void)state;
    struct tb_stage s = blank();
    struct tb_token_plan p;
    s.tokens = 14.8e12;
    s.seq_len = 4096.0;
    s.batch_tokens = 8e6;
    s.batch_start = 3072.0;
    s.ramp_tokens = 469e9;
    assert_rel(tb_ramp_most_start(&s), 1953.125, 1e-15);
    tb_token_plan_solve(&s, &p);
    assert_rel(p.steps, 14.8e12 / 8e6, 1e-15);
    s.steps = 1e6; /* the mean of a batch that nobody states: 14.8e6 / 4,096 */
    s.batch_tokens = NAN;
    assert_rel(tb_ramp_most_start(&s), 3613.28125, 1e-15);
    s.steps = NAN;
    assert_true(isnan(tb_ramp_most_start(&s)));
}

/* Step by step, each step taking the batch of the tokens seen so far: the closed form is its limit,
 * and 15,000 steps are close to it. */
static void test_ramp_steps_against_a_loop(void **state)
{
    (void)state;
    const double start = 3072.0 * 4096.0;
    const double full = 15360.0 * 4096.0;
    double seen = 0.0;
    double steps = 0.0;
    while (seen < 469e9) {
        seen += start + (full - start) * seen / 469e9;
        steps += 1.0;
    }
    assert_rel(tb_ramp_steps(start, full, 469e9, seen), steps, 1e-3);
}

static void test_ramp_steps_and_tokens_are_inverse(void **state)
{
    (void)state;
    for (double tokens = 1.3e9; tokens < 1e13; tokens *= 3.7) {
        double steps = tb_ramp_steps(7e6, 31e6, 211e9, tokens);
        assert_rel(tb_ramp_tokens(7e6, 31e6, 211e9, steps), tokens, 1e-12);
    }
    assert_rel(tb_ramp_steps(31e6, 31e6, 211e9, 62e9), 2000.0, 1e-15);
    assert_rel(tb_ramp_steps(NAN, 31e6, NAN, 62e9), 2000.0, 1e-15);
}

static void test_plan_steps_and_batch_give_tokens(void **state)
{
    (void)state;
    struct tb_stage s = blank();
    struct tb_token_plan p;
    s.steps = 1500.0;
    s.batch_tokens = 10.5e6;
    s.packing = 0.7;
    tb_token_plan_solve(&s, &p);
    assert_rel(p.processed, 1.575e10, 1e-15);
    assert_rel(p.trained, 1.1025e10, 1e-14);
}

static void test_plan_unknown_stays_unknown(void **state)
{
    (void)state;
    struct tb_stage s = blank();
    struct tb_token_plan p;
    s.tokens = 3e12;
    tb_token_plan_solve(&s, &p);
    assert_rel(p.trained, 3e12, 1e-15);
    assert_true(isnan(p.steps));
    assert_true(isnan(p.batch_tokens));
    s.steps = 6e5; /* now the batch follows: 5e6 */
    tb_token_plan_solve(&s, &p);
    assert_rel(p.batch_tokens, 5e6, 1e-15);
    assert_rel(p.full_batch, 5e6, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_tokens_share_epochs_packing),
        cmocka_unit_test(test_plan_ramp),
        cmocka_unit_test(test_a_ramp_does_not_fall),
        cmocka_unit_test(test_ramp_steps_against_a_loop),
        cmocka_unit_test(test_ramp_steps_and_tokens_are_inverse),
        cmocka_unit_test(test_plan_steps_and_batch_give_tokens),
        cmocka_unit_test(test_plan_unknown_stays_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
