/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/units.h"
#include "near.h"

static void test_quantity_read_in_every_kind_of_field(void **state)
{
    static const struct {
        const char *text;
        enum tb_dim dim;
        double value;
    } rows[] = {
        {"14.8T", TB_DIM_COUNT, 14.8e12},
        {"14.8 T", TB_DIM_COUNT, 14800000000000.0},
        {"405B", TB_DIM_COUNT, 405e9},
        {"128 B", TB_DIM_BYTES, 128.0}, /* the field decides what B is */
        {"8192", TB_DIM_LENGTH, 8192.0},
        {"4Ki", TB_DIM_LENGTH, 4096.0},
        {"1.5 Mi", TB_DIM_LENGTH, 1572864.0},
        {"35 %", TB_DIM_RATIO, 0.35},
        {"34.9%", TB_DIM_RATIO, 0.349},
        {"0.35", TB_DIM_RATIO, 0.35},
        {" 27 s ", TB_DIM_TIME, 27.0},
        {"\t3.5 h", TB_DIM_TIME, 12600.0},
        {"4 yr", TB_DIM_TIME, 126230400.0}, /* 4 x 365.25 x 86400 */
        {"707.8 TFLOP/s", TB_DIM_FLOP_RATE, 707.8e12},
        {"752 TOPS", TB_DIM_FLOP_RATE, 7.52e14},
        {"3.2 TB/s", TB_DIM_BYTE_RATE, 3.2e12},
        {"400 Gbit/s", TB_DIM_BYTE_RATE, 50e9},
        {"80 GiB", TB_DIM_BYTES, 85899345920.0},
        {"8.64 PF/s-day", TB_DIM_FLOP, 7.46496e20}, /* 8.64 x 8.64e19 */
        {"2.788 M", TB_DIM_CHIP_HOURS, 2.788e6},
        {"2.788 M chip-h", TB_DIM_CHIP_HOURS, 2.788e6},
        {"11250 chip-h", TB_DIM_CHIP_HOURS, 11250.0},
        {"250 B tokens/s", TB_DIM_TOKEN_RATE, 250e9},
        {"172800 tokens/d", TB_DIM_TOKEN_RATE, 2.0}, /* 172800 / 86400 */
        {"3.5 kWh", TB_DIM_ENERGY, 12.6e6},
        {"-3", TB_DIM_COUNT, -3.0}, /* whether that makes sense is the field's affair */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value = NAN;
        enum tb_quantity_problem problem;
        if (tb_quantity_read(rows[i].text, rows[i].dim, &value, &problem) != TB_OK)
            fail_msg("'%s' was refused (%d)", rows[i].text, (int)problem);
        assert_rel(value, rows[i].value, 2.3e-16);
    }
}

