/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plan/stack.h"
#include "shapes.h"

static struct tb_plan_problem only(const struct tb_plan *plan, const struct tb_model *model,
                                   double batch, double chips)
{
    struct tb_plan_problem problems[8];
    assert_int_equal(tb_plan_check(plan, model, batch, chips, problems, 8), 1);
    return problems[0];
}

static struct tb_plan_problem first(const struct tb_plan *plan, const struct tb_model *model,
                                    double batch, double chips)
{
    struct tb_plan_problem problem;
    assert_true(tb_plan_check(plan, model, batch, chips, &problem, 1) >= 1);
    return problem;
}

static struct tb_plan good(void)
{
    struct tb_plan p;
    tb_plan_init(&p);
    p.tp = 4;
    p.pp = 6;
    p.dp = 10;
    p.ep = 8;
    return p;
}

static void test_a_possible_plan_has_no_problem(void **state)
{
    (void)state;
    struct tb_model m = moe(24, 4096, 32, 48);
    struct tb_plan p = good();
    assert_int_equal(tb_plan_check(&p, &m, 120, 240, NULL, 0), 0);
    assert_exact(tb_plan_ranks(&p), 240.0);
}

static void test_heads_bound_tensor_parallelism(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 40, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.tp = 16;
    p.dp = 15;
    struct tb_plan_problem f = only(&p, &m, 120, 240);
    assert_string_equal(f.field, "tp");
    assert_exact(f.value, 16.0);
    assert_exact(f.nearest, 20.0); /* of 1 2 4 5 8 10 20 40 */
}

static void test_experts_bound_expert_parallelism(void **state)
{
    (void)state;
    struct tb_model m = moe(24, 4096, 32, 48);
    struct tb_plan p = good();
    p.ep = 20;
    struct tb_plan_problem f = only(&p, &m, 120, 240);
    assert_string_equal(f.field, "ep");
    assert_exact(f.nearest, 8.0); /* 16 and 24 divide 48 experts, but not 40 ranks */
    m = gpt(24, 4096, 32, 50000);
    p.ep = 2;
    f = only(&p, &m, 120, 240);
    assert_exact(f.nearest, 1.0);
    m = moe(24, 4096, 32, 48);
    p.ep = 16; /* divides the experts, not 4 x 10 ranks: 8 divides both, 20 the ranks alone */
    f = only(&p, &m, 120, 240);
    assert_string_equal(f.field, "ep");
    assert_exact(f.nearest, 8.0);
    p.ep = 8;
    p.etp = 3; /* of experts 2048 wide */
    f = first(&p, &m, 120, 240);
    assert_string_equal(f.field, "etp");
    assert_exact(f.nearest, 2.0);
}

