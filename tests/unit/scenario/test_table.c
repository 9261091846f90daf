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

#include "near.h"
#include "scenario/observation.h"
#include "scenario/table.h"

static struct tb_table read_table(tb_arena *arena, const char *text)
{
    struct tb_table table;
    tb_diags *diags = tb_diags_new();
    assert_true(tb_table_read(arena, "t.csv", text, strlen(text), &table, diags));
    assert_int_equal(tb_diags_count(diags, TB_NOTE), 0);
    tb_diags_free(diags);
    return table;
}

static void expect(const tb_diags *diags, const char *const *messages)
{
    size_t n = 0;
    for (; messages[n]; n++) {
        char *found = tb_diags_at(diags, n) ? tb_diag_text(tb_diags_at(diags, n)) : NULL;
        assert_non_null(found);
        assert_string_equal(found, messages[n]);
        free(found);
    }
    assert_int_equal(tb_diags_count(diags, TB_NOTE), n);
}

static void expect_refused(const char *text, const char *const *messages)
{
    tb_arena *arena = tb_arena_new();
    tb_diags *diags = tb_diags_new();
    struct tb_table table;
    assert_false(tb_table_read(arena, "t.csv", text, strlen(text), &table, diags));
    assert_int_equal(tb_diags_status(diags), TB_E_INPUT);
    expect(diags, messages);
    tb_diags_free(diags);
    tb_arena_free(arena);
}

static void test_cells_by_name(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_table t = read_table(arena, "a,b,,\n1, 2 ,x,\n\"say \"\"no\"\"\",,,\n");
    assert_int_equal(t.n_rows, 2);
    assert_int_equal(t.n_columns, 4);
    assert_exact(tb_table_number(&t, 0, "a"), 1.0);
    assert_exact(tb_table_number(&t, 0, "b"), 2.0);
    assert_string_equal(tb_table_text(&t, 1, "a"), "say \"no\"");
    assert_true(isnan(tb_table_number(&t, 1, "a")));
    assert_string_equal(tb_table_text(&t, 1, "c"), "");
    assert_true(isnan(tb_table_number(&t, 1, "c")));
    assert_true(tb_table_has(&t, "b") && !tb_table_has(&t, "c"));
    tb_arena_free(arena);
}

