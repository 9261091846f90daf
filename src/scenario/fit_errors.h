/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_FIT_ERRORS_H
#define TB_SCENARIO_FIT_ERRORS_H

#include "base/arena.h"
#include "base/text.h"
#include "scenario/fit_case.h"

/** Predictions beside measurements, by group. */

/** One predicted row. */
struct tb_check {
    const struct tb_case *item;
    double predicted, low, high; /**< tokens per second per chip; NaN: skipped */
    int known;                   /**< as tb_constants_perf */
    double stray;                /**< the range is so much wider than that of its kind */
};

struct tb_check_summary {
    const char *group; /**< "all", "dense", "moe", "maker:NAME", "chip:ID", "table:ID" */
    size_t n, skipped;
    double median_abs_error, mape, p90_abs_error, bias, coverage; /**< NaN when n is 0 */
};

/** Every group of the checks, in the order of first appearance behind all, dense and moe.
 *  @return false when out of memory. */
bool tb_check_summaries(tb_arena *arena, const struct tb_check *checks, size_t n,
                        struct tb_check_summary **out, size_t *n_out);

#endif
