/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_MFU_ROWS_H
#define TB_SCENARIO_MFU_ROWS_H

#include "preset/preset.h"
#include "scenario/alike.h"
#include "scenario/table.h"

/** MFU of a whole run, canonical causal count over the 16-bit matrix peak, from one row of a table
 *  of observations. */
struct tb_mfu_row {
    const char *id;
    const char *generation;
    bool moe;
    double active; /**< parameters used by a token; NaN: not stated */
    double mfu;
    double own;           /**< of this row alone; mfu is the geometric mean of all revisions */
    bool converted;       /**< from steady steps with forced expert balance */
    const char *left_out; /**< why the row is no billed run; NULL: it is one */
    const char *shown;    /**< what its hours are, where they are predicted all the same, though no
                               evidence: a bound, a scope that is not stated; NULL: they are not */
    const char *team;     /**< title of the source; "" when not stated */
    bool calendar;        /**< hours are chips x days */
    bool steady;          /**< hours of steps alone */
    bool one_server;      /**< on the chips of one server */
    double expert;        /**< width of an expert; 0: none or not stated */
    double tokens;        /**< trained on; 0: not stated */
    double length;        /**< of a row; 0: not stated */
    double hours;         /**< chip-hours as published, or of chips x days; NaN: none */
    double best;          /**< MFU of the best plan by the step model; 0: none */
    const char *no_best;  /**< why there is none */
};

struct tb_mfu_rows {
    size_t n;
    struct tb_mfu_row *row;
};

/** From a steady rate with forced balance to natural routing: slowdown by uneven experts. */
#define TB_FORCED_TO_NATURAL 1.15

/** Judges every row of a table, in its order. Repeated measurements of one model on one chip become
 *  one row. A blank cell is not stated; one that should be a number and is none, or is out of its
 *  range, is an error of the table.
 *  @return false after reporting. */
bool tb_mfu_rows_read(tb_arena *arena, tb_data *data, const struct tb_table *table,
                      struct tb_mfu_rows *out, tb_diags *diags);

/** What likeness is judged by: all of the row but its utilisation and its best plan. */
struct tb_evidence_run tb_mfu_row_run(const struct tb_mfu_row *row);

#endif
