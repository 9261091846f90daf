/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <math.h>

#include "near.h"
#include "preset/value.h"

struct value_test {
    tb_arena *arena;
    tb_diags *diags;
    bool good;
    double value;
    struct tb_prov prov;
};

static struct value_test read_value(const char *yaml, struct tb_value_spec spec)
{
    struct value_test t = {.arena = tb_arena_new(), .diags = tb_diags_new(), .value = -1};
    struct tb_reader reader = {.arena = t.arena, .diags = t.diags, .file = "v.yaml"};
    const struct tb_yaml_text in = {"v.yaml", yaml, strlen(yaml), 0};
    const struct tb_node *root = tb_yaml_parse(t.arena, &in, t.diags);
    assert_non_null(root);
    t.good = tb_value_read(&reader, root, &spec, &t.value, &t.prov);
    assert_true(t.good == !reader.failed);
    return t;
}

static void done(struct value_test *t)
{
    tb_arena_free(t->arena);
    tb_diags_free(t->diags);
}

static const struct tb_value_spec time_spec = {TB_DIM_TIME, 1e-6, 1e6, false, false};
static const struct tb_value_spec ratio_spec = {TB_DIM_RATIO, 0, 1, false, false};
static const struct tb_value_spec whole_spec = {TB_DIM_COUNT, 0, 77, true, false};

static void expect_dist(const char *range, enum tb_dist dist, bool bounds)
{
    struct tb_text yaml = {0};
    tb_text_addf(&yaml, "{value: 0.41, grade: D, note: guess%s}", range);
    struct value_test t = read_value(yaml.data, ratio_spec);
    assert_true(t.good);
    assert_int_equal(t.prov.dist, dist);
    assert_int_equal(t.prov.bounds, bounds);
    done(&t);
    tb_text_free(&yaml);
}

static void test_value_read_fills_value_and_provenance(void **state)
{
    (void)state;
    struct value_test t =
        read_value("{value: 1.3 min, low: 77 s, high: 0.025 h, dist: pert, kind: bounds, grade: A, "
                   "source: [one, two], where: 'table 3', note: why}",
                   time_spec);
    assert_true(t.good);
    assert_rel(t.value, 78, 1e-15); /* 1.3 x 60 */
    assert_exact(t.prov.low, 77);
    assert_rel(t.prov.high, 90, 1e-15); /* 0.025 x 3600 */
    assert_true(t.prov.known);
    assert_true(t.prov.bounds);
    assert_int_equal(t.prov.dist, TB_DIST_PERT);
    assert_int_equal(t.prov.grade, TB_GRADE_A);
    assert_int_equal(t.prov.n_sources, 2);
    assert_string_equal(t.prov.sources[1], "two");
    assert_string_equal(t.prov.where, "table 3");
    assert_string_equal(t.prov.note, "why");
    assert_int_equal(t.prov.pos.line, 1);
    done(&t);
}

static void test_value_read_chooses_the_distribution(void **state)
{
    (void)state;
    expect_dist("", TB_DIST_EXACT, false);
    expect_dist(", exact: true", TB_DIST_EXACT, false);
    expect_dist(", exact: false, low: 0.3, high: 0.5", TB_DIST_LOGNORMAL, false);
    expect_dist(", low: 0.41, high: 41 %", TB_DIST_EXACT, false);
    expect_dist(", low: 0, high: 0.5", TB_DIST_TRIANGULAR, false);
    expect_dist(", low: 0.3, high: 0.5, kind: bounds", TB_DIST_TRIANGULAR, true);
    expect_dist(", low: 0.3, high: 0.5, kind: belief, dist: normal", TB_DIST_NORMAL, false);
    expect_dist(", low: 0.3, high: 0.5, dist: loguniform", TB_DIST_LOGUNIFORM, false);
    expect_dist(", low: 0, high: 0.5, dist: uniform", TB_DIST_UNIFORM, false);
}

static void test_value_read_without_range_has_equal_ends(void **state)
{
    (void)state;
    struct value_test t = read_value("{value: 34.9 %, grade: B, source: [one]}", ratio_spec);
    assert_rel(t.value, 0.349, 1e-15);
    assert_exact(t.prov.low, t.value);
    assert_exact(t.prov.high, t.value);
    assert_null(t.prov.where);
    done(&t);
}

