/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "model/params.h"
#include "near.h"
#include "open.h"
#include "scenario/run_case.h"

#define BLANK                                                                                      \
    .name = "", .id = "", .total = NAN, .active = NAN, .layers = NAN, .width = NAN, .heads = NAN,  \
    .kv_heads = NAN, .head_dim = NAN, .d_ff = NAN, .vocab = NAN, .experts = NAN, .top_k = NAN,     \
    .shared = NAN, .expert = NAN, .tied = NAN

static const char *defaults_of(struct tb_text *text)
{
    return text->data ? text->data : "";
}

/* 13e9 / (12 x 128^2) = 66,121; cube root 40.4: 40 layers. Width sqrt(13e9 / (12 x 40)) = 5,204:
 * 5,120, 40 heads. Two tables of 64,000 x 5,120 = 0.65536e9 leave 308.6e6 a layer, of which
 * attention takes 4 x 5,120^2 = 104.9e6; 203.8e6 / (3 x 5,120) = 13,266: 13,248 by 64. */
static void test_shape_from_the_parameters_alone(void **state)
{
    (void)state;
    struct tb_run_shape shape = {BLANK};
    struct tb_model m;
    struct tb_params p;
    struct tb_text text = {0};
    shape.total = shape.active = 13e9;
    assert_null(tb_run_model(data, &shape, &m, &text));
    assert_int_equal(m.n_layers, 40);
    assert_exact(m.d_model, 5120.0);
    assert_exact(m.kind[0].attn.n_heads, 40.0);
    assert_exact(m.kind[0].ffn.d_ff, 13248.0);
    assert_true(m.kind[0].ffn.gated && !m.tied_embeddings);
    tb_params_count(&m, &p);
    assert_rel(p.total, 13e9, 0.005);
    assert_non_null(strstr(defaults_of(&text), "n_layers=40, d_model=5120"));
    tb_text_free(&text);
}

/* The count tells two matrices from three, one table from two: GPT-2 of 1,558 M, 48 layers of
 * 1,600, is plain and tied: 48 (4 x 1,600^2 + 2 x 1,600 x 6,400) + 50,257 x 1,600 = 1.555e9. */
static void test_count_tells_the_variant(void **state)
{
    (void)state;
    struct tb_run_shape shape = {BLANK};
    struct tb_model m;
    struct tb_text text = {0};
    shape.total = shape.active = 1.558e9;
    shape.layers = 48;
    shape.width = 1600;
    shape.heads = 25;
    shape.d_ff = 6400;
    shape.vocab = 50257;
    assert_null(tb_run_model(data, &shape, &m, &text));
    assert_true(!m.kind[0].ffn.gated && m.tied_embeddings);
    tb_text_free(&text);
}

/* 1.2e12 parameters cannot have 64 experts of 8,192 x 32,768 in each of 64 layers, which are 3.3e12
 * with three matrices: in every other layer with two they are 1.1e12. */
static void test_experts_in_every_other_layer(void **state)
{
    (void)state;
    struct tb_run_shape shape = {BLANK};
    struct tb_model m;
    struct tb_params p;
    struct tb_text text = {0};
    double kinds[TB_MAX_LAYER_KINDS];
    shape.moe = true;
    shape.total = 1.2e12;
    shape.active = 96.6e9;
    shape.layers = 64;
    shape.width = 8192;
    shape.heads = 128;
    shape.head_dim = 128;
    shape.d_ff = shape.expert = 32768;
    shape.experts = 64;
    shape.top_k = 2;
    shape.vocab = 256000;
    assert_null(tb_run_model(data, &shape, &m, &text));
    tb_model_kind_counts(&m, kinds);
    assert_exact(kinds[1], 32.0);
    tb_params_count(&m, &p);
    assert_rel(p.total, 1.2e12, 0.05);
    assert_rel(p.active, 96.6e9, 0.05);
    tb_text_free(&text);
}

static void test_presets_and_what_cannot_be_told(void **state)
{
    (void)state;
    struct tb_run_shape shape = {BLANK};
    struct tb_model m;
    struct tb_text text = {0};
    shape.name = "no such model";
    shape.id = "deepseek-v3";
    assert_null(tb_run_model(data, &shape, &m, &text));
    assert_true(m.n_mtp > 0.0 && text.length == 0); /* no column says so: the preset does */
    shape.id = "";
    assert_non_null(tb_run_model(data, &shape, &m, &text));
    shape.total = 1e12;
    shape.moe = true;
    assert_string_equal(tb_run_model(data, &shape, &m, &text), "active parameters are not stated");
    tb_text_free(&text);
}

/* 6 x 7e9 x 1e12 / (0.3 x 312e12 x 2.592e6 s) = 173 chips: 128 or 256 by powers of two, 2^7.43:
 * 128. Batch 4e6 x 0.7^(1/6) = 3.769e6 tokens, 1,840 rows of 2,048: 14 x 128 = 1,792. */
static void test_best_plan_of_a_run(void **state)
{
    (void)state;
    struct tb_run_shape shape = {BLANK};
    struct tb_model m;
    struct tb_text text = {0};
    struct tb_run_best best, slow, few;
    const struct tb_constants *constants = tb_data_constants(data, NULL);
    struct tb_run_query query = {.chip = tb_data_chip(data, "a100-80g", (struct tb_pos){0}, NULL),
                                 .model = &m,
                                 .active = 7e9,
                                 .tokens = 1e12,
                                 .seq_len = NAN,
                                 .chips = NAN,
                                 .precision = ""};
    shape.total = shape.active = 7e9;
    assert_null(tb_run_model(data, &shape, &m, &text));
    tb_text_free(&text);
    tb_run_best_plan(data, constants, &query, &best);
    assert_null(best.reason);
    assert_exact(best.chips, 128.0);
    assert_exact(best.seq_len, 2048.0);
    assert_exact(best.batch_tokens, 1792.0 * 2048.0);
    assert_in(best.rate * 6 * 7e9 / 312e12, 0.35, 0.75);
    query.chip = tb_data_chip(data, "v100", (struct tb_pos){0}, NULL);
    assert_non_null(query.chip);
    tb_run_best_plan(data, constants, &query, &slow);
    assert_true(slow.rate < best.rate / 2);
    query.precision = "ternary";
    tb_run_best_plan(data, constants, &query, &few);
    assert_string_equal(few.reason, "the precision is not one that is modelled");
    query.precision = "bf16";
    query.chips = 1.0; /* 7e9 parameters and their moments are 126 GB */
    tb_run_best_plan(data, constants, &query, &few);
    assert_string_equal(few.reason, "no plan fits the memory of its chips");
    assert_true(isnan(few.rate));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape_from_the_parameters_alone),
        cmocka_unit_test(test_count_tells_the_variant),
        cmocka_unit_test(test_experts_in_every_other_layer),
        cmocka_unit_test(test_presets_and_what_cannot_be_told),
        cmocka_unit_test(test_best_plan_of_a_run),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
