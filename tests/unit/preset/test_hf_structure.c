/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was read drives FLOPs and memory, not only a count: the kinds of the layers, their windows
 * and sizes. The numbers are the published architectures'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_table.h"
#include "model/flops.h"
#include "model/params.h"
#include "model/state.h"
#include "near.h"
#include "preset/hf.h"

#define CONFIGS "tests/data/configs/"

struct reading {
    tb_arena *arena;
    struct tb_model_preset preset;
};

static const struct tb_model *read_text(struct reading *r, const char *text, size_t length)
{
    r->arena = tb_arena_new();
    assert_int_equal(tb_hf_read(text, length, "c.json", r->arena, &r->preset, NULL), TB_OK);
    return &r->preset.model;
}

static const struct tb_model *read_file(struct reading *r, const char *name)
{
    char path[256];
    size_t length;
    snprintf(path, sizeof path, CONFIGS "%s.json", name);
    char *text = config_file_read(path, &length);
    assert_non_null(text);
    const struct tb_model *m = read_text(r, text, length);
    free(text);
    return m;
}

/** Layers with this kind of attention and this window (or chunk). */
struct expected {
    const char *name;
    int layers; /**< of the arithmetic */
    enum tb_attn_kind kind;
    double window;
    int with; /**< layers of that kind and window */
    int moe;  /**< layers with experts */
};

static const struct expected all[] = {
    {"llama-3.1-405b", 126, TB_ATTN_SOFTMAX, 0, 126, 0},
    {"zamba2-1.2b", 44, TB_ATTN_SOFTMAX, 0, 6, 0},
    {"zamba2-1.2b", 44, TB_ATTN_MAMBA2, 0, 38, 0},
    {"jetmoe-8b", 48, TB_ATTN_SOFTMAX, 0, 24, 48},
    {"step3", 61, TB_ATTN_SOFTMAX, 0, 61, 56},
    {"gemma-2-27b", 46, TB_ATTN_SOFTMAX, 4096, 23, 0},
    {"gemma-3-27b", 62, TB_ATTN_SOFTMAX, 1024, 52, 0}, /* every sixth is full */
    {"gemma-4-26b-a4b", 30, TB_ATTN_SOFTMAX, 1024, 25, 30},
    {"olmo-3-7b", 32, TB_ATTN_SOFTMAX, 4096, 24, 0},
    {"command-a", 64, TB_ATTN_SOFTMAX, 4096, 48, 0},
    {"exaone-4.0-32b", 64, TB_ATTN_SOFTMAX, 4096, 48, 0},
    {"exaone-4.0-1.2b", 30, TB_ATTN_SOFTMAX, 0, 30, 0},
    {"gpt-oss-20b", 24, TB_ATTN_SOFTMAX, 128, 12, 24},
    {"mimo-v2-flash", 48, TB_ATTN_SOFTMAX, 128, 39, 47},
    {"qwen3-next-80b", 48, TB_ATTN_GATED_DELTA, 0, 36, 48},
    {"kimi-linear-48b-a3b", 27, TB_ATTN_GATED_DELTA, 0, 20, 26},
    {"minimax-text-01", 80, TB_ATTN_LINEAR, 0, 70, 80},
    {"jamba-v0.1", 32, TB_ATTN_MAMBA1, 0, 28, 16},
    {"mamba-2.8b", 64, TB_ATTN_MAMBA1, 0, 64, 0},
    {"mamba2-2.7b", 64, TB_ATTN_MAMBA2, 0, 64, 0},
    {"granite-4.0-h-tiny", 40, TB_ATTN_MAMBA2, 0, 36, 40},
    {"bamba-9b", 32, TB_ATTN_MAMBA2, 0, 29, 0},
    {"nemotron-3-nano", 52, TB_ATTN_MAMBA2, 0, 23, 23},
    {"falcon-h1-0.5b", 72, TB_ATTN_MAMBA2, 0, 36, 0}, /* both mixers of 36 layers */
    {"longcat-flash", 56, TB_ATTN_MLA, 0, 56, 28},
    {"deepseek-v3", 61, TB_ATTN_MLA, 0, 61, 58},
    {"deepseek-v3.2", 61, TB_ATTN_DSA, 0, 61, 58},
    {"glm-5.2", 78, TB_ATTN_DSA, 0, 78, 75},
    {"deepseek-v4-pro", 61, TB_ATTN_COMPRESSED, 128, 61, 61},
    {"llama-4-maverick", 48, TB_ATTN_SOFTMAX, 0, 48, 24},
    {"ernie-4.5-21b-a3b", 28, TB_ATTN_SOFTMAX, 0, 28, 27},
    {"lfm2-1.2b", 16, TB_ATTN_SOFTMAX, 0, 6, 0},
    {"recurrentgemma-2b", 26, TB_ATTN_SOFTMAX, 2048, 8, 0},
};

