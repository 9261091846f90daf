/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "near.h"
#include "run/kinds.h"
#include "run/rlwork.h"
#include "stages.h"

static const struct tb_work *item(const struct tb_work *work, int n, enum tb_pass pass,
                                  enum tb_role role)
{
    for (int i = 0; i < n; i++)
        if (work[i].pass == pass && work[i].role == role)
            return &work[i];
    return NULL;
}

/* 7 steps of 33 x 8 responses: 1,848; with prompts 1,848 x 1,050 = 1,940,400 tokens; generated
 * 1,663,200 and 7 x 33 x 150 = 34,650 prompt tokens read once a group. */
static void test_grpo_items(void **state)
{
    (void)state;
    struct tb_work work[TB_MAX_WORK];
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.rl.inner_epochs = 2.0;
    s.rl.reference = 1.0;
    int n = tb_stage_work(&s, work);
    assert_int_equal(n, 4);
    assert_exact(item(work, n, TB_PASS_GENERATE, TB_ROLE_ACTOR)->tokens, 1663200.0 + 34650.0);
    assert_exact(item(work, n, TB_PASS_FORWARD, TB_ROLE_ACTOR)->tokens, 1940400.0);
    assert_exact(item(work, n, TB_PASS_FORWARD, TB_ROLE_REFERENCE)->tokens, 1940400.0);
    assert_exact(item(work, n, TB_PASS_TRAIN, TB_ROLE_ACTOR)->tokens, 2.0 * 1940400.0);
    s.rl.old_logprobs = s.rl.reference = 0.0;
    assert_int_equal(tb_stage_work(&s, work), 2);
    s.rl.oversample = 1.5; /* generation grows, training does not */
    n = tb_stage_work(&s, work);
    assert_exact(item(work, n, TB_PASS_GENERATE, TB_ROLE_ACTOR)->tokens,
                 1.5 * (1663200.0 + 34650.0));
    assert_exact(item(work, n, TB_PASS_TRAIN, TB_ROLE_ACTOR)->tokens, 2.0 * 1940400.0);
}

static void test_ppo_items(void **state)
{
    (void)state;
    struct tb_work work[TB_MAX_WORK];
    struct tb_stage s = group_stage(TB_STAGE_PPO_PTX);
    s.rl.group_size = 1.0; /* 231 responses, 242,550 tokens */
    s.rl.ptx_tokens = 3.1e6;
    int n = tb_stage_work(&s, work);
    assert_int_equal(n, 8);
    assert_exact(item(work, n, TB_PASS_FORWARD, TB_ROLE_CRITIC)->tokens, 242550.0);
    assert_exact(item(work, n, TB_PASS_FORWARD, TB_ROLE_REWARD)->tokens, 242550.0);
    assert_exact(item(work, n, TB_PASS_TRAIN, TB_ROLE_CRITIC)->tokens, 242550.0);
    assert_exact(item(work, n, TB_PASS_TRAIN, TB_ROLE_ACTOR)->tokens, 242550.0);
    assert_exact(work[7].tokens, 3.1e6);
    s.kind = TB_STAGE_PPO;
    assert_int_equal(tb_stage_work(&s, work), 7);
}

/* A reference that is kept is read once for three epochs. */
static void test_preference_items(void **state)
{
    (void)state;
    struct tb_work work[TB_MAX_WORK];
    struct tb_stage s = blank(TB_STAGE_DPO);
    s.tokens = 5.5e6;
    s.seq_len = 1100.0;
    s.batch_tokens = 11e3;
    s.epochs = 3.0;
    assert_int_equal(tb_stage_work(&s, work), 2);
    assert_rel(work[0].tokens, 16.5e6, 1e-15);
    assert_rel(work[1].tokens, 16.5e6, 1e-15);
    s.rl.reference_kept = 1.0;
    tb_stage_work(&s, work);
    assert_rel(work[1].tokens, 5.5e6, 1e-12);
    s.kind = TB_STAGE_SIMPO;
    assert_int_equal(tb_stage_work(&s, work), 1);
}

