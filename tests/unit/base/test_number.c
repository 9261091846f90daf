/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"
#include "base/text.h"
#include "near.h"

static const struct {
    const char *text;
    double value;
    const char *rest;
} good[] = {
    {"671026419200", 671026419200.0, ""},
    {"-2.664e6x", -2.664e6, "x"},
    {"+14.8T", 14.8, "T"},
    {"1_234_567.8_9", 1234567.89, ""},
    {"1__2", 1.0, "__2"},
    {"12_", 12.0, "_"},
    {".5 %", 0.5, " %"},
    {"5.", 5.0, "."},
    {"4EFLOP", 4.0, "EFLOP"},
    {"4e", 4.0, "e"},
    {"4e+", 4.0, "e+"},
    {"0005", 5.0, ""},
    {"-0", 0.0, ""},
    {"0e999999999999", 0.0, ""},
    {"1.7976931348623157e308", 1.7976931348623157e308, ""},
    {"4.9406564584124654e-324", 4.9406564584124654e-324, ""},
    {"0.1", 0.1, ""},
    {"12,5", 12.0, ",5"},
};

static void read_all_good(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = NAN;
        const char *end = NULL;
        if (!tb_number_read(good[i].text, &value, &end))
            fail_msg("'%s' was refused", good[i].text);
        assert_exact(value, good[i].value);
        assert_string_equal(end, good[i].rest);
    }
}

static void test_number_read_of_good_texts(void **state)
{
    (void)state;
    read_all_good();
}

static void test_number_read_refuses(void **state)
{
    static const char *const bad[] = {
        "",     " 5",    "x",      "-",      "+-5",      ".",
        "e5",   "_5",    "nan",    "NaN",    "inf",      "-inf",
        "0x10", "1e400", "-1e400", "1e-400", "infinity", "1e99999999999999999999",
        "--5"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 2.385;
        const char *end = NULL;
        if (tb_number_read(bad[i], &value, &end))
            fail_msg("'%s' was read as %g", bad[i], value);
        assert_exact(value, 2.385); /* untouched */
        assert_non_null(end);
    }
}

static void test_number_read_of_very_long_texts(void **state)
{
    char text[1024];
    double value = 0.0;
    const char *end;
    (void)state;
    memset(text, '3', sizeof text);
    text[1] = '.';
    text[301] = '\0';
    assert_true(tb_number_read(text, &value, &end));
    assert_exact(value, 10.0 / 3.0);
    text[301] = '3';
    text[sizeof text - 1] = '\0';
    assert_false(tb_number_read(text, &value, &end));
}

/* 14.8 x 1e12 in doubles happens to be right; 0.07 x 100 and 35 x 0.01 are not. */
static void test_number_read_scaled_rounds_once(void **state)
{
    double value;
    const char *end;
    (void)state;
    assert_true(0.07 * 100 != 7.0);
    assert_true(tb_number_read_scaled("0.07", 2, &value, &end));
    assert_exact(value, 7.0);
    assert_true(35 * 0.01 != 0.35);
    assert_true(tb_number_read_scaled("35", -2, &value, &end));
    assert_exact(value, 0.35);
    assert_true(tb_number_read_scaled("1.5e-3", 9, &value, &end));
    assert_exact(value, 1.5e6);
    assert_false(tb_number_read_scaled("2e308", 1, &value, &end));
}

static const struct {
    double value;
    int digits;
    const char *text;
} written[] = {
    {0.1, 17, "0.1"},
    {0.1 + 0.2, 17, "0.30000000000000004"},
    {671026419200.0, 17, "671026419200"},
    {2.385e21, 17, "2.385e+21"},
    {1.0 / 3.0, 17, "0.3333333333333333"},
    {1.0 / 3.0, 4, "0.3333"},
    {-1234.5678, 6, "-1234.57"},
    {0.0, 17, "0"},
    {5e-324, 17, "4.94065645841247e-324"},
    {1.7976931348623157e308, 17, "1.7976931348623157e+308"},
    {NAN, 6, "unknown"},
    {-INFINITY, 6, "unknown"},
    {2.5, 0, "2"},
    {2.385, 99, "2.385"},
};