/* Blank lines, cells of several lines and all three ends of lines are counted as an editor does. */
static void test_rows_know_their_lines(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    struct tb_table t = read_table(arena, "\n"
                                          "a,b\r\n"
                                          " \t\n"
                                          "\"1\n2\n3\",4\n"
                                          "5,6\r"
                                          "\r"
                                          "7,\"8\r\n9\"\r\n"
                                          "10,11");
    static const int lines[] = {4, 7, 9, 11};
    assert_int_equal(t.n_rows, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(t.line[i], lines[i]);
    assert_string_equal(tb_table_text(&t, 0, "a"), "1\n2\n3");
    assert_string_equal(tb_table_text(&t, 2, "b"), "8\r\n9");
    assert_string_equal(tb_table_text(&t, 3, "b"), "11");
    tb_arena_free(arena);
}

static void test_many_rows(void **state)
{
    (void)state;
    enum { ROWS = 5000, WIDEST = 16 };
    tb_arena *arena = tb_arena_new();
    char *text = malloc((ROWS + 1) * WIDEST);
    size_t at = (size_t)sprintf(text, "a,b,c\n");
    for (int i = 0; i < ROWS; i++)
        at += (size_t)sprintf(text + at, "%d,x,%d\n", i, 2 * i);
    struct tb_table t = read_table(arena, text);
    assert_int_equal(t.n_rows, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        assert_exact(tb_table_number(&t, i, "a"), (double)i);
        assert_exact(tb_table_number(&t, i, "c"), 2.0 * (double)i);
        assert_int_equal(t.line[i], i + 2);
    }
    free(text);
    tb_arena_free(arena);
}

#define QUOTE                                                                                      \
    "a quote that is not closed or stands alone; accepted: comma-separated values with one "       \
    "header line"
#define NAMES "; give each row a name of its own, or leave out what is the same row again"
#define WIDTH "error[TB2011]: a row of another width than the header; found "

static void test_what_is_no_table(void **state)
{
    (void)state;
    expect_refused("", (const char *[]){"t.csv: error[TB2009]: an empty table; accepted: a header "
                                        "line and rows below it",
                                        NULL});
    expect_refused("\n\na,b\n\n",
                   (const char *[]){"t.csv:3: error[TB2011]: a header without rows; accepted: a "
                                    "header line and rows below it",
                                    NULL});
    expect_refused("a,b\n1,\"2\n3,4\n", (const char *[]){"t.csv:2:2: error[TB2011]: " QUOTE, NULL});
    expect_refused("a,b\n\n1\"2,3\n", (const char *[]){"t.csv:3:1: error[TB2011]: " QUOTE, NULL});
    expect_refused(
        "a,b,a\n1,2,3\n",
        (const char *[]){"t.csv:1:3: error[TB2011]: a column that stands twice; found a", NULL});
    expect_refused("a\n\303\n",
                   (const char *[]){"t.csv:2: error[TB2008]: the table is not UTF-8 text", NULL});
}

#define SEPARATED "error[TB2011]: the columns are not separated by commas; found "
#define COMMAS                                                                                     \
    "; accepted: commas, and decimal points in numbers; save it as comma-separated values with "   \
    "one header line"

static void test_other_separators(void **state)
{
    (void)state;
    expect_refused("a;b;c\n1,5;\"x\"y;2\n",
                   (const char *[]){"t.csv:1: " SEPARATED "semicolons" COMMAS, NULL});
    expect_refused("\xef\xbb\xbf\n \t\na\tb\n1\t2\n",
                   (const char *[]){"t.csv:3: " SEPARATED "tabs" COMMAS, NULL});
    tb_arena *arena = tb_arena_new();
    struct tb_table t = read_table(arena, "a,\"b;c\"\n1;2;3,\t\t\n");
    assert_int_equal(t.n_columns, 2);
    tb_arena_free(arena);
}

static void test_every_row_of_another_width_is_reported(void **state)
{
    (void)state;
    expect_refused("a,b\n1,2,3\n\"4\n5\",6\n7\n8,9,,\n",
                   (const char *[]){"t.csv:2:3: " WIDTH "3 cells; accepted: 2, as in the header",
                                    "t.csv:5:2: " WIDTH "1 cells; accepted: 2, as in the header",
                                    "t.csv:6:3: " WIDTH "4 cells; accepted: 2, as in the header",
                                    NULL});
}

/* Published tables may hold one name for several rows: they are read, and the names said. */
static void test_names_that_stand_twice(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_new();
    tb_diags *diags = tb_diags_new();
    struct tb_table t = read_table(arena, "note,run_id\n"
                                          "x,b\nx,a\n\n\"x\n\",b\nx,c\nx,\nx,\nx,c\nx,c\nx,B\n");
    assert_true(tb_table_say_twice(arena, &t, "run_id", diags));
    expect(diags, (const char *[]){"t.csv:5:2: warning[TB2013]: run_id: the rows of lines 2 and 5 "
                                   "have one name; found b" NAMES,
                                   "t.csv:10:2: warning[TB2013]: run_id: 3 rows have one name, the "
                                   "first in lines 7 and 10; found c" NAMES,
                                   NULL});
    assert_true(tb_table_say_twice(arena, &t, "row", diags)); /* no such column */
    assert_int_equal(tb_diags_count(diags, TB_NOTE), 2);
    tb_diags_free(diags);
    tb_arena_free(arena);
}

#define BLANK "; leave blank what is not stated"
#define TEXT "a number is expected in this column; found "
#define OUTSIDE "the number is outside its range; found "

static void test_cells_are_held_to_rules(void **state)
{
    (void)state;
    static const struct tb_cell_rule rules[] = {
        {"any", TB_CELL_ANY},         {"missing", TB_CELL_POSITIVE}, {"size", TB_CELL_POSITIVE},
        {"count", TB_CELL_FROM_ZERO}, {"share", TB_CELL_SHARE},      {"part", TB_CELL_PART}};
    tb_arena *arena = tb_arena_new();
    tb_diags *diags = tb_diags_new();
    struct tb_table good = read_table(arena, "text,any,size,count,share,part\n"
                                             "?,-1,1e-9,0,1,0\n"
                                             "?,,\" \",, ,1\n");
    assert_true(tb_table_check(&good, rules, 6, diags));
    assert_int_equal(tb_diags_count(diags, TB_NOTE), 0);
    struct tb_table bad = read_table(arena, "text,any,size,count,share,part\n"
                                            "\"two\nlines\",~2048,0,-1,1.01,2\n"
                                            "?,nan,-2,1 2,0,-0.1\n"
                                            "?,inf,1e999,1..2,35%,\n");
    assert_false(tb_table_check(&bad, rules, 6, diags));
    expect(
        diags,
        (const char *[]){
            "t.csv:2:2: error[TB3001]: any: " TEXT "~2048; accepted: a number" BLANK,
            "t.csv:2:3: error[TB3003]: size: " OUTSIDE "0; accepted: a number above 0" BLANK,
            "t.csv:2:4: error[TB3003]: count: " OUTSIDE
            "-1; accepted: a number of at least 0" BLANK,
            "t.csv:2:5: error[TB3003]: share: " OUTSIDE
            "1.01; accepted: a number above 0 and at most 1" BLANK,
            "t.csv:2:6: error[TB3003]: part: " OUTSIDE "2; accepted: a number from 0 to 1" BLANK,
            "t.csv:4:2: error[TB3001]: any: " TEXT "nan; accepted: a number" BLANK,
            "t.csv:4:3: error[TB3003]: size: " OUTSIDE "-2; accepted: a number above 0" BLANK,
            "t.csv:4:4: error[TB3001]: count: " TEXT "1 2; accepted: a number of at least 0" BLANK,
            "t.csv:4:5: error[TB3003]: share: " OUTSIDE
            "0; accepted: a number above 0 and at most 1" BLANK,
            "t.csv:4:6: error[TB3003]: part: " OUTSIDE "-0.1; accepted: a number from 0 to 1" BLANK,
            "t.csv:5:2: error[TB3001]: any: " TEXT "inf; accepted: a number" BLANK,
            "t.csv:5:3: error[TB3001]: size: " TEXT "1e999; accepted: a number above 0" BLANK,
            "t.csv:5:4: error[TB3001]: count: " TEXT "1..2; accepted: a number of at least 0" BLANK,
            "t.csv:5:5: error[TB3001]: share: " TEXT
            "35%; accepted: a number above 0 and at most 1" BLANK,
            NULL});
    tb_diags_free(diags);
    tb_arena_free(arena);
}

static void test_observations_of_a_table(void **state)
{
    (void)state;
    static const char text[] = "note,chip,model,tp,zero,own\n"
                               "n,h100,m,8,0,x\n"
                               ",h100,m,,,\n";
    tb_arena *arena = tb_arena_new();
    tb_diags *diags = tb_diags_new();
    struct tb_observations rows;
    assert_true(tb_observations_read(arena, "t.csv", text, strlen(text), &rows, diags));
    assert_int_equal(rows.n, 2);
    assert_string_equal(rows.row[0].note, "n");
    assert_string_equal(rows.row[0].stack, "");
    assert_exact(rows.row[0].tp, 8.0);
    assert_exact(rows.row[0].zero, 0.0);
    assert_true(isnan(rows.row[1].tp) && isnan(rows.row[1].zero) && isnan(rows.row[0].pp));
    assert_exact(rows.row[1].row, 2.0);
    static const char bad[] = "chip,model,step_time_s\nh100,m,-3\n";
    assert_false(tb_observations_read(arena, "t.csv", bad, strlen(bad), &rows, diags));
    expect(diags, (const char *[]){"t.csv:2:3: error[TB3003]: step_time_s: " OUTSIDE
                                   "-3; accepted: a number above 0" BLANK,
                                   NULL});
    tb_diags_free(diags);
    tb_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_by_name),
        cmocka_unit_test(test_rows_know_their_lines),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_what_is_no_table),
        cmocka_unit_test(test_other_separators),
        cmocka_unit_test(test_every_row_of_another_width_is_reported),
        cmocka_unit_test(test_names_that_stand_twice),
        cmocka_unit_test(test_cells_are_held_to_rules),
        cmocka_unit_test(test_observations_of_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
