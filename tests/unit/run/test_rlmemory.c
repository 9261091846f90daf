/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "stages.h"

static void refused(const struct tb_stage *s, enum tb_status status, const char *field)
{
    struct tb_rl_stage_out out;
    assert_int_equal(evaluate(s, &out), status);
    assert_non_null(out.problem.field);
    assert_string_equal(out.problem.field, field);
    assert_non_null(out.problem.reason);
}

static void test_impossible_stages_are_refused_with_what_would_fit(void **state)
{
    (void)state;
    struct tb_rl_stage_out out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.rl.group_size = 0.0;
    refused(&s, TB_E_INPUT, "group_size");
    s = group_stage(TB_STAGE_DAPO);
    s.rl.group_size = 1.0;
    s.rl.pass_rate = 0.4;
    refused(&s, TB_E_INPUT, "group_size");
    s = group_stage(TB_STAGE_GRPO);
    s.rl.response_cap = 800.0;
    refused(&s, TB_E_INPUT, "response.cap");
    s = group_stage(TB_STAGE_GRPO);
    s.rl.response_cv = 0.0;
    refused(&s, TB_E_INPUT, "response.cv");
    s = group_stage(TB_STAGE_GRPO);
    s.rl.response_mean = NAN;
    refused(&s, TB_E_INPUT, "response.mean");
    s = blank(TB_STAGE_SFT);
    refused(&s, TB_E_INPUT, "kind");
    /* a judge of 400 layers of this width: some 190 GB against 16 chips of which one would do */
    s = group_stage(TB_STAGE_GRPO);
    s.rl.judge_tokens = 300.0;
    s.chips = 1.0;
    struct tb_model judge = dense_7b();
    judge.n_layers = 400;
    s.rl.model[TB_ROLE_JUDGE] = &judge;
    refused(&s, TB_E_ANSWER, "chips");
    evaluate(&s, &out);
    assert_exact(out.problem.nearest, 8.0);
    /* 2 million tokens of cache need 115 GB: three chips of 64 GB with the weights */
    s = group_stage(TB_STAGE_GRPO);
    s.rl.response_cap = 2e6;
    s.rl.replica_chips = 1.0;
    refused(&s, TB_E_ANSWER, "engine.chips");
    evaluate(&s, &out);
    assert_exact(out.problem.nearest, 3.0);
    /* of 64 GB less 15.23 GB of weights, 57,344 bytes a token: some 850,000 tokens with the prompt
     */
    assert_rel(out.problem.shorter, (64e9 - 2.0 * 7615487488.0) / 57344.0 - 150.0, 1e-5);
    s.rl.response_cap = out.problem.shorter;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    s.rl.response_cap += 60.0;
    assert_int_equal(evaluate(&s, &out), TB_E_ANSWER);
    /* where the chips of a copy are open it grows until the cap fits */
    s.rl.response_cap = 2e6;
    s.rl.replica_chips = NAN;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_exact(out.engine.chips, 4.0);
    /* the reference is no model that 16 chips can hold beside the states: 28 layers times 200 */
    s = group_stage(TB_STAGE_GRPO);
    s.rl.reference = 1.0;
    struct tb_model huge = dense_7b();
    huge.n_layers = 255;
    s.rl.model[TB_ROLE_REFERENCE] = &huge;
    s.chips = 1.0;
    refused(&s, TB_E_ANSWER, "memory");
    evaluate(&s, &out);
    s.chips = out.problem.nearest;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    s.chips -= 1.0;
    assert_int_equal(evaluate(&s, &out), TB_E_ANSWER);
}

/* A table in place of the lognormal: a quarter each of 100, 300, 300 and 1,700 tokens, mean 600.
 * The longest of 264 is the table's last; with one length in it the step is that of a mean at the
 * cap. */
