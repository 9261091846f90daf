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

/* A validator for what docs/schema uses: type, required, properties, items, enum, const, minimum,
 * maximum. Counts the faults and prints each with its place. */

static int faults;

static void fault(const char *path, const char *what)
{
    print_error("%s: %s\n", path, what);
    ++faults;
}

static bool is_type(const json_t *value, const char *type)
{
    const struct {
        const char *name;
        bool holds;
    } types[] = {{"object", json_is_object(value)},   {"array", json_is_array(value)},
                 {"string", json_is_string(value)},   {"number", json_is_number(value)},
                 {"integer", json_is_integer(value)}, {"boolean", json_is_boolean(value)},
                 {"null", json_is_null(value)}};
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i) {
        if (strcmp(types[i].name, type) == 0) {
            return types[i].holds;
        }
    }
    return false;
}

static void check_type(const json_t *schema, const json_t *value, const char *path)
{
    const json_t *type = json_object_get(schema, "type");
    bool good = type == NULL || (json_is_string(type) && is_type(value, json_string_value(type)));
    for (size_t i = 0; i < json_array_size(type); ++i) {
        good = good || is_type(value, json_string_value(json_array_get(type, i)));
    }
    if (!good) {
        fault(path, "wrong type");
    }
}

static void check_words(const json_t *schema, json_t *value, const char *path)
{
    json_t *only = json_object_get(schema, "const");
    const json_t *words = json_object_get(schema, "enum");
    bool good = words == NULL;
    for (size_t i = 0; i < json_array_size(words); ++i) {
        good = good || json_equal(json_array_get(words, i), value);
    }
    if (!good || (only != NULL && !json_equal(only, value))) {
        fault(path, "not one of the words");
    }
}

static void check_limits(const json_t *schema, const json_t *value, const char *path)
{
    const json_t *least = json_object_get(schema, "minimum");
    const json_t *most = json_object_get(schema, "maximum");
    if (json_is_number(value) &&
        ((least != NULL && json_number_value(value) < json_number_value(least)) ||
         (most != NULL && json_number_value(value) > json_number_value(most)))) {
        fault(path, "outside its limits");
    }
}

static void validate(const json_t *schema, json_t *value, const char *path)
{
    char below[256];
    const char *key;
    json_t *inner;
    check_type(schema, value, path);
    check_words(schema, value, path);
    check_limits(schema, value, path);
    const json_t *required = json_object_get(schema, "required");
    /* Asked of objects alone: a key that may be null has none. */
    for (size_t i = 0; json_is_object(value) && i < json_array_size(required); ++i) {
        if (json_object_get(value, json_string_value(json_array_get(required, i))) == NULL) {
            fault(path, json_string_value(json_array_get(required, i)));
        }
    }
    json_t *properties = json_object_get(schema, "properties");
    json_object_foreach(properties, key, inner)
    {
        if (json_object_get(value, key) != NULL) {
            snprintf(below, sizeof below, "%s.%s", path, key);
            validate(inner, json_object_get(value, key), below);
        }
    }
    for (size_t i = 0; i < json_array_size(value); ++i) {
        snprintf(below, sizeof below, "%s[%zu]", path, i);
        if (json_object_get(schema, "items") != NULL) {
            validate(json_object_get(schema, "items"), json_array_get(value, i), below);
        }
    }
}

static json_t *load(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (value == NULL) {
        print_error("line %d: %s\n", error.line, error.text);
    }
    assert_non_null(value);
    return value;
}

