/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"

static void assert_text(const struct tb_diag *diag, const char *expected)
{
    char *text = tb_diag_text(diag);
    assert_string_equal(text, expected);
    free(text);
}

static void test_diag_add_copies_and_counts(void **state)
{
    char file[] = "a.yaml";
    char found[] = "12 parsec";
    struct tb_finding finding = {{file, 3, 17}, "peak.bf16", found, "TFLOP/s", "write one of them"};
    tb_diags *diags = tb_diags_new();
    (void)state;
    assert_int_equal(tb_diags_status(diags), TB_OK);
    assert_int_equal(tb_diag_add(diags, TB_ALIAS_ASSUMED, NULL, "%s read as %s", "910b", "910b2"),
                     TB_OK);
    assert_int_equal(tb_diags_status(diags), TB_OK); /* a warning is no failure */
    assert_int_equal(tb_diag_add(diags, TB_NUMBER_UNIT, &finding, "unknown unit"), TB_E_INPUT);
    assert_int_equal(tb_diag_add(diags, TB_IO_READ, NULL, "gone"), TB_E_IO);
    memset(file, 'x', sizeof file - 1);
    memset(found, 'x', sizeof found - 1);
    assert_int_equal(tb_diags_count(diags, TB_NOTE), 3);
    assert_int_equal(tb_diags_count(diags, TB_ERROR), 2);
    assert_int_equal(tb_diags_status(diags), TB_E_INPUT); /* of the first error */
    assert_text(tb_diags_at(diags, 0), "warning[TB1050]: 910b read as 910b2");
    assert_text(tb_diags_at(diags, 1),
                "a.yaml:3:17: error[TB3002]: peak.bf16: unknown unit; found 12 parsec; "
                "accepted: TFLOP/s; write one of them");
    assert_text(tb_diags_at(diags, 2), "error[TB5001]: gone");
    assert_null(tb_diags_at(diags, 3));
    tb_diags_free(diags);
}

static void test_diag_text_of_positions(void **state)
{
    tb_diags *diags = tb_diags_new();
    (void)state;
    tb_diag_add(diags, TB_USAGE_OPTION, &(struct tb_finding){.pos = {"command line", 0, 0}}, "x");
    tb_diag_add(diags, TB_TEXT_EMPTY, &(struct tb_finding){.pos = {"f", 7, 0}}, "x");
    tb_diag_add(diags, TB_TEXT_EMPTY, &(struct tb_finding){.pos = {NULL, 7, 2}}, "x");
    assert_text(tb_diags_at(diags, 0), "command line: error[TB1001]: x");
    assert_text(tb_diags_at(diags, 1), "f:7: error[TB2009]: x");
    assert_text(tb_diags_at(diags, 2), "error[TB2009]: x");
    tb_diags_free(diags);
}

static void test_diag_text_tames_rubbish(void **state)
{
    char rubbish[401];
    tb_diags *diags = tb_diags_new();
    (void)state;
    memset(rubbish, 'q', 400);
    rubbish[400] = '\0';
    tb_diag_add(diags, TB_TEXT_NOT_UTF8,
                &(struct tb_finding){.found = "a\x1b[31m\n\xff\xc3\xa9\xfe!\x7f"}, "x");
    tb_diag_add(diags, TB_TEXT_NOT_UTF8, &(struct tb_finding){.found = rubbish}, "x");
    assert_text(tb_diags_at(diags, 0),
                "error[TB2008]: x; found a\\x1b[31m\\x0a\\xff\xc3\xa9\\xfe!\\x7f");
    char *text = tb_diag_text(tb_diags_at(diags, 1));
    assert_true(strlen(text) < 200);
    assert_string_equal(text + strlen(text) - 4, "q...");
    free(text);
    tb_diags_free(diags);
}

static void test_diag_list_may_be_missing(void **state)
{
    (void)state;
    assert_int_equal(tb_diag_add(NULL, TB_NO_ANSWER, NULL, "%d", 7), TB_E_ANSWER);
    assert_int_equal(tb_diags_count(NULL, TB_NOTE), 0);
    assert_int_equal(tb_diags_status(NULL), TB_OK);
    assert_null(tb_diags_at(NULL, 0));
    tb_diags_free(NULL);
}

static void test_diag_pointers_stay_valid_while_the_list_grows(void **state)
{
    tb_diags *diags = tb_diags_new();
    (void)state;
    tb_diag_add(diags, TB_DEFAULT_USED, NULL, "first");
    const struct tb_diag *first = tb_diags_at(diags, 0);
    for (int i = 0; i < 1000; i++)
        tb_diag_add(diags, TB_DEFAULT_USED, NULL, "%d", i);
    assert_ptr_equal(first, tb_diags_at(diags, 0));
    assert_string_equal(tb_diags_at(diags, 1000)->message, "999");
    tb_diags_free(diags);
}

/* Codes are promises: each has its class's number, severity and status. */
static void test_diag_codes_keep_their_blocks(void **state)
{
    static const struct {
        const char *code;
        enum tb_severity severity;
        enum tb_status status;
    } rows[] = {
#define TB_DIAG(name, code, severity, status, title) {code, severity, status},
#include "base/diag.def"
#undef TB_DIAG
    };
    static const enum tb_status classes[] = {TB_OK,       TB_E_USAGE, TB_E_INPUT, TB_E_INPUT,
                                             TB_E_ANSWER, TB_E_IO,    TB_OK,      TB_E_NOMEM};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(strlen(rows[i].code), 6);
        assert_memory_equal(rows[i].code, "TB", 2);
        int digit = rows[i].code[2] - '0';
        assert_in_range(digit, 1, 7);
        if (rows[i].severity == TB_ERROR)
            assert_int_equal(rows[i].status, classes[digit]);
        else
            assert_int_equal(rows[i].status, TB_OK);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rows[k].code, rows[i].code);
        if (i)
            assert_true(strcmp(rows[i - 1].code, rows[i].code) < 0);
    }
}

/* What stages share but for their figures is said once. */
static void test_diags_said(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    assert_false(tb_diags_said(NULL, "") || tb_diags_said_alike(NULL, ""));
    assert_false(tb_diags_said_alike(diags, ""));
    tb_diag_add(diags, TB_NO_ANSWER, NULL, "needs %.4g GB of %.4g GB", 162.9, 96.0);
    assert_true(tb_diags_said(diags, "needs 162.9"));
    assert_false(tb_diags_said(diags, "needs 7"));
    assert_true(tb_diags_said_alike(diags, "needs 1.5e+03 GB of 80 GB"));
    assert_false(tb_diags_said_alike(diags, "needs 162.9 TB of 96 GB"));
    assert_false(tb_diags_said_alike(diags, "needs x GB of 96 GB"));
    assert_false(tb_diags_said_alike(diags, "needs 162.9 GB of 96 GB more"));
    assert_false(tb_diags_said_alike(diags, "needs 162.9 GB of "));
    tb_diag_add(diags, TB_NO_ANSWER, NULL, "no link of h100 is known, 3 of a100 are");
    assert_true(tb_diags_said_alike(diags, "no link of h100 is known, 17 of a100 are"));
    assert_false(tb_diags_said_alike(diags, "no link of h800 is known, 3 of a100 are"));
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diag_add_copies_and_counts),
        cmocka_unit_test(test_diag_text_of_positions),
        cmocka_unit_test(test_diag_text_tames_rubbish),
        cmocka_unit_test(test_diag_list_may_be_missing),
        cmocka_unit_test(test_diag_pointers_stay_valid_while_the_list_grows),
        cmocka_unit_test(test_diags_said),
        cmocka_unit_test(test_diag_codes_keep_their_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
