/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/format.h"
#include "report/table.h"

static const struct tb_column columns[] = {{"name", "name", TB_TABLE_TEXT, false},
                                           {"size", "size", TB_DIM_BYTES, true},
                                           {"note", "note", TB_TABLE_TEXT, false}};

static void fill(struct tb_table *table)
{
    const struct tb_cell first[] = {{"数 two", 0}, {NULL, 128e9}, {"a, \"b\"", 0}};
    const struct tb_cell second[] = {{"plain", 0}, {NULL, (double)NAN}, {"tab\there", 0}};
    tb_table_init(table, columns, 3);
    tb_table_row(table, first);
    tb_table_row(table, second);
}

static void check(struct tb_text *out, const char *expected)
{
    char *text = tb_text_take(out);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void test_table_write_wide_characters(void **state)
{
    (void)state;
    struct tb_table table;
    struct tb_text out = {0};
    fill(&table);
    /* "数" takes two columns, so "数 two" is six wide and "plain" gets one blank more. */
    tb_table_write(&out, &table, 1, false);
    check(&out, " name      size  note\n 数 two  128 GB  a, \"b\"\n plain        -  tab\there\n");
    tb_table_free(&table);
}

static void test_table_write_separated_quotes(void **state)
{
    (void)state;
    struct tb_table table;
    struct tb_text csv = {0};
    struct tb_text tsv = {0};
    fill(&table);
    tb_table_write_separated(&csv, &table, ',');
    check(&csv, "name,size,note\n数 two,128000000000,\"a, \"\"b\"\"\"\nplain,,tab\there\n");
    tb_table_write_separated(&tsv, &table, '\t');
    check(&tsv, "name\tsize\tnote\n数 two\t128000000000\ta, \"b\"\nplain\t\ttab here\n");
    tb_table_free(&table);
}

static void test_table_json_has_null_for_unknown(void **state)
{
    (void)state;
    struct tb_table table;
    struct tb_text out = {0};
    fill(&table);
    tb_json_write(&out, tb_table_json(&table), false);
    check(&out, "[{\"name\":\"数 two\",\"size\":128000000000,\"note\":\"a, \\\"b\\\"\"},"
                "{\"name\":\"plain\",\"size\":null,\"note\":\"tab\\there\"}]\n");
    tb_table_free(&table);
}

static void test_wrap_breaks_before_80(void **state)
{
    (void)state;
    struct tb_text out = {0};
    /* 76 columns are taken: "ab" ends in 78, " cd" would end in 81. */
    tb_wrap(&out, "ab cd  ef", 76, 4);
    check(&out, "ab\n    cd ef\n");
    /* A first word that does not fit starts a line. */
    tb_wrap(&out, "abcdef", 76, 4);
    check(&out, "\n    abcdef\n");
}

static void test_json_number_keeps_every_digit(void **state)
{
    (void)state;
    struct tb_text out = {0};
    json_t *array = json_array();
    json_array_append_new(array, tb_json_number(0.349));
    json_array_append_new(array, tb_json_number(1572997201763.0));
    json_array_append_new(array, tb_json_number(1e22));
    json_array_append_new(array, tb_json_number((double)INFINITY));
    json_array_append_new(array, tb_json_text("\xff"));
    tb_json_write(&out, array, false);
    /* 0.349 is the double 0.34899999999999998 in 17 digits; above 2^53 nothing is an integer. */
    check(&out, "[0.34899999999999998,1572997201763,1e22,null,null]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table_write_wide_characters),
                                       cmocka_unit_test(test_table_write_separated_quotes),
                                       cmocka_unit_test(test_table_json_has_null_for_unknown),
                                       cmocka_unit_test(test_wrap_breaks_before_80),
                                       cmocka_unit_test(test_json_number_keeps_every_digit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
