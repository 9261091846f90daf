/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_SPREAD_H
#define TB_SCENARIO_SPREAD_H

#include "scenario/scenario.h"

/** How the outputs move when the inputs do. */

#define TB_DEFAULT_SAMPLES 4096
#define TB_DEFAULT_SEED 20261121

struct tb_spread {
    double central[TB_MAX_OUTPUTS];
    double median[TB_MAX_OUTPUTS], low[TB_MAX_OUTPUTS], high[TB_MAX_OUTPUTS];
    bool ranged[TB_MAX_OUTPUTS];
    bool partial[TB_MAX_OUTPUTS]; /**< over the points alone at which the run makes progress */
};

/** Moves each input alone, to its low and its high end (an exact one by 1 %), and notes which
 *  outputs follow: fills `used` and `effect` of the inputs, and `central`. */
void tb_spread_probe(struct tb_scenario *scenario, struct tb_spread *spread);

/** Takes the ranges away: low, median and high are the central values. */
void tb_spread_narrow(struct tb_spread *spread);

/** Lengths are drawn on a grid around the central value, this many steps to a factor of two: at
 * each length the model is counted and its steps are lined up, which costs more than many points.
 */
#define TB_LENGTH_STEPS 32

/** How the points are drawn. */
struct tb_draw {
    double level; /**< central probability between low and high */
    size_t samples;
    uint64_t seed;
};

/** Draws the uncertain inputs that matter together, and fills median, low, high and the inputs'
 *  shares. Of several samplings of a scenario the first draws all inputs that others draw. Same
 * result for any number of threads. @return false when memory runs out. */
bool tb_spread_sample(struct tb_scenario *scenario, const struct tb_draw *draw,
                      struct tb_spread *spread);

#endif