static void test_distillation_items(void **state)
{
    (void)state;
    struct tb_work work[TB_MAX_WORK];
    struct tb_stage s = group_stage(TB_STAGE_DISTILL_ON);
    s.rl.teachers = 3.0;
    int n = tb_stage_work(&s, work);
    assert_int_equal(n, 3);
    assert_exact(item(work, n, TB_PASS_FORWARD, TB_ROLE_TEACHER)->tokens, 3.0 * 1940400.0);
    s.rl.full_vocabulary = 1.0;
    n = tb_stage_work(&s, work);
    const struct tb_work *head = item(work, n, TB_PASS_HEAD, TB_ROLE_TEACHER);
    assert_exact(head->tokens, 3.0 * 1940400.0);
    struct tb_model m = dense_7b();
    double counted, executed;
    tb_work_count(&m, head, &counted, &executed);
    assert_exact(counted, 2.0 * 152064.0 * 3584.0);
    s.kind = TB_STAGE_DISTILL_OFF;
    s.rl.full_vocabulary = NAN;
    n = tb_stage_work(&s, work);
    assert_int_equal(n, 2);
    assert_non_null(item(work, n, TB_PASS_GENERATE, TB_ROLE_TEACHER));
}

static void test_rejection_sampling_items(void **state)
{
    (void)state;
    struct tb_work work[TB_MAX_WORK];
    struct tb_stage s = group_stage(TB_STAGE_REJECTION);
    s.rl.oversample = 4.0;
    s.rl.reward = 1.0;
    int n = tb_stage_work(&s, work);
    assert_exact(item(work, n, TB_PASS_GENERATE, TB_ROLE_ACTOR)->tokens,
                 4.0 * (1663200.0 + 34650.0));
    assert_exact(item(work, n, TB_PASS_FORWARD, TB_ROLE_REWARD)->tokens,
                 4.0 * (1663200.0 + 1848.0 * 150.0));
    assert_exact(item(work, n, TB_PASS_TRAIN, TB_ROLE_ACTOR)->tokens, 1940400.0);
    s.rl.reward = NAN; /* who picks is not said: of the best a reward model, else a rule */
    assert_null(item(work, tb_stage_work(&s, work), TB_PASS_FORWARD, TB_ROLE_REWARD));
    s.kind = TB_STAGE_BEST_OF_N;
    n = tb_stage_work(&s, work);
    assert_exact(item(work, n, TB_PASS_FORWARD, TB_ROLE_REWARD)->tokens,
                 4.0 * (1663200.0 + 1848.0 * 150.0));
    s.rl.judge_tokens = 37.0;
    n = tb_stage_work(&s, work);
    assert_null(item(work, n, TB_PASS_FORWARD, TB_ROLE_REWARD));
    assert_exact(item(work, n, TB_PASS_GENERATE, TB_ROLE_JUDGE)->tokens, 4.0 * 1848.0 * 37.0);
}

/* A model of its own that reads changes FLOPs and time by its size; a narrower one reads faster and
 * takes less memory: 16 chips hold 7,615,487,488 parameters in 2 bytes, then in 1. */
static void test_roles_have_models_of_their_own(void **state)
{
    (void)state;
    struct tb_rl_stage_out own, small, narrow;
    struct tb_stage s = group_stage(TB_STAGE_PPO);
    struct tb_model six = dense_7b();
    six.n_layers = 7;
    evaluate(&s, &own);
    s.rl.model[TB_ROLE_CRITIC] = s.rl.model[TB_ROLE_REWARD] = &six;
    assert_int_equal(evaluate(&s, &small), TB_OK);
    assert_true(small.flops_model < 0.8 * own.flops_model);
    assert_true(small.step.update < 0.8 * own.step.update);
    assert_true(small.step.forward < own.step.forward);
    assert_true(small.memory.trainer < 0.8 * own.memory.trainer);
    s.rl.role_bytes[TB_ROLE_REFERENCE] = 1.0;
    evaluate(&s, &narrow);
    assert_rel(small.memory.readers - narrow.memory.readers, 7615487488.0 / 16.0, 1e-12);
    assert_true(narrow.step.forward < small.step.forward);
    assert_exact(narrow.flops_model, small.flops_model);
    assert_exact(narrow.step.update, small.step.update);
}