static void test_layers_bound_stages(void **state)
{
    (void)state;
    struct tb_model m = gpt(20, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.pp = 30;
    p.dp = 8;
    struct tb_plan_problem f = only(&p, &m, 120, 240);
    assert_string_equal(f.field, "pp");
    assert_exact(f.nearest, 20.0);
    p.pp = 6;
    p.dp = 40;
    p.vpp = 4; /* 24 chunks of 20 layers */
    f = only(&p, &m, 120, 240);
    assert_string_equal(f.field, "vpp");
    assert_exact(f.nearest, 3.0);
    /* Embedding and head may be chunks of their own: 126 layers on 16 x 8. */
    m = gpt(126, 4096, 32, 50000);
    p.pp = 16;
    p.dp = 15;
    p.vpp = 8;
    assert_int_equal(tb_plan_check(&p, &m, 120, 240, NULL, 0), 0);
}

static void test_ranks_must_be_the_chips(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.tp = 8;
    p.pp = 3;
    p.dp = 5;
    struct tb_plan_problem f = only(&p, &m, 120, 240);
    assert_string_equal(f.field, "dp");
    assert_exact(f.nearest, 10.0);
    p.devices_per_chip = 2;
    p.dp = 20;
    assert_int_equal(tb_plan_check(&p, &m, 120, 240, NULL, 0), 0);
}

static void test_batch_must_divide(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.dp = 30;
    p.micro_batch = 5;
    struct tb_plan_problem f = only(&p, &m, 360, 30); /* 12 a replica */
    assert_string_equal(f.field, "micro_batch");
    assert_exact(f.nearest, 4.0);
}

static void test_more_replicas_than_sequences(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.dp = 96;
    struct tb_plan_problem f = only(&p, &m, 60, 96);
    assert_string_equal(f.field, "dp");
    assert_exact(f.nearest, 12.0); /* divides 60 and 96 */
    p.dp = 48;
    p.tp = 2;
    f = only(&p, &m, 120, 96); /* more sequences, but 120 / 48 */
    assert_string_equal(f.field, "dp");
    assert_exact(f.nearest, 24.0);
}

static void test_degrees_that_do_not_divide_the_chips(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.tp = 4;
    p.pp = 7;
    p.dp = 8; /* 240 / 28 */
    struct tb_plan_problem f = only(&p, &m, 240, 240);
    assert_string_equal(f.field, "pp");
    assert_exact(f.nearest, 6.0); /* of 1 2 3 4 5 6 10 12 15 20 30 60 */
    /* 32 divides 64 ranks and is nearer to 28 than 16, but there are 24 layers. */
    p.tp = 1;
    p.pp = 28;
    p.dp = 2;
    f = first(&p, &m, 64, 64);
    assert_string_equal(f.reason, "more pipeline stages than layers");
    assert_exact(f.nearest, 16.0);
    /* 16 and 24 divide 96 ranks, but not 40 heads. */
    p.tp = 20;
    p.pp = 1;
    p.dp = 4;
    m = gpt(24, 4800, 40, 50000);
    f = first(&p, &m, 96, 96);
    assert_string_equal(f.field, "tp");
    assert_exact(f.nearest, 8.0);
}

static void test_chunks_need_a_pipeline_that_runs_them(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.dp = 8;
    p.vpp = 3;
    assert_string_equal(only(&p, &m, 64, 8).field, "vpp");
    assert_exact(only(&p, &m, 64, 8).nearest, 1.0);
    p.dp = 2;
    p.pp = 4;
    assert_int_equal(tb_plan_check(&p, &m, 64, 8, NULL, 0), 0);
    p.schedule = TB_SCHED_ZB_V;
    assert_exact(only(&p, &m, 64, 8).nearest, 2.0);
    p.schedule = TB_SCHED_DUALPIPE;
    assert_exact(only(&p, &m, 64, 8).nearest, 1.0);
}

static void test_opposite_pipelines_come_in_pairs(void **state)
{
    (void)state;
    struct tb_model m = gpt(30, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.schedule = TB_SCHED_DUALPIPE;
    p.pp = 5;
    p.dp = 2;
    struct tb_plan_problem f = only(&p, &m, 120, 10);
    assert_string_equal(f.field, "pp");
    assert_exact(f.nearest, 4.0);
    p.pp = 6;
    p.micro_batch =
        4; /* 60 sequences a replica in 15 microbatches; 30 / 4 and 30 / 5 are nearest */
    f = only(&p, &m, 120, 12);
    assert_string_equal(f.field, "micro_batch");
    assert_exact(f.nearest, 3.0);
    p.micro_batch = 6; /* 10 microbatches of 6 stages: 4 stages have 8 or more */
    f = only(&p, &m, 120, 12);
    assert_string_equal(f.field, "pp");
    assert_exact(f.nearest, 4.0);
    p.micro_batch = 5;
    assert_int_equal(tb_plan_check(&p, &m, 120, 12, NULL, 0), 0);
}

static void test_context_divides_the_sequence(void **state)
{
    (void)state;
    struct tb_plan p;
    struct tb_plan_problem f;
    tb_plan_init(&p);
    p.cp = 6;
    assert_true(tb_plan_check_sequence(&p, 12288, &f));
    assert_false(tb_plan_check_sequence(&p, 8192, &f));
    assert_string_equal(f.field, "cp");
    assert_exact(f.nearest, 4.0);
    p.cp = 16384;
    assert_false(tb_plan_check_sequence(&p, 8192, &f));
    assert_exact(f.nearest, 8192.0);
    /* A mean length is no sequence to cut. */
    assert_true(tb_plan_check_sequence(&p, 3071.5, &f));
}

static void test_no_number_is_no_degree(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, -4.0, 0.5};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tb_plan p;
        tb_plan_init(&p);
        p.pp = bad[i];
        assert_string_equal(first(&p, &m, 8, 8).field, "pp");
        assert_exact(first(&p, &m, 8, 8).nearest, 1.0);
        tb_plan_init(&p);
        p.micro_batch = bad[i] == 0.5 ? 0.0 : bad[i];
        assert_string_equal(first(&p, &m, 8, 1).field, "micro_batch");
    }
}

