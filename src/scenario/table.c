/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/table.h"

#include "base/number.h"
#include "base/text.h"

#include <csv.h>
#include <math.h>
#include <string.h>

enum { MOST_CELLS = 1 << 20 };

/* What the callbacks of libcsv share: one pass counts, the next keeps. */
struct reading {
    tb_arena *arena;
    struct tb_table *out;
    size_t cells_in_row, rows, cells;
    size_t bad_row, bad_cells; /* first row of another width; 0: none */
    bool keep, failed;
};

static void on_cell(void *data, size_t length, void *context)
{
    struct reading *r = context;
    if (r->keep) {
        char *copy = tb_arena_strndup(r->arena, data ? data : "", length);
        r->failed = r->failed || !copy;
        if (r->rows == 0)
            r->out->column[r->cells_in_row] = copy;
        else
            r->out->cell[r->cells] = copy;
        r->cells += r->rows > 0;
    }
    r->cells_in_row++;
}

static void on_row(int end, void *context)
{
    struct reading *r = context;
    (void)end;
    if (!r->keep && r->rows == 0)
        r->out->n_columns = r->cells_in_row;
    if (!r->keep && r->cells_in_row != r->out->n_columns && r->bad_row == 0) {
        r->bad_row = r->rows + 1;
        r->bad_cells = r->cells_in_row;
    }
    r->rows++;
    r->cells_in_row = 0;
}

size_t tb_table_mark(const char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf";
    return length >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0 ? sizeof mark - 1
                                                                                 : 0;
}

static bool pass(struct reading *r, const char *text, size_t length, bool keep)
{
    struct csv_parser parser;
    r->keep = keep;
    r->rows = r->cells = r->cells_in_row = 0;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return false;
    bool ok = csv_parse(&parser, text, length, on_cell, on_row, r) == length &&
              csv_fini(&parser, on_cell, on_row, r) == 0;
    csv_free(&parser);
    return ok && !r->failed;
}

static bool bad_table(const char *name, size_t row, const char *message, tb_diags *diags)
{
    struct tb_finding finding = {.pos = {name, (int)row, 0},
                                 .accepted = "comma-separated values with one header line"};
    tb_diag_add(diags, TB_CSV_SYNTAX, &finding, "%s", message);
    return false;
}

bool tb_table_is_text(const char *name, const char *text, size_t length, tb_diags *diags)
{
    const size_t bad = tb_utf8_invalid_at(text, length);
    if (bad == length)
        return true;
    struct tb_finding finding = {.pos = {name, 1, 0}};
    for (size_t i = 0; i < bad; i++)
        finding.pos.line += text[i] == '\n';
    tb_diag_add(diags, TB_TEXT_NOT_UTF8, &finding, "the table is not UTF-8 text");
    return false;
}

bool tb_table_read(tb_arena *arena, const char *name, const char *text, size_t length,
                   struct tb_table *out, tb_diags *diags)
{
    *out = (struct tb_table){.name = name};
    if (!tb_table_is_text(name, text, length, diags))
        return false;
    const size_t mark = tb_table_mark(text, length);
    text += mark;
    length -= mark;
    struct reading r = {.arena = arena, .out = out};
    if (!pass(&r, text, length, false))
        return bad_table(name, r.rows + 1, "a quote that is not closed or stands alone", diags);
    if (r.bad_row)
        return bad_table(name, r.bad_row, "a row of another width than the header", diags);
    if (r.rows < 2 || r.rows * out->n_columns > MOST_CELLS)
        return bad_table(name, 0, r.rows < 2 ? "no rows" : "too many cells", diags);
    out->n_rows = r.rows - 1;
    out->column = tb_arena_alloc(arena, out->n_columns * sizeof *out->column);
    out->cell = tb_arena_alloc(arena, out->n_rows * out->n_columns * sizeof *out->cell);
    if (out->column && out->cell && pass(&r, text, length, true))
        return true;
    tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    return false;
}

static size_t find(const struct tb_table *table, const char *column)
{
    size_t i = 0;
    while (i < table->n_columns && strcmp(table->column[i], column) != 0)
        i++;
    return i;
}

bool tb_table_has(const struct tb_table *table, const char *column)
{
    return find(table, column) < table->n_columns;
}

const char *tb_table_text(const struct tb_table *table, size_t row, const char *column)
{
    size_t i = find(table, column);
    return i < table->n_columns ? table->cell[row * table->n_columns + i] : "";
}

double tb_table_number(const struct tb_table *table, size_t row, const char *column)
{
    double value;
    const char *end;
    const char *text = tb_table_text(table, row, column);
    return tb_number_read(text, &value, &end) && *end == '\0' ? value : (double)NAN;
}