static void test_layers_are_of_the_published_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct expected *e = &all[i];
        struct reading r;
        const struct tb_model *m = read_file(&r, e->name);
        int with = 0, moe = 0;
        for (int k = 0; k < m->n_layers; k++) {
            const struct tb_layer *layer = &m->kind[m->layer_kind[k]];
            with += layer->attn.kind == e->kind && layer->attn.window == e->window;
            moe += layer->ffn.n_experts > 0.0;
        }
        if (m->n_layers != e->layers || with != e->with || moe != e->moe) {
            print_error("%s: %d layers, %d of the kind, %d with experts\n", e->name, m->n_layers,
                        with, moe);
        }
        assert_int_equal(m->n_layers, e->layers);
        assert_int_equal(with, e->with);
        assert_int_equal(moe, e->moe);
        tb_arena_free(r.arena);
    }
}

static void test_chunks_and_their_pattern(void **state)
{
    (void)state;
    struct reading r;
    const struct tb_model *m = read_file(&r, "llama-4-maverick");
    for (int i = 0; i < m->n_layers; i++) {
        const struct tb_layer *layer = &m->kind[m->layer_kind[i]];
        assert_exact(layer->attn.chunk, i % 4 == 3 ? 0.0 : 8192.0);
        assert_exact(layer->ffn.n_experts, i % 2 == 1 ? 128.0 : 0.0);
        assert_exact(layer->ffn.d_ff, i % 2 == 1 ? 0.0 : 16384.0);
    }
    tb_arena_free(r.arena);
}

static void test_compression_follows_its_list(void **state)
{
    (void)state;
    struct reading r;
    const struct tb_model *m = read_file(&r, "deepseek-v4-pro");
    for (int i = 0; i < 61; i++) {
        const struct tb_attn *a = &m->kind[m->layer_kind[i]].attn;
        bool selected = i >= 2 && i % 2 == 0;
        assert_exact(a->compress_ratio, selected ? 4.0 : 128.0);
        assert_exact(a->index_topk, selected ? 1024.0 : 0.0);
        assert_int_equal(m->kind[m->layer_kind[i]].ffn.hash_routed, i < 3);
    }
    assert_exact(m->mtp.attn.compress_ratio, 0.0); /* the entry behind the last layer's */
    struct tb_params p;
    tb_params_count(m, &p);
    assert_exact(p.total_with_mtp, 1598837347742.0);
    tb_arena_free(r.arena);
}

/* DeepSeek-V3 keeps 512 + 64 numbers a token and layer: 61 * 576 * 2 bytes = 70,272. */
static void test_latent_attention_drives_the_cache(void **state)
{
    (void)state;
    struct reading r;
    const struct tb_model *m = read_file(&r, "deepseek-v3");
    assert_exact(tb_kv_bytes_per_token(m, 2.0, 4096.0), 70272.0);
    const struct tb_lengths lengths = {.seq_len = 4096.0};
    assert_rel(tb_flops_train(m, &lengths, false), 249.8e9, 5e-4);
    tb_arena_free(r.arena);
}

