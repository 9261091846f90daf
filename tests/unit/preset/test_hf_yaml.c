/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model written as a preset and read again is the same model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "config_table.h"
#include "model/flops.h"
#include "model/params.h"
#include "model/state.h"
#include "near.h"
#include "preset/hf.h"
#include "preset/read_arch.h"
#include "trainbudget/import.h"

#define CONFIGS "tests/data/configs/"

static const struct tb_model_preset *read_back(const char *yaml, const char *id, tb_arena *arena,
                                               tb_diags *diags)
{
    const char *file = tb_arena_printf(arena, "%s.yaml", id);
    const struct tb_yaml_text in = {.file = file, .text = yaml, .length = strlen(yaml)};
    const struct tb_node *root = tb_yaml_parse(arena, &in, diags);
    struct tb_reader reader = {.arena = arena, .diags = diags, .file = file};
    return root ? tb_read_model(&reader, root) : NULL;
}

/** Compares field by field: padding and names of blocks do not matter. */
static void assert_same_part(enum tb_arch_part part, const void *a, const void *b)
{
    const struct tb_layout *layout = tb_arch_layout(part);
    for (size_t i = 0; i < layout->n_fields; i++) {
        const struct tb_field *f = &layout->fields[i];
        double x = 0.0, y = 0.0;
        size_t n = f->type == TB_FIELD_BOOL ? sizeof(bool) : sizeof(int);
        if (f->type == TB_FIELD_COUNT || f->type == TB_FIELD_SIGNED) {
            memcpy(&x, (const char *)a + f->at, sizeof x);
            memcpy(&y, (const char *)b + f->at, sizeof y);
            assert_exact(x, y);
        } else if (f->type != TB_FIELD_OTHER) {
            assert_memory_equal((const char *)a + f->at, (const char *)b + f->at, n);
        }
    }
}

static void assert_same_layer(const struct tb_layer *a, const struct tb_layer *b)
{
    struct tb_attn x = a->attn;
    if (x.v_head_dim == 0.0) {
        x.v_head_dim = x.head_dim; /* as the reader has it */
    }
    assert_same_part(TB_ARCH_ATTENTION, &x, &b->attn);
    assert_same_part(TB_ARCH_FFN, &a->ffn, &b->ffn);
    assert_exact(a->n_norms, b->n_norms);
}

static void assert_same_model(const struct tb_model *a, const struct tb_model *b)
{
    assert_same_part(TB_ARCH_MODEL, a, b);
    assert_int_equal(a->n_layers, b->n_layers);
    for (int i = 0; i < a->n_layers; i++) {
        const struct tb_layer *x = &a->kind[a->layer_kind[i]], *y = &b->kind[b->layer_kind[i]];
        assert_same_layer(x, y);
        assert_exact(x->extra_vector, y->extra_vector);
    }
    assert_exact(a->n_mtp, b->n_mtp);
    if (a->n_mtp > 0.0) {
        assert_same_layer(&a->mtp, &b->mtp);
    }
    struct tb_params p, q;
    tb_params_count(a, &p);
    tb_params_count(b, &q);
    assert_exact(p.total_with_mtp, q.total_with_mtp);
    assert_exact(p.active, q.active);
    assert_exact(p.matmul_per_token_with_mtp, q.matmul_per_token_with_mtp);
    const struct tb_lengths lengths = {.seq_len = 8191.0};
    assert_exact(tb_flops_train(a, &lengths, true), tb_flops_train(b, &lengths, true));
    assert_exact(tb_kv_bytes_per_token(a, 1.0, 9001.0), tb_kv_bytes_per_token(b, 1.0, 9001.0));
}

static void check_file(const char *name)
{
    char path[256];
    size_t length;
    snprintf(path, sizeof path, CONFIGS "%s", name);
    char *text = config_file_read(path, &length);
    tb_arena *arena = tb_arena_new();
    tb_diags *diags = tb_diags_new();
    struct tb_model_preset preset;
    if (tb_hf_read(text, length, path, arena, &preset, NULL) == TB_OK) {
        const struct tb_config_origin origin = {.file = path, .date = "2026-11-22"};
        char *yaml = tb_config_import(text, length, &origin, NULL);
        const struct tb_model_preset *again = read_back(yaml, preset.entity.id, arena, diags);
        if (!again) {
            char *why = tb_diag_text(tb_diags_at(diags, 0));
            print_error("%s\n%s\n", why, yaml);
            free(why);
        }
        assert_non_null(again);
        assert_int_equal(tb_diags_count(diags, TB_NOTE), 0);
        assert_same_model(&preset.model, &again->model);
        assert_string_equal(preset.entity.id, again->entity.id);
        free(yaml);
    }
    tb_diags_free(diags);
    tb_arena_free(arena);
    free(text);
}

static void test_every_model_comes_back_the_same(void **state)
{
    (void)state;
    struct config_table table;
    assert_true(config_table_read(CONFIGS "counts.csv", &table));
    for (size_t i = 0; i < table.n; i++) {
        check_file(table.rows[i].file);
    }
    config_table_free(&table);
}

static void test_provenance_is_written(void **state)
{
    (void)state;
    static const char text[] = "{\"model_type\": \"gpt2\", \"n_embd\": 96, \"n_layer\": 4,"
                               "\"n_head\": 3, \"vocab_size\": 77}";
    const struct tb_config_origin origin = {
        .file = "a \"b\"/x.json", .id = "mine", .date = "2026-11-22"};
    char *yaml = tb_config_import(text, sizeof text - 1, &origin, NULL);
    assert_non_null(yaml);
    assert_int_equal(strncmp(yaml, "id: mine\n", 9), 0);
    assert_non_null(strstr(yaml, "source: [config-json]"));
    assert_non_null(strstr(yaml, "grade: C"));
    assert_non_null(strstr(yaml, "2026-11-22"));
    assert_non_null(strstr(yaml, "SHA-256 "));
    assert_non_null(strstr(yaml, "{repeat: 4, of: [{attention: a1, ffn: f1}]}"));
    assert_null(strstr(yaml, "a \"b\""));
    free(yaml);
}

static void test_a_bad_id_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"model_type\": \"gpt2\", \"n_embd\": 96, \"n_layer\": 4,"
                               "\"n_head\": 3, \"vocab_size\": 77}";
    const struct tb_config_origin origin = {.file = "x.json", .id = "../mine"};
    tb_diags *diags = tb_diags_new();
    assert_null(tb_config_import(text, sizeof text - 1, &origin, diags));
    assert_int_equal(tb_diags_status(diags), TB_E_USAGE);
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model_comes_back_the_same),
        cmocka_unit_test(test_provenance_is_written),
        cmocka_unit_test(test_a_bad_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
