/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_table.h"
#include "preset/hf_rule.h"

/* Tests run in the repository's root. */
#define CONFIGS "tests/data/configs"

static void test_every_published_count_is_met(void **state)
{
    (void)state;
    struct config_table table;
    char line[512];
    size_t wrong = 0;
    assert_true(config_table_read(CONFIGS "/counts.csv", &table));
    assert_true(table.n > 100);
    for (size_t i = 0; i < table.n; i++) {
        if (config_row_check(&table.rows[i], CONFIGS, line) != CONFIG_RIGHT) {
            print_error("%s\n", line);
            wrong++;
        }
    }
    config_table_free(&table);
    assert_int_equal(wrong, 0);
}

/** The check itself has to be able to fail. */
static void test_a_wrong_table_is_found_out(void **state)
{
    (void)state;
    char id[] = "x", file[] = "gpt2-xl.json", kind[] = "exact", missing[] = "none.json";
    char line[512];
    struct config_row row = {id, file, kind, 1557611201.0, 0.0 / 0.0, 0.0 / 0.0, 0.0 / 0.0};
    assert_int_equal(config_row_check(&row, CONFIGS, line), CONFIG_WRONG);
    row.tolerance = 1e-6;
    assert_int_equal(config_row_check(&row, CONFIGS, line), CONFIG_RIGHT);
    row.active = 1.4e9;
    assert_int_equal(config_row_check(&row, CONFIGS, line), CONFIG_WRONG);
    row.file = missing;
    assert_int_equal(config_row_check(&row, CONFIGS, line), CONFIG_WRONG);
}

static void test_every_rule_of_every_family_reads(void **state)
{
    (void)state;
    const struct tb_hf_family *family;
    for (size_t i = 0; (family = tb_hf_family_at(i)) != NULL; i++) {
        const char *fault = tb_hf_family_fault(family);
        if (fault) {
            print_error("family %s: %s\n", family->id, fault);
        }
        assert_null(fault);
        assert_ptr_equal(tb_hf_family_find(family->id), family);
    }
}

static void test_faults_of_rules_are_found(void **state)
{
    (void)state;
    static const char *const bad[] = {"no_such_slot: 1",       "d_ff: $no_such_slot",
                                      "d_ff: #no_such_kind",   "d_ff: 2*",
                                      "d_ff: field other",     "d_ff: field=",
                                      "attn: softmax ? #flat", "d_ff intermediate_size"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tb_hf_family family = {"test", NULL, bad[i], NULL, NULL};
        assert_non_null(tb_hf_family_fault(&family));
    }
    struct tb_hf_family orphan = {"test", "no_such_family", "", NULL, NULL};
    assert_non_null(tb_hf_family_fault(&orphan));
}

static void test_the_usual_families_are_there(void **state)
{
    (void)state;
    static const char *const ids[] = {"llama",
                                      "mistral",
                                      "mixtral",
                                      "qwen2",
                                      "qwen2_moe",
                                      "qwen3",
                                      "qwen3_moe",
                                      "qwen3_next",
                                      "gemma",
                                      "gemma2",
                                      "gemma3",
                                      "phi",
                                      "phi3",
                                      "phimoe",
                                      "gpt2",
                                      "gpt_neox",
                                      "gptj",
                                      "gpt_bigcode",
                                      "starcoder2",
                                      "bloom",
                                      "opt",
                                      "falcon",
                                      "mpt",
                                      "olmo",
                                      "olmo2",
                                      "olmo3",
                                      "olmoe",
                                      "dbrx",
                                      "jamba",
                                      "mamba",
                                      "mamba2",
                                      "deepseek",
                                      "deepseek_v2",
                                      "deepseek_v3",
                                      "deepseek_v32",
                                      "deepseek_v4",
                                      "kimi_k2",
                                      "kimi_linear",
                                      "glm4",
                                      "glm4_moe",
                                      "chatglm",
                                      "minimax_m1",
                                      "minimax_m2",
                                      "minimax_text_01",
                                      "gpt_oss",
                                      "hunyuan",
                                      "hunyuan_v1_moe",
                                      "hunyuan_v1_dense",
                                      "ernie4_5",
                                      "ernie4_5_moe",
                                      "bailing_moe",
                                      "dots1",
                                      "nemotron",
                                      "nemotron_h",
                                      "cohere",
                                      "cohere2",
                                      "smollm3",
                                      "granite",
                                      "granitemoe",
                                      "granitemoehybrid",
                                      "internlm2",
                                      "baichuan",
                                      "stablelm",
                                      "arctic",
                                      "grok_1",
                                      "pangu",
                                      "pangu_ultra_moe",
                                      "longcat_flash",
                                      "seed_oss",
                                      "apertus",
                                      "exaone4",
                                      "llama4"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        if (!tb_hf_family_find(ids[i])) {
            print_error("no family %s\n", ids[i]);
        }
        assert_non_null(tb_hf_family_find(ids[i]));
    }
    assert_null(tb_hf_family_find("no_such_family"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_published_count_is_met),
        cmocka_unit_test(test_a_wrong_table_is_found_out),
        cmocka_unit_test(test_every_rule_of_every_family_reads),
        cmocka_unit_test(test_faults_of_rules_are_found),
        cmocka_unit_test(test_the_usual_families_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