static void test_a_table_of_lengths_replaces_the_lognormal(void **state)
{
    (void)state;
    static const double counted[] = {100.0, 300.0, 300.0, 1700.0}, one[] = {600.0};
    struct tb_rl_stage_out smooth, out, same;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.rl.response_mean = 600.0;
    s.rl.response_cap = 1700.0;
    evaluate(&s, &smooth);
    s.rl.lengths = counted;
    s.rl.n_lengths = 4;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_rel(out.step.generation.longest, 1700.0, 1e-12);
    assert_rel(out.step.generation.tokens, 264.0 * 600.0, 1e-12);
    assert_rel(out.step.tokens, 264.0 * 750.0, 1e-12);
    assert_in(out.step.rollout / smooth.step.rollout, 0.9, 1.1);
    s.rl.lengths = one;
    s.rl.n_lengths = 1;
    s.rl.response_cap = 600.0;
    evaluate(&s, &out);
    s.rl.n_lengths = 0;
    evaluate(&s, &same);
    assert_rel(out.step.rollout, same.step.rollout, 1e-9);
    assert_true(out.step.rollout < smooth.step.rollout);
}

/* 7,615,487,488 parameters of 18 bytes are 137.08 GB: on one chip of 80 GB all but 4 bytes each are
 * kept by the host, on two they stand beside the engine when told to stay. */
static void test_states_beyond_the_chip_move_to_the_host(void **state)
{
    (void)state;
    const double params = 7615487488.0;
    struct tb_rl_stage_out out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.chips = 1.0;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_rel(out.memory.host, 14.0 * params, 1e-12);
    assert_rel(out.memory.held, 4.0 * params, 1e-12);
    double update = out.step.update;
    s.chips = 2.0;
    evaluate(&s, &out);
    assert_exact(out.memory.host, 0.0);
    assert_true(out.step.update < 0.25 * update); /* half the work, not slowed by the host */
    s.rl.offload_bandwidth = 0.0;
    refused(&s, TB_E_ANSWER, "memory");
    s.chips = 16.0; /* 8.57 GB of states beside the engine, all the time */
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_true(out.memory.shared);
    assert_rel(out.memory.rollout,
               18.0 / 16.0 * params + 2.0 * params / out.engine.chips + out.memory.cache, 1e-12);
    assert_rel(out.memory.most, fmax(out.memory.rollout, out.memory.update), 1e-15);
}

/* Two pools: the trainer's chips hold states, the others weights and cache. */
static void test_memory_of_two_pools(void **state)
{
    (void)state;
    struct tb_rl_stage_out out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.rl.placement = TB_PLACE_SPLIT;
    s.rl.rollout_share = 0.25; /* 4 chips roll out, 12 train */
    s.rl.reference = 1.0;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_rel(out.memory.state[TB_ROLE_ACTOR], 18.0 * 7615487488.0 / 12.0, 1e-12);
    assert_rel(out.memory.reader[TB_ROLE_REFERENCE], 2.0 * 7615487488.0 / 12.0, 1e-12);
    assert_rel(out.memory.activations, 28.0 * 3584.0 * 2.0 * 1050.0, 1e-12);
    assert_rel(out.memory.update, 20.0 * 7615487488.0 / 12.0 + 28.0 * 3584.0 * 2.0 * 1050.0, 1e-12);
    assert_rel(out.memory.rollout, 2.0 * 7615487488.0 + out.memory.cache, 1e-12);
    s.rl.adapter = TB_ADAPTER_LORA; /* its reference is the base without the adapter */
    evaluate(&s, &out);
    assert_exact(out.memory.reader[TB_ROLE_REFERENCE], 0.0);
    assert_rel(out.memory.trainer, (2.0 + 0.005 * 18.0) * 7615487488.0 / 12.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_impossible_stages_are_refused_with_what_would_fit),
        cmocka_unit_test(test_a_table_of_lengths_replaces_the_lognormal),
        cmocka_unit_test(test_states_beyond_the_chip_move_to_the_host),
        cmocka_unit_test(test_memory_of_two_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
