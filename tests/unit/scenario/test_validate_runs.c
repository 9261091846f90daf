/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "open.h"
#include "scenario/validated.h"
#include "trainbudget/validate_runs.h"

static json_t *validated(const char *text, tb_diags *diags)
{
    const struct tb_fit_table table = {"runs.csv", text, strlen(text)};
    char *json = tb_validate_pretrain(data, &table, TB_FORM_JSON, diags);
    assert_non_null(json);
    json_t *root = json_loads(json, 0, NULL);
    free(json);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "schema")),
                        "trainbudget.validation/1");
    return root;
}

static double real(const json_t *row, const char *key)
{
    return json_number_value(json_object_get(row, key));
}

static const char *text_of(const json_t *row, const char *key)
{
    return json_string_value(json_object_get(row, key));
}

#define HEAD                                                                                       \
    "run_id,kind,n_params_active,tokens,chip,chip_hours,what_chip_hours_include,source_title,"     \
    "note\n"

static void test_rows_that_nobody_has_seen(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    /* 6 x 13e9 x 1e12 FLOP at a utilisation of u on 312 TFLOP/s take 69,444.4 / u hours. */
    json_t *root = validated(
        HEAD "x1,dense,13e9,1e12,A100-80GB-SXM,231481,all of it,New team,basis=run\n"
             "x2,dense,13e9,1e12,A100-80GB-SXM,462962,all of it,New team,basis=run\n"
             "x3,dense,13e9,1e12,A100-80GB-SXM,200000,steady-state throughput,New team,basis=run\n"
             "x4,dense,13e9,1e12,A100-80GB-SXM,300000,calendar 40 days,New team,basis=run; "
             "conflict\n"
             "x5,dense,13e9,,A100-80GB-SXM,300000,all of it,New team,basis=run\n"
             "x6,dense,13e9,1e12,A100-80GB-SXM,30000,all of it,New team,basis=run\n",
        diags);
    const json_t *rows = json_object_get(root, "rows");
    assert_int_equal(json_array_size(rows), 6);
    const json_t *a = json_array_get(rows, 0);
    const json_t *b = json_array_get(rows, 1);
    const json_t *c = json_array_get(rows, 2);
    double u = 69444.4 / real(a, "predicted");
    assert_in(u, 0.28, 0.42);                                     /* what others reached */
    assert_rel(real(b, "predicted"), real(a, "predicted"), 1e-9); /* not from its own hours */
    assert_rel(real(a, "ratio"), real(a, "predicted") / 231481, 1e-12);
    assert_true(real(a, "low") < real(a, "predicted") && real(a, "predicted") < real(a, "high"));
    assert_rel(real(a, "low") * real(a, "high"), real(a, "predicted") * real(a, "predicted"), 1e-9);
    assert_in(real(c, "predicted"), 0.8 * real(a, "predicted"), 0.99 * real(a, "predicted"));
    assert_string_equal(text_of(a, "basis"), "predicted");
    assert_string_equal(text_of(c, "scope"), "steady");
    assert_string_equal(text_of(json_array_get(rows, 3), "status"), "skipped");
    assert_string_equal(text_of(json_array_get(rows, 3), "scope"), "reserved");
    assert_string_equal(text_of(json_array_get(rows, 4), "reason"), "tokens are not stated");
    /* 2.3 times the peak */
    assert_string_equal(text_of(json_array_get(rows, 5), "reason"),
                        "more work than the peak allows");
    json_decref(root);
    tb_diags_free(diags);
}

/* Row of the summary of a group. */
static const json_t *group(const json_t *root, const char *name)
{
    const json_t *list = json_object_get(root, "summary");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_of(json_array_get(list, i), "group"), name) == 0)
            return json_array_get(list, i);
    fail_msg("no group %s", name);
    return NULL;
}

