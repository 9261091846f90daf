/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "near.h"
#include "trainbudget/import.h"

#define HEAD "{\n  \"model_type\": \"llama\", \"hidden_size\": 96, \"num_hidden_layers\": 3,\n"
#define TAIL "  \"num_attention_heads\": 6, \"intermediate_size\": 250, \"vocab_size\": 1011\n}\n"

struct expected {
    const char *text;
    const char *code;
    int line, column;
    const char *path; /* NULL: none */
};

static const struct tb_diag *first_error(const tb_diags *diags)
{
    for (size_t i = 0; tb_diags_at(diags, i); i++) {
        if (tb_diags_at(diags, i)->severity == TB_ERROR) {
            return tb_diags_at(diags, i);
        }
    }
    return NULL;
}

static const struct tb_diag *find_code(const tb_diags *diags, const char *code)
{
    for (size_t i = 0; tb_diags_at(diags, i); i++) {
        if (strcmp(tb_diags_at(diags, i)->code, code) == 0) {
            return tb_diags_at(diags, i);
        }
    }
    return NULL;
}

static void expect_error(const struct expected *e)
{
    struct tb_config_counts counts;
    tb_diags *diags = tb_diags_new();
    enum tb_status status = tb_config_count(e->text, strlen(e->text), "c.json", &counts, diags);
    const struct tb_diag *d = first_error(diags);
    if (!d || strcmp(d->code, e->code) != 0 || d->pos.line != e->line ||
        d->pos.column != e->column) {
        char *text = d ? tb_diag_text(d) : NULL;
        print_error("%s\ngives %s\n", e->text, text ? text : "no error");
        free(text);
    }
    assert_int_equal(status, TB_E_INPUT);
    assert_string_equal(d->code, e->code);
    assert_string_equal(d->pos.file, "c.json");
    assert_int_equal(d->pos.line, e->line);
    assert_int_equal(d->pos.column, e->column);
    if (e->path) {
        assert_string_equal(d->path, e->path);
    }
    tb_diags_free(diags);
}