/* gpt-oss-20b, 12 of 24 layers see 128 tokens: at 131,072 the cache of a token is that of the full
 * layers, 12 * 2 * 8 * 64 * 2 bytes = 24,576, and 128/131072 of as much again. */
static void test_windows_drive_the_cache(void **state)
{
    (void)state;
    struct reading r;
    const struct tb_model *m = read_file(&r, "gpt-oss-20b");
    assert_rel(tb_kv_bytes_per_token(m, 2.0, 131072.0), 24576.0 * (1.0 + 128.0 / 131072.0), 1e-9);
    tb_arena_free(r.arena);
}

/* Hunyuan-Large: every second layer reads the keys and values of the one before it:
 * 32 layers * 2 * 8 * 80 * 2 bytes. */
static void test_shared_keys_and_values_are_kept_once(void **state)
{
    (void)state;
    struct reading r;
    const struct tb_model *m = read_file(&r, "hunyuan-large");
    assert_exact(tb_kv_bytes_per_token(m, 2.0, 4096.0), 81920.0);
    tb_arena_free(r.arena);
}

static void test_linear_sizes(void **state)
{
    (void)state;
    struct reading r;
    const struct tb_attn *a = &read_file(&r, "qwen3-next-80b")->kind[0].attn;
    assert_exact(a->k_heads, 16.0);
    assert_exact(a->v_heads, 32.0);
    assert_exact(a->k_dim, 128.0);
    assert_exact(a->conv_kernel, 4.0);
    tb_arena_free(r.arena);
    a = &read_file(&r, "nemotron-3-nano")->kind[0].attn;
    assert_exact(a->inner_dim, 4096.0);
    assert_exact(a->state_dim, 128.0);
    assert_exact(a->n_groups, 8.0);
    assert_exact(a->n_heads, 64.0);
    tb_arena_free(r.arena);
}

/* One description a layer. d 512, 8 heads of 64. Layer 0: 4 key and value heads, multiplier 1.5:
 * floor(2*1.5*512/3) = 512 wide. Layer 1: no attention, linear feed-forward. Layer 2: linear
 * attention, no feed-forward.
 * 0: 2*512*512 + 2*512*256 + 3*512*512 + 2*512; 1: 512*512 + 512; 2: 512*512 + 512. */
static void test_blocks_of_an_architecture_search(void **state)
{
    (void)state;
    const char *text =
        "{\"model_type\": \"nemotron-nas\", \"hidden_size\": 512, \"num_hidden_layers\": 3,"
        "\"num_attention_heads\": 8, \"num_key_value_heads\": null, \"intermediate_size\": null,"
        "\"vocab_size\": 1000, \"block_configs\": ["
        "{\"attention\": {\"n_heads_in_group\": 2}, \"ffn\": {\"ffn_mult\": 1.5}},"
        "{\"attention\": {\"no_op\": true}, \"ffn\": {\"replace_with_linear\": true}},"
        "{\"attention\": {\"replace_with_linear\": true}, \"ffn\": {\"no_op\": true}}]}";
    struct reading r;
    struct tb_params p;
    tb_params_count(read_text(&r, text, strlen(text)), &p);
    double first = 2.0 * 262144.0 + 2.0 * 512.0 * 256.0 + 3.0 * 262144.0 + 1024.0;
    assert_exact(p.total, first + 2.0 * (262144.0 + 512.0) + 2.0 * 512000.0 + 512.0);
    tb_arena_free(r.arena);
}

/* A family that inherits from one with a function of its own has it too: the sliding layer of the
 * second MiMo has heads of its own. */
