/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_FIT_TABLE_H
#define TB_SCENARIO_FIT_TABLE_H

#include "base/arena.h"
#include "base/diag.h"

/** A table of measured training steps, one observation a row. Columns are found by name; unknown
 *  columns are ignored. Numbers are NaN and texts "" where a cell is blank or the column missing.
 */

struct tb_observation {
    int line; /**< of the file */
#define TB_OBS_TEXT(name) const char *name;
#define TB_OBS_NUMBER(name) double name;
#include "scenario/fit_columns.def"
#undef TB_OBS_TEXT
#undef TB_OBS_NUMBER
};

struct tb_observations {
    size_t n;
    struct tb_observation *row;
};

/** Reads CSV text (RFC 4180, first record is the header). `name` stands in findings. The rows live
 *  in `arena`. A cell that should be a number and is not, and a header without `model` or `chip`,
 *  are reported.
 *  @return TB_OK, or the class of the first error. */
enum tb_status tb_observations_read(tb_arena *arena, const char *name, const char *text,
                                    size_t length, struct tb_observations *out, tb_diags *diags);

#endif
