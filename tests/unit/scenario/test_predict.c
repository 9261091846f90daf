/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "open.h"
#include "scenario/fit_constants.h"
#include "scenario/metric.h"
#include "trainbudget/estimate.h"

/* The plan that the request below gives, written by hand: 1,024 = 8 x 4 x 32 ranks. */
static void plan_by_hand(struct tb_plan *plan)
{
    tb_plan_init(plan);
    tb_plan_apply_stack(plan, tb_stack_find("megatron-2024"));
    plan->tp = 8;
    plan->sp = true;
    plan->pp = 4;
    plan->vpp = 5;
    plan->dp = 32;
    plan->zero = 1;
    plan->micro_batch = 2;
    plan->again = TB_AGAIN_FULL;
    plan->recipe = TB_RECIPE_ADAMW_BF16;
}

static void test_predicted_step_is_that_of_the_step_model(void **state)
{
    (void)state;
    static const struct tb_setting settings[] = {{"tokens=1T", {0}},
                                                 {"global_batch=1024", {0}},
                                                 {"seq_len=8192", {0}},
                                                 {"goodput=0.9", {0}}};
    const struct tb_request request = {
        .model = "llama-3.1-70b",
        .chip = "h100",
        .chips = 1024,
        .plan = "tp=8,sp,pp=4,vpp=5,zero=1,micro_batch=2,recompute=full,stack=megatron-2024",
        .settings = settings,
        .n_settings = 4,
        .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);

    const struct tb_pos nowhere = {0};
    const struct tb_model_preset *model = tb_data_model(data, "llama-3.1-70b", nowhere, NULL);
    const struct tb_chip_preset *chip = tb_data_chip(data, "h100", nowhere, NULL);
    const struct tb_cluster_preset *cluster = tb_data_cluster(data, chip->cluster, nowhere, NULL);
    const struct tb_constant_keys keys = {chip->entity.id, chip->generation, chip->vendor,
                                          "megatron-2024", &chip->chip};
    struct tb_perf perf;
    struct tb_plan plan;
    tb_constants_perf(tb_data_constants(data, NULL), &keys, &perf);
    plan_by_hand(&plan);
    const struct tb_step_in in = {.model = &model->model,
                                  .chip = &chip->chip,
                                  .cluster = &cluster->cluster,
                                  .plan = &plan,
                                  .perf = &perf,
                                  .chips = 1024,
                                  .global_batch = 1024,
                                  .lengths = {8192, 0, 0}};
    struct tb_step_out out;
    assert_int_equal(tb_step_evaluate(&in, &out), TB_OK);

    assert_string_equal(e->basis, "predicted");
    assert_int_equal(e->n_plans, 1);
    assert_string_equal(e->plans[0].from, "given");
    assert_string_equal(e->plans[0].stack, "megatron-2024");
    assert_exact(e->plans[0].step_time, out.time.total);
    assert_exact(e->plans[0].memory_total, out.memory.total);
    assert_rel(e->metrics[TB_METRIC_STEP_TIME].value, out.time.total, 1e-12);
    /* 1e12 tokens in steps of 1024 x 8192 take 119,209.29 steps; 0.9 of the time counts. */
    assert_rel(e->metrics[TB_METRIC_CHIP_HOURS].value,
               119209.28955078125 * out.time.total * 1024 / 3600 / 0.9, 1e-9);
    tb_estimate_free(e);
}

static void test_parts_of_a_prediction_add_up(void **state)
{
    (void)state;
    const struct tb_request request = {
        .preset = "dsv3-pretrain", .basis = "predicted", .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    const struct tb_estimate_plan *plan = &e->plans[0];
    double time = 0;
    double memory = 0;
    for (size_t i = 0; i < plan->n_time; i++)
        time += plan->time[i].value;
    for (size_t i = 0; i < plan->n_memory; i++)
        memory += plan->memory[i].value;
    assert_string_equal(plan->from, "published");
    assert_rel(time, plan->step_time, 1e-9);
    assert_rel(memory, plan->memory_total, 1e-9);
    tb_estimate_free(e);
}

static void test_factor_scales_the_predicted_rate(void **state)
{
    (void)state;
    static const struct tb_setting half = {"step_model=0.5", {0}};
    struct tb_request request = {
        .preset = "dsv3-pretrain", .basis = "predicted", .no_uncertainty = true};
    struct tb_estimate *one = estimate(&request);
    request.settings = &half;
    request.n_settings = 1;
    struct tb_estimate *two = estimate(&request);
    assert_rel(two->metrics[TB_METRIC_STEP_TIME].value, 2 * one->metrics[TB_METRIC_STEP_TIME].value,
               1e-12);
    tb_estimate_free(one);
    tb_estimate_free(two);
}

/* Without a range of the factor the estimate would look surer than the fit's left-out rows are. */
static void test_range_follows_the_factor(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "dsv3-pretrain", .basis = "predicted"};
    struct tb_estimate *e = estimate(&request);
    const struct tb_estimate_input *factor = NULL;
    for (size_t i = 0; i < e->n_inputs; i++) {
        if (strstr(e->inputs[i].path, "step_model"))
            factor = &e->inputs[i];
    }
    assert_non_null(factor);
    assert_exact(factor->value, 1.0);
    assert_true(factor->low < 1.0 && factor->high > 1.0 && factor->n_sources > 0);
    const struct tb_estimate_metric *rate = &e->metrics[TB_METRIC_TOKENS_PER_S_PER_CHIP];
    assert_rel(rate->high / rate->value, factor->high, 0.02);
    assert_rel(rate->low / rate->value, factor->low, 0.02);
    tb_estimate_free(e);
}

