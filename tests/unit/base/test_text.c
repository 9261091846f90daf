/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void test_text_grows_and_is_taken(void **state)
{
    struct tb_text text = {0};
    (void)state;
    for (int i = 0; i < 1000; i++) {
        tb_text_add(&text, "ab");
        tb_text_add_n(&text, "xyz", 1);
        tb_text_addf(&text, "%03d", i);
    }
    assert_int_equal(text.length, 6000);
    char *taken = tb_text_take(&text);
    assert_int_equal(strlen(taken), 6000);
    assert_string_equal(taken + 5988, "abx998abx999");
    assert_null(text.data);
    free(taken);
    taken = tb_text_take(&text);
    assert_string_equal(taken, "");
    free(taken);
}

static void test_text_failed_append_is_remembered(void **state)
{
    struct tb_text text = {0};
    (void)state;
    tb_text_add(&text, "kept");
    tb_text_add_n(&text, "x", SIZE_MAX / 2); /* can never be had */
    assert_true(text.failed);
    tb_text_add(&text, "dropped");
    assert_string_equal(text.data, "kept");
    assert_null(tb_text_take(&text));
    assert_false(text.failed); /* released and ready again */
}

static void test_edit_distance(void **state)
{
    static const struct {
        const char *a, *b;
        size_t limit, distance;
    } rows[] = {
        {"", "", 3, 0},
        {"", "abc", 3, 3},
        {"abc", "", 2, 3},
        {"V4PRO-post", "v4pro-POST", 0, 0},
        {"kitten", "sitting", 5, 3},
        {"chpi", "chip", 3, 1}, /* one transposition */
        {"hcpi", "chip", 3, 2}, /* two */
        {"ca", "abc", 3, 3},    /* no edit inside a transposed pair */
        {"h800", "h100", 2, 1},
        {"deepseek-v3", "deepsek-v3", 4, 1},
        {"abcdefgh", "stuvwxyz", 3, 4}, /* past the limit: limit + 1 */
        {"ab", "ba", 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t d = tb_edit_distance(rows[i].a, rows[i].b, rows[i].limit);
        if (d != rows[i].distance)
            fail_msg("%s, %s: %zu", rows[i].a, rows[i].b, d);
        assert_int_equal(tb_edit_distance(rows[i].b, rows[i].a, rows[i].limit), d);
    }
    char longer[200];
    memset(longer, 'a', sizeof longer);
    longer[199] = '\0';
    assert_int_equal(tb_edit_distance(longer, longer, 7), 8); /* too long for a name */
}

static void assert_suggests(const char *wrong, size_t max, const char *expected)
{
    static const char *const names[] = {
        "v4pro-post", "v4pro-pretrain", "v4flash-pretrain", "dsv3-total", "910c", "910b1", "950pr",
        "950dt",      "950dt",          "a100-80g",         "a100-40g"};
    struct tb_text out = {0};
    tb_text_add(&out, "=");
    tb_suggest(&out, wrong, names, sizeof names / sizeof *names, max);
    assert_string_equal(out.data + 1, expected);
    tb_text_free(&out);
}

static void test_suggest_nearest_first_and_each_once(void **state)
{
    (void)state;
    assert_suggests("v4pr0-post", 3, "v4pro-post");
    assert_suggests("v4pro", 3, "v4pro-post, v4pro-pretrain");
    assert_suggests("950", 3, "950pr, 950dt");
    assert_suggests("910", 3, "910c, 910b1");
    assert_suggests("80G", 3, "a100-80g");
    assert_suggests("a100-80", 3, "a100-80g, a100-40g");
    assert_suggests("ascend-910c", 3, "910c"); /* a name within what was typed */
    assert_suggests("a100", 1, "a100-80g");
    assert_suggests("zzzz", 3, "");
    assert_suggests("", 3, "");
    assert_suggests("v4pro", 0, "");
}

static void test_utf8_invalid_at(void **state)
{
    static const struct {
        const char *bytes;
        size_t length, at;
    } rows[] = {
        {"plain", 5, 5},
        {"", 0, 0},
        {"a\0b", 3, 1},              /* NUL */
        {"caf\xc3\xa9", 5, 5},       /* e acute */
        {"caf\xc3", 4, 3},           /* cut short */
        {"\xc0\xaf", 2, 0},          /* overlong */
        {"x\xe0\x80\xaf", 4, 1},     /* overlong */
        {"\xed\xa0\x80", 3, 0},      /* surrogate */
        {"\xf0\x9f\x9a\x80!", 5, 5}, /* rocket */
        {"\xf4\x90\x80\x80", 4, 0},  /* past U+10FFFF */
        {"ab\x80", 3, 2},            /* stray continuation */
        {"\xe6\x98\x87\xff", 4, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(tb_utf8_invalid_at(rows[i].bytes, rows[i].length), rows[i].at);
}

static void test_utf8_width(void **state)
{
    (void)state;
    assert_int_equal(tb_utf8_width("910C"), 4);
    assert_int_equal(tb_utf8_width("\xe6\x98\x87\xe8\x85\xbe 910C"), 9); /* two wide, space, four */
    assert_int_equal(tb_utf8_width("e\xcc\x81t\xc3\xa9"), 3); /* a combining accent takes none */
    assert_int_equal(tb_utf8_width("a\xff"), 2);
    assert_int_equal(tb_utf8_width("\xf0\x9f\x9a\x80"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_grows_and_is_taken),
        cmocka_unit_test(test_text_failed_append_is_remembered),
        cmocka_unit_test(test_edit_distance),
        cmocka_unit_test(test_suggest_nearest_first_and_each_once),
        cmocka_unit_test(test_utf8_invalid_at),
        cmocka_unit_test(test_utf8_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
