/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "report/format.h"

void tb_table_init(struct tb_table *table, const struct tb_column *columns, size_t n_columns)
{
    *table = (struct tb_table){.columns = columns, .n_columns = n_columns};
}

void tb_table_free(struct tb_table *table)
{
    for (size_t i = 0; i < table->n_rows * table->n_columns; ++i) {
        free((char *)table->cells[i].text);
    }
    free(table->cells);
    *table = (struct tb_table){0};
}

static bool grow(struct tb_table *table)
{
    if (table->n_rows < table->capacity) {
        return true;
    }
    const size_t capacity = table->capacity > 0 ? 2 * table->capacity : 16;
    struct tb_cell *cells =
        realloc(table->cells, capacity * table->n_columns * sizeof *table->cells);
    if (cells == NULL) {
        return false;
    }
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

/** What text shows for a cell, in new memory. */
static char *cell_text(const struct tb_column *column, const struct tb_cell *cell)
{
    struct tb_text text = {0};
    if (column->dim == TB_TABLE_TEXT || cell->text != NULL) {
        tb_text_add(&text, cell->text != NULL ? cell->text : "");
    } else if (isfinite(cell->value)) {
        tb_quantity_write(&text, cell->value, (enum tb_dim)column->dim, 3);
    } else {
        tb_text_add(&text, "-");
    }
    return tb_text_take(&text);
}

void tb_table_row(struct tb_table *table, const struct tb_cell *cells)
{
    if (table->failed || !grow(table)) {
        table->failed = true;
        return;
    }
    struct tb_cell *row = table->cells + table->n_rows * table->n_columns;
    for (size_t i = 0; i < table->n_columns; ++i) {
        row[i].value = cells[i].value;
        row[i].text = cell_text(&table->columns[i], &cells[i]);
        table->failed = table->failed || row[i].text == NULL;
    }
    ++table->n_rows;
}

static const struct tb_cell *cell_at(const struct tb_table *table, size_t row, size_t column)
{
    return &table->cells[row * table->n_columns + column];
}

static void measure(const struct tb_table *table, bool bare, size_t widths[TB_TABLE_MAX_COLUMNS])
{
    for (size_t c = 0; c < table->n_columns; ++c) {
        widths[c] = bare ? 0 : tb_utf8_width(table->columns[c].head);
        for (size_t r = 0; r < table->n_rows; ++r) {
            const size_t width = tb_utf8_width(cell_at(table, r, c)->text);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

/** Widest word of the last column: from where on it can hang in its own column. */
static size_t longest_word(const struct tb_table *table)
{
    size_t longest = 0;
    for (size_t r = 0; r < table->n_rows; ++r) {
        const char *text = cell_at(table, r, table->n_columns - 1)->text;
        while (*text != '\0') {
            const size_t length = strcspn(text, " ");
            longest = length > longest ? length : longest;
            text += length + strspn(text + length, " ");
        }
    }
    return longest;
}

static void write_line(struct tb_text *out, const struct tb_table *table, size_t row,
                       const size_t *widths, size_t indent)
{
    const bool head = row == table->n_rows;
    size_t at = indent;
    const size_t hang = longest_word(table);
    tb_pad(out, indent);
    for (size_t c = 0; c < table->n_columns; ++c) {
        const char *text = head ? table->columns[c].head : cell_at(table, row, c)->text;
        const size_t width = tb_utf8_width(text);
        const bool last = c + 1 == table->n_columns;
        const bool right = table->columns[c].right;
        tb_pad(out, right ? widths[c] - width : 0);
        if (last && !right) {
            tb_wrap(out, text, at, at + hang < TB_REPORT_WIDTH ? at : indent + 4);
            return;
        }
        tb_text_add(out, text);
        tb_pad(out, last ? 0 : (right ? 2 : widths[c] - width + 2));
        at += widths[c] + 2;
    }
    tb_text_add(out, "\n");
}

/** Trailing blanks of the last line are cut: an empty last cell leaves its padding. */
static void trim_line(struct tb_text *out)
{
    size_t end = out->length;
    while (end >= 2 && out->data[end - 1] == '\n' && out->data[end - 2] == ' ') {
        out->data[end - 2] = '\n';
        out->data[end - 1] = '\0';
        out->length = --end;
    }
}

void tb_table_write(struct tb_text *out, const struct tb_table *table, size_t indent, bool bare)
{
    size_t widths[TB_TABLE_MAX_COLUMNS] = {0};
    if (table->failed) {
        out->failed = true;
        return;
    }
    measure(table, bare, widths);
    if (!bare) {
        write_line(out, table, table->n_rows, widths, indent);
        trim_line(out);
    }
    for (size_t r = 0; r < table->n_rows; ++r) {
        write_line(out, table, r, widths, indent);
        trim_line(out);
    }
}

void tb_field_write(struct tb_text *out, const char *text, char separator)
{
    if (separator == '\t') {
        /* A tab or a line break inside a field would end it: tsv has no quotes. */
        for (; *text != '\0'; ++text) {
            tb_text_add_n(out, *text == '\t' || *text == '\n' || *text == '\r' ? " " : text, 1);
        }
        return;
    }
    if (strpbrk(text, ",\"\r\n") == NULL) {
        tb_text_add(out, text);
        return;
    }
    tb_text_add(out, "\"");
    for (; *text != '\0'; ++text) {
        tb_text_add_n(out, text, 1);
        if (*text == '"') {
            tb_text_add(out, "\"");
        }
    }
    tb_text_add(out, "\"");
}

void tb_table_write_separated(struct tb_text *out, const struct tb_table *table, char separator)
{
    out->failed = out->failed || table->failed;
    for (size_t c = 0; c < table->n_columns; ++c) {
        tb_text_add_n(out, &separator, c > 0);
        tb_text_add(out, table->columns[c].key);
    }
    tb_text_add(out, "\n");
    for (size_t r = 0; r < table->n_rows && !out->failed; ++r) {
        for (size_t c = 0; c < table->n_columns; ++c) {
            const struct tb_cell *cell = cell_at(table, r, c);
            tb_text_add_n(out, &separator, c > 0);
            if (table->columns[c].dim == TB_TABLE_TEXT) {
                tb_field_write(out, cell->text, separator);
            } else if (isfinite(cell->value)) {
                tb_number_write(out, cell->value, 17);
            }
        }
        tb_text_add(out, "\n");
    }
}

json_t *tb_table_json(const struct tb_table *table)
{
    json_t *rows = json_array();
    for (size_t r = 0; r < table->n_rows; ++r) {
        json_t *row = json_object();
        for (size_t c = 0; c < table->n_columns; ++c) {
            const struct tb_cell *cell = cell_at(table, r, c);
            const bool text = table->columns[c].dim == TB_TABLE_TEXT;
            json_object_set_new(row, table->columns[c].key,
                                text ? json_string(cell->text) : tb_json_number(cell->value));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

void tb_table_form(struct tb_text *out, const struct tb_table *table,
                   const struct tb_report_options *options, const char *schema)
{
    if (table->failed) {
        out->failed = true;
    } else if (options->form == TB_FORM_TEXT) {
        tb_table_write(out, table, 0, false);
    } else if (options->form == TB_FORM_CSV || options->form == TB_FORM_TSV) {
        tb_table_write_separated(out, table, options->form == TB_FORM_CSV ? ',' : '\t');
    } else {
        json_t *object = json_object();
        json_object_set_new(object, "schema", json_string(schema));
        json_object_set_new(object, "rows", tb_table_json(table));
        tb_json_write(out, object, options->form == TB_FORM_JSON);
    }
}