/* Groups that a router chooses among first; one group, or all of them, is no limit. */
static void test_groups_of_experts(void **state)
{
    (void)state;
    static const struct {
        const char *groups, *limit;
        double route_groups, route_limit;
    } cases[] = {{"8", "4", 8, 4},       {"8", "3", 8, 3}, {"1", "1", 0, 0},
                 {"null", "null", 0, 0}, {"8", "8", 0, 0}, {"7", "3", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r = {0};
        char text[640];
        snprintf(text, sizeof text,
                 "{\"model_type\":\"deepseek_v3\",\"hidden_size\":7168,\"num_hidden_layers\":61,"
                 "\"intermediate_size\":18432,\"moe_intermediate_size\":2048,\"vocab_size\":129280,"
                 "\"num_attention_heads\":128,\"num_key_value_heads\":128,\"n_routed_experts\":256,"
                 "\"n_shared_experts\":1,\"num_experts_per_tok\":8,\"first_k_dense_replace\":3,"
                 "\"q_lora_rank\":1536,\"kv_lora_rank\":512,\"qk_rope_head_dim\":64,"
                 "\"qk_nope_head_dim\":128,\"v_head_dim\":128,\"n_group\":%s,\"topk_group\":%s}",
                 cases[i].groups, cases[i].limit);
        const struct tb_model *m = read_text(&r, text, strlen(text));
        const struct tb_ffn *f = &m->kind[m->n_kinds - 1].ffn;
        assert_exact(f->n_experts, 256.0);
        assert_exact(f->route_groups, cases[i].route_groups);
        assert_exact(f->route_limit, cases[i].route_limit);
        tb_arena_free(r.arena);
    }
}

static void test_functions_are_inherited(void **state)
{
    (void)state;
    static const char text[] =
        "{\"model_type\": \"mimo_v2\", \"hidden_size\": 96, \"num_hidden_layers\": 2,"
        "\"num_attention_heads\": 6, \"num_key_value_heads\": 2, \"head_dim\": 16,"
        "\"vocab_size\": 77, \"intermediate_size\": 50, \"n_routed_experts\": 8,"
        "\"num_experts_per_tok\": 2, \"moe_intermediate_size\": 20, \"moe_layer_freq\": [0, 1],"
        "\"hybrid_layer_pattern\": [0, 1], \"sliding_window\": 33,"
        "\"swa_num_key_value_heads\": 3}";
    struct reading r;
    const struct tb_model *m = read_text(&r, text, sizeof text - 1);
    assert_int_equal(m->n_kinds, 2);
    assert_exact(m->kind[0].attn.n_kv_heads, 2.0);
    assert_exact(m->kind[1].attn.n_kv_heads, 3.0);
    assert_exact(m->kind[1].attn.window, 33.0);
    tb_arena_free(r.arena);
}

static void test_names_and_provenance(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"a/Some--Model_7B.config.json", "model-7b"},
                                           {"x/Model-A/config.json", "model-a"},
                                           {"Plain.json", "plain"},
                                           {"-", "-"}};
    const char *text = "{\"model_type\": \"gpt2\", \"n_embd\": 96, \"n_layer\": 2, \"n_head\": 3,"
                       "\"vocab_size\": 77, \"_name_or_path\": \"me/mine\"}";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct reading r = {.arena = tb_arena_new()};
        assert_int_equal(tb_hf_read(text, strlen(text), names[i][0], r.arena, &r.preset, NULL),
                         TB_OK);
        assert_string_equal(r.preset.entity.id, names[i][1]);
        assert_string_equal(r.preset.entity.name, "me/mine");
        assert_string_equal(r.preset.entity.file, names[i][0]);
        assert_int_equal(r.preset.prov.grade, TB_GRADE_C);
        tb_arena_free(r.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers_are_of_the_published_kinds),
        cmocka_unit_test(test_chunks_and_their_pattern),
        cmocka_unit_test(test_compression_follows_its_list),
        cmocka_unit_test(test_latent_attention_drives_the_cache),
        cmocka_unit_test(test_windows_drive_the_cache),
        cmocka_unit_test(test_shared_keys_and_values_are_kept_once),
        cmocka_unit_test(test_linear_sizes),
        cmocka_unit_test(test_blocks_of_an_architecture_search),
        cmocka_unit_test(test_groups_of_experts),
        cmocka_unit_test(test_functions_are_inherited),
        cmocka_unit_test(test_names_and_provenance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