static void test_estimate_json_keeps_its_contract(void **state)
{
    (void)state;
    struct tb_estimate estimate;
    struct tb_estimate_metric metrics[TB_METRIC_COUNT];
    const struct tb_report_options options = {.form = TB_FORM_JSON};
    tb_diags *diags = tb_diags_new();
    tb_diag_add(diags, TB_DEFAULT_USED, NULL, "a guess");
    fixture_estimate(&estimate, metrics);
    char *text = tb_report_estimate(&estimate, diags, &options);
    json_t *value = load(text);
    json_error_t error;
    json_t *schema = json_load_file("docs/schema/estimate-1.json", 0, &error);
    assert_non_null(schema);
    faults = 0;
    validate(schema, value, "estimate");
    assert_int_equal(faults, 0);
    assert_int_equal(json_array_size(json_object_get(value, "metrics")), TB_METRIC_COUNT);
    /* Both keys of the first input, once each, sorted. */
    json_t *sources = json_object_get(value, "sources");
    assert_int_equal(json_array_size(sources), 2);
    assert_string_equal(json_string_value(json_array_get(sources, 0)), "alpha-2024");
    json_decref(schema);
    json_decref(value);
    tb_diags_free(diags);
    free(text);
}

/* The JSON of an estimate from the built-in data, held to the schema. Free with json_decref. */
static json_t *held(const struct tb_request *request)
{
    const struct tb_report_options options = {.form = TB_FORM_JSON};
    tb_diags *diags = tb_diags_new();
    tb_data *data = tb_data_open(NULL, 0, diags);
    struct tb_estimate *estimate = tb_estimate_new(data, request, diags);
    assert_non_null(estimate);
    char *text = tb_report_estimate(estimate, diags, &options);
    json_t *value = load(text);
    json_error_t error;
    json_t *schema = json_load_file("docs/schema/estimate-1.json", 0, &error);
    faults = 0;
    validate(schema, value, "estimate");
    assert_int_equal(faults, 0);
    json_decref(schema);
    free(text);
    tb_estimate_free(estimate);
    tb_data_close(data);
    tb_diags_free(diags);
    return value;
}

static void test_prediction_json_keeps_its_contract(void **state)
{
    (void)state;
    const struct tb_request request = {
        .preset = "llama31-405b-pretrain", .basis = "predicted", .no_uncertainty = true};
    json_t *value = held(&request);
    const json_t *plans = json_object_get(json_object_get(value, "plan"), "stages");
    const json_t *steps = json_object_get(json_object_get(value, "breakdown"), "steps");
    /* Two phases and the long-context stage. */
    assert_int_equal(json_array_size(plans), 3);
    assert_int_equal(json_array_size(steps), 3);
    json_decref(value);
}

static void test_generation_json_keeps_its_contract(void **state)
{
    (void)state;
    const struct tb_setting judge[] = {{.text = "roles.judge=llama-2-7b"},
                                       {.text = "judge_tokens=300"}};
    const struct tb_request request = {
        .preset = "r1-zero", .samples = 64, .settings = judge, .n_settings = 2};
    json_t *value = held(&request);
    const json_t *all = json_object_get(json_object_get(value, "breakdown"), "generations");
    assert_int_equal(json_array_size(all), 1);
    const json_t *one = json_array_get(all, 0);
    assert_int_equal(json_array_size(json_object_get(one, "roles")), 3);
    assert_int_equal(json_array_size(json_object_get(one, "rollout_memory")), 3);
    assert_true(json_is_object(json_object_get(value, "unknown")));
    json_decref(value);
}

static void test_validator_finds_faults(void **state)
{
    (void)state;
    json_t *schema = load("{\"type\": \"object\", \"required\": [\"a\", \"b\"], \"properties\": "
                          "{\"a\": {\"type\": \"number\", \"minimum\": 0}, "
                          "\"c\": {\"enum\": [\"A\", null]}}}");
    json_t *value = load("{\"a\": -1, \"c\": \"B\"}");
    faults = 0;
    validate(schema, value, "value");
    assert_int_equal(faults, 3);
    json_decref(schema);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_estimate_json_keeps_its_contract),
                                       cmocka_unit_test(test_prediction_json_keeps_its_contract),
                                       cmocka_unit_test(test_generation_json_keeps_its_contract),
                                       cmocka_unit_test(test_validator_finds_faults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
