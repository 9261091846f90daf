/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_TABLE_H
#define TB_SCENARIO_TABLE_H

#include "base/arena.h"
#include "base/diag.h"

/** A CSV table with a header line, all cells as text. */
struct tb_table {
    const char *name;
    size_t n_columns, n_rows;
    const char **column;
    const char **cell; /**< n_rows x n_columns */
    const int *line;   /**< of the file, where each row begins */
};

/** Reads RFC 4180 text in UTF-8, with or without a byte order mark; every row needs as many cells
 *  as the header, and no name stands in that twice. Blank lines are no rows. Memory is in `arena`.
 *  @return false after reporting all that is wrong, with line and cell. */
bool tb_table_read(tb_arena *arena, const char *name, const char *text, size_t length,
                   struct tb_table *out, tb_diags *diags);

/** @return the place of a column; `n_columns` when there is none of that name. */
size_t tb_table_column(const struct tb_table *table, const char *name);

bool tb_table_has(const struct tb_table *table, const char *column);

/** A cell; "" when there is no such column. */
const char *tb_table_text(const struct tb_table *table, size_t row, const char *column);

/** A cell as a number; NaN when it is blank, or is not a number, which tb_table_check refuses. */
double tb_table_number(const struct tb_table *table, size_t row, const char *column);

/** The same by the place of the column. */
const char *tb_table_text_at(const struct tb_table *table, size_t row, size_t column);
double tb_table_number_at(const struct tb_table *table, size_t row, size_t column);

/** Numbers that a column takes. */
enum tb_cell { TB_CELL_ANY, TB_CELL_POSITIVE, TB_CELL_FROM_ZERO, TB_CELL_SHARE, TB_CELL_PART };

struct tb_cell_rule {
    const char *column;
    enum tb_cell accepts;
};

/** Holds the cells of columns to rules. A blank is not stated and stands under every rule; what is
 *  no finite number, or one that the column does not take, is reported with line and cell.
 *  @return false after reporting all of them. */
bool tb_table_check(const struct tb_table *table, const struct tb_cell_rule *rules, size_t n,
                    tb_diags *diags);

/** Warns of each name of a column that stands in several rows, with their lines. Blanks are no
 * names.
 *  @return false after reporting that memory ran out. */
bool tb_table_say_twice(tb_arena *arena, const struct tb_table *table, const char *column,
                        tb_diags *diags);

#endif
