/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/search.h"
#include "shapes.h"

static enum tb_status search(const struct setup *s, struct tb_plan_found *found)
{
    const struct tb_batch_range batch = {s->in.global_batch, s->in.global_batch};
    return tb_plan_search(&s->in, &batch, found);
}

static void test_search_finds_a_plan_that_fits(void **state)
{
    (void)state;
    struct setup s;
    struct tb_plan_found found;
    struct tb_plan_problem problem;
    /* 175 billion parameters on 96 chips of 80 GB do not fit without cutting the layers. */
    set_up(&s, gpt(96, 12288, 96, 51200), 96, 192, 2048);
    assert_int_equal(search(&s, &found), TB_OK);
    assert_int_equal(tb_plan_check(&found.plan, &s.model, 192, 96, &problem, 1), 0);
    assert_true(found.step.memory.total <= found.step.memory.capacity);
    assert_true(found.feasible > 0.0 && found.feasible <= found.tried);
    /* No hand-made neighbour that fits is faster. */
    s.plan = found.plan;
    s.plan.micro_batch *= 2.0;
    struct tb_step_out other;
    if (tb_plan_check(&s.plan, &s.model, 192, 96, &problem, 1) == 0 &&
        tb_step_evaluate(&s.in, &other) == TB_OK && other.memory.total <= other.memory.capacity)
        assert_true(other.time.total >= found.step.time.total);
}

static void test_search_spreads_experts(void **state)
{
    (void)state;
    struct setup s;
    struct tb_plan_found found;
    set_up(&s, moe(48, 4096, 32, 128), 64, 256, 4096);
    assert_int_equal(search(&s, &found), TB_OK);
    assert_exact(fmod(128.0, found.plan.ep), 0.0);
    assert_true(found.step.memory.total <= found.step.memory.capacity);
}

static void test_search_says_when_nothing_fits(void **state)
{
    (void)state;
    struct setup s;
    struct tb_plan_found found;
    set_up(&s, gpt(96, 12288, 96, 51200), 4, 16, 2048);
    assert_int_equal(search(&s, &found), TB_E_ANSWER);
    assert_exact(found.feasible, 0.0);
    assert_true(found.tried > 0.0);
    assert_true(found.step.memory.total > found.step.memory.capacity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_finds_a_plan_that_fits),
        cmocka_unit_test(test_search_spreads_experts),
        cmocka_unit_test(test_search_says_when_nothing_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
