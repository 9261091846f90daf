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
#include "scenario/fit_constants.h"
#include "trainbudget/validate.h"

static const char table[] =
    "row,model,n_layers,d_model,n_heads,n_kv_heads,d_ff,vocab,seq_len,global_batch,micro_batch,"
    "chip,n_chips,precision,tp,pp,vpp,dp,zero,recompute,tokens_per_s_per_chip,note\n"
    "11,my-gpt,24,2304,24,24,9216,51200,2048,512,4,a100-80g,32,bf16,1,1,1,32,1,none,11000,\n"
    "12,my-gpt,24,2304,24,24,9216,51200,2048,512,,a100-80g,32,bf16,2,,,16,1,,9000,\n"
    "13,my-gpt,24,2304,24,24,9216,51200,2048,512,4,no-such-chip,32,bf16,1,1,1,32,1,none,1,\n"
    "14,my-gpt,24,2304,24,24,9216,51200,2048,512,4,a100-80g,32,bf16,5,1,1,32,1,none,1,\n"
    "15,nobody-knows-it,,,,,,,2048,512,4,a100-80g,32,bf16,1,1,1,32,1,none,1,\n"
    "16,my-gpt,24,2304,24,24,9216,51200,2048,512,4,a100-80g,32,bf16,1,1,1,32,1,none,,\n"
    "17,my-gpt,24,2304,24,24,9216,51200,2048,512,4,a100-80g,32,fp3,1,1,1,32,1,none,9,\n";

static json_t *validated(tb_diags *diags)
{
    tb_data *data = tb_data_open(NULL, 0, diags);
    const struct tb_fit_table t = {"mine.csv", table, sizeof table - 1};
    char *text = tb_validate_throughput(data, &t, TB_FORM_JSON, diags);
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    tb_data_close(data);
    return root;
}

static const char *text_of(json_t *rows, size_t i, const char *key)
{
    return json_string_value(json_object_get(json_array_get(rows, i), key));
}

static double number_of(json_t *rows, size_t i, const char *key)
{
    return json_number_value(json_object_get(json_array_get(rows, i), key));
}

static void test_validation_says_why_a_row_is_skipped(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    json_t *root = validated(diags);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "schema")),
                        "trainbudget.validation/1");
    json_t *rows = json_object_get(root, "rows");
    assert_int_equal(json_array_size(rows), 7);
    static const char *const reasons[] = {
        NULL, NULL, "chip's name", "heads", "n_layers", "no tokens_per", "precision"};
    for (size_t i = 0; i < 7; i++) {
        assert_exact(number_of(rows, i, "row"), 11.0 + (double)i);
        assert_string_equal(text_of(rows, i, "status"), reasons[i] ? "skipped" : "ok");
        if (reasons[i])
            assert_non_null(strstr(text_of(rows, i, "reason"), reasons[i]));
        assert_true(reasons[i] ? json_is_null(json_object_get(json_array_get(rows, i), "predicted"))
                               : number_of(rows, i, "predicted") > 0.0);
    }
    json_decref(root);
    tb_diags_free(diags);
}

static void test_validation_states_its_defaults(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    json_t *root = validated(diags);
    json_t *rows = json_object_get(root, "rows");
    const char *defaults = text_of(rows, 1, "defaults");
    assert_non_null(strstr(defaults, "pp=1"));
    assert_non_null(strstr(defaults, "micro_batch="));
    assert_non_null(strstr(defaults, "recompute=none"));
    assert_true(number_of(rows, 0, "low") < number_of(rows, 0, "predicted"));
    assert_true(number_of(rows, 0, "high") > number_of(rows, 0, "predicted"));
    assert_rel(number_of(rows, 0, "ratio"), number_of(rows, 0, "predicted") / 11000.0, 1e-12);
    json_t *all = json_array_get(json_object_get(root, "summary"), 0);
    assert_string_equal(json_string_value(json_object_get(all, "group")), "all");
    assert_int_equal(json_integer_value(json_object_get(all, "n")), 2);
    assert_int_equal(json_integer_value(json_object_get(all, "skipped")), 5);
    json_decref(root);
    tb_diags_free(diags);
}

