/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "near.h"
#include "scenario/alike.h"

static const struct tb_evidence_kernel kernel = {.mfu = 0.27,
                                                 .size = 0.011,
                                                 .generation = 0.043,
                                                 .reach = 1.7,
                                                 .kind = 0.013,
                                                 .expert = 0.12,
                                                 .tokens = 0.019,
                                                 .length = 0.023,
                                                 .team = 0.057,
                                                 .scope = 0.009,
                                                 .noise = 0.031,
                                                 .spread = 1.1};

static const struct tb_evidence_run runs[] = {
    {"a", "one", "ampere", false, false, false, false, 7.3e9, 0, 1.1e12, 2048, 0.41, 0, 1.0},
    {"b", "one", "ampere", false, false, false, false, 31e9, 0, 1.4e12, 2048, 0.45, 0, 1.0},
    {"c", "two", "hopper", false, true, false, false, 9.1e9, 0, 15e12, 8192, 0.19, 0, 1.0},
    {"d", "three", "hopper", true, false, false, false, 21e9, 1408, 8.1e12, 4096, 0.23, 0, 1.0},
    {"e", "four", "hopper", true, false, false, false, 1.1e9, 513, 0, 0, 0.12, 0, 2.3},
};
enum { N = sizeof runs / sizeof *runs };

static struct tb_alike_runs prepare(tb_arena *arena, size_t n)
{
    struct tb_alike_runs out;
    const struct tb_evidence evidence = {kernel, n, runs, NULL};
    assert_true(tb_alike_reserve(arena, n, &out));
    assert_int_equal(tb_alike_prepare(&evidence, &out), TB_OK);
    return out;
}

static void test_one_run_by_hand(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_alike_runs out = prepare(arena, 1);
    /* Own variance 0.011 + 0.043 + 0.013 + 0.019 + 0.023 + 0.057 + 0.009 = 0.175, with noise 0.206.
     * A run of another team, twice as large, on three times the tokens: bell of size exp(-(ln 2 /
     * 1.7)^2 / 2) = 0.920233, of tokens exp(-(ln 3)^2 / 2) = 0.546907; shared 0.054 x 0.920233 +
     * 0.019 x 0.546907 + 0.045 = 0.1050838. Mean ln 0.27 + 0.1050838 / 0.206 x ln(0.41 / 0.27);
     * variance 0.206 - 0.1050838^2 / 0.206 = 0.1523947. */
    const struct tb_evidence_run query = {
        .generation = "ampere", .active = 14.6e9, .tokens = 3.3e12, .length = 2048};
    struct tb_alike a = tb_alike_predict(&out, &query);
    assert_rel(a.mean, log(0.27) + 0.1050838 / 0.206 * log(0.41 / 0.27), 1e-6);
    assert_rel(a.sd, 1.1 * sqrt(0.1523947), 1e-5);
    tb_arena_free(arena);
}

static void test_left_out_equals_a_fit_without_the_run(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_alike_runs all = prepare(arena, N);
    struct tb_alike_runs fewer = prepare(arena, N - 1);
    struct tb_alike left = tb_alike_left_out(&all, N - 1);
    struct tb_alike asked = tb_alike_predict(&fewer, &runs[N - 1]);
    assert_rel(left.mean, asked.mean, 1e-12);
    assert_rel(left.sd, asked.sd, 1e-12);
    tb_arena_free(arena);
}

/* Kernel with a slope of 0.6 on a single run: its line is 0.6 ln(best / 0.45). The run reached 0.30
 * where the line says 0.27 (0.36 / 0.45)^0.6 = 0.236166; the query stands at 0.27 (0.54 / 0.45)^0.6
 * = 0.301212 and is its like in all but the team: 0.118 of 0.175 shared, 0.118 / 0.206 = 0.5728155
 * of the run's ln(0.30 / 0.236166) = 0.239240. Steps alone are 1 / 0.9 faster and of another scope:
 * 0.109 / 0.206 = 0.5291262. */
static void test_best_plan_by_hand(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_evidence_run one = {.run = "a",
                                  .team = "one",
                                  .generation = "ampere",
                                  .active = 7e9,
                                  .tokens = 1e12,
                                  .length = 2048,
                                  .mfu = 0.30,
                                  .best = 0.36,
                                  .doubt = 1.0};
    struct tb_evidence evidence = {.kernel = kernel, .n = 1, .run = &one};
    struct tb_alike_runs out;
    evidence.kernel.slope = 0.6;
    assert_true(tb_alike_reserve(arena, 1, &out));
    assert_int_equal(tb_alike_prepare(&evidence, &out), TB_OK);
    struct tb_evidence_run query = one;
    query.team = NULL;
    query.best = 0.54;
    struct tb_alike a = tb_alike_predict(&out, &query);
    assert_rel(a.mean, log(0.301212) + 0.5728155 * 0.239240, 1e-5);
    query.steady = true;
    struct tb_alike steps = tb_alike_predict(&out, &query);
    assert_rel(steps.mean, log(0.301212 / 0.9) + 0.5291262 * 0.239240, 1e-5);
    query.best = 0.0; /* any plan: the line at 0.45, and (0.6 x 0.25)^2 more variance */
    struct tb_alike blind = tb_alike_predict(&out, &query);
    assert_rel(blind.mean, log(0.27 / 0.9) + 0.5291262 * 0.239240, 1e-5);
    assert_rel(blind.sd * blind.sd, steps.sd * steps.sd + 1.1 * 1.1 * 0.0225, 1e-9);
    tb_arena_free(arena);
}

