/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "config_table.h"

#include <csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trainbudget/import.h"

enum column { MODEL_ID, FILE_NAME, TOTAL, ACTIVE, MTP, KIND, TOLERANCE, COLUMNS };

static const char *const names[COLUMNS] = {"model_id",      "config_file", "params_total",
                                           "params_active", "params_mtp",  "count_kind",
                                           "tolerance"};

struct reading {
    struct config_table *table;
    int column_of[COLUMNS]; /* -1: the table has none */
    int column;
    bool header_read, failed;
    char *cell[COLUMNS];
};

static char *copy(const char *text, size_t n)
{
    char *s = malloc(n + 1);
    if (s) {
        memcpy(s, text, n);
        s[n] = '\0';
    }
    return s;
}

static void on_cell(void *data, size_t n, void *context)
{
    struct reading *r = context;
    const char *text = data ? data : "";
    for (int c = 0; c < COLUMNS; c++) {
        if (!r->header_read && strlen(names[c]) == n && memcmp(names[c], text, n) == 0) {
            r->column_of[c] = r->column;
        }
        if (r->header_read && r->column_of[c] == r->column && !r->cell[c]) {
            r->cell[c] = copy(text, n);
        }
    }
    r->column++;
}

static double number(const char *text)
{
    char *end = NULL;
    double value = text && *text ? strtod(text, &end) : (double)NAN;
    return end && *end ? (double)NAN : value;
}

static void add_row(struct reading *r)
{
    struct config_table *t = r->table;
    struct config_row *grown = realloc(t->rows, (t->n + 1) * sizeof *grown);
    r->failed = r->failed || !grown || !r->cell[FILE_NAME] || !r->cell[MODEL_ID];
    if (r->failed) {
        return;
    }
    t->rows = grown;
    t->rows[t->n++] = (struct config_row){.model_id = r->cell[MODEL_ID],
                                          .file = r->cell[FILE_NAME],
                                          .kind = r->cell[KIND] ? r->cell[KIND] : copy("", 0),
                                          .total = number(r->cell[TOTAL]),
                                          .active = number(r->cell[ACTIVE]),
                                          .mtp = number(r->cell[MTP]),
                                          .tolerance = number(r->cell[TOLERANCE])};
    r->cell[MODEL_ID] = r->cell[FILE_NAME] = r->cell[KIND] = NULL;
}

static void on_row(int c, void *context)
{
    (void)c;
    struct reading *r = context;
    if (r->header_read) {
        add_row(r);
    }
    for (int i = 0; i < COLUMNS; i++) {
        free(r->cell[i]);
        r->cell[i] = NULL;
    }
    r->header_read = true;
    r->column = 0;
}

char *config_file_read(const char *path, size_t *length)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(2 * TB_CONFIG_MAX_BYTES) : NULL;
    *length = text ? fread(text, 1, 2 * TB_CONFIG_MAX_BYTES, f) : 0;
    if (f) {
        fclose(f);
    }
    return text;
}

bool config_table_read(const char *path, struct config_table *out)
{
    struct reading r = {.table = out, .column_of = {-1, -1, -1, -1, -1, -1, -1}};
    struct csv_parser parser;
    size_t length;
    char *text = config_file_read(path, &length);
    *out = (struct config_table){NULL, 0};
    if (!text || csv_init(&parser, CSV_STRICT) != 0) {
        free(text);
        return false;
    }
    r.failed = csv_parse(&parser, text, length, on_cell, on_row, &r) != length;
    csv_fini(&parser, on_cell, on_row, &r);
    csv_free(&parser);
    free(text);
    return !r.failed && r.column_of[FILE_NAME] >= 0 && r.column_of[TOTAL] >= 0;
}

void config_table_free(struct config_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        free(table->rows[i].model_id);
        free(table->rows[i].file);
        free(table->rows[i].kind);
    }
    free(table->rows);
}

static double off(double counted, double published)
{
    return counted / published - 1.0;
}

/** Active parameters are published with two digits at most and in different conventions: 1 %. */
static enum config_verdict judge(const struct config_row *row, const struct tb_config_counts *c,
                                 char line[512])
{
    bool coarse = strcmp(row->kind, "rounded") == 0 && isnan(row->tolerance);
    double tolerance = isnan(row->tolerance) ? 0.0 : row->tolerance;
    double active_tolerance = fmax(0.01, tolerance);
    snprintf(line, 512, "%s: total %.0f (published %.0f, %+.4f %%), active %.0f (%.0f)", row->file,
             c->params_total, row->total, 100.0 * off(c->params_total, row->total),
             c->params_active, row->active);
    if (coarse) {
        return CONFIG_ROUNDED;
    }
    bool total = fabs(off(c->params_total, row->total)) <= tolerance;
    bool active =
        isnan(row->active) || fabs(off(c->params_active, row->active)) <= active_tolerance;
    bool mtp =
        isnan(row->mtp) || c->params_mtp == 0.0 || fabs(off(c->params_mtp, row->mtp)) <= 5e-4;
    return total && active && mtp ? CONFIG_RIGHT : CONFIG_WRONG;
}

static enum config_verdict judge_refusal(const struct config_row *row, const tb_diags *diags,
                                         char line[512])
{
    const struct tb_diag *first = NULL;
    for (size_t i = 0; i < tb_diags_count(diags, TB_NOTE); i++) {
        const struct tb_diag *d = tb_diags_at(diags, i);
        first = !first && d->severity == TB_ERROR ? d : first;
    }
    char *text = first ? tb_diag_text(first) : NULL;
    snprintf(line, 512, "%s: refused: %s", row->file, text ? text : "without a reason");
    free(text);
    return isnan(row->total) && first && first->pos.line > 0 ? CONFIG_RIGHT : CONFIG_WRONG;
}

enum config_verdict config_row_check(const struct config_row *row, const char *dir, char line[512])
{
    char path[1024];
    size_t length;
    struct tb_config_counts counts;
    tb_diags *diags = tb_diags_new();
    snprintf(path, sizeof path, "%s/%s", dir, row->file);
    char *text = config_file_read(path, &length);
    enum config_verdict verdict = CONFIG_WRONG;
    if (!text || !diags) {
        snprintf(line, 512, "%s: cannot be read", row->file);
    } else if (tb_config_count(text, length, path, &counts, diags) != TB_OK) {
        verdict = judge_refusal(row, diags, line);
    } else {
        verdict = judge(row, &counts, line);
    }
    free(text);
    tb_diags_free(diags);
    return verdict;
}