/* Rows of responses after prompts; where they are not known, and of what is mixed in, rows of the
 * stage. Items are the same without them. */
static void test_work_is_over_rows_of_responses(void **state)
{
    (void)state;
    struct tb_work work[TB_MAX_WORK], bare[TB_MAX_WORK];
    struct tb_stage s = group_stage(TB_STAGE_PPO_PTX);
    s.seq_len = 2048.0;
    s.mean_doc_len = 700.0;
    s.doc_cv = 0.5;
    s.rl.ptx_tokens = 3.1e6;
    int n = tb_stage_work(&s, work);
    assert_int_equal(tb_stage_items(&s, bare), n);
    for (int i = 0; i < n; i++) {
        bool mixed = i == n - 1;
        assert_exact(work[i].lengths.seq_len, mixed ? 2048.0 : 150.0 + 4096.0);
        assert_exact(work[i].lengths.mean_doc_len, mixed ? 700.0 : 150.0 + 900.0);
        assert_exact(bare[i].tokens, work[i].tokens);
    }
    s.rl.response_mean = NAN;
    n = tb_stage_work(&s, work);
    assert_exact(work[0].lengths.seq_len, 2048.0);
    assert_exact(work[0].lengths.doc_cv, 0.5);
}

/* Lengths that cannot be (a cap below the mean) are taken not to vary. */
static void test_rows_of_impossible_lengths(void **state)
{
    (void)state;
    struct tb_responses lengths;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.rl.response_cap = 800.0;
    assert_int_equal(tb_rl_responses(&s.rl, &lengths), TB_E_INPUT);
    struct tb_lengths rows = tb_rl_rows(&s.rl, &lengths);
    assert_exact(rows.seq_len, 1050.0);
    assert_exact(rows.mean_doc_len, 1050.0);
    assert_exact(rows.doc_cv, 0.0);
}

/* Also where nothing says how many steps there are. */
static void test_a_role_without_a_share_holds_nothing(void **state)
{
    (void)state;
    struct tb_rl_stage_out out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.steps = NAN;
    s.rl.reference = s.rl.reward = 0.0;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_exact(out.memory.readers, 0.0);
    s.rl.reference = 1.0;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_exact(out.memory.readers, out.memory.reader[TB_ROLE_REFERENCE]);
    assert_true(out.memory.readers > 0.0);
}

/* A bare kind has no reward model until one is named. */
static void test_a_named_reward_model_reads(void **state)
{
    (void)state;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    struct tb_model six = dense_7b();
    assert_false(tb_stage_has_role(&s, TB_ROLE_REWARD));
    s.rl.model[TB_ROLE_REWARD] = &six;
    assert_true(tb_stage_has_role(&s, TB_ROLE_REWARD));
    s.rl.reward = 0.0;
    assert_false(tb_stage_has_role(&s, TB_ROLE_REWARD));
}

/* Weights alone (no keys seen): 4 of 6 FLOPs a weight; with layers computed again 6 of 8, the head
 * apart. 6,525,288,448 weights in layers, 544,997,376 in the head. */
static void test_adapter_is_two_thirds_of_full(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_stage s = blank(TB_STAGE_SFT);
    struct tb_work full = tb_rl_train(&s, TB_ROLE_ACTOR, 1.0);
    full.lengths = (struct tb_lengths){0};
    struct tb_work adapter = full;
    adapter.frozen = true;
    double a, b, executed, again;
    tb_work_count(&m, &full, &a, &executed);
    tb_work_count(&m, &adapter, &b, &executed);
    assert_rel(b / a, 2.0 / 3.0, 1e-12);
    assert_rel(b, 4.0 * 7070285824.0, 1e-12);
    full.recompute = adapter.recompute = TB_RECOMPUTE_FULL;
    full.lengths.seq_len = adapter.lengths.seq_len = 1e-9;
    tb_work_count(&m, &full, &a, &executed);
    tb_work_count(&m, &adapter, &b, &again);
    double layers = 6525288448.0, head = 544997376.0;
    assert_rel(again / executed, (6.0 * layers + 4.0 * head) / (8.0 * layers + 6.0 * head), 1e-3);
    s.rl.adapter = TB_ADAPTER_LORA;
    assert_true(tb_rl_train(&s, TB_ROLE_ACTOR, 1.0).frozen);
    assert_false(tb_rl_train(&s, TB_ROLE_CRITIC, 1.0).frozen);
}