/* Without its team's runs a run is predicted as by those who never knew them. */
static void test_without_a_team(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_alike_runs rest;
    struct tb_alike a;
    const struct tb_evidence all = {kernel, N, runs, NULL};
    const struct tb_evidence others = {kernel, N - 2, &runs[2], NULL};
    assert_true(tb_alike_without(arena, &all, &runs[0], &a)); /* "a" and "b" are of one team */
    assert_true(tb_alike_reserve(arena, N - 2, &rest));
    assert_int_equal(tb_alike_prepare(&others, &rest), TB_OK);
    struct tb_alike asked = tb_alike_predict(&rest, &runs[0]);
    assert_rel(a.mean, asked.mean, 1e-12);
    assert_rel(a.sd, asked.sd, 1e-12);
    tb_arena_free(arena);
}

static void test_nearer_runs_say_more(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_alike_runs all = prepare(arena, N);
    struct tb_evidence_run query = {
        .generation = "ampere", .active = 8e9, .team = "one", .moe = false};
    struct tb_alike same_team = tb_alike_predict(&all, &query);
    query.team = "five";
    struct tb_alike other_team = tb_alike_predict(&all, &query);
    query.team = NULL;
    struct tb_alike no_team = tb_alike_predict(&all, &query);
    query.generation = "tpu-v9";
    struct tb_alike other_chip = tb_alike_predict(&all, &query);
    assert_true(same_team.sd < other_team.sd && other_team.sd < other_chip.sd);
    assert_rel(no_team.sd, other_team.sd, 1e-12);
    assert_true(same_team.mean > other_team.mean && other_team.mean > other_chip.mean);
    tb_arena_free(arena);
}

static void test_fit_finds_what_is_there(void **state)
{
    (void)state;
    enum { RUNS = 24 };
    static struct tb_evidence_run made[RUNS];
    static char team[RUNS][8];
    for (int i = 0; i < RUNS; i++) { /* two generations a factor of 1.8 apart, little noise */
        bool hopper = i % 2;
        team[i][0] = (char)('a' + i);
        made[i] =
            (struct tb_evidence_run){.run = "r",
                                     .team = team[i],
                                     .generation = hopper ? "hopper" : "ampere",
                                     .active = 1e9 * (1 + i),
                                     .mfu = (hopper ? 0.2 : 0.36) * exp(0.05 * sin(12.9898 * i))};
    }
    made[5].mfu = 0.05; /* one that does not fit */
    tb_arena *arena = tb_arena_new();
    struct tb_evidence_kernel found;
    assert_true(tb_alike_fit(arena, made, RUNS, &found));
    assert_true(found.generation > 0.01);
    assert_in(found.noise, 0.004, 0.03);
    assert_true(made[5].doubt > 5.0);
    assert_exact(made[6].doubt, 1.0);
    struct tb_alike_runs ready;
    const struct tb_evidence evidence = {found, RUNS, made, NULL};
    assert_true(tb_alike_reserve(arena, RUNS, &ready));
    assert_int_equal(tb_alike_prepare(&evidence, &ready), TB_OK);
    const struct tb_evidence_run query = {.generation = "hopper", .active = 10e9};
    assert_rel(exp(tb_alike_predict(&ready, &query).mean), 0.2, 0.06);
    assert_false(tb_alike_fit(arena, made, 9, &found));
    tb_arena_free(arena);
}

/* Runs at 0.7 of best plans that spread from 0.1 to 0.55: the fit finds the slope, and one within a
 * server, three times as fast, moves no cluster. */
static void test_fit_finds_the_slope(void **state)
{
    (void)state;
    enum { RUNS = 30 };
    static struct tb_evidence_run made[RUNS];
    static char team[RUNS][8];
    for (int i = 0; i < RUNS; i++) {
        double best = 0.1 * pow(5.5, (i * 7 % RUNS) / (double)(RUNS - 1));
        team[i][0] = (char)('A' + i);
        made[i] = (struct tb_evidence_run){.run = team[i],
                                           .team = team[i],
                                           .generation = i % 3 ? "hopper" : "ampere",
                                           .active = 1e9 * (1 + i),
                                           .tokens = 1e12,
                                           .best = best,
                                           .mfu = 0.7 * best * exp(0.05 * sin(12.9898 * i))};
    }
    made[4].server = true;
    made[4].mfu = 3.0 * 0.7 * made[4].best;
    tb_arena *arena = tb_arena_new();
    struct tb_evidence_kernel found;
    assert_true(tb_alike_fit(arena, made, RUNS, &found));
    assert_in(found.slope, 0.9, 1.0);
    assert_true(found.server > 0.1);
    assert_true(made[RUNS - 1].server); /* behind the others, which keep their order */
    assert_string_equal(made[4].run, "F");
    struct tb_alike_runs ready;
    const struct tb_evidence evidence = {found, RUNS, made, NULL};
    assert_true(tb_alike_reserve(arena, RUNS, &ready));
    assert_int_equal(tb_alike_prepare(&evidence, &ready), TB_OK);
    const struct tb_evidence_run query = {
        .generation = "hopper", .active = 10e9, .tokens = 1e12, .best = 0.2};
    assert_rel(exp(tb_alike_predict(&ready, &query).mean), 0.14, 0.06);
    tb_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_run_by_hand),
        cmocka_unit_test(test_left_out_equals_a_fit_without_the_run),
        cmocka_unit_test(test_best_plan_by_hand),
        cmocka_unit_test(test_without_a_team),
        cmocka_unit_test(test_nearer_runs_say_more),
        cmocka_unit_test(test_fit_finds_what_is_there),
        cmocka_unit_test(test_fit_finds_the_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