static void test_quantity_read_refuses_with_the_kind_of_problem(void **state)
{
    static const struct {
        const char *text;
        enum tb_dim dim;
        enum tb_quantity_problem problem;
    } rows[] = {
        {"", TB_DIM_COUNT, TB_QUANTITY_NUMBER},
        {"many", TB_DIM_COUNT, TB_QUANTITY_NUMBER},
        {"nan", TB_DIM_RATIO, TB_QUANTITY_NUMBER},
        {"inf s", TB_DIM_TIME, TB_QUANTITY_NUMBER},
        {"1e400", TB_DIM_COUNT, TB_QUANTITY_NUMBER},
        {"1e300 T", TB_DIM_COUNT, TB_QUANTITY_NUMBER}, /* finite, but not in the SI unit */
        {"1e308 GiB", TB_DIM_BYTES, TB_QUANTITY_NUMBER},
        {"1e-323 us", TB_DIM_TIME, TB_QUANTITY_NUMBER},
        {"4K", TB_DIM_LENGTH, TB_QUANTITY_UNIT},
        {"27 sec", TB_DIM_TIME, TB_QUANTITY_UNIT},
        {"27 GB", TB_DIM_TIME, TB_QUANTITY_UNIT},
        {"35 %", TB_DIM_COUNT, TB_QUANTITY_UNIT},
        {"3 \xc2\xb5s", TB_DIM_TIME, TB_QUANTITY_UNIT},
        {"27 s s", TB_DIM_TIME, TB_QUANTITY_TRAILING},
        {"2T x", TB_DIM_COUNT, TB_QUANTITY_TRAILING},
        {"12,5", TB_DIM_COUNT, TB_QUANTITY_TRAILING},
        {"1 2", TB_DIM_COUNT, TB_QUANTITY_TRAILING},
        {"1.2.3", TB_DIM_COUNT, TB_QUANTITY_TRAILING},
        {"2 M B", TB_DIM_BYTES, TB_QUANTITY_TRAILING},
        {"2 B B", TB_DIM_BYTES, TB_QUANTITY_TRAILING},
        {"14 CNY/h", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE},
        {"14 CNY/h @", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE},
        {"14 CNY/h @ x", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE},
        {"14 CNY/h @ 0", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE_RANGE},
        {"14 CNY/h @ -7.1", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE_RANGE},
        {"14 CNY/h @ 9e-7", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE_RANGE},
        {"14 CNY/h @ 1e300", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE_RANGE},
        {"14 CNY/h @ 7.1 x", TB_DIM_PRICE_RATE, TB_QUANTITY_RATE},
        {"14 XYZ/h @ 7.1", TB_DIM_PRICE_RATE, TB_QUANTITY_CURRENCY},
        {"14 ABC", TB_DIM_MONEY, TB_QUANTITY_CURRENCY},
        {"14 CNY", TB_DIM_PRICE_RATE, TB_QUANTITY_UNIT}, /* a price of something else */
        {"14 cny/h", TB_DIM_PRICE_RATE, TB_QUANTITY_UNIT},
        {"14 CNY @ 7.1", TB_DIM_COUNT, TB_QUANTITY_TRAILING},
        {"1e-323 JPY @ 150", TB_DIM_MONEY, TB_QUANTITY_NUMBER}, /* nothing is left of it */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value = 2.385;
        enum tb_quantity_problem problem = TB_QUANTITY_NUMBER;
        if (tb_quantity_read(rows[i].text, rows[i].dim, &value, &problem) != TB_E_INPUT)
            fail_msg("'%s' was read as %g", rows[i].text, value);
        if (problem != rows[i].problem)
            fail_msg("'%s': problem %d", rows[i].text, (int)problem);
        assert_exact(value, 2.385);
    }
    double value;
    assert_int_equal(tb_quantity_read("x", TB_DIM_COUNT, &value, NULL), TB_E_INPUT);
}

/* By hand: 14.2 / 7.1 = 2; 250,000 / 7.0809 = 35,306.246...; 0.568 CNY/kWh at 7.1 = 0.08 USD/kWh.
 */