static void write_all(void)
{
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        struct tb_text out = {0};
        tb_number_write(&out, written[i].value, written[i].digits);
        assert_string_equal(out.data, written[i].text);
        tb_text_free(&out);
    }
}

static void test_number_write_is_short_and_reads_back(void **state)
{
    (void)state;
    write_all();
    for (double x = 1.0001e-300; x < 1e300; x *= -17.318) {
        struct tb_text out = {0};
        double back;
        const char *end;
        tb_number_write(&out, x, 17);
        assert_true(tb_number_read(out.data, &back, &end));
        assert_exact(back, x);
        tb_text_free(&out);
    }
}

static void assert_grouped(double value, const char *expected)
{
    struct tb_text out = {0};
    tb_number_write_grouped(&out, value);
    assert_string_equal(out.data, expected);
    tb_text_free(&out);
}

static void test_number_write_grouped(void **state)
{
    (void)state;
    assert_grouped(671026419200.0, "671,026,419,200");
    assert_grouped(-1598837347742.0, "-1,598,837,347,742");
    assert_grouped(999.0, "999");
    assert_grouped(1000.0, "1,000");
    assert_grouped(0.0, "0");
    assert_grouped(9007199254740991.0, "9,007,199,254,740,991");
    assert_grouped(9007199254740992.0, "9007199254740992"); /* 2^53: not known to the unit */
    assert_grouped(12.75, "12.75");
    assert_grouped(NAN, "unknown");
}

static void test_number_write_fixed(void **state)
{
    struct tb_text out = {0};
    (void)state;
    tb_number_write_fixed(&out, 2.0625, 3); /* halfway: to even */
    tb_text_add(&out, " ");
    tb_number_write_fixed(&out, -7.0, -1);
    tb_text_add(&out, " ");
    tb_number_write_fixed(&out, INFINITY, 2);
    assert_string_equal(out.data, "2.062 -7 unknown");
    tb_text_free(&out);
}

/* A program that embeds the library may have chosen any locale. */
static void test_numbers_under_a_comma_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *set = NULL;
    char probe[16];
    (void)state;
    for (size_t i = 0; !set && i < sizeof names / sizeof *names; i++)
        set = setlocale(LC_ALL, names[i]);
    if (!set) {
        print_message("skip: no locale with a decimal comma is installed\n");
        skip();
    }
    snprintf(probe, sizeof probe, "%.1f", 0.5);
    assert_string_equal(probe, "0,5"); /* the test would prove nothing otherwise */
    read_all_good();
    write_all();
    setlocale(LC_ALL, "C");
}

/* Short decimals take a path of their own; it must round as strtod does. 7^k mod 10^15 spreads the
 * digits. */
static void test_short_decimals_round_as_the_library_does(void **state)
{
    (void)state;
    double digits = 1.0;
    for (int k = 0; k < 4000; k++) {
        char text[64];
        double value;
        const char *end;
        digits = fmod(7.0 * digits, 1e14) + k % 3;
        int power = k % 61 - 30;
        snprintf(text, sizeof text, "%s%.*f", k % 2 ? "-" : "", k % 4, digits / (1 + k % 997));
        snprintf(text + strlen(text), sizeof text - strlen(text), "e%d", power);
        assert_true(tb_number_read(text, &value, &end));
        assert_int_equal(*end, '\0');
        double expected = strtod(text, NULL);
        assert_memory_equal(&value, &expected, sizeof value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_read_of_good_texts),
        cmocka_unit_test(test_number_read_refuses),
        cmocka_unit_test(test_number_read_of_very_long_texts),
        cmocka_unit_test(test_number_read_scaled_rounds_once),
        cmocka_unit_test(test_number_write_is_short_and_reads_back),
        cmocka_unit_test(test_number_write_grouped),
        cmocka_unit_test(test_number_write_fixed),
        cmocka_unit_test(test_numbers_under_a_comma_locale),
        cmocka_unit_test(test_short_decimals_round_as_the_library_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
