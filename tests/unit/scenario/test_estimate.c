/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <omp.h>
#include <string.h>

#include "near.h"
#include "open.h"
#include "scenario/metric.h"
#include "trainbudget/estimate.h"

static double central(const struct tb_request *request, enum tb_metric metric)
{
    struct tb_estimate *e = estimate(request);
    double value = e->metrics[metric].central;
    tb_estimate_free(e);
    return value;
}

static void test_dsv3_pretrain_comes_out_of_its_step_time(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "dsv3-pretrain", .basis = "measured"};
    struct tb_estimate *e = estimate(&request);
    assert_string_equal(e->basis, "measured");
    assert_rel(e->metrics[TB_METRIC_CHIP_HOURS].value, 2.664e6, 0.02);
    assert_rel(e->metrics[TB_METRIC_MFU_CAUSAL].value, 0.3894, 0.008);
    assert_rel(e->metrics[TB_METRIC_MFU_FULL].value, 0.4373, 0.007);
    assert_rel(e->metrics[TB_METRIC_STEP_TIME].value, 19.926, 1e-6);
    for (size_t i = 0; i < e->n_inputs; i++)
        assert_null(strstr(e->inputs[i].path, "chip_hours"));
    tb_estimate_free(e);
}

/* The ramp at half the batch (3.8 s) and the long rows (9.8 s) take fewer hours. */
static void test_step_of_the_stage_that_takes_longest(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "llama31-405b-pretrain", .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    assert_int_equal(e->n_stages, 3);
    assert_exact(e->metrics[TB_METRIC_STEP_TIME].central, e->stages[1].step_time);
    assert_true(e->stages[0].step_time < 0.7 * e->stages[1].step_time);
    assert_true(e->stages[2].step_time > 1.3 * e->stages[1].step_time);
    assert_rel(e->stages[1].step_time, 6.461, 0.1);
    tb_estimate_free(e);
}

static void dsv3_total(const char *asked, const char *basis, double tolerance)
{
    const struct tb_request request = {.preset = "dsv3-total", .basis = asked};
    struct tb_estimate *e = estimate(&request);
    assert_rel(e->metrics[TB_METRIC_CHIP_HOURS].value, 2.788e6, tolerance);
    assert_string_equal(e->basis, basis);
    double hours = 0.0;
    for (size_t i = 0; i < e->n_stages; i++)
        hours += e->stages[i].chip_hours;
    assert_rel(e->metrics[TB_METRIC_CHIP_HOURS].central, hours, 1e-12);
    tb_estimate_free(e);
}

static void test_dsv3_total(void **state)
{
    (void)state;
    dsv3_total(NULL, "predicted", 0.06);
    dsv3_total("measured", "measured+prior", 0.03);
}

static void test_v4pro_post_holds_what_was_disclosed(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "v4pro-post", .chip = "910c"};
    struct tb_estimate *e = estimate(&request);
    const struct tb_estimate_metric *hours = &e->metrics[TB_METRIC_CHIP_HOURS];
    assert_in(hours->value, 9e3, 3e4);
    assert_in(11250.0, hours->low, hours->high);
    assert_exact(e->metrics[TB_METRIC_MEMORY_FITS].value, 1.0);
    assert_in(e->metrics[TB_METRIC_PRETRAINING_SHARE].value, 1e-4, 2e-3);
    assert_true(e->n_implied >= 5);
    assert_true(e->n_compare >= 2);
    assert_true(e->compare[0].is_pretraining);
    tb_estimate_free(e);
}

/* 34.9 % of 707.8 TFLOP/s over a causal count of 3.123e11 (4,096 tokens) is 791 tokens/s, and 27 s
 * on 1,000 chips make 21.4M tokens of it. */
static void test_implied_by_an_mfu_of_unstated_convention(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "v4pro-post", .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    bool seen = false;
    for (size_t i = 0; i < e->n_implied; i++) {
        const struct tb_estimate_implied *row = &e->implied[i];
        assert_rel(row->batch_tokens, row->tokens_per_s_per_chip * 27000.0, 1e-12);
        assert_rel(row->mfu_causal * 707.8e12 / row->tokens_per_s_per_chip,
                   e->metrics[TB_METRIC_FLOPS_PER_TOKEN].central, 1e-6);
        if (strcmp(row->convention, "causal") != 0)
            continue;
        seen = true;
        assert_rel(row->tokens_per_s_per_chip, 791.0, 0.006);
        assert_rel(row->batch_tokens, 21.4e6, 0.006);
    }
    assert_true(seen);
    tb_estimate_free(e);
}