static void test_value_read_leaves_outputs_alone_after_an_error(void **state)
{
    (void)state;
    struct value_test t = read_value("{value: 0.349, grade: F, source: [one]}", ratio_spec);
    assert_false(t.good);
    assert_exact(t.value, -1);
    assert_false(t.prov.known);
    done(&t);
}

static void expect_findings(const char *yaml, struct tb_value_spec spec, const char *expected)
{
    struct value_test t = read_value(yaml, spec);
    assert_false(t.good);
    fixture_expect(&t.diags, expected);
    done(&t);
}

static void test_value_read_reports_all_findings(void **state)
{
    (void)state;
    expect_findings("{value: 1.2, low: 0.7 GB, high: .5x, grade: C, colour: red}", ratio_spec,
                    "v.yaml:1:48: error[TB2004]: colour: unknown key 'colour'; accepted: value, "
                    "low, high, kind, dist, exact, grade, source, where, note, as_of\n"
                    "v.yaml:1:9: error[TB3003]: value: the number is outside its range; found 1.2; "
                    "accepted: 0 to 1\n"
                    "v.yaml:1:19: error[TB3002]: low: a unit that this field does not accept; "
                    "found 0.7 GB; accepted: % or a bare number\n"
                    "v.yaml:1:33: error[TB3002]: high: a unit that this field does not accept; "
                    "found .5x; accepted: % or a bare number\n"
                    "v.yaml:1:1: error[TB3010]: a number without a source; add source: [KEY] with "
                    "a key of sources.yaml\n");
}

static void test_value_read_holds_counts_to_whole_numbers(void **state)
{
    (void)state;
    struct value_test t = read_value("{value: 0.077 K, grade: B, source: [one]}", whole_spec);
    assert_true(t.good);
    assert_exact(t.value, 77);
    done(&t);
    expect_findings("{value: 7.5, grade: B, source: [one]}", whole_spec,
                    "v.yaml:1:9: error[TB3003]: value: the number is outside its range; found 7.5; "
                    "accepted: a whole number, 0 to 77\n");
}

static const struct tb_value_spec price_spec = {TB_DIM_PRICE_RATE, 0, 100, false, false};

static void test_a_price_has_a_date(void **state)
{
    (void)state;
    static const char *const good[] = {"2024", "2024-12", "2024-12-27"};
    static const char *const bad[] = {"24", "2024-1", "2024/12", "last year", "2024-12-2x"};
    for (size_t i = 0; i < 3; i++) {
        struct tb_text yaml = {0};
        tb_text_addf(&yaml, "{value: 14.2 CNY/h @ 7.1, as_of: %s, grade: D, note: n}", good[i]);
        struct value_test t = read_value(yaml.data, price_spec);
        assert_true(t.good);
        assert_rel(t.value, 2.0, 1e-15);
        assert_string_equal(t.prov.as_of, good[i]);
        done(&t);
        tb_text_free(&yaml);
    }
    for (size_t i = 0; i < 5; i++) {
        struct tb_text yaml = {0};
        tb_text_addf(&yaml, "{value: 2.1 USD/h, as_of: %s, grade: D, note: n}", bad[i]);
        struct value_test t = read_value(yaml.data, price_spec);
        assert_false(t.good);
        done(&t);
        tb_text_free(&yaml);
    }
    expect_findings("{value: 2.1 USD/h, grade: D, note: n}", price_spec,
                    "v.yaml:1:1: error[TB2005]: a price needs its date: the key as_of; accepted: "
                    "YYYY, YYYY-MM, YYYY-MM-DD\n");
    expect_findings("{value: 2.1 CNY/h, as_of: 2026, grade: D, note: n}", price_spec,
                    "v.yaml:1:9: error[TB3002]: value: a price in this currency needs its rate; "
                    "found 2.1 CNY/h; accepted: a rate behind it, in units of the currency for 1 "
                    "USD, as in '14 CNY/h @ 7.1'; or a price in USD\n");
    expect_findings(
        "{value: 2.1 CNY/h @ 1e300, as_of: 2026, grade: D, note: n}", price_spec,
        "v.yaml:1:9: error[TB3003]: value: an exchange rate outside its range; found "
        "2.1 CNY/h @ 1e300; accepted: 1e-06 to 1e+06 units of the currency for 1 USD\n");
}

