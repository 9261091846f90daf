/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/fit_table.h"

#include "scenario/table.h"

#include <csv.h>
#include <math.h>
#include <string.h>

#include "base/number.h"

#define MOST_COLUMNS 256

struct column {
    const char *name;
    size_t offset;
    bool number;
};

static const struct column columns[] = {
#define TB_OBS_TEXT(name) {#name, offsetof(struct tb_observation, name), false},
#define TB_OBS_NUMBER(name) {#name, offsetof(struct tb_observation, name), true},
#include "scenario/fit_columns.def"
#undef TB_OBS_TEXT
#undef TB_OBS_NUMBER
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

struct reader {
    tb_arena *arena;
    const char *name;
    struct tb_observations *out;
    size_t capacity;
    tb_diags *diags;
    enum tb_status status;
    int map[MOST_COLUMNS]; /* cell -> column, -1: ignored */
    int width;             /* columns of the header */
    int cell;
    int line;
    bool header_read;
    struct tb_observation row;
};

static void fail(struct reader *r, enum tb_code code, const char *found, const char *message)
{
    struct tb_finding finding = {.pos = {r->name, r->line, r->cell + 1}, .found = found};
    enum tb_status status = tb_diag_add(r->diags, code, &finding, "%s", message);
    if (r->status == TB_OK)
        r->status = status;
}

static void blank_row(struct reader *r)
{
    r->row = (struct tb_observation){.line = r->line};
    for (size_t i = 0; i < COLUMNS; i++) {
        char *at = (char *)&r->row + columns[i].offset;
        if (columns[i].number)
            *(double *)(void *)at = (double)NAN;
        else
            *(const char **)(void *)at = "";
    }
}

static void read_header(struct reader *r, const char *text)
{
    if (r->cell >= MOST_COLUMNS) {
        fail(r, TB_CSV_SYNTAX, NULL, "too many columns");
        return;
    }
    r->map[r->cell] = -1;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (strcmp(text, columns[i].name) != 0)
            continue;
        for (int k = 0; k < r->cell; k++) {
            if (r->map[k] == (int)i)
                fail(r, TB_CSV_SYNTAX, text, "a column that stands twice");
        }
        r->map[r->cell] = (int)i;
    }
}

static void read_cell(struct reader *r, const char *text)
{
    if (r->cell >= r->width) {
        fail(r, TB_CSV_SYNTAX, text, "a cell beyond the columns of the header");
        return;
    }
    int at = r->map[r->cell];
    if (at < 0 || text[0] == '\0')
        return;
    char *field = (char *)&r->row + columns[at].offset;
    if (!columns[at].number) {
        const char *copy = tb_arena_strdup(r->arena, text);
        if (!copy)
            fail(r, TB_NO_MEMORY, NULL, "out of memory");
        else
            *(const char **)(void *)field = copy;
        return;
    }
    double value;
    const char *end;
    if (tb_number_read(text, &value, &end) && *end == '\0')
        *(double *)(void *)field = value;
    else
        fail(r, TB_NUMBER_SYNTAX, text, "a number is expected in this column");
}

static void on_cell(void *data, size_t length, void *context)
{
    struct reader *r = context;
    char *text = tb_arena_strndup(r->arena, data ? data : "", data ? length : 0);
    if (!text)
        fail(r, TB_NO_MEMORY, NULL, "out of memory");
    else if (!r->header_read)
        read_header(r, text);
    else
        read_cell(r, text);
    r->cell++;
}

static void keep_row(struct reader *r)
{
    if (r->out->n == r->capacity) {
        size_t more = r->capacity ? 2 * r->capacity : 256;
        struct tb_observation *rows = tb_arena_alloc(r->arena, more * sizeof *rows);
        if (!rows) {
            fail(r, TB_NO_MEMORY, NULL, "out of memory");
            return;
        }
        if (r->out->n > 0)
            memcpy(rows, r->out->row, r->out->n * sizeof *rows);
        r->out->row = rows;
        r->capacity = more;
    }
    if (isnan(r->row.row))
        r->row.row = (double)(r->out->n + 1);
    r->out->row[r->out->n++] = r->row;
}

static bool has_column(const struct reader *r, const char *name)
{
    for (int i = 0; i < r->cell && i < MOST_COLUMNS; i++) {
        if (r->map[i] >= 0 && strcmp(columns[r->map[i]].name, name) == 0)
            return true;
    }
    return false;
}

static void on_record(int last, void *context)
{
    struct reader *r = context;
    (void)last;
    if (!r->header_read) {
        r->header_read = true;
        r->width = r->cell;
        if (!has_column(r, "model") || !has_column(r, "chip"))
            fail(r, TB_CSV_SYNTAX, NULL, "the header needs the columns model and chip");
    } else if (r->cell > 1) {
        keep_row(r);
    }
    r->line++;
    r->cell = 0;
    blank_row(r);
}

enum tb_status tb_observations_read(tb_arena *arena, const char *name, const char *text,
                                    size_t length, struct tb_observations *out, tb_diags *diags)
{
    struct reader r = {.arena = arena, .name = name, .out = out, .diags = diags, .line = 1};
    struct csv_parser parser;
    *out = (struct tb_observations){0};
    blank_row(&r);
    if (!tb_table_is_text(name, text, length, diags))
        return TB_E_INPUT;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    const size_t mark = tb_table_mark(text, length);
    size_t done = mark + csv_parse(&parser, text + mark, length - mark, on_cell, on_record, &r);
    if (done != length || csv_fini(&parser, on_cell, on_record, &r) != 0)
        fail(&r, TB_CSV_SYNTAX, NULL, csv_strerror(csv_error(&parser)));
    csv_free(&parser);
    if (r.status == TB_OK && !r.header_read)
        fail(&r, TB_TEXT_EMPTY, NULL, "a table needs a header");
    return r.status;
}