/* Rounding the weights of a forward pass makes it 1.12 times as long, a pass of 3 by 0.12 longer;
 * 4-bit weights are unpacked at 0.7 of the speed. A prior holds for plain weights. */
static void test_rounding_and_unpacking_cost_time_alone(void **state)
{
    (void)state;
    struct tb_model m = dense_7b();
    struct tb_chip chip = chip_80g();
    const struct tb_cluster cluster = {.chips_per_node = 8.0, .pue = 1.1, .mtbf = NAN};
    static const struct {
        enum tb_stage_kind kind;
        enum tb_adapter adapter;
        double slower, flops;
    } cases[] = {{TB_STAGE_QAT, TB_ADAPTER_NONE, 3.12 / 3.0, 1.0},
                 {TB_STAGE_SFT, TB_ADAPTER_LORA, 1.0, 2.0 / 3.0},
                 {TB_STAGE_SFT, TB_ADAPTER_QLORA, 1.0 / 0.7, 2.0 / 3.0}};
    struct tb_stage s = blank(TB_STAGE_SFT);
    s.mfu = s.measured_step_time = s.measured_token_rate = s.goodput = NAN;
    s.goodput = 1.0;
    s.prior_mfu = 0.37;
    s.tokens = 5.5e9;
    s.seq_len = 16.0;
    s.batch_tokens = 11e6;
    const struct tb_stage_in in = {.model = &m, .chip = &chip, .cluster = &cluster, .stage = &s};
    struct tb_stage_out plain, out;
    tb_stage_evaluate(&in, &plain);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.kind = cases[i].kind;
        s.rl.adapter = cases[i].adapter;
        tb_stage_evaluate(&in, &out);
        assert_rel(out.flops_model / plain.flops_model, cases[i].flops, 1e-3);
        assert_rel(out.chip_hours / plain.chip_hours, cases[i].flops * cases[i].slower, 1e-3);
    }
}

/* Pass rates spread evenly: E[q^8] = 1/9 on either side, so 7 of 9 groups stay. */
static void test_dynamic_sampling(void **state)
{
    (void)state;
    assert_rel(tb_rl_oversample(0.5, 8.0), 9.0 / 7.0, 1e-12);
    assert_true(tb_rl_oversample(0.03, 8.0) > tb_rl_oversample(0.5, 8.0));
    assert_true(isnan(tb_rl_oversample(0.5, 1.0)));
    assert_true(isnan(tb_rl_oversample(1.0, 8.0)));
    struct tb_rl_stage_out all, some;
    struct tb_stage s = group_stage(TB_STAGE_DAPO);
    evaluate(&s, &all);
    s.rl.pass_rate = 0.5;
    assert_int_equal(evaluate(&s, &some), TB_OK);
    assert_rel(some.step.generation.tokens, 9.0 / 7.0 * all.step.generation.tokens, 1e-12);
    assert_exact(some.step.update, all.step.update);
    assert_exact(some.step.tokens, all.step.tokens);
    s.rl.oversample = 1.0; /* what is stated wins */
    evaluate(&s, &some);
    assert_exact(some.step.generation.tokens, all.step.generation.tokens);
}

/* InstructGPT 175B. Fine-tuning: 13,000 prompts padded to 2,048 tokens, 16 epochs, published 4.9
 * petaflop/s-days. PPO-ptx: 256,000 episodes of at most 1,024 + 1,024 tokens, 6B reward and critic,
 * eight pre-training rows of 2,048 tokens an episode, published 60. */
