/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/table.h"

#include "base/number.h"
#include "base/text.h"

#include <csv.h>
#include <math.h>
#include <string.h>

enum { MOST_CELLS = 1 << 22 };

#define TABLE "comma-separated values with one header line"
#define BLANKS " \t"

/* What the callbacks of libcsv share. */
struct reading {
    tb_arena *arena;
    tb_diags *diags;
    struct tb_table *out;
    const char **cell; /* all of them, the header's first */
    int *line;
    size_t n_cells, n_rows; /* the header is one */
    size_t width;           /* cells of the row so far */
    int at, begins;         /* line that is being read, line where its row begins */
    bool inside;            /* a row has begun */
    bool failed, stopped;
};

static void fail(struct reading *r, enum tb_code code, const struct tb_finding *finding,
                 const char *message)
{
    tb_diag_add(r->diags, code, finding, "%s", message);
    r->failed = true;
}

static struct tb_pos place(const struct reading *r, size_t cell)
{
    return (struct tb_pos){r->out->name, r->begins, (int)cell + 1};
}

static void stop(struct reading *r, enum tb_code code, const struct tb_finding *finding,
                 const char *message)
{
    if (!r->stopped)
        fail(r, code, finding, message);
    r->stopped = true;
}

/* Room for one more behind `n` items. It doubles at the powers of two, as nothing else is full. */
static void *with_room(tb_arena *arena, void *items, size_t n, size_t size)
{
    if ((n & (n - 1)) != 0)
        return items;
    void *more = tb_arena_alloc(arena, (n ? 2 * n : 1) * size);
    if (more && n)
        memcpy(more, items, n * size);
    return more;
}

static void on_cell(void *data, size_t length, void *context)
{
    struct reading *r = context;
    const struct tb_finding finding = {.pos = place(r, r->width)};
    r->width++;
    if (r->n_cells == MOST_CELLS)
        stop(r, TB_CSV_SYNTAX, &finding, "too many cells");
    if (r->stopped)
        return;
    const char **cell = with_room(r->arena, r->cell, r->n_cells, sizeof *cell);
    const char *copy = tb_arena_strndup(r->arena, data ? data : "", data ? length : 0);
    if (!cell || !copy) {
        stop(r, TB_NO_MEMORY, NULL, "out of memory");
        return;
    }
    r->cell = cell;
    r->cell[r->n_cells++] = copy;
}

/* An empty name names nothing and may stand as often as it likes. */
static void check_header(struct reading *r)
{
    r->out->n_columns = r->width;
    for (size_t i = 0; i < r->width; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct tb_finding finding = {.pos = place(r, i), .found = r->cell[i]};
            if (r->cell[i][0] && strcmp(r->cell[i], r->cell[k]) == 0)
                fail(r, TB_CSV_SYNTAX, &finding, "a column that stands twice");
        }
    }
}

static void check_width(struct reading *r)
{
    const size_t wanted = r->out->n_columns;
    if (r->width == wanted)
        return;
    const char *found = tb_arena_printf(r->arena, "%zu cells", r->width);
    const char *accepted = tb_arena_printf(r->arena, "%zu, as in the header", wanted);
    const struct tb_finding finding = {.pos = place(r, r->width < wanted ? r->width : wanted),
                                       .found = found,
                                       .accepted = accepted};
    fail(r, TB_CSV_SYNTAX, &finding, "a row of another width than the header");
}

static void on_row(int end, void *context)
{
    struct reading *r = context;
    (void)end;
    if (r->stopped)
        return;
    int *line = with_room(r->arena, r->line, r->n_rows, sizeof *line);
    if (!line) {
        stop(r, TB_NO_MEMORY, NULL, "out of memory");
        return;
    }
    r->line = line;
    r->line[r->n_rows++] = r->begins;
    if (r->n_rows == 1)
        check_header(r);
    else
        check_width(r);
    r->width = 0;
    r->inside = false;
}

/* Spreadsheets put U+FEFF before UTF-8 text. */
static size_t mark_length(const char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t bytes = sizeof mark - 1;
    return length >= bytes && memcmp(text, mark, bytes) == 0 ? bytes : 0;
}

/* Up to and with its end: LF, CR LF or CR. */
static size_t line_length(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && text[n] != '\n' && text[n] != '\r')
        n++;
    if (n + 1 < length && text[n] == '\r' && text[n + 1] == '\n')
        n++;
    return n < length ? n + 1 : n;
}

static bool is_blank_line(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!memchr(BLANKS "\r\n", text[i], 4))
            return false;
    return true;
}

/* libcsv knows no lines: it is handed one at a time. A quoted cell may hold several. */
static bool parse(struct reading *r, struct csv_parser *parser, const char *text, size_t length)
{
    for (size_t done = 0; done < length && !r->stopped; r->at++) {
        const size_t n = line_length(text + done, length - done);
        if (!r->inside) {
            r->begins = r->at;
            r->inside = !is_blank_line(text + done, n);
        }
        if (csv_parse(parser, text + done, n, on_cell, on_row, r) != n)
            return false;
        done += n;
    }
    return r->stopped || csv_fini(parser, on_cell, on_row, r) == 0;
}

static size_t count(const char *text, size_t length, char mark)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += text[i] == mark;
    return n;
}

/* Semicolons are what spreadsheets write where the comma is the decimal point, tabs what is copied
 * from them. No name of a column has either. */