/* The answer must not leak into the prediction. */
static void test_defaults_do_not_see_the_measurement(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    tb_data *data = tb_data_open(NULL, 0, diags);
    char other[sizeof table];
    memcpy(other, table, sizeof table);
    memcpy(strstr(other, ",9000,"), ",1234,", 6);
    const struct tb_fit_table tables[] = {{"a", table, sizeof table - 1},
                                          {"b", other, sizeof table - 1}};
    double predicted[2];
    for (int i = 0; i < 2; i++) {
        char *text = tb_validate_throughput(data, &tables[i], TB_FORM_JSON, diags);
        json_t *root = json_loads(text, 0, NULL);
        predicted[i] = number_of(json_object_get(root, "rows"), 1, "predicted");
        json_decref(root);
        free(text);
    }
    assert_exact(predicted[0], predicted[1]);
    tb_data_close(data);
    tb_diags_free(diags);
}

static void test_a_table_that_is_none_is_refused(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    tb_data *data = tb_data_open(NULL, 0, diags);
    struct tb_fit_table t = {"x.csv", "a,b\n1,2\n", 8};
    assert_null(tb_validate_throughput(data, &t, TB_FORM_TEXT, diags));
    assert_int_equal(tb_diags_status(diags), TB_E_INPUT);
    t = (struct tb_fit_table){"y.csv", "model,chip,seq_len\nm,a100,twelve\n", 33};
    assert_null(tb_validate_throughput(data, &t, TB_FORM_TEXT, diags));
    t = (struct tb_fit_table){"z.csv", "", 0};
    assert_null(tb_validate_throughput(data, &t, TB_FORM_TEXT, diags));
    tb_data_close(data);
    tb_diags_free(diags);
}

static void test_nearest_constant_wins(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_constants c = {0};
    struct tb_chip chip = {.memory_bandwidth = 1.0};
    struct tb_perf perf;
    const struct tb_constant items[] = {{TB_PERF_ID_memory, "NVIDIA", 0.61, 0, 1, 0},
                                        {TB_PERF_ID_memory, "hopper", 0.66, 0, 1, 0},
                                        {TB_PERF_ID_slowness, "default", 1.11, 0, 1, 0},
                                        {TB_PERF_ID_attn_slowness, "s@hopper", 1.7, 0, 1, 0}};
    for (int i = 0; i < 4; i++)
        assert_true(tb_constants_add(arena, &c, &items[i]));
    const struct tb_constant_keys keys = {"h100", "hopper", "NVIDIA", "s", &chip};
    assert_int_equal(tb_constants_perf(&c, &keys, &perf), 2);
    assert_exact(perf.memory, 0.66);
    assert_exact(perf.slowness, 1.11);
    assert_exact(perf.attn_slowness, 1.7);
    assert_exact(perf.host_step, tb_perf_info(TB_PERF_ID_host_step)->start);
    const struct tb_constant own = {TB_PERF_ID_gemm16, "h100", 0.7, 0, 1, 0};
    assert_true(tb_constants_add(arena, &c, &own));
    assert_int_equal(tb_constants_perf(&c, &keys, &perf), 1);
    tb_arena_free(arena);
}

static void test_a_stack_without_rows_is_like_those_of_its_time(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_constants c = {0};
    struct tb_chip chip = {.memory_bandwidth = 1.0};
    struct tb_perf perf;
    const struct tb_constant items[] = {
        {TB_PERF_ID_slowness, "default", 1.4, 0.01, 9, 0},
        {TB_PERF_ID_slowness, "nemo-2024", 0.9, 0.05, 9, 0},
        {TB_PERF_ID_slowness, "torchtitan-2025", 1.2, 0.10, 9, 0},
        {TB_PERF_ID_attn_slowness, "nemo-2024@hopper", 1.3, 0.1, 9, 0},
        {TB_PERF_ID_attn_slowness, "nemo-2024@blackwell", 2.0, 0.1, 9, 0},
        {TB_PERF_ID_memory, "default", 0.7, 0.1, 9, 0}};
    for (int i = 0; i < 6; i++)
        assert_true(tb_constants_add(arena, &c, &items[i]));
    const struct tb_constant_keys keys = {"h100", "hopper", "NVIDIA", "megatron-2023", &chip};
    assert_int_equal(tb_constants_perf(&c, &keys, &perf), 2);
    /* 2024.95 and 2025.2 against 2023.7: exp(-(1.25/1.5)^2/2)/(0.05^2 + 0.08^2) = 79.3987 and
     * 0.3 exp(-1/2)/(0.1^2 + 0.08^2) = 11.0951;
     * what all share: 1/0.08^2 = 156.25;
     * exp((156.25 ln 1.4 + 79.3987 ln 0.9 + 11.0951 ln 1.2)/246.7438) = 1.206068. */
    assert_rel(perf.slowness, 1.206068, 1e-6);
    assert_rel(perf.attn_slowness, 1.3, 1e-12);
    assert_exact(perf.memory, 0.7);
    tb_arena_free(arena);
}