static void test_errors_have_a_place(void **state)
{
    (void)state;
    static const struct expected all[] = {
        {"", "TB2009", 1, 1, NULL},
        {" \n\t ", "TB2009", 1, 1, NULL},
        {"[]", "TB2003", 1, 1, NULL},
        {"{\n \"model_type\": \"llama\",\n}", "TB2010", 3, 1, NULL},
        {"{\"a\": 1, \"a\": 2}", "TB2010", 1, 12, NULL},
        {"{\"a\": 123456789012345678901234567890}", "TB2010", 1, 36, NULL},
        {"{\"a\": \"\xff\"}", "TB2008", 1, 8, NULL},
        {HEAD "  \"num_key_value_heads\": \"two\",\n" TAIL, "TB3001", 3, 3, "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": true,\n" TAIL, "TB3001", 3, 3, "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": {\"n\": 2},\n" TAIL, "TB3001", 3, 3,
         "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": -2,\n" TAIL, "TB3003", 3, 3, "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": 1e15,\n" TAIL, "TB3003", 3, 3, "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": 1.5,\n" TAIL, "TB3018", 3, 3, "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": 4,\n" TAIL, "TB3018", 3, 3, "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": [6, 6],\n" TAIL, "TB3018", 3, 3, "num_key_value_heads"},
        {HEAD "  \"num_key_value_heads\": NaN,\n" TAIL, "TB3001", 3, 3, "num_key_value_heads"},
        {HEAD "  \"layer_types\": [\"full_attention\", \"flat\", \"full_attention\"],\n" TAIL,
         "TB2020", 3, 37, "layer_types[1]"},
        {HEAD "  \"layer_types\": [\"full_attention\"],\n" TAIL, "TB3018", 3, 3, "layer_types"},
        {HEAD "  \"layer_types\": [\"mamba\", \"mamba\", \"attention\"],\n" TAIL, "TB2020", 3, 3,
         "layer_types"},
        {HEAD "  \"layer_types\": \"GLLGLLG\",\n" TAIL, "TB3018", 3, 3, "layer_types"},
        {HEAD "  \"is_encoder_decoder\": true,\n" TAIL, "TB2020", 3, 3, "is_encoder_decoder"},
        {"{\"text_config\": {\"model_type\": \"llama\",\n \"hidden_size\": []}}", "TB3018", 2, 2,
         "text_config.hidden_size"},
        {"{\"model_type\": \"no_such\", \"hidden_size\": 64}", "TB2025", 1, 1, NULL},
        {"{\"model_type\": \"phi\",\n \"num_local_experts\": 4}", "TB2020", 2, 2, NULL},
        {"{\"model_type\": \"modernbert\", \"hidden_size\": 64}", "TB2020", 1, 2, NULL},
        {"{\"model_type\": \"no_such\",\n \"mamba_d_state\": 64}", "TB2020", 2, 2, NULL},
        {"{\"model_type\": \"openelm\", \"model_dim\": 64, \"num_transformer_layers\": 2,"
         "\"num_query_heads\": 4, \"num_kv_heads\": 2, \"vocab_size\": 99,\n"
         "\"head_dim\": 16, \"ffn_multipliers\": [1.5]}",
         "TB3003", 2, 17, NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        expect_error(&all[i]);
    }
}

static void test_deep_and_large_files_are_refused(void **state)
{
    (void)state;
    char deep[200] = "{\"a\":";
    memset(deep + 5, '[', 100);
    const struct expected nested = {deep, "TB2007", 1, 37, NULL}; /* byte 5 is the second level */
    expect_error(&nested);
    size_t n = TB_CONFIG_MAX_BYTES + 1;
    char *large = malloc(n + 1);
    memset(large, ' ', n);
    large[n] = '\0';
    large[0] = '{';
    const struct expected big = {large, "TB2006", 1, 1, NULL};
    expect_error(&big);
    free(large);
}

static void test_all_that_is_missing_is_named(void **state)
{
    (void)state;
    const char *text = "{\"model_type\": \"no_such\", \"hidden_size\": 64, \"vocab_size\": 5}";
    struct tb_config_counts counts;
    tb_diags *diags = tb_diags_new();
    assert_int_equal(tb_config_count(text, strlen(text), "c.json", &counts, diags), TB_E_INPUT);
    const struct tb_diag *d = first_error(diags);
    static const char *const names[] = {"num_hidden_layers", "num_attention_heads",
                                        "intermediate_size"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_non_null(strstr(d->message, names[i]));
    }
    assert_null(strstr(d->message, "vocab_size"));
    tb_diags_free(diags);
}

static void test_what_layers_miss_is_named(void **state)
{
    (void)state;
    const char *text = "{\"model_type\": \"no_such\", \"num_hidden_layers\": 2}";
    struct tb_config_counts counts;
    tb_diags *diags = tb_diags_new();
    assert_int_equal(tb_config_count(text, strlen(text), "c.json", &counts, diags), TB_E_INPUT);
    const struct tb_diag *d = first_error(diags);
    static const char *const names[] = {"hidden_size", "vocab_size", "num_attention_heads",
                                        "intermediate_size"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_non_null(strstr(d->message, names[i]));
    }
    tb_diags_free(diags);
}

static double count(const char *text, tb_diags *diags)
{
    struct tb_config_counts counts = {0};
    assert_int_equal(tb_config_count(text, strlen(text), "c.json", &counts, diags), TB_OK);
    return counts.params_total;
}

/* d 96, 3 layers, 6 heads of 16, ff 250, vocabulary 1011, untied:
 * embedding and head 2*1011*96 = 194,112; a layer 4*96*96 + 3*96*250 + 2*96 = 109,056; last norm
 * 96: 194,112 + 3*109,056 + 96 = 521,376. */
#define TOTAL 521376.0

static void test_an_unknown_family_is_counted_with_a_warning(void **state)
{
    (void)state;
    const char *text =
        "{\"model_type\": \"no_such\", \"hidden_size\": 96, \"num_hidden_layers\": 3,"
        "\"num_attention_heads\": 6, \"intermediate_size\": 250, \"vocab_size\": 1011,"
        "\"rope_theta\": 1e4, \"side_channel_dim\": 12}";
    tb_diags *diags = tb_diags_new();
    assert_exact(count(text, diags), TOTAL);
    const struct tb_diag *assumed = find_code(diags, "TB2022");
    const struct tb_diag *ignored = find_code(diags, "TB2021");
    assert_non_null(assumed);
    assert_string_equal(assumed->found, "no_such");
    assert_non_null(strstr(assumed->message, "tied"));
    assert_non_null(strstr(ignored->message, "side_channel_dim"));
    assert_non_null(strstr(ignored->message, "rope_theta"));
    tb_diags_free(diags);
}

static void test_a_known_family_names_what_it_does_not_know(void **state)
{
    (void)state;
    const char *text = HEAD "  \"rope_theta\": 1e4, \"side_channel_dim\": 12,\n" TAIL;
    tb_diags *diags = tb_diags_new();
    assert_exact(count(text, diags), TOTAL);
    assert_int_equal(tb_diags_count(diags, TB_NOTE), 1);
    assert_string_equal(tb_diags_at(diags, 0)->message,
                        "fields that are not counted: side_channel_dim");
    tb_diags_free(diags);
}

static void test_parts_and_literals_are_named(void **state)
{
    (void)state;
    const char *text =
        "{\"text_config\": " HEAD "\"time_step_limit\": [0.0, Infinity],\n" TAIL
        ", \"vision_config\": {\"depth\": 3}, \"quantization_config\": {\"bits\": 4}}";
    tb_diags *diags = tb_diags_new();
    assert_exact(count(text, diags), TOTAL);
    assert_non_null(find_code(diags, "TB2012"));
    assert_int_equal(find_code(diags, "TB2012")->pos.line, 3);
    assert_non_null(strstr(find_code(diags, "TB2023")->message, "vision_config"));
    assert_int_equal(tb_diags_count(diags, TB_ERROR), 0);
    tb_diags_free(diags);
}

static void test_defaults_of_the_class_are_told(void **state)
{
    (void)state;
    const char *text = "{\"model_type\": \"llama\", \"num_hidden_layers\": 3, \"hidden_size\": 96,"
                       "\"num_attention_heads\": 6, \"intermediate_size\": 250}";
    tb_diags *diags = tb_diags_new();
    assert_exact(count(text, diags), TOTAL + 2.0 * 96.0 * (32000.0 - 1011.0));
    const struct tb_diag *d = find_code(diags, "TB2024");
    assert_non_null(d);
    assert_non_null(strstr(d->message, "vocab_size"));
    assert_non_null(strstr(d->message, "32000"));
    tb_diags_free(diags);
}

/** Another usual name comes before a default. */
static void test_usual_names_come_before_defaults(void **state)
{
    (void)state;
    const char *text = "{\"model_type\": \"llama\", \"n_layer\": 3, \"n_embd\": 96,"
                       "\"n_head\": 6, \"ffn_hidden_size\": 250, \"padded_vocab_size\": 1011}";
    tb_diags *diags = tb_diags_new();
    assert_exact(count(text, diags), TOTAL);
    assert_null(find_code(diags, "TB2024"));
    tb_diags_free(diags);
}

/** A null says "none": it is not replaced by a default. */
static void test_null_is_not_left_out(void **state)
{
    (void)state;
    const char *with =
        "{\"model_type\": \"mistral\", \"hidden_size\": 96, \"num_hidden_layers\": 3,"
        "\"num_attention_heads\": 8, \"intermediate_size\": 250, \"vocab_size\": 1011,"
        "\"head_dim\": 12, \"num_key_value_heads\": null}";
    tb_diags *diags = tb_diags_new();
    /* as above with 8 key and value heads of 12, not the class's 8 of 32 query heads */
    assert_exact(count(with, diags), TOTAL);
    tb_diags_free(diags);
}

static void test_heads_of_other_tasks(void **state)
{
    (void)state;
    const char *reward = HEAD "\"architectures\": [\"LlamaForSequenceClassification\"],"
                              "\"id2label\": {\"0\": \"A\", \"1\": \"B\", \"2\": \"C\"},\n" TAIL;
    const char *bare = HEAD "\"architectures\": [\"LlamaModel\"],\n" TAIL;
    tb_diags *diags = tb_diags_new();
    assert_exact(count(reward, diags), TOTAL - 1011.0 * 96.0 + 3.0 * 96.0);
    assert_exact(count(bare, diags), TOTAL - 1011.0 * 96.0);
    assert_non_null(find_code(diags, "TB2023"));
    tb_diags_free(diags);
}

static void test_an_architecture_stands_in_for_a_missing_type(void **state)
{
    (void)state;
    const char *text = "{\"architectures\": [\"Qwen2ForCausalLM\"], \"hidden_size\": 96,"
                       "\"num_hidden_layers\": 3, \"num_attention_heads\": 6,"
                       "\"num_key_value_heads\": 6, \"intermediate_size\": 250,"
                       "\"vocab_size\": 1011}";
    tb_diags *diags = tb_diags_new();
    assert_exact(count(text, diags), TOTAL + 3.0 * 3.0 * 96.0); /* biases on q, k and v */
    tb_diags_free(diags);
}

static void test_reading_needs_no_end_of_string(void **state)
{
    (void)state;
    const char *text = HEAD TAIL "garbage that is not part of the text";
    struct tb_config_counts counts;
    assert_int_equal(tb_config_count(text, strlen(HEAD TAIL), "c.json", &counts, NULL), TB_OK);
    assert_exact(counts.params_total, TOTAL);
    assert_exact(counts.params_active_without_embedding, TOTAL - 1011.0 * 96.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_have_a_place),
        cmocka_unit_test(test_deep_and_large_files_are_refused),
        cmocka_unit_test(test_all_that_is_missing_is_named),
        cmocka_unit_test(test_what_layers_miss_is_named),
        cmocka_unit_test(test_an_unknown_family_is_counted_with_a_warning),
        cmocka_unit_test(test_a_known_family_names_what_it_does_not_know),
        cmocka_unit_test(test_parts_and_literals_are_named),
        cmocka_unit_test(test_defaults_of_the_class_are_told),
        cmocka_unit_test(test_usual_names_come_before_defaults),
        cmocka_unit_test(test_null_is_not_left_out),
        cmocka_unit_test(test_heads_of_other_tasks),
        cmocka_unit_test(test_an_architecture_stands_in_for_a_missing_type),
        cmocka_unit_test(test_reading_needs_no_end_of_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