static bool has_commas(struct reading *r, const char *text, size_t length)
{
    size_t header = line_length(text, length);
    for (r->begins = 1; header > 0 && is_blank_line(text, header); r->begins++) {
        text += header;
        length -= header;
        header = line_length(text, length);
    }
    const size_t semicolons = count(text, header, ';');
    const size_t tabs = count(text, header, '\t');
    const size_t commas = count(text, header, ',');
    if (semicolons <= commas && tabs <= commas)
        return true;
    const struct tb_finding finding = {.pos = {r->out->name, r->begins, 0},
                                       .found = tabs > semicolons ? "tabs" : "semicolons",
                                       .accepted = "commas, and decimal points in numbers",
                                       .remedy = "save it as " TABLE};
    fail(r, TB_CSV_SYNTAX, &finding, "the columns are not separated by commas");
    return false;
}

static void read_rows(struct reading *r, const char *text, size_t length)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        stop(r, TB_NO_MEMORY, NULL, "out of memory");
        return;
    }
    const bool parsed = parse(r, &parser, text, length);
    const struct tb_finding finding = {.pos = place(r, r->width), .accepted = TABLE};
    if (!parsed && csv_error(&parser) == CSV_EPARSE)
        stop(r, TB_CSV_SYNTAX, &finding, "a quote that is not closed or stands alone");
    else if (!parsed)
        stop(r, TB_NO_MEMORY, NULL, "out of memory");
    csv_free(&parser);
}

static bool is_utf8(const char *name, const char *text, size_t length, tb_diags *diags)
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
    if (!is_utf8(name, text, length, diags))
        return false;
    const size_t mark = mark_length(text, length);
    struct reading r = {.arena = arena, .diags = diags, .out = out, .at = 1};
    if (!has_commas(&r, text + mark, length - mark))
        return false;
    read_rows(&r, text + mark, length - mark);
    const struct tb_finding finding = {.pos = {name, r.n_rows ? r.line[0] : 0, 0},
                                       .accepted = "a header line and rows below it"};
    if (!r.failed && r.n_rows < 2)
        fail(&r, r.n_rows ? TB_CSV_SYNTAX : TB_TEXT_EMPTY, &finding,
             r.n_rows ? "a header without rows" : "an empty table");
    if (r.failed)
        return false;
    out->n_rows = r.n_rows - 1;
    out->column = r.cell;
    out->cell = r.cell + out->n_columns;
    out->line = r.line + 1;
    return true;
}

size_t tb_table_column(const struct tb_table *table, const char *name)
{
    size_t i = 0;
    while (i < table->n_columns && strcmp(table->column[i], name) != 0)
        i++;
    return i;
}

bool tb_table_has(const struct tb_table *table, const char *column)
{
    return tb_table_column(table, column) < table->n_columns;
}

const char *tb_table_text_at(const struct tb_table *table, size_t row, size_t column)
{
    return column < table->n_columns ? table->cell[row * table->n_columns + column] : "";
}

const char *tb_table_text(const struct tb_table *table, size_t row, const char *column)
{
    return tb_table_text_at(table, row, tb_table_column(table, column));
}

static double read_number(const char *text)
{
    double value;
    const char *end;
    if (!tb_number_read(text + strspn(text, BLANKS), &value, &end))
        return (double)NAN;
    return end[strspn(end, BLANKS)] == '\0' ? value : (double)NAN;
}

double tb_table_number_at(const struct tb_table *table, size_t row, size_t column)
{
    return read_number(tb_table_text_at(table, row, column));
}

double tb_table_number(const struct tb_table *table, size_t row, const char *column)
{
    return tb_table_number_at(table, row, tb_table_column(table, column));
}

static const struct {
    double above, least, most;
    const char *text;
} ranges[] = {[TB_CELL_ANY] = {-INFINITY, -INFINITY, INFINITY, "a number"},
              [TB_CELL_POSITIVE] = {0.0, 0.0, INFINITY, "a number above 0"},
              [TB_CELL_FROM_ZERO] = {-INFINITY, 0.0, INFINITY, "a number of at least 0"},
              [TB_CELL_SHARE] = {0.0, 0.0, 1.0, "a number above 0 and at most 1"},
              [TB_CELL_PART] = {-INFINITY, 0.0, 1.0, "a number from 0 to 1"}};

static bool accepts(enum tb_cell kind, double value)
{
    return value > ranges[kind].above && value >= ranges[kind].least && value <= ranges[kind].most;
}

static bool check_cell(const struct tb_table *table, size_t row, size_t column, enum tb_cell kind,
                       tb_diags *diags)
{
    const char *text = tb_table_text_at(table, row, column);
    const double value = read_number(text);
    if (text[strspn(text, BLANKS)] == '\0' || (isfinite(value) && accepts(kind, value)))
        return true;
    const struct tb_finding finding = {.pos = {table->name, table->line[row], (int)column + 1},
                                       .path = table->column[column],
                                       .found = text,
                                       .accepted = ranges[kind].text,
                                       .remedy = "leave blank what is not stated"};
    if (isfinite(value))
        tb_diag_add(diags, TB_NUMBER_RANGE, &finding, "the number is outside its range");
    else
        tb_diag_add(diags, TB_NUMBER_SYNTAX, &finding, "a number is expected in this column");
    return false;
}

bool tb_table_check(const struct tb_table *table, const struct tb_cell_rule *rules, size_t n,
                    tb_diags *diags)
{
    bool ok = true;
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t i = 0; i < n; i++) {
            const size_t column = tb_table_column(table, rules[i].column);
            ok = check_cell(table, row, column, rules[i].accepts, diags) && ok;
        }
    }
    return ok;
}