static void test_prices_in_another_currency(void **state)
{
    static const struct {
        const char *text;
        enum tb_dim dim;
        double value;
    } rows[] = {
        {"14.2 CNY/h @ 7.1", TB_DIM_PRICE_RATE, 2.0},
        {"14.2 CNY/h@7.1", TB_DIM_PRICE_RATE, 2.0},
        {"250000 CNY @ 7.0809", TB_DIM_MONEY, 35306.24638},
        {"0.568 CNY/kWh @ 7.1", TB_DIM_ENERGY_PRICE, 0.08 / 3.6e6},
        {"18.4 EUR @ 0.92", TB_DIM_MONEY, 20.0},
        {"2e6 KRW @ 1e6", TB_DIM_MONEY, 2.0},
        {"2e-6 EUR @ 1e-6", TB_DIM_MONEY, 2.0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value = 0.0;
        assert_int_equal(tb_quantity_read(rows[i].text, rows[i].dim, &value, NULL), TB_OK);
        assert_rel(value, rows[i].value, 1e-9);
    }
    double value = 0.0;
    enum tb_quantity_problem problem;
    assert_int_equal(tb_price_read("14.2 CNY/h", TB_DIM_PRICE_RATE, 7.1, &value, &problem), TB_OK);
    assert_rel(value, 2.0, 1e-15);
    static const struct {
        const char *text;
        enum tb_quantity_problem problem;
    } bad[] = {{"14.2 USD/h", TB_QUANTITY_DOLLARS},
               {"14.2", TB_QUANTITY_DOLLARS},
               {"14.2 CNY/h @ 7.1", TB_QUANTITY_TRAILING},
               {"14.2 XYZ/h", TB_QUANTITY_CURRENCY},
               {"14.2 CNY", TB_QUANTITY_UNIT},
               {"much", TB_QUANTITY_NUMBER}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(tb_price_read(bad[i].text, TB_DIM_PRICE_RATE, 7.1, &value, &problem),
                         TB_E_INPUT);
        assert_int_equal(problem, bad[i].problem);
    }
    assert_true(tb_dim_is_price(TB_DIM_STORAGE_PRICE));
    assert_false(tb_dim_is_price(TB_DIM_COUNT));
    struct tb_text known = {0};
    tb_quantity_accepted(&known, TB_DIM_MONEY, TB_QUANTITY_CURRENCY);
    assert_non_null(strstr(known.data, "AUD, BRL"));
    tb_text_free(&known);
}

static void test_units_accepted_lists_the_field_s_own(void **state)
{
    struct tb_text out = {0};
    (void)state;
    tb_units_accepted(&out, TB_DIM_LENGTH);
    tb_text_add(&out, "|");
    tb_units_accepted(&out, TB_DIM_TIME);
    tb_text_add(&out, "|");
    tb_units_accepted(&out, TB_DIM_RATIO);
    assert_string_equal(out.data,
                        "Ki, Mi or a bare number|us, ms, s, min, h, d, yr or a bare number "
                        "in s|% or a bare number");
    tb_text_free(&out);
    assert_string_equal(tb_dim_si(TB_DIM_FLOP_RATE), "FLOP/s");
    assert_string_equal(tb_dim_si(TB_DIM_RATIO), "");
}

static void test_quantity_write_as_a_person_expects(void **state)
{
    static const struct {
        double value;
        enum tb_dim dim;
        int digits;
        const char *text;
    } rows[] = {
        {2.664e6, TB_DIM_CHIP_HOURS, 3, "2.66 M"},
        {11250.0, TB_DIM_CHIP_HOURS, 3, "11,250"},
        {11234.567, TB_DIM_CHIP_HOURS, 3, "11,200"},
        {157248.0, TB_DIM_CHIP_HOURS, 4, "157.2 K"},
        {707.8e12, TB_DIM_FLOP_RATE, 3, "708 TFLOP/s"},
        {40500.0, TB_DIM_TIME, 3, "11.2 h"}, /* 11.25 exactly: to even */
        {0.349, TB_DIM_RATIO, 3, "34.9 %"},
        {1.2345, TB_DIM_RATIO, 3, "123 %"},
        {128e9, TB_DIM_BYTES, 3, "128 GB"},
        {4.9e21, TB_DIM_FLOP, 3, "4.90e21 FLOP"},
        {3.86e12, TB_DIM_BYTES, 3, "3.86 TB"},
        {999.4e9, TB_DIM_BYTES, 3, "999 GB"},
        {999.7e9, TB_DIM_BYTES, 3, "1.00 TB"}, /* rounding must not leave 1000 GB */
        {9.9996e23, TB_DIM_FLOP, 3, "1.00e24 FLOP"},
        {119.96, TB_DIM_TIME, 3, "2.00 min"},
        {119.4, TB_DIM_TIME, 3, "119 s"},
        {19.926, TB_DIM_TIME, 3, "19.9 s"},
        {0.0415, TB_DIM_TIME, 2, "42 ms"}, /* 41.5: to even */
        {3.2e-5, TB_DIM_TIME, 3, "32.0 us"},
        {4.7e6, TB_DIM_TIME, 3, "54.4 d"},  /* 4.7e6 / 86400 = 54.398 */
        {6.3e7, TB_DIM_TIME, 3, "729 d"},   /* less than two years */
        {1.7e8, TB_DIM_TIME, 3, "5.39 yr"}, /* 1.7e8 / 31557600 = 5.3870 */
        {671026419200.0, TB_DIM_COUNT, 4, "671.0 B"},
        {1500.0, TB_DIM_COUNT, 3, "1,500"},
        {4096.0, TB_DIM_LENGTH, 3, "4,096"},
        {2.5e17, TB_DIM_COUNT, 3, "2.50e17"},
        {2.49812e11, TB_DIM_FLOP_PER_TOKEN, 4, "249.8 GFLOP/token"},
        {1512.3, TB_DIM_TOKEN_RATE, 3, "1,510 tokens/s"},
        {68640.0, TB_DIM_BYTES_PER_TOKEN, 3, "68.6 kB/token"},
        {2.0, TB_DIM_PRICE_RATE, 3, "2.00 USD/h"},
        {5.576e6, TB_DIM_MONEY, 3, "5.58 M USD"},
        {-27.0, TB_DIM_TIME, 3, "-27.0 s"},
        {0.0, TB_DIM_TIME, 3, "0 s"},
        {0.0, TB_DIM_RATIO, 3, "0 %"},
        {NAN, TB_DIM_TIME, 3, "unknown"},
        {INFINITY, TB_DIM_COUNT, 3, "no end"},
        {-INFINITY, TB_DIM_COUNT, 3, "unknown"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tb_text out = {0};
        tb_quantity_write(&out, rows[i].value, rows[i].dim, rows[i].digits);
        assert_string_equal(out.data, rows[i].text);
        tb_text_free(&out);
    }
}

/* What is written can be read again in the same kind of field, within its digits. Grouping commas
 * are for eyes only. */
static void test_quantity_write_reads_back(void **state)
{
    (void)state;
    for (int dim = 0; dim < TB_DIM_COUNT_; dim++) {
        for (double x = 1.37e5; x < 1e15; x *= 31.7) {
            struct tb_text out = {0};
            double back = NAN;
            enum tb_dim kind = (enum tb_dim)dim;
            bool plain = kind == TB_DIM_LENGTH || kind == TB_DIM_PRICE_RATE ||
                         kind == TB_DIM_MONEY || kind == TB_DIM_RATIO;
            tb_quantity_write(&out, x, kind, 5);
            if (!plain && !strchr(out.data, ',') && !strstr(out.data, "TFLOP/token") &&
                !strstr(out.data, "MB/token")) {
                if (tb_quantity_read(out.data, kind, &back, NULL) != TB_OK)
                    fail_msg("'%s' does not read back", out.data);
                assert_rel(back, x, 5.1e-5);
            }
            tb_text_free(&out);
        }
    }
}

static void test_quantity_write_knows_every_dimension(void **state)
{
    (void)state;
    const double sizes[] = {3.1e-19, 0.37, 41.5, 8.2e20};
    for (int dim = 0; dim < TB_DIM_COUNT_; dim++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct tb_text out = {0};
            tb_quantity_write(&out, sizes[i], (enum tb_dim)dim, 3);
            assert_true(out.length > 0);
            assert_null(strstr(out.data, "unknown"));
            tb_text_free(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantity_read_in_every_kind_of_field),
        cmocka_unit_test(test_quantity_read_refuses_with_the_kind_of_problem),
        cmocka_unit_test(test_prices_in_another_currency),
        cmocka_unit_test(test_units_accepted_lists_the_field_s_own),
        cmocka_unit_test(test_quantity_write_as_a_person_expects),
        cmocka_unit_test(test_quantity_write_reads_back),
        cmocka_unit_test(test_quantity_write_knows_every_dimension),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