static void test_other_chips_answer(void **state)
{
    static const char *const chips[] = {"h800", "950dt", "a100-80g"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct tb_request request = {.preset = "v4pro-post", .chip = chips[i]};
        struct tb_estimate *e = estimate(&request);
        assert_string_equal(e->chip, chips[i]);
        assert_string_equal(e->basis, "predicted");
        assert_in(e->metrics[TB_METRIC_CHIP_HOURS].value, 2e3, 1e5);
        assert_exact(e->metrics[TB_METRIC_MEMORY_FITS].central, 1.0);
        for (size_t d = 0; d < e->n_disclosed; d++)
            if (strcmp(e->disclosed[d].what, "step_time") == 0)
                assert_true(isnan(e->disclosed[d].estimate));
        tb_estimate_free(e);
    }
}

static void same_bytes(const struct tb_estimate *a, const struct tb_estimate *b)
{
    for (int m = 0; m < TB_METRIC_COUNT; m++) {
        assert_memory_equal(&a->metrics[m].value, &b->metrics[m].value, sizeof(double));
        assert_memory_equal(&a->metrics[m].low, &b->metrics[m].low, sizeof(double));
        assert_memory_equal(&a->metrics[m].high, &b->metrics[m].high, sizeof(double));
    }
    assert_int_equal(a->n_inputs, b->n_inputs);
    for (size_t i = 0; i < a->n_inputs; i++)
        assert_memory_equal(&a->inputs[i].share, &b->inputs[i].share, sizeof(double));
}

static void test_same_bytes_for_any_number_of_threads(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "v4pro-post"};
    const struct tb_request other = {.preset = "v4pro-post", .seed = 99};
    omp_set_num_threads(1);
    struct tb_estimate *one = estimate(&request);
    omp_set_num_threads(2);
    struct tb_estimate *two = estimate(&request);
    omp_set_num_threads(100000);
    struct tb_estimate *five = estimate(&request);
    same_bytes(one, two);
    same_bytes(one, five);
    struct tb_estimate *reseeded = estimate(&other);
    double a = one->metrics[TB_METRIC_CHIP_HOURS].value;
    double b = reseeded->metrics[TB_METRIC_CHIP_HOURS].value;
    assert_true(a != b);
    assert_rel(a, b, 0.01);
    tb_estimate_free(one);
    tb_estimate_free(two);
    tb_estimate_free(five);
    tb_estimate_free(reseeded);
}

#define SETTING(t)                                                                                 \
    {                                                                                              \
        t,                                                                                         \
        {                                                                                          \
            "command line", 0, 0                                                                   \
        }                                                                                          \
    }

/* hours ~ tokens / mfu, both lognormal: the quotient is lognormal with
 * ln P95/P50 = sqrt((ln 4 / 2)^2 + (ln 1.5 / 2)^2) = sqrt(0.480453 + 0.041101) = 0.722187,
 * P95/P50 = 2.058933; shares 0.480453/0.521554 = 0.9212 and 0.0788.
 * At the level of 50 % the factor is 2.058933^(0.674490/1.644854) = 1.344656. */
static void test_stated_ends_come_back_unrounded(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "v4pro-post", .basis = "measured"};
    struct tb_estimate *e = estimate(&request);
    assert_exact(e->metrics[TB_METRIC_CHIPS].low, 960.0);
    assert_exact(e->metrics[TB_METRIC_CHIPS].high, 1100.0);
    assert_exact(e->metrics[TB_METRIC_STEP_TIME].low, 25.0);
    assert_string_equal(e->precision, "bf16");
    assert_false(e->machine_changed);
    assert_false(e->model_changed);
    for (size_t i = 0; i < e->n_inputs; i++)
        if (strstr(e->inputs[i].path, "goodput")) {
            assert_true(tb_estimate_feeds(e, i, TB_METRIC_CHIP_HOURS));
            assert_false(tb_estimate_feeds(e, i, TB_METRIC_STEPS));
        }
    assert_false(tb_estimate_feeds(e, e->n_inputs, TB_METRIC_STEPS));
    assert_non_null(strstr(e->basis_detail, "step time of 27 s on 1,000 chips, grade C"));
    assert_null(strstr(e->basis_detail, "published"));
    tb_estimate_free(e);
}

