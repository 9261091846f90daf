/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/diag.h"
#include "fixture.inc"
#include "trainbudget/report.h"

static char *report(enum tb_form form, bool verbose, const tb_diags *diags)
{
    struct tb_estimate estimate;
    struct tb_estimate_metric metrics[TB_METRIC_COUNT];
    const struct tb_report_options options = {.form = form, .verbose = verbose};
    fixture_estimate(&estimate, metrics);
    char *text = tb_report_estimate(&estimate, diags, &options);
    assert_non_null(text);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        print_error("missing: %s\nin:\n%s", part, text);
    }
    assert_non_null(strstr(text, part));
}

static void test_text_says_what_is_unknown(void **state)
{
    (void)state;
    char *text = report(TB_FORM_TEXT, false, NULL);
    /* 80 % inside: P10 and P90. */
    assert_has(text, "P10");
    assert_has(text, "P90");
    assert_has(text, "11,300");
    assert_has(text, "12,300");
    assert_has(text, "money    unknown; give a price: --set chip.price.rent='2 USD/h'");
    assert_has(text, "memory   unknown whether it fits");
    assert_has(text, "at most 30.0 d");
    assert_has(text, "0.046 % of the FLOPs");
    assert_has(text, ": the smaller phase; by central values");
    assert_has(text, "Not disclosed: batch, optimizer");
    assert_has(text, ": measured.step_time 61 %");
    assert_has(text, "trainbudget 0.1.0, data 2026.11 (0123456789ab), seed 77, 4,096 points\n"
                     "trainbudget --preset x-post\n");
    assert_null(strstr(text, "nan"));
    free(text);
}

static char *text_of(const struct tb_estimate *estimate)
{
    const struct tb_report_options options = {.form = TB_FORM_TEXT};
    char *text = tb_report_estimate(estimate, NULL, &options);
    assert_non_null(text);
    return text;
}

static void test_text_multiplies_central_values(void **state)
{
    (void)state;
    struct tb_estimate estimate;
    struct tb_estimate_metric metrics[TB_METRIC_COUNT];
    fixture_estimate(&estimate, metrics);
    /* 1,530 steps of 10.5 M are 16.065 B tokens; the medians beside them are not a product. */
    metrics[TB_METRIC_TOKENS] =
        (struct tb_estimate_metric){true, 16.9e9, 11e9, 38e9, 16.065e9, true, TB_GRADE_D};
    metrics[TB_METRIC_STEPS] =
        (struct tb_estimate_metric){true, 1571, 1500, 1700, 1530, true, TB_GRADE_C};
    metrics[TB_METRIC_BATCH_TOKENS] =
        (struct tb_estimate_metric){true, 11.1e6, 7.6e6, 24.1e6, 10.5e6, true, TB_GRADE_D};
    estimate.precision = "bf16";
    char *text = text_of(&estimate);
    assert_has(text, "work     SFT: 16.1 B tokens in 1,530 steps of 10.5 M tokens, in bf16\n");
    free(text);
    /* What is unknown is left out, and a step time with it. */
    metrics[TB_METRIC_STEPS].known = metrics[TB_METRIC_BATCH_TOKENS].known = false;
    estimate.run = estimate.run_name = NULL;
    estimate.n_disclosed = 0;
    text = text_of(&estimate);
    assert_has(text, "X SFT (x)\n");
    assert_has(text, "work     SFT: 16.1 B tokens, in bf16\n");
    assert_null(strstr(text, "\n  step time"));
    free(text);
}

static void test_text_claims_only_what_was_not_changed(void **state)
{
    (void)state;
    struct tb_estimate estimate;
    struct tb_estimate_metric metrics[TB_METRIC_COUNT];
    fixture_estimate(&estimate, metrics);
    estimate.machine_changed = true;
    char *text = text_of(&estimate);
    assert_has(text, "(x-post), moved to Ascend 910C\n");
    assert_has(text, "disclosed elsewhere");
    assert_has(text, "big-pretrain");
    assert_null(strstr(text, "if the MFU counts as"));
    free(text);
    estimate.machine_changed = false;
    estimate.model_changed = true;
    text = text_of(&estimate);
    assert_has(text, "X, trained with the settings of x-post\n");
    assert_null(strstr(text, "27.0 s"));
    assert_null(strstr(text, "if the MFU counts as"));
    assert_null(strstr(text, "big-pretrain"));
    free(text);
}

