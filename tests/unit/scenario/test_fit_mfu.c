/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "near.h"
#include "open.h"
#include "scenario/mfu_rows.h"
#include "scenario/prior.h"
#include "scenario/table.h"
#include "trainbudget/fit.h"

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(1 << 20);
    assert_non_null(text);
    *length = fread(text, 1, (1 << 20) - 1, file);
    text[*length] = '\0';
    fclose(file);
    return text;
}

/* Cuts a file of priors before what rests on the step model. @return that part. */
static char *cut(char *text)
{
    char *at = strstr(text, "  # left out, beside their best plans");
    assert_non_null(at);
    *at = '\0';
    return at + 1;
}

/* The MFU of the best plan in the line of a run; NaN: not in it. */
static double best_of(const char *line)
{
    const char *at = strstr(line, "best: ");
    const char *end = strchr(line, '\n');
    return at && at < end ? strtod(at + strlen("best: "), NULL) : (double)NAN;
}

/* Best plans move a little with each change of the step model; `make priors` shows by how much. */
static void compare_best_plans(const char *derived, const char *committed)
{
    int n = 0;
    for (const char *at = derived; (at = strstr(at, "- {run: ")) != NULL; at++) {
        char run[128] = "";
        assert_true(strcspn(at, ",") + 1 < sizeof run);
        memcpy(run, at, strcspn(at, ",") + 1);
        const char *same = strstr(committed, run);
        assert_non_null(same);
        assert_rel(best_of(same), best_of(at), 0.25);
        n++;
    }
    assert_in(n, 55, 90);
}

/* What is committed is what the tables give, exactly where the step model has no part in it. */
static void test_priors_are_what_the_observations_give(void **state)
{
    (void)state;
    struct tb_fit_table tables[2] = {{.name = "presets/observations/pretrain_runs.csv"},
                                     {.name = "presets/observations/ascend_runs.csv"}};
    char *texts[2];
    for (int i = 0; i < 2; i++)
        tables[i].text = texts[i] = read_file(tables[i].name, &tables[i].length);
    size_t length;
    char *committed = read_file("presets/priors.yaml", &length);
    tb_diags *diags = tb_diags_new();
    char *derived = tb_fit_mfu(data, tables, 2, diags);
    assert_non_null(derived);
    const char *derived_plans = cut(derived);
    const char *committed_plans = cut(committed);
    assert_string_equal(derived, committed);
    compare_best_plans(derived_plans, committed_plans);
    free(derived);
    free(committed);
    free(texts[0]);
    free(texts[1]);
    tb_diags_free(diags);
}

#define HEAD                                                                                       \
    "run_id,kind,n_params_active,n_layers,d_model,n_heads,head_dim,vocab,seq_len,tied_embeddings," \
    "tokens,chip,chip_hours,what_chip_hours_include,note\n"

static struct tb_mfu_rows read_rows(tb_arena *arena, const char *text)
{
    struct tb_table table;
    struct tb_mfu_rows rows = {0};
    tb_diags *diags = tb_diags_new();
    assert_true(tb_table_read(arena, "t.csv", text, strlen(text), &table, diags));
    assert_true(tb_mfu_rows_read(arena, data, &table, &rows, diags));
    tb_diags_free(diags);
    return rows;
}

/* 6 x (7e9 - 32,000 x 4,096) + 6 x 32 x 32 x 128 x 2,048 = 4.1213568e10 + 1.610612736e9
 * = 4.2824180736e10 FLOP/token; x 1e12 tokens / (82,432 h x 3,600 x 312e12) = 0.46252598.
 * Tied: the table is the head and stays: 4.2e10 + 1.610612736e9. */
static void test_mfu_of_a_billed_row(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_mfu_rows rows = read_rows(
        arena,
        HEAD "a,dense,7e9,32,4096,32,128,32000,2048,no,1e12,A100-80GB-SXM,82432,all,basis=run\n"
             "b,dense,7e9,32,4096,32,128,32000,2048,yes,1e12,A100-80GB-SXM,82432,all,basis=run\n"
             "c,dense,7e9,,,,,,,no,1e12,A100-80GB-SXM,82432,all,basis=run\n");
    assert_int_equal(rows.n, 3);
    double per_hour = 82432.0 * 3600.0 * 312e12 / 1e12;
    assert_rel(rows.row[0].mfu, 4.2824180736e10 / per_hour, 1e-12);
    assert_rel(rows.row[0].mfu, 0.46252598, 1e-7);
    assert_rel(rows.row[1].mfu, 4.3610612736e10 / per_hour, 1e-12);
    assert_rel(rows.row[2].mfu, 4.2e10 / per_hour, 1e-12);
    assert_string_equal(rows.row[0].generation, "ampere");
    assert_null(rows.row[0].left_out);
    tb_arena_free(arena);
}

