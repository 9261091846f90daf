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
    assert_exact(f.nearest, 16.0);
    m = gpt(24, 4096, 32, 50000);
    p.ep = 2;
    f = only(&p, &m, 120, 240);
    assert_exact(f.nearest, 1.0);
    m = moe(24, 4096, 32, 48);
    p.ep = 16; /* divides the experts, not 4 x 10 ranks */
    f = only(&p, &m, 120, 240);
    assert_string_equal(f.field, "ep");
    assert_exact(f.nearest, 20.0);
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
        cmocka_unit_test(test_degrees_are_whole),
        cmocka_unit_test(test_schedules_and_stacks_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