static void test_what_was_changed_is_not_compared(void **state)
{
    (void)state;
    const struct tb_request chip = {.preset = "v4pro-post", .chip = "950dt", .basis = "prior"};
    struct tb_estimate *e = estimate(&chip);
    assert_true(e->machine_changed);
    assert_non_null(strstr(e->basis_detail, "borrowed for ascend-950, moe"));
    tb_estimate_free(e);
    const struct tb_request model = {.preset = "v4pro-post", .model = "qwen3-235b-a22b"};
    e = estimate(&model);
    assert_true(e->model_changed);
    assert_int_equal(e->n_implied, 0);
    assert_false(e->metrics[TB_METRIC_PRETRAINING_SHARE].known);
    for (size_t i = 0; i < e->n_disclosed; i++)
        assert_true(isnan(e->disclosed[i].estimate));
    tb_estimate_free(e);
    const struct tb_request same = {
        .preset = "v4pro-post", .model = "deepseek-v4-pro", .basis = "measured"};
    e = estimate(&same);
    assert_false(e->model_changed);
    assert_string_equal(e->basis, "measured");
    tb_estimate_free(e);
}

static void test_quantiles_against_a_product_of_lognormals(void **state)
{
    static const struct tb_setting settings[] = {
        SETTING("tokens=1T..4T"), SETTING("mfu=0.2..0.3"), SETTING("goodput=0.87"),
        SETTING("chip.peak.bf16=900 TFLOP/s"), SETTING("seq_len=4096")};
    struct tb_request request = {.model = "llama-3.1-8b",
                                 .chip = "h100",
                                 .chips = 512.0,
                                 .settings = settings,
                                 .n_settings = 5};
    (void)state;
    struct tb_estimate *e = estimate(&request);
    const struct tb_estimate_metric *hours = &e->metrics[TB_METRIC_CHIP_HOURS];
    double flops = e->metrics[TB_METRIC_FLOPS_PER_TOKEN].central;
    double median = flops * 2e12 / (sqrt(0.06) * 900e12 * 0.87 * 3600.0);
    assert_rel(hours->central, median, 1e-12);
    assert_rel(hours->value, median, 0.004);
    assert_rel(hours->high, median * 2.058933, 0.01);
    assert_rel(hours->low, median / 2.058933, 0.01);
    assert_string_equal(e->inputs[0].path, "pretrain.tokens");
    assert_string_equal(e->inputs[1].path, "pretrain.mfu");
    assert_rel(e->inputs[0].share, 0.9212, 0.02);
    assert_rel(e->inputs[1].share, 0.0788, 0.15);
    tb_estimate_free(e);

    request.level = 0.5;
    e = estimate(&request);
    assert_rel(e->metrics[TB_METRIC_CHIP_HOURS].high, median * 1.344656, 0.01);
    tb_estimate_free(e);
}

static void test_no_uncertainty_gives_central_values(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "v4pro-post", .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    for (int m = 0; m < TB_METRIC_COUNT; m++) {
        assert_false(e->metrics[m].ranged);
        if (e->metrics[m].known)
            assert_exact(e->metrics[m].value, e->metrics[m].central);
    }
    assert_int_equal(e->samples, 0);
    tb_estimate_free(e);
}

static double with(const char *preset, const char *text, enum tb_metric metric)
{
    const struct tb_setting setting = SETTING(text);
    const struct tb_request request = {.preset = preset,
                                       .basis = "measured",
                                       .settings = &setting,
                                       .n_settings = 1,
                                       .no_uncertainty = true};
    return central(&request, metric);
}