static void test_rows_are_left_out_by_rule(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_mfu_rows rows = read_rows(
        arena, HEAD
        "a,dense,7e9,,,,,,,no,1e12,A100-80GB-SXM,82432,all,basis=throughput\n"
        "b,dense,7e9,,,,,,,no,1e12,Z9000,82432,all,basis=run\n"
        "c,dense,7e9,,,,,,,no,1e12,H100-SXM,82432,calendar two months (upper bound),basis=run\n"
        "d,dense,7e9,,,,,,,no,,H100-SXM,82432,all,basis=run\n"
        "e,moe,7e9,,,,,,,no,1e12,H200-SXM+H100-SXM,82432,all,basis=run\n");
    assert_string_equal(rows.row[0].left_out, "hours of steps alone");
    assert_true(rows.row[0].steady);
    assert_string_equal(rows.row[1].left_out, "chip not identified");
    assert_string_equal(rows.row[2].left_out, "hours are an upper bound");
    assert_string_equal(rows.row[2].shown, "upper bound");
    assert_string_equal(rows.row[3].left_out, "tokens are not stated");
    assert_null(rows.row[4].left_out);
    assert_true(rows.row[4].moe);
    tb_arena_free(arena);
}

/* 96 chips x 7.5 days x 24 = 17,280 h of a calendar. 1e12 tokens at 2,500 tokens/s/chip are 1e12 /
 * 2,500 / 3,600 = 111,111 h of steps. Without active parameters they are counted: 12 layers of 4 x
 * 768^2 + 3 x 768 x 2,048 and norms, two tables of 50,304 x 768. */
static void test_hours_and_parameters_that_no_column_states(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_mfu_rows rows = read_rows(
        arena,
        "run_id,kind,n_params_active,n_layers,d_model,n_heads,d_ff,vocab,seq_len,tied_embeddings,"
        "tokens,chip,n_chips,wall_clock_days,chip_hours,what_chip_hours_include,note\n"
        "a,dense,7e9,,,,,,,,1e12,A100-80GB-SXM,96,7.5,,,\n"
        "b,dense,7e9,,,,,,,,1e12,A100-80GB-SXM,,,,none,basis=throughput; tps_chip=2500\n"
        "c,dense,,12,768,12,2048,50304,1024,no,1e10,A100-80GB-SXM,8,,100,steady-state rate,\n"
        "d,dense,7e9,,,,,,,,1e12,A100-80GB-SXM,,7.5,,,\n"
        "e,moe,,,,,,,,,1e12,A100-80GB-SXM,96,7.5,,,\n");
    assert_rel(rows.row[0].hours, 17280.0, 1e-12);
    assert_true(rows.row[0].calendar);
    assert_string_equal(rows.row[0].left_out, "more work than the peak allows");
    assert_rel(rows.row[1].hours, 111111.1111, 1e-9);
    assert_true(rows.row[1].steady && !rows.row[1].one_server);
    assert_true(rows.row[1].best > rows.row[1].own);
    assert_rel(rows.row[2].active,
               12 * (4 * 589824 + 3 * 768 * 2048 + 1536) + 2 * 50304 * 768 + 768, 1e-12);
    assert_true(rows.row[2].steady && rows.row[2].one_server);
    assert_string_equal(rows.row[3].left_out, "no hours and no days are stated");
    assert_string_equal(rows.row[4].left_out, "active parameters are not stated");
    tb_arena_free(arena);
}

/* Three revisions of one benchmark are one observation, their geometric mean
 * (0.1 x 0.2 x 0.4)^(1/3) = 0.2, as a run: x 0.9 / 1.15; natural routing: x 0.9. */
static void test_steady_rows_are_converted_and_merged(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_mfu_rows rows = read_rows(arena, "model,kind,chip,seq_len,mfu_causal,balance,note\n"
                                               "m,moe,910c,4096,0.1,forced,\n"
                                               "m,moe,910c,4096,0.2,forced,\n"
                                               "m,moe,910c,4096,0.4,forced,\n"
                                               "n,moe,910c,4096,0.3,natural,\n"
                                               "o,moe,910c,32768,0.3,natural,\n");
    assert_non_null(rows.row[0].left_out);
    assert_non_null(rows.row[1].left_out);
    assert_null(rows.row[2].left_out);
    assert_rel(rows.row[2].mfu, 0.2 * 0.9 / 1.15, 1e-12);
    assert_rel(rows.row[3].mfu, 0.27, 1e-12);
    assert_string_equal(rows.row[4].left_out, "rows longer than pre-training's");
    tb_arena_free(arena);
}

