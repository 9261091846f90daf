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
    "group_size,mean_response_tokens,max_response_tokens,steps,engine,placement,step_time_s,note\n";

static const char rows[] =
    "a,Qwen3-30B-A3B,grpo,30.5e9,3.3e9,H100,32,,64,32,3203,4096,,Megatron EP8 + vLLM "
    "TP2,sync,192,\n"
    "b,Qwen2.5-Math-7B DAPO,grpo,7.6e9,7.6e9,H20,128,,512,16,,28672,,verl,sync,356,\n"
    "c,Nobody-9B,grpo,9e9,9e9,Abacus,16,,64,16,700,2048,,x,sync,70,\n"
    "d,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,,64,,,,,x,sync,70,\n"
    "e,Qwen3-8B,other,8.2e9,8.2e9,H100,16,99,64,16,700,2048,,x,sync,,\n"
    "f,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,,64,16,3000,2048,,x,sync,70,\n";

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

static void test_rows_are_predicted_or_skipped_with_a_reason(void **state)
{
    (void)state;
    static const char *const reasons[] = {"",
                                          "",
                                          "the chip is not known",
                                          "neither mean nor longest response is given",
                                          "the kind of stage is not one that is modelled",
                                          "the cap is below the mean length"};
    char *text = calloc(1, sizeof columns + sizeof rows);
    memcpy(text, columns, sizeof columns - 1);
    memcpy(text + sizeof columns - 1, rows, sizeof rows);
    tb_diags *diags = tb_diags_new();
    json_t *root = validate(text, diags);
    assert_non_null(root);
    assert_string_equal(text_of(root, "schema"), "trainbudget.validation/1");
    const json_t *list = json_object_get(root, "rows");
    assert_int_equal(json_array_size(list), 6);
    for (size_t i = 0; i < 6; i++) {
        const json_t *row = json_array_get(list, i);
        assert_string_equal(text_of(row, "reason"), reasons[i]);
        assert_string_equal(text_of(row, "status"), i < 2 ? "ok" : "skipped");
    }
    const json_t *first = json_array_get(list, 0);
    assert_in(json_real_value(json_object_get(first, "predicted")), 150.0, 240.0);
    assert_string_equal(text_of(first, "defaults"), "prompt_mean=150, reference=1");
    const json_t *second = json_array_get(list, 1);
    assert_non_null(strstr(text_of(second, "defaults"), "response_mean=2500"));
    json_decref(root);
    free(text);
    tb_diags_free(diags);
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
        cmocka_unit_test(test_another_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
