/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "near.h"
#include "trainbudget/validate.h"

static const char columns[] =
    "run_id,model,stage,n_params_total,n_params_active,chip,n_chips,chip_hours,prompts_per_step,"
    "group_size,mean_response_tokens,max_response_tokens,steps,throughput_tokens_per_s_per_chip,"
    "engine,placement,step_time_s,note\n";

/** A row and what becomes of it. */
static const struct {
    const char *row, *reason, *filled;
} rows[] = {
    {"a,Qwen3-30B-A3B,grpo,30.5e9,3.3e9,H100,32,,64,32,3203,4096,,,Megatron EP8 + vLLM "
     "TP2,sync,192,",
     "", "prompt_mean=150, reference=1"},
    {"b,Qwen2.5-Math-7B DAPO,grpo,7.6e9,7.6e9,H20,128,,512,16,,28672,,,verl,sync,356,", "",
     "response_mean=2500, prompt_mean=150, reference=0"},
    {"c,Nobody-9B,grpo,9e9,9e9,Abacus,16,,64,16,700,2048,,,x,sync,70,", "the chip is not known",
     "shape of a model of that size, prompt_mean=150, reference=1"},
    {"d,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,,64,,,,,,x,sync,70,",
     "neither mean nor longest response is given", NULL},
    {"e,Qwen3-8B,other,8.2e9,8.2e9,H100,16,99,64,16,700,2048,,,x,sync,,",
     "the kind of stage is not one that is modelled", ""},
    {"f,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,,64,16,3000,2048,,,x,sync,70,",
     "the cap is below the mean length", NULL},
    {"g,Qwen3-8B,grpo,8.2e9,8.2e9,,,,64,16,700,2048,,,x,sync,,",
     "neither step time nor chip-hours are given; the chip is not given; the number of chips is "
     "not given",
     NULL},
    /* 100 tokens/s/chip x 70 s x 16 chips over 700 + 150 tokens are 132 responses, not 1,024 */
    {"h,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,,64,16,700,2048,,100,x,sync,70,",
     "the row contradicts itself: rate, step time and lengths make 132 responses a step, not 1024",
     NULL},
    {"i,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,7,64,16,700,2048,,,x,sync,,",
     "chip-hours without a number of steps", NULL},
    {"j,Qwen3-8B,sft,8.2e9,8.2e9,H100,16,,64,,,8192,,,x,,4,", "", "row_mean=2048"},
    {"k,Qwen3-8B,dpo,8.2e9,8.2e9,H100,,30,64,,900,8192,500,,x,,,", "", "prompt_mean=150"},
    {"l,Nobody-9B-A1B,grpo,9e9,1e9,H100,16,,64,16,700,2048,,,x,sync,70,",
     "no shape is known for the model", NULL},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static json_t *validate(const char *text, tb_diags *diags)
{
    tb_data *data = tb_data_open(NULL, 0, diags);
    assert_non_null(data);
    const struct tb_fit_table table = {"runs.csv", text, strlen(text)};
    char *json = tb_validate_posttrain(data, &table, TB_FORM_JSON, diags);
    tb_data_close(data);
    json_t *root = json ? json_loads(json, 0, NULL) : NULL;
    free(json);
    return root;
}

static const char *text_of(const json_t *row, const char *key)
{
    return json_string_value(json_object_get(row, key));
}

static char *table_of(const char *extra)
{
    char *text = calloc(1, 8192);
    strcpy(text, columns);
    for (size_t i = 0; i < N_ROWS; i++) {
        strcat(text, rows[i].row);
        strcat(text, "\n");
    }
    strcat(text, extra);
    return text;
}

static double number_of(const json_t *row, const char *key)
{
    return json_number_value(json_object_get(row, key));
}

static void test_rows_are_predicted_or_skipped_with_a_reason(void **state)
{
    (void)state;
    char *text = table_of("");
    tb_diags *diags = tb_diags_new();
    json_t *root = validate(text, diags);
    assert_non_null(root);
    assert_string_equal(text_of(root, "schema"), "trainbudget.validation/1");
    const json_t *list = json_object_get(root, "rows");
    assert_int_equal(json_array_size(list), N_ROWS);
    for (size_t i = 0; i < N_ROWS; i++) {
        const json_t *row = json_array_get(list, i);
        assert_string_equal(text_of(row, "reason"), rows[i].reason);
        assert_string_equal(text_of(row, "status"), rows[i].reason[0] ? "skipped" : "ok");
        if (rows[i].filled)
            assert_string_equal(text_of(row, "filled"), rows[i].filled);
        assert_true(json_is_false(json_object_get(row, "left_out")));
    }
    assert_in(number_of(json_array_get(list, 0), "predicted"), 150.0, 240.0);
    json_decref(root);
    free(text);
    tb_diags_free(diags);
}

/* 500 steps of 64 pairs of two rows of 900 + 150 tokens are 67.2 M tokens; training and a reference
 * that reads at 0.76 of the speed take (6 + 2 / 0.76) 8.2e9 FLOPs a token at 0.36 of 989e12 and a
 * factor of 1.1: 4.1 chip-hours; attention adds to it, and twice the pairs take twice that. */
static void test_preferences_count_two_rows(void **state)
{
    (void)state;
    static const char more[] = "m,Qwen3-8B,dpo,8.2e9,8.2e9,H100,,30,128,,900,8192,500,,x,,,\n"
                               "n,Qwen3-8B,sft,8.2e9,8.2e9,H100,,30,128,,900,8192,500,,x,,,\n";
    char *text = table_of(more);
    tb_diags *diags = tb_diags_new();
    json_t *root = validate(text, diags);
    const json_t *list = json_object_get(root, "rows");
    double pairs = number_of(json_array_get(list, 10), "predicted");
    double twice = number_of(json_array_get(list, N_ROWS), "predicted");
    double plain = number_of(json_array_get(list, N_ROWS + 1), "predicted");
    assert_in(pairs, 4.0, 4.6);
    assert_rel(twice, 2.0 * pairs, 1e-9);
    /* the same rows without a reference */
    assert_in(pairs / plain, 1.3, 1.6);
    json_decref(root);
    free(text);
    tb_diags_free(diags);
}

/* A number that is none would count as one that nobody stated, and a default take its place. */
static void test_cells_that_are_no_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *row, *finding;
    } bad[] = {
        {"m,Qwen3-8B,grpo,8.2e9,8.2e9,H100,sixteen,,64,16,700,2048,,,x,sync,70,\n",
         "runs.csv:14:7: error[TB3001]: n_chips: a number is expected in this column; found "
         "sixteen; accepted: a number above 0; leave blank what is not stated"},
        {"m,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,,64,16,~2048,2048,,,x,sync,70,\n",
         "runs.csv:14:11: error[TB3001]: mean_response_tokens: a number is expected in this "
         "column; "
         "found ~2048; accepted: a number above 0; leave blank what is not stated"},
        {"m,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,,64,16,700,-2048,,,x,sync,70,\n",
         "runs.csv:14:12: error[TB3003]: max_response_tokens: the number is outside its range; "
         "found -2048; accepted: a number above 0; leave blank what is not stated"},
        {"m,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,inf,64,16,700,2048,5,,x,sync,,\n",
         "runs.csv:14:8: error[TB3001]: chip_hours: a number is expected in this column; found "
         "inf; accepted: a number above 0; leave blank what is not stated"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text = table_of(bad[i].row);
        tb_diags *diags = tb_diags_new();
        assert_null(validate(text, diags));
        assert_int_equal(tb_diags_status(diags), TB_E_INPUT);
        char *found = tb_diag_text(tb_diags_at(diags, 0));
        assert_string_equal(found, bad[i].finding);
        free(found);
        free(text);
        tb_diags_free(diags);
    }
}

static void test_another_table_is_refused(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    assert_null(validate("model,chip\nx,y\n", diags));
    assert_true(tb_diags_count(diags, TB_ERROR) > 0);
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_predicted_or_skipped_with_a_reason),
        cmocka_unit_test(test_preferences_count_two_rows),
        cmocka_unit_test(test_cells_that_are_no_numbers),
        cmocka_unit_test(test_another_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