static void expect_error(const char *text, const char *message)
{
    const struct tb_fit_table table = {"t.csv", text, strlen(text)};
    tb_diags *diags = tb_diags_new();
    assert_null(tb_fit_mfu(data, &table, 1, diags));
    char *found = tb_diag_text(tb_diags_at(diags, 0));
    assert_string_equal(found, message);
    free(found);
    tb_diags_free(diags);
}

static void test_bad_tables(void **state)
{
    (void)state;
    expect_error("a,b\n1,2\n",
                 "t.csv:1: error[TB2011]: not a table of training runs; accepted: a column "
                 "chip_hours or mfu_causal");
    expect_error("a,chip_hours\n1,2\n1,2,3\n",
                 "t.csv:3:3: error[TB2011]: a row of another width than the header; found 3 cells; "
                 "accepted: 2, as in the header");
    expect_error("", "t.csv: error[TB2009]: an empty table; accepted: a header line and rows below "
                     "it");
    expect_error("a,chip_hours\n1,\"2\n",
                 "t.csv:2:2: error[TB2011]: a quote that is not closed or stands alone; accepted: "
                 "comma-separated values with one header line");
    expect_error("kind,chip_hours\ndense,2\n",
                 "error[TB4001]: fewer than two usable runs of kind 'dense'");
}

#define BLANK "; leave blank what is not stated"

/* Hours that cannot be are no blank: "not stated" would leave the row out, or take chips x days. */
static void test_cells_that_are_no_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *code, *what;
    } bad[] = {{"~82432", "TB3001", "a number is expected in this column"},
               {"1e5..2e5", "TB3001", "a number is expected in this column"},
               {"nan", "TB3001", "a number is expected in this column"},
               {"inf", "TB3001", "a number is expected in this column"},
               {"0", "TB3003", "the number is outside its range"},
               {"-82432", "TB3003", "the number is outside its range"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[512], message[256];
        snprintf(text, sizeof text,
                 HEAD "a,dense,7e9,,,,,,,no,1e12,A100-80GB-SXM,,all,\n"
                      "b,dense,7e9,,,,,,,no,1e12,A100-80GB-SXM,%s,all,\n",
                 bad[i].cell);
        snprintf(
            message, sizeof message,
            "t.csv:3:13: error[%s]: chip_hours: %s; found %s; accepted: a number above 0" BLANK,
            bad[i].code, bad[i].what, bad[i].cell);
        expect_error(text, message);
    }
    expect_error("model,kind,chip,seq_len,mfu_causal,balance,note\nm,moe,910c,4096,35,forced,\n",
                 "t.csv:2:5: error[TB3003]: mfu_causal: the number is outside its range; found 35; "
                 "accepted: a number above 0 and at most 1" BLANK);
    expect_error(HEAD "a,dense,7e9,-32,,,,,,no,1e12,A100-80GB-SXM,82432,all,\n",
                 "t.csv:2:4: error[TB3003]: n_layers: the number is outside its range; found -32; "
                 "accepted: a number above 0" BLANK);
}

static void test_prior_find_prefers_the_named(void **state)
{
    (void)state;
    const struct tb_prior rows[] = {
        {.max_active = 1e18},
        {.kind = "moe", .max_active = 1e18},
        {.generation = "hopper", .max_active = 1e18},
        {.generation = "hopper", .kind = "dense", .max_active = 2e10},
        {.generation = "hopper", .kind = "dense", .min_active = 2e10, .max_active = 1e18},
    };
    const struct {
        struct tb_prior_query query;
        int expected;
    } cases[] = {
        {{"hopper", false, 8e9}, 3}, {{"hopper", false, 2e10}, 4}, {{"hopper", true, 8e9}, 2},
        {{"ampere", true, 8e9}, 1},  {{"ampere", false, 8e9}, 0},  {{NULL, true, 8e9}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_ptr_equal(tb_prior_find(rows, 5, &cases[i].query), &rows[cases[i].expected]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priors_are_what_the_observations_give),
        cmocka_unit_test(test_mfu_of_a_billed_row),
        cmocka_unit_test(test_rows_are_left_out_by_rule),
        cmocka_unit_test(test_hours_and_parameters_that_no_column_states),
        cmocka_unit_test(test_steady_rows_are_converted_and_merged),
        cmocka_unit_test(test_bad_tables),
        cmocka_unit_test(test_cells_that_are_no_numbers),
        cmocka_unit_test(test_prior_find_prefers_the_named),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