static void test_settings_move_what_they_should(void **state)
{
    (void)state;
    const struct tb_request plain = {
        .preset = "dsv3-pretrain", .basis = "measured", .no_uncertainty = true};
    double hours = central(&plain, TB_METRIC_CHIP_HOURS);
    assert_rel(with("dsv3-pretrain", "tokens=29.6T", TB_METRIC_CHIP_HOURS), 2.0 * hours, 1e-9);
    /* The published step keeps its own batch and chips: the rate per chip stays. */
    assert_rel(with("dsv3-pretrain", "pretrain.global_batch=7680", TB_METRIC_CHIP_HOURS), hours,
               1e-12);
    assert_rel(with("dsv3-pretrain", "chips=1024", TB_METRIC_CHIP_HOURS), hours, 1e-12);
    /* An undisclosed batch that the user supplies belongs to the published step: hours stay. */
    const struct tb_request post = {
        .preset = "v4pro-post", .basis = "measured", .no_uncertainty = true};
    double post_hours = central(&post, TB_METRIC_CHIP_HOURS);
    double post_flops = central(&post, TB_METRIC_FLOPS_MODEL);
    assert_rel(with("v4pro-post", "batch_tokens=21M", TB_METRIC_CHIP_HOURS), post_hours, 1e-12);
    assert_rel(with("v4pro-post", "batch_tokens=21M", TB_METRIC_FLOPS_MODEL), 2.0 * post_flops,
               1e-12);
    /* Steps and batch of the preset give way to tokens. */
    assert_rel(with("v4pro-post", "tokens=21B", TB_METRIC_STEPS), 2000.0, 1e-12);
    assert_rel(with("v4pro-post", "goodput=0.5", TB_METRIC_CHIP_HOURS_STEADY) / 0.5,
               with("v4pro-post", "goodput=0.5", TB_METRIC_CHIP_HOURS), 1e-12);
    /* A group's key, and all stages' key. */
    assert_rel(with("llama31-405b-pretrain", "*.goodput=0.5", TB_METRIC_CHIP_HOURS_STEADY),
               0.5 * with("llama31-405b-pretrain", "*.goodput=0.5", TB_METRIC_CHIP_HOURS), 1e-12);
}

static void test_assumed_mfu(void **state)
{
    (void)state;
    const struct tb_request request = {
        .preset = "dsv3-pretrain", .mfu = 0.4217, .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    assert_string_equal(e->basis, "assumed");
    assert_rel(e->metrics[TB_METRIC_MFU_CAUSAL].value, 0.4217, 1e-12);
    assert_rel(e->metrics[TB_METRIC_MFU].value, 0.4217, 1e-12);
    tb_estimate_free(e);
}

static void test_convention_and_peak(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "v4pro-post",
                                       .mfu_convention = "full",
                                       .peak = "headline",
                                       .no_uncertainty = true};
    struct tb_estimate *e = estimate(&request);
    assert_rel(e->metrics[TB_METRIC_MFU].value,
               e->metrics[TB_METRIC_MFU_FULL].value * 707.8 / 752.0, 1e-12);
    tb_estimate_free(e);
}

/* 1.3e9 steady hours of one kind: the run cannot be shorter than its steps, nor booked shorter. */
static void test_scopes_are_ordered(void **state)
{
    static const char *const runs[] = {"v4pro-post", "dsv3-pretrain", "dsv3-total",
                                       "llama31-405b-pretrain", "v4flash-pretrain"};
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        const struct tb_request request = {.preset = runs[i]};
        struct tb_estimate *e = estimate(&request);
        const struct tb_estimate_metric *m = e->metrics;
        assert_true(m[TB_METRIC_CHIP_HOURS_STEADY].value <= m[TB_METRIC_CHIP_HOURS].value);
        if (m[TB_METRIC_CHIP_HOURS_RESERVED].known)
            assert_true(m[TB_METRIC_CHIP_HOURS].value <= m[TB_METRIC_CHIP_HOURS_RESERVED].value);
        assert_rel(m[TB_METRIC_PFS_DAYS].value * 8.64e19, m[TB_METRIC_FLOPS_MODEL].value, 1e-12);
        assert_true(m[TB_METRIC_MFU_CAUSAL].value <= m[TB_METRIC_MFU_FULL].value);
        for (int k = 0; k < TB_METRIC_COUNT; k++)
            if (m[k].known)
                assert_in(m[k].value, m[k].low, m[k].high);
        tb_estimate_free(e);
    }
}

/* How many findings have this code and say this. */
static int count_said(const char *preset, const char *chip, const char *setting, const char *code,
                      const char *text)
{
    const struct tb_setting settings[] = {{setting, {"command line", 0, 0}}};
    const struct tb_request request = {
        .preset = preset, .chip = chip, .settings = settings, .n_settings = setting != NULL};
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = tb_estimate_new(data, &request, diags);
    int n = 0;
    assert_non_null(e);
    for (size_t i = 0; i < tb_diags_count(diags, TB_NOTE); i++) {
        const struct tb_diag *d = tb_diags_at(diags, i);
        n += strcmp(d->code, code) == 0 && strstr(d->message, text) != NULL;
    }
    tb_estimate_free(e);
    tb_diags_free(diags);
    return n;
}