static void test_instructgpt_flops(void **state)
{
    (void)state;
    const double day = 86400e15;
    struct tb_model m = {.d_model = 12288.0, .vocab = 50257.0, .tied_embeddings = true};
    m.kind[0] = (struct tb_layer){.attn = {.kind = TB_ATTN_SOFTMAX,
                                           .n_heads = 96.0,
                                           .n_kv_heads = 96.0,
                                           .head_dim = 128.0,
                                           .v_head_dim = 128.0},
                                  .ffn = {.d_ff = 49152.0}};
    m.n_kinds = 1;
    m.n_layers = 96;
    struct tb_stage s = blank(TB_STAGE_SFT);
    s.tokens = 13000.0 * 2048.0;
    s.epochs = 16.0;
    s.seq_len = 2048.0;
    s.batch_tokens = 32.0 * 2048.0;
    struct tb_stage_counts counts;
    struct tb_work work[TB_MAX_WORK];
    tb_stage_count(&m, &s, &counts);
    int n = tb_stage_work(&s, work);
    assert_int_equal(n, 1);
    assert_in(work[0].tokens * counts.model_flops[0] / day, 0.9 * 4.9, 1.1 * 4.9);

    struct tb_model six = m;
    six.d_model = 4096.0;
    six.kind[0].attn.n_heads = six.kind[0].attn.n_kv_heads = 32.0;
    six.kind[0].ffn.d_ff = 16384.0;
    six.n_layers = 32;
    s = blank(TB_STAGE_PPO_PTX);
    s.steps = 500.0;
    s.seq_len = 2048.0;
    s.rl.prompts_per_step = 512.0;
    s.rl.group_size = 1.0;
    s.rl.prompt_mean = 250.0;
    s.rl.response_mean = 400.0;
    s.rl.response_cap = 1024.0;
    s.rl.ptx_tokens = 8.0 * 256e3 * 2048.0;
    s.rl.model[TB_ROLE_CRITIC] = s.rl.model[TB_ROLE_REWARD] = &six;
    n = tb_stage_work(&s, work);
    tb_stage_count(&m, &s, &counts);
    double flops = 0.0;
    for (int i = 0; i < n; i++)
        flops += work[i].tokens * counts.model_flops[i];
    assert_in(flops / day, 0.9 * 60.0, 1.1 * 60.0);
}

/* Update: 33 x 8 x 1,050 tokens over 16 chips of 989.4 TFLOP/s, times the factor of 1.1. At
 * 989.4e12 / 3.35e12 = 295.343 FLOP a byte the utilisation of 0.38 is 1 / (1/0.7 + (1/0.38 - 1/0.7)
 * 295.343 / 300) = 0.3827157. */
static void test_stage_by_hand(void **state)
{
    (void)state;
    struct tb_rl_stage_out out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    assert_int_equal(evaluate(&s, &out), TB_OK);
    struct tb_model m = dense_7b();
    struct tb_responses lengths;
    assert_int_equal(tb_rl_responses(&s.rl, &lengths), TB_OK);
    struct tb_lengths rows = tb_rl_rows(&s.rl, &lengths);
    double update =
        264.0 * 1050.0 * tb_flops_train(&m, &rows, false) / (16.0 * 0.3827157 * 989.4e12);
    assert_rel(out.step.update, 1.1 * update, 2e-6);
    assert_rel(out.step_time, out.step.time, 1e-15);
    assert_rel(out.wall_time, 7.0 * out.step.time, 1e-12);
    assert_rel(out.chip_hours, 7.0 * out.step.time * 16.0 / 3600.0, 1e-12);
    assert_exact(out.engine.chips, 1.0);
    /* weights of 15.2 GB at 20 GB/s */
    assert_in(out.step.sync, 1.1 * 0.756, 1.1 * 0.766);
    assert_true(out.memory.most < out.memory.capacity);
}

/* One rollout for four optimizer steps waits for one tail instead of four. */
static void test_a_rollout_may_feed_several_steps(void **state)
{
    (void)state;
    struct tb_rl_stage_out one, four;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    evaluate(&s, &one);
    s.rl.steps_per_rollout = 4.0;
    assert_int_equal(evaluate(&s, &four), TB_OK);
    assert_rel(four.step.update, 4.0 * one.step.update, 1e-12);
    assert_rel(four.step_time, four.step.time / 4.0, 1e-12);
    assert_rel(four.flops_model, one.flops_model, 1e-12);
    assert_true(four.step_time < 0.6 * one.step_time);
}

