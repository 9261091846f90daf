/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_STUCK_H
#define TB_SCENARIO_STUCK_H

#include "base/text.h"
#include "scenario/spread.h"

/** Points at which failures come so fast that the run makes no progress: it never ends, and what
 *  grows with its time has no end either (docs/model.md 8.5). */

/** What such a run makes of the metrics: infinite, zero, or unknown. */
void tb_stuck_metrics(double metrics[TB_METRIC_COUNT]);

/** The points of a sampling. */
struct tb_stuck_points {
    size_t n, d, stride;
    const double *goodput; /**< n: zero where the run makes no progress; NULL: never */
    const double *u;       /**< numbers in (0,1) behind the inputs, as tb_points_fill has them */
    struct tb_input *const *inputs; /**< d */
};

/** What they have in common. */
struct tb_stuck {
    size_t points;
    double share;           /**< of all points */
    const char *drivers[2]; /**< inputs that it comes from, the stronger first; NULL: no more */
    struct tb_text lost;    /**< ids of metrics that are unknown at other points too */
    double lost_share;      /**< of all points, at most */
};

/** @return false when memory runs out. */
bool tb_stuck_find(const struct tb_stuck_points *points, struct tb_stuck *out);

/** Quantiles of values that are not all finite: infinite where the run never ends, and over the
 *  other points where these are all that know the metric (`partial`).
 *  @return false, and notes the metric as lost, when that does not explain it. */
bool tb_stuck_quantiles(struct tb_stuck *stuck, int output, double *values, size_t n,
                        const double probabilities[3], double quantiles[3], bool *partial);

/** Says all of it in one warning, and what is lost in another. Frees the texts. */
void tb_stuck_warn(struct tb_scenario *scenario, struct tb_stuck *stuck,
                   const struct tb_spread *spread);

#endif
