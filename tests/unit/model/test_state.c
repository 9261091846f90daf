/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/state.h"
#include "models.h"
#include "near.h"

static void test_recipe_bytes_per_parameter(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        double bytes;
    } rows[] = {
        {"adamw-fp16", 20.0},         {"adamw-bf16", 18.0},   {"adamw-bf16-grads", 16.0},
        {"adamw-fp32", 16.0},         {"muon", 14.0},         {"adamw-bf16-moments", 14.0},
        {"muon-bf16-momentum", 12.0}, {"adamw-offload", 8.0}, {"adamw-bf16-remainder", 16.0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum tb_recipe r;
        assert_true(tb_recipe_find(rows[i].id, &r));
        const struct tb_recipe_info *info = tb_recipe_info(r);
        assert_string_equal(info->id, rows[i].id);
        assert_exact(info->weight + info->gradient + info->master + info->moments, rows[i].bytes);
        assert_true(strlen(info->title) > 10 && strlen(info->source) > 2);
    }
    enum tb_recipe untouched = TB_RECIPE_MUON;
    assert_false(tb_recipe_find("adamw", &untouched));
    assert_int_equal(untouched, TB_RECIPE_MUON);
}

static double kv(struct tb_model m, double context)
{
    return tb_kv_bytes_per_token(&m, 2.0, context);
}

static void test_kv_bytes_of_published_models(void **state)
{
    (void)state;
    assert_exact(kv(llama_405b(), 8192.0), 126.0 * 2.0 * 8.0 * 128.0 * 2.0);
    assert_exact(kv(deepseek_v3(), 4096.0), 61.0 * 576.0 * 2.0);
    assert_exact(kv(deepseek_v32(), 4096.0), 61.0 * (576.0 + 128.0) * 2.0);
    /* V4-Pro, long context: 30 layers of (512 + 128) / 4 and 31 of 512 / 128 elements = 9,848
     * bytes, and 128 of a million tokens in the windows */
    double windows = 61.0 * 512.0 * 128.0 / 1048576.0 * 2.0;
    assert_rel(kv(deepseek_v4_pro(), 1048576.0), 9848.0 + windows, 1e-14);
    assert_in(kv(deepseek_v4_pro(), 131072.0), 9.5e3, 10.5e3);
}

static void test_kv_bytes_windows_and_states(void **state)
{
    (void)state;
    struct tb_model m = {.d_model = 10.0};
    m.kind[0] = gqa_layer(6.0, 3.0, 7.0, 11.0);
    m.kind[0].attn.window = 300.0;
    m.kind[1] = m.kind[0];
    m.kind[1].attn.window = 0.0;
    m.kind[2].attn = (struct tb_attn){.kind = TB_ATTN_LINEAR, .v_heads = 5.0, .v_dim = 3.0};
    set_layers(&m, 0, 1, 0);
    set_layers(&m, 1, 3, 1);
    set_layers(&m, 3, 8, 2);
    /* 42 elements a token and layer; the windowed layer keeps 300 of 1,200 tokens */
    assert_exact(kv(m, 1200.0), 2.0 * 42.0 * (2.0 + 0.25));
    assert_exact(kv(m, 200.0), 2.0 * 42.0 * 3.0);
    m.kind[0].attn.window = 0.0;
    m.kind[0].attn.chunk = 600.0;
    assert_exact(kv(m, 1200.0), 2.0 * 42.0 * 2.5);
    m.kind[1].attn.index_heads = 4.0; /* an indexer's one key of 9 in each of two layers */
    m.kind[1].attn.index_dim = 9.0;
    assert_exact(kv(m, 1200.0), 2.0 * (42.0 * 2.5 + 2.0 * 9.0));
}

static void test_checkpoint_bytes(void **state)
{
    (void)state;
    struct tb_model m = llama_405b();
    assert_exact(tb_checkpoint_bytes_per_token(&m, 2.0), 126.0 * 16384.0 * 2.0);
    m = deepseek_v4_flash();
    assert_exact(tb_checkpoint_bytes_per_token(&m, 2.0), 43.0 * 4096.0 * 4.0 * 2.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipe_bytes_per_parameter),
        cmocka_unit_test(test_kv_bytes_of_published_models),
        cmocka_unit_test(test_kv_bytes_windows_and_states),
        cmocka_unit_test(test_checkpoint_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
