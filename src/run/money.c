/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/money.h"

#include <math.h>

static double or_zero(double value)
{
    return isfinite(value) ? value : 0.0;
}

/* Without a price storage is left out: it is a few per cent at most, and often part of the rent. */
static double cost_storage(const struct tb_prices *prices, const struct tb_usage *usage)
{
    double cost = prices->storage * usage->stored * usage->kept;
    return isfinite(prices->storage) && isfinite(cost) ? cost : 0.0;
}

double tb_cost_rented(const struct tb_prices *prices, const struct tb_usage *usage)
{
    return (prices->rent + or_zero(prices->network)) * usage->chip_seconds +
           cost_storage(prices, usage);
}

double tb_cost_owned(const struct tb_prices *prices, const struct tb_usage *usage)
{
    double written_off = prices->purchase * usage->chip_seconds / (prices->life * prices->used);
    return written_off * (1.0 + prices->staff) + prices->electricity * usage->energy +
           cost_storage(prices, usage);
}