#define RATE "rate: {value: 7, low: 6.3, high: 7.7, as_of: 2025, grade: D, note: guess}"

/* 14 CNY at 7 (6.3 to 7.7) is 2 USD from 14 / 7.7 to 14 / 6.3. With 13.3 to 14.7 CNY besides, the
 * widths in ln are ln 1.0526 = 0.05129 and ln 1.1 = 0.09531 below, together 0.10823; ln 1.05 =
 * 0.04879 and ln 1.1111 = 0.10536 above, together 0.11611. */
static void test_a_rate_widens_a_price(void **state)
{
    (void)state;
    struct value_test t =
        read_value("{value: 14 CNY/h, as_of: 2024, grade: B, source: [one], " RATE "}", price_spec);
    assert_true(t.good);
    assert_rel(t.value, 2.0, 1e-15);
    assert_rel(t.prov.low, 14.0 / 7.7, 1e-12);
    assert_rel(t.prov.high, 14.0 / 6.3, 1e-12);
    assert_int_equal(t.prov.dist, TB_DIST_LOGNORMAL);
    assert_int_equal(t.prov.grade, TB_GRADE_D);
    assert_string_equal(t.prov.as_of, "2024");
    assert_string_equal(t.prov.note, "rate: guess");
    done(&t);
    t = read_value("{value: 14 CNY/h, low: 13.3 CNY/h, high: 14.7 CNY/h, as_of: 2024, grade: B, "
                   "source: [one], note: mine, " RATE "}",
                   price_spec);
    assert_true(t.good);
    assert_rel(log(2.0 / t.prov.low), 0.10823, 1e-4);
    assert_rel(log(t.prov.high / 2.0), 0.11611, 1e-4);
    assert_string_equal(t.prov.note, "mine; rate: guess");
    assert_int_equal(t.prov.n_sources, 1);
    done(&t);
}

/* A rate that makes 1 % of the squared width does not decide the grade; its source is named. */
static void test_a_rate_that_hardly_counts(void **state)
{
    (void)state;
    struct value_test t = read_value(
        "{value: 14 CNY/h, low: 7 CNY/h, high: 28 CNY/h, as_of: 2024, grade: B, source: [one], "
        "rate: {value: 7, low: 6.5, high: 7.5, as_of: 2025, grade: D, source: [one, two], "
        "note: guess}}",
        price_spec);
    assert_true(t.good);
    assert_int_equal(t.prov.grade, TB_GRADE_B);
    assert_int_equal(t.prov.n_sources, 2);
    assert_string_equal(t.prov.sources[1], "two");
    done(&t);
    t = read_value("{value: 14 CNY/h, low: 7 CNY/h, high: 28 CNY/h, kind: bounds, as_of: 2024, "
                   "grade: B, source: [one], " RATE "}",
                   price_spec);
    assert_true(t.good);
    assert_true(t.prov.bounds);
    assert_rel(t.prov.low, 7.0 / 7.7, 1e-12);
    assert_rel(t.prov.high, 28.0 / 6.3, 1e-12);
    done(&t);
}

#define PRICE "{value: 14 CNY/h, as_of: 2024, grade: D, note: n, rate: {"

