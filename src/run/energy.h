/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_ENERGY_H
#define TB_RUN_ENERGY_H

/** Power of a chip with its share of the server, and what a run draws (docs/model.md 7.11, 7.12).
 *  NaN: unknown. */
struct tb_power {
    double load;         /**< W per chip, server included, as measured in training; NaN: none */
    double tdp;          /**< W of the chip alone; used when `load` is NaN */
    double server_ratio; /**< server over its chips' tdp, under load */
    double busy;         /**< share of the load that a busy chip draws at very low utilisation */
    double idle;         /**< share of the load that a chip draws while it waits */
};

/** W under training load: stated, else tdp x server_ratio. */
double tb_power_load(const struct tb_power *power);

/** Eq. 7.11: W per chip in steps of this utilisation (share of the 16-bit matrix peak). */
double tb_power_at(const struct tb_power *power, double utilisation);

/** What a run draws. */
struct tb_energy_in {
    const struct tb_power *power;
    double busy_chip_seconds; /**< in steps, checkpoints and steps done again */
    double idle_chip_seconds; /**< the rest of the run */
    double utilisation;       /**< of the steps */
    double pue;               /**< facility power over IT power, >= 1 */
    double carbon_intensity;  /**< kg CO2e per J */
};

/** Eq. 7.12: J at the facility's meter, all chips. */
double tb_energy(const struct tb_energy_in *in);

/** Eq. 7.13: kg CO2e of that energy; what making the machines emitted is not in it. */
double tb_carbon(const struct tb_energy_in *in);

#endif
