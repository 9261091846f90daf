/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_VALIDATED_H
#define TB_SCENARIO_VALIDATED_H

#include "base/arena.h"
#include "base/text.h"
#include "base/units.h"
#include "trainbudget/report.h"

/** Predictions beside published figures, one a row, and how far they err by group. */

enum { TB_VALIDATED_GROUPS = 4 };

struct tb_validated {
    const char *row;     /**< its id */
    const char *skipped; /**< why there is no prediction; NULL: there is one */
    const char *scope;   /**< what the figure holds: "run", "steady", ...; may be NULL */
    const char *basis;   /**< what the prediction rests on; may be NULL */
    const char *unit;    /**< SI */
    enum tb_dim dim;     /**< of the figure, where rows are listed */
    const char *bound;   /**< "at most", "at least": the figure is one; NULL */
    const char *group[TB_VALIDATED_GROUPS]; /**< those it counts in; NULL ends the list */
    double measured, predicted, low, high;
    bool inside; /**< the figure is within the printed range, or its bound holds */
};

struct tb_validated_summary {
    const char *group;
    size_t n, skipped;
    double median_abs_error, mape, p90_abs_error, bias,
        coverage;                                 /**< of predicted / measured - 1 */
    double median_factor, p80_factor, p95_factor; /**< larger over smaller */
};

/** One summary for each group, in the order of first appearance.
 *  @return false when memory runs out. */
bool tb_validated_summarise(tb_arena *arena, const struct tb_validated *rows, size_t n,
                            struct tb_validated_summary **out, size_t *n_out);

/** JSON of schema trainbudget.validation/1, csv or tsv by row, else text: every row when `listed`,
 *  and the groups. @return malloc'd; NULL when memory runs out. */
char *tb_validated_write(tb_arena *arena, const struct tb_validated *rows, size_t n,
                         enum tb_form form, bool listed);

#endif
