/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_REPORT_TABLE_H
#define TB_REPORT_TABLE_H

#include <jansson.h>

#include "base/text.h"
#include "base/units.h"
#include "trainbudget/report.h"

/** Rows and columns, written as aligned text, csv, tsv or JSON. */

enum { TB_TABLE_TEXT = -1, TB_TABLE_MAX_COLUMNS = 12, TB_REPORT_WIDTH = 80 };

struct tb_column {
    const char *head; /**< in text */
    const char *key;  /**< in csv, tsv and JSON */
    int dim;          /**< enum tb_dim of a numeric column (SI), or TB_TABLE_TEXT */
    bool right;       /**< align to the right in text */
};

/** text stands for itself; a numeric column holds `value`, NaN when unknown. */
struct tb_cell {
    const char *text;
    double value;
};

struct tb_table {
    const struct tb_column *columns;
    size_t n_columns;
    struct tb_cell *cells; /**< texts are owned */
    size_t n_rows, capacity;
    bool failed;
};

void tb_table_init(struct tb_table *table, const struct tb_column *columns, size_t n_columns);
void tb_table_free(struct tb_table *table);

/** Appends a row of n_columns cells; texts are copied, NULL is empty. */
void tb_table_row(struct tb_table *table, const struct tb_cell *cells);

/** Aligned columns behind `indent` spaces; a last text column wraps at 80 columns. Without heads
 *  when `bare`. */
void tb_table_write(struct tb_text *out, const struct tb_table *table, size_t indent, bool bare);

/** One line a row with a header line; numbers with 17 digits, unknown ones empty. */
void tb_table_write_separated(struct tb_text *out, const struct tb_table *table, char separator);

/** Array of objects; unknown numbers are null. */
json_t *tb_table_json(const struct tb_table *table);

/** A field of csv or tsv: quoted where the format needs it. */
void tb_field_write(struct tb_text *out, const char *text, char separator);

/** The table in the form of the options; `schema` names the JSON object around it. */
void tb_table_form(struct tb_text *out, const struct tb_table *table,
                   const struct tb_report_options *options, const char *schema);

#endif