static void test_chosen_plan_fits(void **state)
{
    (void)state;
    const struct tb_request request = {
        .preset = "dsv3-pretrain", .chip = "h200", .basis = "predicted", .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    assert_string_equal(e->plans[0].from, "chosen");
    assert_true(e->plans[0].fits);
    assert_exact(e->metrics[TB_METRIC_MEMORY_FITS].value, 1.0);
    tb_estimate_free(e);
}

/* A run on another chip: its plan is chosen. Goodput 0.9, no time before the first step. */
static struct tb_estimate *chosen_with(const char *realisation, const char *plan)
{
    struct tb_setting settings[] = {{"goodput=0.9", {0}}, {"*.warm_up=0", {0}}, {realisation, {0}}};
    const struct tb_request request = {.preset = "dsv3-pretrain",
                                       .chip = "h200",
                                       .basis = "predicted",
                                       .plan = plan,
                                       .settings = settings,
                                       .n_settings = 3,
                                       .no_uncertainty = true};
    return estimate(&request);
}

static double value(const struct tb_estimate *e, enum tb_metric metric)
{
    return e->metrics[metric].value;
}

/* The run reaches 0.72 of the best plan's rate. At goodput 0.9 its steps reach 0.72 / 0.9 = 0.8 of
 * it, so a step takes 1 / 0.8 = 1.25 times the best one, and 14.8e12 tokens / (rate x 0.72). */
static void test_realisation_is_of_the_whole_run(void **state)
{
    (void)state;
    struct tb_estimate *e = chosen_with("realisation=0.72", NULL);
    const double best = e->plans[0].tokens_per_s_per_chip;
    assert_string_equal(e->plans[0].from, "chosen");
    assert_rel(value(e, TB_METRIC_STEP_TIME), 1.25 * e->plans[0].step_time, 2e-3);
    assert_rel(value(e, TB_METRIC_TOKENS_PER_S_PER_CHIP), 0.8 * best, 1e-3);
    assert_rel(value(e, TB_METRIC_CHIP_HOURS), 14.8e12 / (0.72 * best) / 3600.0, 1e-3);
    assert_rel(value(e, TB_METRIC_CHIP_HOURS_STEADY), 0.9 * value(e, TB_METRIC_CHIP_HOURS), 1e-12);
    assert_rel(value(e, TB_METRIC_WALL_CLOCK),
               3600.0 * value(e, TB_METRIC_CHIP_HOURS) / value(e, TB_METRIC_CHIPS), 1e-12);
    tb_estimate_free(e);
}

/* A run that loses nothing but its goodput behind the best plan is the step model's. */
static void test_realisation_of_the_goodput_is_the_step_model(void **state)
{
    (void)state;
    struct tb_estimate *e = chosen_with("realisation=0.9", NULL);
    assert_rel(value(e, TB_METRIC_TOKENS_PER_S_PER_CHIP), e->plans[0].tokens_per_s_per_chip, 1e-3);
    assert_rel(value(e, TB_METRIC_GOODPUT), 0.9, 1e-12);
    tb_estimate_free(e);
}

static void test_hours_fall_with_realisation(void **state)
{
    (void)state;
    double hours = INFINITY;
    static const char *const settings[] = {"realisation=0.31", "realisation=0.5",
                                           "realisation=0.83", "realisation=1.2"};
    static const double factors[] = {0.31, 0.5, 0.83, 1.2};
    double product = NAN;
    for (size_t i = 0; i < 4; i++) {
        struct tb_estimate *e = chosen_with(settings[i], NULL);
        assert_true(value(e, TB_METRIC_CHIP_HOURS) < hours);
        hours = value(e, TB_METRIC_CHIP_HOURS);
        if (i > 0)
            assert_rel(hours * factors[i], product, 1e-12);
        product = hours * factors[i];
        tb_estimate_free(e);
    }
}

/* How far runs stay behind the best plan says nothing of a plan that somebody gives. */
static void test_realisation_is_not_for_given_plans(void **state)
{
    (void)state;
    struct tb_estimate *low = chosen_with("realisation=0.31", "pp=16,ep=64");
    struct tb_estimate *high = chosen_with("realisation=0.83", "pp=16,ep=64");
    assert_string_equal(low->plans[0].from, "given");
    assert_exact(value(low, TB_METRIC_CHIP_HOURS), value(high, TB_METRIC_CHIP_HOURS));
    assert_exact(value(low, TB_METRIC_STEP_TIME), value(high, TB_METRIC_STEP_TIME));
    tb_estimate_free(low);
    tb_estimate_free(high);
}

/* A chosen plan is realised as published runs are: one input with their spread, in place of the
 * step model's, which is part of it. */
static void test_chosen_plan_is_realised_like_published_runs(void **state)
{
    (void)state;
    const struct tb_request request = {
        .preset = "llama3-8b-pretrain", .chip = "a100-80g", .basis = "predicted"};
    struct tb_estimate *e = estimate(&request);
    const struct tb_estimate_input *found = NULL;
    for (size_t i = 0; i < e->n_inputs; i++) {
        assert_null(strstr(e->inputs[i].path, "step_model"));
        if (strstr(e->inputs[i].path, "realisation"))
            found = &e->inputs[i];
    }
    assert_non_null(found);
    assert_in(found->value, 0.5, 0.95);
    assert_in(found->high / found->low, 1.5, 3.5);
    assert_rel(found->high / found->value, found->value / found->low, 1e-9);
    assert_non_null(strstr(e->basis_detail, "whole runs go at 0."));
    tb_estimate_free(e);
}

static double realisation_of(const char *chips)
{
    const struct tb_setting settings[] = {{"tokens=2T", {0}}, {chips, {0}}};
    const struct tb_request request = {.model = "llama-3.1-8b",
                                       .chip = "h100",
                                       .settings = settings,
                                       .n_settings = 2,
                                       .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    double found = NAN;
    for (size_t i = 0; i < e->n_inputs; i++)
        if (strstr(e->inputs[i].path, "realisation"))
            found = e->inputs[i].value;
    tb_estimate_free(e);
    return found;
}

/* Nine chips are no other trade than eight, and nobody is expected to beat the best plan, however
 * poor that is. */
static void test_no_run_is_expected_to_beat_its_best_plan(void **state)
{
    (void)state;
    assert_rel(realisation_of("chips=8"), realisation_of("chips=9"), 0.05);
    assert_in(realisation_of("chips=1000"), 0.4, 0.8);
    assert_rel(realisation_of("chips=100000"), 1.0, 1e-12);
}

static size_t count_dropped(const char *plan)
{
    static const struct tb_setting setting = {"realisation=0.7", {0}};
    const struct tb_request request = {.preset = "dsv3-pretrain",
                                       .chip = "h200",
                                       .basis = "predicted",
                                       .plan = plan,
                                       .settings = &setting,
                                       .n_settings = 1,
                                       .no_uncertainty = true};
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = tb_estimate_new(data, &request, diags);
    size_t n = 0;
    for (size_t i = 0; i < tb_diags_count(diags, TB_NOTE); i++) {
        char *text = tb_diag_text(tb_diags_at(diags, i));
        n += strstr(text, "realisation says") != NULL;
        free(text);
    }
    assert_non_null(e);
    tb_estimate_free(e);
    tb_diags_free(diags);
    return n;
}

static void test_realisation_of_a_given_plan_is_said_to_be_dropped(void **state)
{
    (void)state;
    assert_int_equal(count_dropped("pp=16,ep=64"), 1);
    assert_int_equal(count_dropped(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_predicted_step_is_that_of_the_step_model),
        cmocka_unit_test(test_parts_of_a_prediction_add_up),
        cmocka_unit_test(test_factor_scales_the_predicted_rate),
        cmocka_unit_test(test_range_follows_the_factor),
        cmocka_unit_test(test_chosen_plan_fits),
        cmocka_unit_test(test_realisation_is_of_the_whole_run),
        cmocka_unit_test(test_realisation_of_the_goodput_is_the_step_model),
        cmocka_unit_test(test_hours_fall_with_realisation),
        cmocka_unit_test(test_realisation_is_not_for_given_plans),
        cmocka_unit_test(test_chosen_plan_is_realised_like_published_runs),
        cmocka_unit_test(test_no_run_is_expected_to_beat_its_best_plan),
        cmocka_unit_test(test_realisation_of_a_given_plan_is_said_to_be_dropped),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