/* What a stack is believed to be near while it is fitted does not ask the stack itself. */
static void test_others_say_what_a_stack_is_near(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_constants c = {0};
    const struct tb_constant items[] = {
        {TB_PERF_ID_slowness, "default", 1.4, 0.01, 9, 0},
        {TB_PERF_ID_slowness, "nemo-2024", 0.9, 0.05, 9, 0},
        {TB_PERF_ID_slowness, "megatron-2023", 3.0, 0.01, 9, 0},
        {TB_PERF_ID_attn_slowness, "megatron-2023@hopper", 1.9, 0.1, 9, 0},
        {TB_PERF_ID_attn_slowness, "nemo-2024@blackwell", 2.0, 0.1, 9, 0}};
    for (int i = 0; i < 5; i++)
        assert_true(tb_constants_add(arena, &c, &items[i]));
    /* As above, without the row of torchtitan: exp((156.25 ln 1.4 + 79.3987 ln 0.9)/235.6487). */
    assert_rel(tb_constants_of_others(&c, TB_PERF_ID_slowness, "megatron-2023"), 1.206354, 1e-6);
    /* On Hopper there is no other, and nothing is shared. */
    assert_true(
        isnan(tb_constants_of_others(&c, TB_PERF_ID_attn_slowness, "megatron-2023@hopper")));
    assert_rel(tb_constants_of_others(&c, TB_PERF_ID_attn_slowness, "nemo-2024@hopper"), 1.9,
               1e-12);
    tb_arena_free(arena);
}

static void test_a_range_is_as_wide_as_its_stack_strays(void **state)
{
    (void)state;
    struct tb_error_band band = {true, 1.0, -0.2, 0.01, 0.3, 30.0};
    const struct tb_constants c = {.n_bands = 1, .band = &band};
    const struct tb_range_key key = {true, 1, 1.5};
    const struct tb_range_key other = {false, 1, 1.5};
    double low;
    double high;
    tb_constants_range(&c, &key, &low, &high);
    assert_rel(low, exp(-0.3), 1e-12);
    assert_rel(high, exp(0.45), 1e-12);
    tb_constants_range(&c, &other, &low, &high);
    assert_exact(low, 0.6);
    assert_exact(high, 1.6);
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 4 << 20);
    assert_non_null(file);
    assert_non_null(text);
    *length = fread(text, 1, (4 << 20) - 1, file);
    fclose(file);
    return text;
}

/* Peaks of memory that the source of some rows measured stand in their notes, in GiB. */
static void test_memory_is_near_measured_peaks(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    tb_data *data = tb_data_open(NULL, 0, diags);
    tb_arena *arena = tb_arena_new();
    struct tb_observations rows;
    struct tb_cases cases;
    size_t length;
    char *text = read_file("presets/observations/throughput.csv", &length);
    assert_true(tb_observations_read(arena, "t", text, length, &rows, diags));
    assert_int_equal(tb_cases_resolve(arena, data, &rows, &cases, diags), TB_OK);
    double sum = 0.0;
    double n = 0.0;
    for (size_t i = 0; i < cases.n; i++) {
        const struct tb_case *c = &cases.item[i];
        const char *peak = strstr(c->row->note, "real peak alloc ");
        struct tb_perf perf;
        struct tb_step_out out;
        if (!peak || c->skipped)
            continue;
        tb_perf_start(&perf);
        tb_case_predict(c, &perf, &out);
        double error = out.memory.allocated / (strtod(peak + 16, NULL) * 1073741824.0) - 1.0;
        assert_in(error, -0.05, 0.05);
        sum += fabs(error);
        n += 1.0;
    }
    assert_exact(n, 35.0);
    assert_in(sum / n, 0.0, 0.02);
    free(text);
    tb_arena_free(arena);
    tb_data_close(data);
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validation_says_why_a_row_is_skipped),
        cmocka_unit_test(test_validation_states_its_defaults),
        cmocka_unit_test(test_defaults_do_not_see_the_measurement),
        cmocka_unit_test(test_a_table_that_is_none_is_refused),
        cmocka_unit_test(test_nearest_constant_wins),
        cmocka_unit_test(test_a_stack_without_rows_is_like_those_of_its_time),
        cmocka_unit_test(test_others_say_what_a_stack_is_near),
        cmocka_unit_test(test_a_range_is_as_wide_as_its_stack_strays),
        cmocka_unit_test(test_memory_is_near_measured_peaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
