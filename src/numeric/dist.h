/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_DIST_H
#define TB_NUMERIC_DIST_H

#include "trainbudget/types.h"

/** What is believed about a number. `low` and `high` are its P5 and P95, or limits that it never
 *  passes when `bounds` holds; low <= value <= high. */
struct tb_belief {
    enum tb_dist dist;
    double value, low, high;
    bool bounds;
};

/** A belief made ready for many draws. Plain values; copy freely. What the members mean depends on
 *  `dist`. */
struct tb_sampling {
    enum tb_dist dist;
    double centre;            /**< normal: median; lognormal: 0; exact: the value */
    double below, above;      /**< normal, lognormal: sigma on either side of the median */
    double cut;               /**< normal, lognormal: probability of each tail that is cut off */
    double scale;             /**< lognormal: the median, a factor */
    double left, width, mode; /**< the others: support, and mode as a share of its width */
};

/** How a belief is read:
 *
 *  dist         value is     low and high as P5 and P95         low and high as bounds
 *  exact        the value    ignored                            ignored
 *  normal       the median   two halves of a normal, joined     the same halves with sigma half
 *                            at the median                      the way to the bound, cut there
 *  lognormal    the median   the same in the logarithm          the same in the logarithm
 *  triangular   the mode     support widened until they fit     support is [low, high]
 *  pert         the mode     the same; beta, weight 4 on mode   support is [low, high]
 *  uniform      not used     support widened by 1/18 of the     support is [low, high]
 *                            range on each side
 *  loguniform   not used     the same in the logarithm          support is [low, high]
 *
 *  P5 and P95 are met exactly, and so is a median. Without bounds a normal, triangular, pert or
 *  uniform belief can reach below zero; the caller knows the range of the quantity and clips.
 *
 *  @return TB_OK; TB_E_INPUT when a number is not finite, low <= value <= high does not hold, a
 *  logarithmic shape has low <= 0, or the range is too wide for a double. */
enum tb_status tb_sampling_make(struct tb_sampling *sampling, const struct tb_belief *belief);

/** The quantile at probability `u` in (0,1); NaN outside. Non-decreasing in u, finite inside.
 *  A draw takes some 60 ns, of a pert belief 3 us (its inverse is iterated). */
double tb_sampling_at(const struct tb_sampling *sampling, double u);

#endif