static void test_too_little_booked_is_said(void **state)
{
    (void)state;
    assert_int_equal(count_said("v4pro-post", NULL, NULL, "TB1061", ""), 0);
    assert_int_equal(count_said("v4pro-post", NULL, "reserved_hours=10", "TB1061", "10 h are"), 1);
    assert_int_equal(count_said("dsv3-total", NULL, NULL, "TB1061", ""), 0);
}

/* Four stages and three have the same to say of their plans and of the chip. */
static void test_stages_do_not_repeat_each_other(void **state)
{
    (void)state;
    const char *thin = "fewer than three published runs on Ascend 910C of this kind";
    assert_int_equal(count_said("dsv3-total", "910c", NULL, "TB1054", thin), 1);
    assert_int_equal(count_said("dsv3-total", "910c", NULL, "TB1054", "stage 'pretrain';"), 1);
    assert_int_equal(count_said("v4pro-post", NULL, NULL, "TB1054", "(stage"), 0);
    const char *chosen = "the published plan is for another";
    assert_int_equal(count_said("llama31-405b-pretrain", "910c", NULL, "TB1051", chosen), 1);
}

/* A dense model has neither experts nor a latent to compute again. */
static void test_plans_name_what_there_is(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "llama31-405b-pretrain", .chips = 10000};
    struct tb_estimate *e = estimate(&request);
    bool any = false;
    for (size_t i = 0; i < e->n_plans; i++) {
        any = any || strstr(e->plans[i].text, "recomputed: norms, activations");
        assert_null(strstr(e->plans[i].text, "expert"));
        assert_null(strstr(e->plans[i].text, "latent"));
    }
    assert_true(any);
    tb_estimate_free(e);
}

static void test_replay_command(void **state)
{
    static const struct tb_setting settings[] = {SETTING("chip.peak.bf16=700 TFLOP/s"),
                                                 SETTING("steps=1400..2000")};
    const struct tb_request request = {.preset = "v4pro-post",
                                       .chip = "910c",
                                       .chips = 960.0,
                                       .settings = settings,
                                       .n_settings = 2,
                                       .level = 0.8,
                                       .seed = 7};
    (void)state;
    struct tb_estimate *e = estimate(&request);
    assert_string_equal(e->command,
                        "trainbudget --preset v4pro-post --chip 910c --chips 960 --set "
                        "'chip.peak.bf16=700 TFLOP/s' --set steps=1400..2000 --level 80 --seed 7");
    tb_estimate_free(e);
}

/* A preset's number keeps its grade; a computed one is C at best. */
static void test_grades(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "dsv3-pretrain", .basis = "measured"};
    struct tb_estimate *e = estimate(&request);
    assert_int_equal(e->metrics[TB_METRIC_TOKENS].grade, TB_GRADE_A);
    assert_int_equal(e->metrics[TB_METRIC_CHIPS].grade, TB_GRADE_A);
    assert_int_equal(e->metrics[TB_METRIC_FLOPS_MODEL].grade, TB_GRADE_C);
    /* Nothing but the guessed goodput spreads the hours. */
    assert_int_equal(e->metrics[TB_METRIC_CHIP_HOURS].grade, TB_GRADE_D);
    assert_int_equal(e->metrics[TB_METRIC_CHIP_HOURS_STEADY].grade, TB_GRADE_C);
    tb_estimate_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dsv3_pretrain_comes_out_of_its_step_time),
        cmocka_unit_test(test_step_of_the_stage_that_takes_longest),
        cmocka_unit_test(test_dsv3_total),
        cmocka_unit_test(test_v4pro_post_holds_what_was_disclosed),
        cmocka_unit_test(test_implied_by_an_mfu_of_unstated_convention),
        cmocka_unit_test(test_other_chips_answer),
        cmocka_unit_test(test_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(test_stated_ends_come_back_unrounded),
        cmocka_unit_test(test_what_was_changed_is_not_compared),
        cmocka_unit_test(test_quantiles_against_a_product_of_lognormals),
        cmocka_unit_test(test_no_uncertainty_gives_central_values),
        cmocka_unit_test(test_settings_move_what_they_should),
        cmocka_unit_test(test_assumed_mfu),
        cmocka_unit_test(test_convention_and_peak),
        cmocka_unit_test(test_scopes_are_ordered),
        cmocka_unit_test(test_too_little_booked_is_said),
        cmocka_unit_test(test_stages_do_not_repeat_each_other),
        cmocka_unit_test(test_plans_name_what_there_is),
        cmocka_unit_test(test_replay_command),
        cmocka_unit_test(test_grades),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
