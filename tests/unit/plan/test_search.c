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

/* 24 sequences are cut for 12 or 8 replicas and not for 20; a batch of 20 to 30 may be 20 or 30.
 * The time is that of 24 in both cases. */
static void test_search_lets_chips_stand_by(void **state)
{
    (void)state;
    struct setup s;
    struct tb_plan_found exact;
    struct tb_plan_found ranged;
    set_up(&s, gpt(10, 2048, 16, 32000), 20, 24, 2048);
    s.chip.link_domain = 1.0;
    const struct tb_batch_range guess = {20.0, 30.0};
    assert_int_equal(search(&s, &exact), TB_OK);
    assert_int_equal(tb_plan_search(&s.in, &guess, &ranged), TB_OK);
    assert_true(tb_plan_ranks(&exact.plan) <= 20.0);
    assert_exact(fmod(24.0, exact.plan.dp * exact.plan.micro_batch), 0.0);
    assert_true(ranged.step.time.total <= exact.step.time.total);
    /* Tokens over time and all chips, idle ones too. */
    assert_rel(exact.step.tokens_per_s_per_chip, 24.0 * 2048.0 / exact.step.time.total / 20.0,
               1e-12);
}

static void test_batch_range_holds_multiples(void **state)
{
    (void)state;
    const struct tb_batch_range exact = {24.0, 24.0};
    const struct tb_batch_range range = {20.0, 30.0};
    const double held[] = {1.0, 7.0, 10.0, 12.0, 13.0, 30.0};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        assert_true(tb_batch_holds(&range, held[i]));
    assert_false(tb_batch_holds(&range, 17.0)); /* 17 and 34 */
    assert_false(tb_batch_holds(&range, 31.0));
    assert_true(tb_batch_holds(&exact, 8.0));
    assert_false(tb_batch_holds(&exact, 7.0));
}

/* The least of every plan of the axes, by going through all of them. */
static double exhaustive(const struct setup *s, double experts)
{
    double best = HUGE_VAL;
    static const unsigned levels[] = {
        0, TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP, TB_AGAIN_FULL};
    struct tb_plan p = *s->in.plan;
    struct tb_step_in in = s->in;
    struct tb_step_out out;
    in.plan = &p;
    for (p.tp = 1.0; p.tp <= 8.0; p.tp *= 2.0)
        for (p.pp = 1.0; p.pp <= 16.0; p.pp *= 2.0)
            for (p.ep = 1.0; p.ep <= experts; p.ep *= 2.0)
                for (p.micro_batch = 1.0; p.micro_batch <= 8.0; p.micro_batch *= 2.0)
                    for (int k = 0; k < 9; k++) {
                        bool pairs = k >= 6;
                        p.sp = p.tp > 1.0;
                        p.dp = s->in.chips / p.tp / p.pp;
                        p.zero = k / 3 == 1 ? 3 : 1;
                        p.again = levels[k % 3];
                        p.schedule = pairs ? TB_SCHED_DUALPIPE_V : TB_SCHED_1F1B;
                        double most = s->in.global_batch / (2.0 * p.dp * p.micro_batch);
                        if (p.dp < 1.0 || (p.zero == 3 && p.pp > 1.0) ||
                            (pairs && (p.pp == 1.0 || p.ep == 1.0 || p.pp > most)) ||
                            tb_plan_check(&p, &s->model, s->in.global_batch, s->in.chips, NULL,
                                          0) ||
                            tb_step_evaluate(&in, &out) != TB_OK ||
                            out.memory.total > out.memory.capacity)
                            continue;
                        best = fmin(best, out.time.total);
                    }
    return best;
}

/* A descent may stop short of the best plan: by a few percent at most. */
static void test_search_is_near_the_best(void **state)
{
    (void)state;
    static const struct {
        double layers, hidden, heads, experts, chips, batch, length;
    } cases[] = {
        {32, 4096, 32, 0, 64, 512, 4096},     {48, 8192, 64, 0, 256, 512, 2048},
        {96, 12288, 96, 0, 512, 1024, 2048},  {24, 2048, 16, 64, 32, 256, 4096},
        {48, 4096, 32, 128, 256, 1024, 4096}, {60, 5120, 40, 64, 512, 2048, 8192},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setup s;
        struct tb_plan_found found;
        bool dense = cases[i].experts == 0.0;
        struct tb_model model =
            dense ? gpt(cases[i].layers, cases[i].hidden, cases[i].heads, 50000.0)
                  : moe(cases[i].layers, cases[i].hidden, cases[i].heads, cases[i].experts);
        set_up(&s, model, cases[i].chips, cases[i].batch, cases[i].length);
        assert_int_equal(search(&s, &found), TB_OK);
        assert_true(found.step.time.total <= 1.03 * exhaustive(&s, cases[i].experts + dense));
        assert_true(found.tried < 500.0);
    }
}

/* Dispatch that leaves the domain and delays in full: pairing hides what 1F1B cannot, given twice
 * as many microbatches as stages. */
static void test_search_pairs_microbatches_where_dispatch_is_slow(void **state)
{
    (void)state;
    struct setup s;
    struct tb_plan_found found;
    set_up(&s, moe(48, 4096, 32, 128), 256, 4096, 4096);
    s.perf.ep_out_exposed = 1.0;
    assert_int_equal(search(&s, &found), TB_OK);
    assert_int_equal(found.plan.schedule, TB_SCHED_DUALPIPE_V);
    assert_true(found.plan.ep > 1.0);
    double micro = 4096.0 / found.plan.dp / found.plan.micro_batch;
    assert_true(micro >= 2.0 * found.plan.pp);
    s.plan = found.plan;
    s.plan.schedule = TB_SCHED_1F1B;
    struct tb_step_out plain;
    assert_int_equal(tb_step_evaluate(&s.in, &plain), TB_OK);
    assert_true(found.step.time.total < plain.time.total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_finds_a_plan_that_fits),
        cmocka_unit_test(test_search_spreads_experts),
        cmocka_unit_test(test_search_says_when_nothing_fits),
        cmocka_unit_test(test_search_lets_chips_stand_by),
        cmocka_unit_test(test_batch_range_holds_multiples),
        cmocka_unit_test(test_search_is_near_the_best),
        cmocka_unit_test(test_search_pairs_microbatches_where_dispatch_is_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
