/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "run/energy.h"
#include "run/money.h"

static const struct tb_power h100 = {1055, 700, 1.5, 0.62, 0.31};

static void test_power_at_utilisation(void **state)
{
    (void)state;
    /* At 30 % and more the whole load; at 12 %: 1055 x (0.62 + 0.38 x 0.4) = 814.46 W */
    assert_exact(tb_power_at(&h100, 0.41), 1055);
    assert_rel(tb_power_at(&h100, 0.3), 1055, 1e-15);
    assert_rel(tb_power_at(&h100, 0.12), 814.46, 1e-14);
    assert_rel(tb_power_at(&h100, 0.0), 654.1, 1e-14);
    assert_true(isnan(tb_power_at(&h100, -0.1)));
    assert_true(isnan(tb_power_at(&h100, (double)NAN)));
    struct tb_power bare = h100;
    bare.load = NAN;
    assert_rel(tb_power_load(&bare), 1050, 1e-15); /* 700 x 1.5 */
    bare.tdp = NAN;
    assert_true(isnan(tb_power_load(&bare)));
}

static void test_energy_and_carbon(void **state)
{
    (void)state;
    /* 2,000 chip-hours busy at 814.46 W and 137 waiting at 1055 x 0.31 = 327.05 W:
     * 1628.92 + 44.80585 = 1673.72585 kWh, x 1.23 = 2058.682796 kWh; x 481 g = 990.226 kg */
    struct tb_energy_in in = {&h100, 2000 * 3600.0, 137 * 3600.0, 0.12, 1.23, 481e-3 / 3.6e6};
    assert_rel(tb_energy(&in), 2058.6827955 * 3.6e6, 1e-12);
    assert_rel(tb_carbon(&in), 990.2264246, 1e-9);
    in.pue = 1.0;
    assert_rel(tb_energy(&in), 1673.72585 * 3.6e6, 1e-12);
    in.carbon_intensity = NAN;
    assert_true(isnan(tb_carbon(&in)));
    assert_true(isfinite(tb_energy(&in)));
    struct tb_power unknown_idle = h100;
    unknown_idle.idle = NAN;
    in.power = &unknown_idle;
    assert_true(isnan(tb_energy(&in)));
    in.idle_chip_seconds = 0;
    assert_rel(tb_energy(&in), 1628.92 * 3.6e6, 1e-12);
}

static void test_bloom_energy(void **state)
{
    (void)state;
    /* BLOOM: 1,082,990 hours of A100 took 433 MWh at the chips, so 400 W each; the whole run with
     * nodes idle and network 520 MWh before the facility. Under a server ratio of 1.2 to 1.4 of the
     * chip's power the model must hold that: 1082990 h x 400 W x 1.2 = 519.8 MWh. */
    const struct tb_power a100 = {(double)NAN, 400, 1.2, 0.6, 0.35};
    struct tb_energy_in in = {&a100, 1082990 * 3600.0, 0, 0.45, 1.0, 57e-3 / 3.6e6};
    assert_rel(tb_energy(&in) / 3.6e9, 520.0, 0.01);
    assert_rel(tb_carbon(&in) / 1e3, 29.6, 0.01); /* at 57 g/kWh: about 30 t */
}

static void test_rented_and_owned(void **state)
{
    (void)state;
    struct tb_prices p = {.rent = 2.35 / 3600,
                          .purchase = 28000,
                          .life = 4.5 * 365.25 * 86400,
                          .used = 0.83,
                          .electricity = 0.081 / 3.6e6,
                          .staff = 0.27,
                          .storage = (double)NAN,
                          .network = (double)NAN};
    struct tb_usage u = {97531 * 3600.0, 120e3 * 3.6e6, 9.4e12, 40 * 86400.0};
    assert_rel(tb_cost_rented(&p, &u), 97531 * 2.35, 1e-12);
    /* 4.5 y = 39,447 h; 28000 / (39447 x 0.83) = 0.855203 USD/h; x 97531 x 1.27 = 105,928.6;
     * 120,000 kWh x 0.081 = 9,720 */
    assert_rel(tb_cost_owned(&p, &u), 115648.6, 1e-5);
    /* 9.4 TB for 40 days at 20 USD/TB/month (30.436875 d): 9.4 x 20 x 1.314195 = 247.07 */
    p.storage = 20e-12 / 2629746;
    assert_rel(tb_cost_rented(&p, &u) - 97531 * 2.35, 247.0686, 1e-6);
    /* A network of 0.137 USD beside each chip-hour of rent; an owned machine holds its network. */
    double rented = tb_cost_rented(&p, &u);
    double owned = tb_cost_owned(&p, &u);
    p.network = 0.137 / 3600;
    assert_rel(tb_cost_rented(&p, &u) - rented, 97531 * 0.137, 1e-9);
    assert_exact(tb_cost_owned(&p, &u), owned);
    p.rent = p.purchase = NAN;
    assert_true(isnan(tb_cost_rented(&p, &u)));
    assert_true(isnan(tb_cost_owned(&p, &u)));
}

static void test_bill_laws(void **state)
{
    (void)state;
    struct tb_energy_in in = {&h100, 7e6, 3e5, 0.2, 1.1, 1e-7};
    double before = tb_energy(&in);
    in.utilisation = 0.25;
    assert_true(tb_energy(&in) > before);
    in.utilisation = 0.2;
    in.busy_chip_seconds *= 2;
    in.idle_chip_seconds *= 2;
    assert_rel(tb_energy(&in), 2 * before, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_at_utilisation),
        cmocka_unit_test(test_energy_and_carbon),
        cmocka_unit_test(test_bloom_energy),
        cmocka_unit_test(test_rented_and_owned),
        cmocka_unit_test(test_bill_laws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
