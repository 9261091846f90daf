/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "near.h"
#include "trainbudget/argument.h"

static const struct tb_pos pos = {"command line", 0, 0};
static const struct tb_number_rule rule = {"'--samples'", 16.0, 700.0, true,
                                           "a whole number from 16 to 700"};

static void test_argument_number_accepts_its_limits(void **state)
{
    (void)state;
    double value = -1.0;
    assert_true(tb_argument_number("16", &rule, pos, NULL, &value));
    assert_exact(value, 16.0);
    assert_true(tb_argument_number("7e2", &rule, pos, NULL, &value));
    assert_exact(value, 700.0);
}

static void test_argument_number_refuses_the_rest(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",    " ",     "abc",  "16abc", "16 17",
                                        "15",  "700.5", "16.5", "nan",   "-inf",
                                        "inf", "1e400", "0x20", "-700",  "701"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        tb_diags *diags = tb_diags_new();
        double value = -1.0;
        assert_false(tb_argument_number(wrong[i], &rule, pos, diags, &value));
        assert_exact(value, -1.0);
        assert_int_equal(tb_diags_count(diags, TB_ERROR), 1);
        assert_string_equal(tb_diags_at(diags, 0)->code, "TB1002");
        assert_string_equal(tb_diags_at(diags, 0)->found, wrong[i]);
        assert_string_equal(tb_diags_at(diags, 0)->accepted, "a whole number from 16 to 700");
        tb_diags_free(diags);
    }
}

static void test_argument_name_suggests(void **state)
{
    (void)state;
    static const char *const names[] = {"list", "show", "explain"};
    const struct tb_name_rule name_rule = {"TB1003", "command", names, 3, "'help' lists all"};
    tb_diags *diags = tb_diags_new();
    size_t index = 7;
    assert_true(tb_argument_name("explain", &name_rule, pos, diags, &index));
    assert_int_equal(index, 2);
    assert_int_equal(tb_diags_count(diags, TB_NOTE), 0);
    assert_false(tb_argument_name("explian", &name_rule, pos, diags, &index));
    assert_int_equal(index, 2);
    assert_string_equal(tb_diags_at(diags, 0)->code, "TB1003");
    assert_string_equal(tb_diags_at(diags, 0)->message,
                        "unknown command 'explian'; did you mean explain?");
    assert_false(tb_argument_name("zzzzzz", &name_rule, pos, diags, &index));
    assert_string_equal(tb_diags_at(diags, 1)->message, "unknown command 'zzzzzz'");
    assert_string_equal(tb_diags_at(diags, 1)->remedy, "'help' lists all");
    tb_diags_free(diags);
}

static void test_diags_report_unknown_code(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    const struct tb_report_finding good = {.code = "TB5002", .pos = pos, .message = "full"};
    const struct tb_report_finding wrong = {.code = "TB9999", .pos = pos, .message = "what"};
    assert_int_equal(tb_diags_report(diags, &good), TB_E_IO);
    assert_int_equal(tb_diags_report(diags, &wrong), TB_E_NOMEM);
    assert_string_equal(tb_diags_at(diags, 1)->message, "undeclared code TB9999: what");
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_argument_number_accepts_its_limits),
                                       cmocka_unit_test(test_argument_number_refuses_the_rest),
                                       cmocka_unit_test(test_argument_name_suggests),
                                       cmocka_unit_test(test_diags_report_unknown_code)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
