/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/energy.h"

#include <math.h>

/* The draws on record were measured in training of about this utilisation and more: above it the
 * power no longer follows. */
#define FULL_LOAD_UTILISATION 0.3

double tb_power_load(const struct tb_power *power)
{
    return isfinite(power->load) ? power->load : power->tdp * power->server_ratio;
}

double tb_power_at(const struct tb_power *power, double utilisation)
{
    if (!(utilisation >= 0.0))
        return NAN;
    double share = fmin(1.0, utilisation / FULL_LOAD_UTILISATION);
    return tb_power_load(power) * (power->busy + (1.0 - power->busy) * share);
}

double tb_energy(const struct tb_energy_in *in)
{
    double waiting = tb_power_load(in->power) * in->power->idle;
    /* A run that never waits needs no figure for it. */
    double idle = in->idle_chip_seconds > 0.0 ? in->idle_chip_seconds * waiting : 0.0;
    return (in->busy_chip_seconds * tb_power_at(in->power, in->utilisation) + idle) * in->pue;
}

double tb_carbon(const struct tb_energy_in *in)
{
    return tb_energy(in) * in->carbon_intensity;
}