static void test_tensor_divides_the_feed_forward(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    m.kind[0].ffn.d_ff = 11004;
    struct tb_plan p;
    tb_plan_init(&p);
    p.tp = 8;
    struct tb_plan_problem f = only(&p, &m, 8, 8);
    assert_string_equal(f.field, "tp");
    assert_exact(f.nearest, 7.0); /* 11,004 = 2^2 x 3 x 7 x 131 */
}

static void test_degrees_are_whole(void **state)
{
    (void)state;
    struct tb_model m = gpt(24, 4096, 32, 50000);
    struct tb_plan p;
    tb_plan_init(&p);
    p.cp = 2.5;
    struct tb_plan_problem f = only(&p, &m, 8, 1);
    assert_string_equal(f.field, "cp");
    assert_exact(f.nearest, 2.0);
    p.cp = 0.0;
    f = only(&p, &m, 8, 1);
    assert_exact(f.nearest, 1.0);
}

static void test_schedules_and_stacks_are_found(void **state)
{
    (void)state;
    enum tb_schedule schedule;
    for (int i = 0; i < TB_SCHEDULE_COUNT; i++) {
        assert_true(tb_schedule_find(tb_schedule_info((enum tb_schedule)i)->id, &schedule));
        assert_int_equal(schedule, i);
    }
    assert_false(tb_schedule_find("2f2b", &schedule));
    assert_string_equal(tb_stack_of_source("MaxText TPU configs", "", "")->id, "maxtext-2024");
    assert_string_equal(tb_stack_of_source("Nobody's framework", "", "")->id, "generic");
    assert_string_equal(
        tb_stack_of_source("Megatron-Bridge performance", "", "26.04 container")->id,
        "megatron-bridge-2026.04");
    assert_null(tb_stack_find("no-such-stack"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_possible_plan_has_no_problem),
        cmocka_unit_test(test_heads_bound_tensor_parallelism),
        cmocka_unit_test(test_experts_bound_expert_parallelism),
        cmocka_unit_test(test_layers_bound_stages),
        cmocka_unit_test(test_ranks_must_be_the_chips),
        cmocka_unit_test(test_batch_must_divide),
        cmocka_unit_test(test_more_replicas_than_sequences),
        cmocka_unit_test(test_degrees_that_do_not_divide_the_chips),
        cmocka_unit_test(test_chunks_need_a_pipeline_that_runs_them),
        cmocka_unit_test(test_opposite_pipelines_come_in_pairs),
        cmocka_unit_test(test_context_divides_the_sequence),
        cmocka_unit_test(test_no_number_is_no_degree),
        cmocka_unit_test(test_tensor_divides_the_feed_forward),
        cmocka_unit_test(test_degrees_are_whole),
        cmocka_unit_test(test_schedules_and_stacks_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
