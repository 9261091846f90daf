/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_OBSERVATION_H
#define TB_SCENARIO_OBSERVATION_H

#include "base/arena.h"
#include "base/diag.h"

/** A measured training step, one row of a table. Columns are found by name; unknown columns are
 *  ignored. Numbers are NaN and texts "" where a cell is blank or the column missing. */
struct tb_observation {
#define TB_OBS_TEXT(name) const char *name;
#define TB_OBS_NUMBER(name, accepts) double name;
#include "scenario/fit_columns.def"
#undef TB_OBS_TEXT
#undef TB_OBS_NUMBER
};

struct tb_observations {
    size_t n;
    struct tb_observation *row;
};

/** Reads a table of CSV text. `name` stands in findings. The rows live in `arena`. Cells that break
 *  the rules of their columns, and a header without `model` or `chip`, are reported.
 *  @return false after reporting. */
bool tb_observations_read(tb_arena *arena, const char *name, const char *text, size_t length,
                          struct tb_observations *out, tb_diags *diags);

#endif