static void test_text_compares_without_rounding_to_one(void **state)
{
    (void)state;
    struct tb_estimate estimate;
    struct tb_estimate_metric metrics[TB_METRIC_COUNT];
    fixture_estimate(&estimate, metrics);
    estimate.compare[0].flops_ratio = 1.0312;
    estimate.compare[0].chip_hours_ratio = 0.9987;
    char *text = text_of(&estimate);
    estimate.compare[0].flops_ratio = 0.000461;
    estimate.compare[0].chip_hours_ratio = 0.00083;
    assert_has(text, "1.03 times the FLOPs, the same 14.2 M chip-hours (h800, prior) of");
    free(text);
}

static void test_text_joins_conventions_that_agree(void **state)
{
    (void)state;
    char *brief = report(TB_FORM_TEXT, false, NULL);
    char *full = report(TB_FORM_TEXT, true, NULL);
    assert_has(brief, "21.4 M to 22.3 M");
    assert_has(brief, "6n, causal");
    assert_null(strstr(full, "6n, causal"));
    assert_has(full, "7.60 M");
    assert_has(full, "alpha-2024");
    free(brief);
    free(full);
}

static void test_text_repeats_warnings(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    const struct tb_finding finding = {.pos = {"runs/x.yaml", 7, 3}, .remedy = "say how many"};
    tb_diag_add(diags, TB_DEFAULT_USED, &finding, "the batch is a guess");
    char *text = report(TB_FORM_TEXT, false, diags);
    char *json = report(TB_FORM_JSONL, false, diags);
    assert_has(text, "Warning: the batch is a guess; say how many\n");
    assert_has(json, "{\"severity\":\"warning\",\"code\":\"TB1052\",\"file\":\"runs/x.yaml\","
                     "\"line\":7,\"column\":3,\"path\":null,\"message\":\"the batch is a guess\"");
    free(text);
    free(json);
    tb_diags_free(diags);
}

static void test_csv_has_known_metrics_only(void **state)
{
    (void)state;
    char *csv = report(TB_FORM_CSV, false, NULL);
    assert_string_equal(csv,
                        "id,unit,value,low,high,level,grade,basis\n"
                        "mfu,,0.1,0.0777,0.35,0.8,D,measured\n"
                        "chips,,1024,1024,1024,,B,count\n"
                        "chip_hours,chip-h,12345.678901234567,11250.5,15499.25,0.8,D,measured\n");
    free(csv);
}

static char *get(const char *ids, tb_diags *diags)
{
    struct tb_estimate estimate;
    struct tb_estimate_metric metrics[TB_METRIC_COUNT];
    fixture_estimate(&estimate, metrics);
    return tb_report_get(&estimate, ids, (struct tb_pos){"command line", 0, 0}, diags);
}

static void test_get_prints_bare_values(void **state)
{
    (void)state;
    char *text = get("chip_hours,mfu,chips", NULL);
    assert_string_equal(text, "12345.678901234567 0.1 1024\n");
    free(text);
}

static void test_get_reports_every_fault(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    assert_null(get("cost_usd,chip_hour,,chips", diags));
    assert_int_equal(tb_diags_count(diags, TB_ERROR), 3);
    assert_string_equal(tb_diags_at(diags, 0)->code, "TB4001");
    assert_string_equal(tb_diags_at(diags, 0)->remedy,
                        "give a price: --set chip.price.rent='2 USD/h'");
    assert_string_equal(tb_diags_at(diags, 1)->code, "TB1013");
    assert_string_equal(tb_diags_at(diags, 2)->code, "TB1002");
    tb_diags_free(diags);
}

static void test_explain_has_every_metric(void **state)
{
    (void)state;
    const struct tb_report_options options = {.form = TB_FORM_TEXT};
    struct tb_metric_info info;
    for (size_t i = 0; tb_metric_info(i, &info); ++i) {
        char *text =
            tb_report_explain(info.id, NULL, (struct tb_pos){"test", 0, 0}, &options, NULL);
        assert_non_null(text);
        assert_has(text, "  means    ");
        assert_has(text, "  formula  ");
        assert_has(text, "  limits   ");
        assert_null(strstr(text, "(null)"));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text_says_what_is_unknown),
                                       cmocka_unit_test(test_text_multiplies_central_values),
                                       cmocka_unit_test(test_text_claims_only_what_was_not_changed),
                                       cmocka_unit_test(test_text_compares_without_rounding_to_one),
                                       cmocka_unit_test(test_text_joins_conventions_that_agree),
                                       cmocka_unit_test(test_text_repeats_warnings),
                                       cmocka_unit_test(test_csv_has_known_metrics_only),
                                       cmocka_unit_test(test_get_prints_bare_values),
                                       cmocka_unit_test(test_get_reports_every_fault),
                                       cmocka_unit_test(test_explain_has_every_metric)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
