/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "near.h"
#include "open.h"
#include "scenario/scenario.h"

static struct tb_estimate *on(const char *chip, const char *rent, const char *setting,
                              tb_diags *diags)
{
    const struct tb_setting settings[] = {{"tokens=1.3T", {"command line", 0, 0}},
                                          {"mfu=0.37", {"command line", 0, 0}},
                                          {setting, {"command line", 0, 0}}};
    const struct tb_request request = {.model = "llama-3.1-8b",
                                       .chip = chip,
                                       .chips = 1016,
                                       .rent = rent,
                                       .settings = settings,
                                       .n_settings = setting ? 3 : 2,
                                       .no_uncertainty = true};
    return tb_estimate_new(data, &request, diags);
}

static double price(const struct tb_estimate *e)
{
    return e->metrics[TB_METRIC_COST].central / e->metrics[TB_METRIC_CHIP_HOURS].central;
}

static void test_each_term_has_its_price_and_date(void **state)
{
    (void)state;
    static const struct {
        const char *term;
        double price;
        const char *as_of;
    } cases[] = {
        {NULL, 2.35, "2026-03"}, {"on-demand", 2.95, "2026-05-20"}, {"reserved", 2.35, "2026-03"}};
    for (size_t i = 0; i < 3; i++) {
        tb_diags *diags = tb_diags_new();
        struct tb_estimate *e = on("h100", cases[i].term, NULL, diags);
        assert_non_null(e);
        assert_rel(price(e), cases[i].price, 1e-12);
        assert_string_equal(e->currency, "USD");
        assert_string_equal(e->rent_as_of, cases[i].as_of);
        tb_estimate_free(e);
        tb_diags_free(diags);
    }
}

static bool warns(const tb_diags *diags, const char *words)
{
    for (size_t i = 0; tb_diags_at(diags, i); i++)
        if (strstr(tb_diags_at(diags, i)->message, words))
            return true;
    return false;
}

/* What nobody published stays unknown, and a stated price still counts. */
static void test_a_term_without_a_price(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = on("h100", "spot", NULL, diags);
    assert_non_null(e);
    assert_false(e->metrics[TB_METRIC_COST].known);
    assert_null(e->rent_as_of);
    assert_true(warns(diags, "no spot rent of H100"));
    tb_estimate_free(e);
    e = on("h100", "spot", "chip.price.rent=9.9 CNY/h @ 7.2", diags);
    assert_non_null(e);
    assert_rel(price(e), 1.375, 1e-12);
    assert_null(e->rent_as_of);
    tb_estimate_free(e);
    e = on("910c", NULL, NULL, diags);
    assert_non_null(e);
    assert_false(e->metrics[TB_METRIC_COST].known);
    tb_estimate_free(e);
    assert_null(on("h100", "weekly", NULL, diags));
    assert_int_equal(tb_diags_status(diags), TB_E_USAGE);
    tb_diags_free(diags);
}

/* Network by the chip-hour, and 37 TB kept for the run at 20 USD/TB/month (2,629,746 s). */
static void test_network_and_storage_are_inputs(void **state)
{
    (void)state;
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *bare = on("h100", NULL, NULL, diags);
    struct tb_estimate *e = on("h100", NULL, "cluster.network.price=0.137 USD/h", diags);
    assert_non_null(bare);
    assert_non_null(e);
    assert_rel(price(e) - price(bare), 0.137, 1e-9);
    tb_estimate_free(e);
    const struct tb_setting settings[] = {
        {"tokens=1.3T", {"command line", 0, 0}},
        {"mfu=0.37", {"command line", 0, 0}},
        {"cluster.storage.price=20 USD/TB/month", {"command line", 0, 0}},
        {"cluster.storage.kept=37 TB", {"command line", 0, 0}}};
    const struct tb_request request = {.model = "llama-3.1-8b",
                                       .chip = "h100",
                                       .chips = 1016,
                                       .settings = settings,
                                       .n_settings = 4,
                                       .no_uncertainty = true};
    e = tb_estimate_new(data, &request, diags);
    assert_non_null(e);
    double bytes = 37e12 + e->metrics[TB_METRIC_CHECKPOINT_BYTES].central;
    double wall = e->metrics[TB_METRIC_WALL_CLOCK].central;
    assert_rel(e->metrics[TB_METRIC_COST].central - bare->metrics[TB_METRIC_COST].central,
               20e-12 / 2629746 * bytes * wall, 1e-6);
    tb_estimate_free(e);
    tb_estimate_free(bare);
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_term_has_its_price_and_date),
        cmocka_unit_test(test_a_term_without_a_price),
        cmocka_unit_test(test_network_and_storage_are_inputs),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