static void test_unknown_steps_give_a_step_and_no_run(void **state)
{
    (void)state;
    struct tb_rl_stage_out known, out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    evaluate(&s, &known);
    s.steps = NAN;
    assert_int_equal(evaluate(&s, &out), TB_OK);
    assert_rel(out.step_time, known.step_time, 1e-12);
    assert_true(isnan(out.wall_time));
    assert_rel(out.flops_model, known.flops_model / 7.0, 1e-12);
}

/* The general evaluation of a stage takes its time from here, and counts the same tokens. */
static void test_stage_evaluation_predicts_stages_that_generate(void **state)
{
    (void)state;
    struct tb_rl_stage_out rl;
    struct tb_stage_out out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    s.mfu = s.prior_mfu = s.measured_step_time = s.measured_token_rate = NAN;
    s.goodput = 0.9;
    s.step_model = 1.0;
    evaluate(&s, &rl);
    struct tb_model m = dense_7b();
    struct tb_chip chip = chip_80g();
    const struct tb_cluster cluster = {.chips_per_node = 8.0, .pue = 1.1, .mtbf = NAN};
    struct tb_rl_constants constants;
    tb_rl_constants_start(&constants);
    const struct tb_stage_in in = {
        .model = &m, .chip = &chip, .cluster = &cluster, .stage = &s, .rl_constants = &constants};
    tb_stage_evaluate(&in, &out);
    assert_int_equal(out.basis, TB_BASIS_PREDICTED);
    assert_rel(out.step_time, rl.step_time, 1e-12);
    assert_rel(out.flops_model, rl.flops_model, 1e-12);
    assert_rel(out.tokens, 1940400.0, 1e-15);
    assert_rel(out.steps, 7.0, 1e-15);
    assert_rel(out.chip_hours_steady, rl.chip_hours, 1e-12);
    s.step_model = 0.8; /* how far the model may miss */
    tb_stage_evaluate(&in, &out);
    assert_rel(out.step_time, rl.step_time / 0.8, 1e-12);
    s.prior_mfu = 0.3; /* a prior of training does not stand in for a length that is not known */
    s.rl.response_mean = NAN;
    tb_stage_evaluate(&in, &out);
    assert_int_equal(out.basis, TB_BASIS_NONE);
}

static void test_one_stage_is_quick(void **state)
{
    (void)state;
    struct tb_rl_stage_out out;
    struct tb_stage s = group_stage(TB_STAGE_GRPO);
    clock_t start = clock();
    for (int i = 0; i < 200; i++)
        evaluate(&s, &out);
    double each = (double)(clock() - start) / (double)CLOCKS_PER_SEC / 200.0;
    assert_in(each, 0.0, 2e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grpo_items),
        cmocka_unit_test(test_ppo_items),
        cmocka_unit_test(test_preference_items),
        cmocka_unit_test(test_distillation_items),
        cmocka_unit_test(test_rejection_sampling_items),
        cmocka_unit_test(test_roles_have_models_of_their_own),
        cmocka_unit_test(test_work_is_over_rows_of_responses),
        cmocka_unit_test(test_rows_of_impossible_lengths),
        cmocka_unit_test(test_a_role_without_a_share_holds_nothing),
        cmocka_unit_test(test_a_named_reward_model_reads),
        cmocka_unit_test(test_adapter_is_two_thirds_of_full),
        cmocka_unit_test(test_rounding_and_unpacking_cost_time_alone),
        cmocka_unit_test(test_dynamic_sampling),
        cmocka_unit_test(test_instructgpt_flops),
        cmocka_unit_test(test_stage_by_hand),
        cmocka_unit_test(test_a_rollout_may_feed_several_steps),
        cmocka_unit_test(test_unknown_steps_give_a_step_and_no_run),
        cmocka_unit_test(test_stage_evaluation_predicts_stages_that_generate),
        cmocka_unit_test(test_one_stage_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