static void test_bad_rates(void **state)
{
    (void)state;
    expect_findings(PRICE "value: 0, as_of: 2024, grade: D, note: n}}", price_spec,
                    "v.yaml:1:65: error[TB3003]: rate.value: the number is outside its range; "
                    "found 0; accepted: 1e-06 to 1e+06\n");
    expect_findings(PRICE "value: -7.1, as_of: 2024, grade: D, note: n}}", price_spec,
                    "v.yaml:1:65: error[TB3003]: rate.value: the number is outside its range; "
                    "found -7.1; accepted: 1e-06 to 1e+06\n");
    expect_findings(PRICE "value: 7, low: 7.3, high: 6.9, as_of: 2024, grade: D, note: n}}",
                    price_spec,
                    "v.yaml:1:65: error[TB3004]: rate.value: low <= value <= high does not hold; "
                    "found low 7.3, value 7, high 6.9\n");
    expect_findings(PRICE "value: 7, grade: D, note: n}}", price_spec,
                    "v.yaml:1:57: error[TB2005]: rate: a rate needs its date: the key as_of; "
                    "accepted: YYYY, YYYY-MM, YYYY-MM-DD\n");
    expect_findings(PRICE "value: 7, as_of: 2024, grade: D}}", price_spec,
                    "v.yaml:1:57: error[TB3014]: rate: grade D needs a note; add note: with the "
                    "reasoning\n");
    expect_findings("{value: 14 USD/h, as_of: 2024, grade: D, note: n, " RATE "}", price_spec,
                    "v.yaml:1:9: error[TB3002]: value: a price in dollars has no rate; found 14 "
                    "USD/h; accepted: a price in the currency of the rate, as in '250000 CNY'\n");
    expect_findings("{value: 14 CNY/h @ 7.1, as_of: 2024, grade: D, note: n, " RATE "}", price_spec,
                    "v.yaml:1:9: error[TB3001]: value: something follows the number; found 14 "
                    "CNY/h @ 7.1; accepted: USD/h or a bare number in USD/h\n");
    expect_findings("{value: 14 XYZ/h, as_of: 2024, grade: D, note: n, " RATE "}", price_spec,
                    "v.yaml:1:9: error[TB3002]: value: there is no such currency; found 14 XYZ/h; "
                    "accepted: USD; or with a rate for 1 USD, as in '14 CNY/h @ 7.1': AUD, BRL, "
                    "CAD, CHF, CNY, EUR, GBP, HKD, INR, JPY, KRW, SGD, TWD\n");
    expect_findings("{value: 0.5, grade: D, note: n, " RATE "}", ratio_spec,
                    "v.yaml:1:33: error[TB2004]: rate: unknown key 'rate'; accepted: value, low, "
                    "high, kind, dist, exact, grade, source, where, note, as_of\n");
}

static void test_value_read_refuses_both_ends_alike(void **state)
{
    (void)state;
    const char *low = "v.yaml:1:1: error[TB2005]: the key low is missing beside high; "
                      "give both or none\n";
    const char *order = "v.yaml:1:9: error[TB3004]: value: low <= value <= high does not hold; "
                        "found low 0.1, value 0.41, high 0.40\n";
    expect_findings("{value: 0.41, high: 0.5, grade: D, note: n}", ratio_spec, low);
    expect_findings("{value: 0.41, low: 0.1, high: 0.40, grade: D, note: n}", ratio_spec, order);
}

static void test_dist_find_knows_every_distribution(void **state)
{
    static const char *const names[] = {"lognormal", "normal",  "triangular",
                                        "pert",      "uniform", "loguniform"};
    enum tb_dist dist = TB_DIST_EXACT;
    (void)state;
    for (int i = 0; i < 6; i++) {
        assert_true(tb_dist_find(names[i], &dist));
        assert_int_equal(dist, TB_DIST_LOGNORMAL + i);
    }
    assert_false(tb_dist_find("exact", &dist));
    assert_false(tb_dist_find("", &dist));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_read_fills_value_and_provenance),
        cmocka_unit_test(test_value_read_chooses_the_distribution),
        cmocka_unit_test(test_value_read_without_range_has_equal_ends),
        cmocka_unit_test(test_value_read_leaves_outputs_alone_after_an_error),
        cmocka_unit_test(test_value_read_reports_all_findings),
        cmocka_unit_test(test_value_read_holds_counts_to_whole_numbers),
        cmocka_unit_test(test_a_price_has_a_date),
        cmocka_unit_test(test_a_rate_widens_a_price),
        cmocka_unit_test(test_a_rate_that_hardly_counts),
        cmocka_unit_test(test_bad_rates),
        cmocka_unit_test(test_value_read_refuses_both_ends_alike),
        cmocka_unit_test(test_dist_find_knows_every_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
