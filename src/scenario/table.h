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
};

/** Reads RFC 4180 text; every row needs as many cells as the header. Memory is in `arena`.
 *  @return false after reporting. */
bool tb_table_read(tb_arena *arena, const char *name, const char *text, size_t length,
                   struct tb_table *out, tb_diags *diags);

/** Refuses a table that is not UTF-8: its cells come back in reports. @return false after
 *  reporting the line. */
bool tb_table_is_text(const char *name, const char *text, size_t length, tb_diags *diags);

/** Bytes of the mark (U+FEFF) that spreadsheets put before UTF-8 text; 0: none. */
size_t tb_table_mark(const char *text, size_t length);

bool tb_table_has(const struct tb_table *table, const char *column);

/** A cell; "" when there is no such column. */
const char *tb_table_text(const struct tb_table *table, size_t row, const char *column);

/** A cell as a number; NaN when it is empty or not a number. */
double tb_table_number(const struct tb_table *table, size_t row, const char *column);

#endif