static void test_published_runs_left_out(void **state)
{
    (void)state;
    FILE *file = fopen("presets/observations/pretrain_runs.csv", "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_true(text && fread(text, 1, (1 << 20) - 1, file) > 1000);
    fclose(file);
    tb_diags *diags = tb_diags_new();
    json_t *root = validated(text, diags);
    const json_t *billed = group(root, "billed");
    assert_in(real(billed, "n"), 45, 60);
    assert_in(real(billed, "median_factor"), 1.05, 1.15);
    assert_in(real(billed, "p80_factor"), 1.2, 1.4);
    assert_in(real(billed, "p95_factor"), 1.3, 1.62);
    assert_in(real(billed, "coverage"), 0.85, 0.95);
    assert_in(real(billed, "bias"), -0.1, 0.1);
    const json_t *steps = group(root, "steps alone, cluster");
    assert_in(real(steps, "median_factor"), 1.0, 1.15);
    assert_in(real(steps, "coverage"), 0.85, 1.0);
    json_decref(root);
    free(text);
    tb_diags_free(diags);
}

static void test_a_known_run_does_not_see_itself(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    /* The hours of a known run do not move its prediction: it comes from the others. */
    json_t *root = validated(
        HEAD "opt,dense,7e9,1e12,A100-80GB-SXM,100000,all,T,basis=run\n"
             "xglm-7.5b,dense,7.5e9,5e11,A100-80GB-SXM,129024,about 3 weeks,XGLM,basis=run\n"
             "other,dense,7.5e9,5e11,A100-80GB-SXM,129024,about 3 weeks,Other,basis=run\n",
        diags);
    const json_t *row = json_array_get(json_object_get(root, "rows"), 1);
    const json_t *other = json_array_get(json_object_get(root, "rows"), 2);
    assert_in(real(row, "predicted") / 129024, 0.3, 0.7);           /* others were twice as fast */
    assert_true(real(other, "predicted") > real(row, "predicted")); /* this one sees it */
    json_decref(root);
    tb_diags_free(diags);
}

static void test_a_table_of_something_else_is_refused(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    const char *text = "row,chip\n1,h100\n";
    const struct tb_fit_table table = {"x.csv", text, strlen(text)};
    assert_null(tb_validate_pretrain(data, &table, TB_FORM_TEXT, diags));
    assert_int_equal(tb_diags_status(diags), TB_E_INPUT);
    tb_diags_free(diags);
}

static void test_built_in_runs(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    char *json = tb_validate_builtin(data, TB_FORM_JSON, diags);
    assert_non_null(json);
    json_t *root = json_loads(json, 0, NULL);
    assert_non_null(root);
    const json_t *rows = json_object_get(root, "rows");
    bool found = false;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(text_of(row, "row"), "dsv3-total chip_hours") != 0)
            continue;
        found = true;
        assert_rel(real(row, "measured"), 2.788e6, 1e-12);
        assert_rel(real(row, "predicted"), 2.788e6, 0.06);
        assert_true(json_is_true(json_object_get(row, "inside")));
    }
    assert_true(found);
    assert_in(real(group(root, "pre-training"), "median_factor"), 1.0, 1.25);
    /* most of these do not disclose how long responses are */
    assert_in(real(group(root, "post-training"), "median_factor"), 1.0, 1.6);
    assert_in(real(group(root, "predicted"), "coverage"), 0.8, 1.0);
    json_decref(root);
    free(json);
    char *text = tb_validate_builtin(data, TB_FORM_TEXT, diags);
    assert_non_null(strstr(text, "dsv3-pretrain chip_hours"));
    free(text);
    assert_int_equal(tb_diags_count(diags, TB_ERROR), 0);
    tb_diags_free(diags);
}

static void test_summaries_by_hand(void **state)
{
    (void)state;
    static const struct tb_validated rows[] = {
        {.row = "a", .group = {"g"}, .measured = 100, .predicted = 80, .inside = true},
        {.row = "b", .group = {"g", "h"}, .measured = 100, .predicted = 130, .inside = false},
        {.row = "c", .group = {"g"}, .measured = 7, .skipped = "no"},
    };
    tb_arena *arena = tb_arena_new();
    struct tb_validated_summary *s;
    size_t n;
    assert_true(tb_validated_summarise(arena, rows, 3, &s, &n));
    assert_int_equal(n, 2);
    /* Errors -20 % and +30 %, factors 1.25 and 1.3. */
    assert_int_equal(s[0].n, 2);
    assert_int_equal(s[0].skipped, 1);
    assert_rel(s[0].mape, 0.25, 1e-12);
    assert_rel(s[0].bias, 0.05, 1e-12);
    assert_rel(s[0].coverage, 0.5, 1e-12);
    assert_in(s[0].median_factor, 1.25, 1.30);
    assert_string_equal(s[1].group, "h");
    assert_rel(s[1].p95_factor, 1.3, 1e-12);
    tb_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_that_nobody_has_seen),
        cmocka_unit_test(test_published_runs_left_out),
        cmocka_unit_test(test_a_known_run_does_not_see_itself),
        cmocka_unit_test(test_a_table_of_something_else_is_refused),
        cmocka_unit_test(test_built_in_runs),
        cmocka_unit_test(test_summaries_by_hand),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
