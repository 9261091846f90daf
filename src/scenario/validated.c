/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/validated.h"

#include "base/number.h"
#include "numeric/quantile.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* JSON has no NaN: what is unknown is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *row_object(const struct tb_validated *r)
{
    return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:s,s:s,s:s?,s:s?,s:s?,s:b}", "row", r->row,
                     "measured", number(r->measured), "predicted", number(r->predicted), "low",
                     number(r->low), "high", number(r->high), "ratio",
                     number(r->predicted / r->measured), "status", r->skipped ? "skipped" : "ok",
                     "reason", r->skipped ? r->skipped : "", "scope", r->scope, "basis", r->basis,
                     "unit", r->unit, "inside", r->inside);
}

static json_t *summary_object(const struct tb_validated_summary *s)
{
    return json_pack("{s:s,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "group", s->group, "n",
                     (json_int_t)s->n, "skipped", (json_int_t)s->skipped, "median_abs_error",
                     number(s->median_abs_error), "mape", number(s->mape), "p90_abs_error",
                     number(s->p90_abs_error), "bias", number(s->bias), "coverage",
                     number(s->coverage), "median_factor", number(s->median_factor), "p80_factor",
                     number(s->p80_factor), "p95_factor", number(s->p95_factor));
}

static bool in_group(const struct tb_validated *row, const char *group)
{
    for (int g = 0; g < TB_VALIDATED_GROUPS && row->group[g]; g++)
        if (strcmp(row->group[g], group) == 0)
            return true;
    return false;
}

/* Room for the errors of one group. */
struct errors {
    double *absolute, *factor;
};

static void summarise(const struct tb_validated *rows, size_t n, struct errors *e,
                      struct tb_validated_summary *s)
{
    static const double at[] = {0.5, 0.8, 0.9, 0.95};
    double q[4] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    double f[4] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    double sum = 0.0;
    double sum_absolute = 0.0;
    size_t inside = 0;
    for (size_t i = 0; i < n; i++) {
        if (!in_group(&rows[i], s->group))
            continue;
        if (rows[i].skipped) {
            s->skipped++;
            continue;
        }
        double error = rows[i].predicted / rows[i].measured - 1.0;
        e->absolute[s->n] = fabs(error);
        e->factor[s->n++] = exp(fabs(log1p(error)));
        sum += error;
        sum_absolute += fabs(error);
        inside += rows[i].inside;
    }
    if (s->n > 0) {
        tb_quantiles(e->absolute, s->n, at, 4, q);
        tb_quantiles(e->factor, s->n, at, 4, f);
    }
    double count = s->n > 0 ? (double)s->n : (double)NAN;
    s->median_abs_error = q[0];
    s->p90_abs_error = q[2];
    s->median_factor = f[0];
    s->p80_factor = f[1];
    s->p95_factor = f[3];
    s->mape = sum_absolute / count;
    s->bias = sum / count;
    s->coverage = (double)inside / count;
}

static bool seen(const struct tb_validated_summary *list, size_t n, const char *group)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].group, group) == 0)
            return true;
    return false;
}

bool tb_validated_summarise(tb_arena *arena, const struct tb_validated *rows, size_t n,
                            struct tb_validated_summary **out, size_t *n_out)
{
    struct errors e = {tb_arena_alloc(arena, (n + 1) * sizeof(double)),
                       tb_arena_alloc(arena, (n + 1) * sizeof(double))};
    struct tb_validated_summary *list =
        tb_arena_alloc(arena, (n * TB_VALIDATED_GROUPS + 1) * sizeof *list);
    size_t groups = 0;
    if (!e.absolute || !e.factor || !list)
        return false;
    for (int g = 0; g < TB_VALIDATED_GROUPS; g++)
        for (size_t i = 0; i < n; i++)
            if (rows[i].group[g] && !seen(list, groups, rows[i].group[g]))
                list[groups++] = (struct tb_validated_summary){.group = rows[i].group[g]};
    for (size_t g = 0; g < groups; g++)
        summarise(rows, n, &e, &list[g]);
    *out = list;
    *n_out = groups;
    return true;
}

static void write_json(struct tb_text *out, const struct tb_validated *rows, size_t n,
                       const struct tb_validated_summary *s, size_t groups)
{
    json_t *row_list = json_array();
    json_t *summary = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(row_list, row_object(&rows[i]));
    for (size_t g = 0; g < groups; g++)
        json_array_append_new(summary, summary_object(&s[g]));
    json_t *root = json_pack("{s:s,s:o,s:o}", "schema", "trainbudget.validation/1", "rows",
                             row_list, "summary", summary);
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (text)
        tb_text_add(out, text);
    else
        out->failed = true;
    tb_text_add(out, "\n");
    free(text);
    json_decref(root);
}

static void write_field(struct tb_text *out, const char *text, char comma)
{
    if (comma == '\t' || !strpbrk(text, ",\"\n")) {
        tb_text_add(out, text);
        return;
    }
    tb_text_add(out, "\"");
    for (const char *at = text; *at; at++)
        tb_text_addf(out, *at == '"' ? "\"%c" : "%c", *at);
    tb_text_add(out, "\"");
}

static void write_separated(struct tb_text *out, const struct tb_validated *rows, size_t n,
                            char comma)
{
    static const char *const names[] = {"row",  "measured", "predicted", "low",
                                        "high", "ratio",    "status",    "reason"};
    for (size_t i = 0; i < 8; i++)
        tb_text_addf(out, "%s%c", names[i], i < 7 ? comma : '\n');
    for (size_t i = 0; i < n; i++) {
        const struct tb_validated *r = &rows[i];
        const double values[] = {r->measured, r->predicted, r->low, r->high,
                                 r->predicted / r->measured};
        write_field(out, r->row, comma);
        for (size_t k = 0; k < 5; k++) {
            tb_text_addf(out, "%c", comma);
            if (isfinite(values[k]))
                tb_number_write(out, values[k], 17);
        }
        tb_text_addf(out, "%c%s%c", comma, r->skipped ? "skipped" : "ok", comma);
        write_field(out, r->skipped ? r->skipped : "", comma);
        tb_text_add(out, "\n");
    }
}

static void write_cell(struct tb_text *out, double value, enum tb_dim dim, int width)
{
    struct tb_text cell = {0};
    tb_quantity_write(&cell, value, dim, 3);
    tb_text_addf(out, "  %*s", width, cell.failed ? "" : cell.data);
    out->failed = out->failed || cell.failed;
    tb_text_free(&cell);
}

static void write_row(struct tb_text *out, const struct tb_validated *r)
{
    const char *sign = !r->bound ? "" : strstr(r->bound, "most") ? "<" : ">";
    tb_text_addf(out, "%-46s %-8s %1s", r->row, r->scope ? r->scope : "", sign);
    write_cell(out, r->measured, r->dim, 13);
    if (r->skipped) {
        tb_text_addf(out, "  %s\n", r->skipped);
        return;
    }
    write_cell(out, r->predicted, r->dim, 13);
    write_cell(out, r->low, r->dim, 13);
    write_cell(out, r->high, r->dim, 13);
    tb_text_addf(out, "  %5.2f  %-6s  %s\n", r->predicted / r->measured, r->inside ? "yes" : "no",
                 r->basis ? r->basis : "");
}

static void write_rows(struct tb_text *out, const struct tb_validated *rows, size_t n)
{
    tb_text_addf(out, "%-46s %-8s %16s  %13s  %13s  %13s  ratio  inside  basis\n", "figure",
                 "scope", "published", "estimate", "P5", "P95");
    for (size_t i = 0; i < n; i++)
        write_row(out, &rows[i]);
    tb_text_add(out, "\n");
}

static void write_groups(struct tb_text *out, const struct tb_validated_summary *s, size_t groups)
{
    tb_text_add(out, "group                       rows  skipped  factor: median   80 %   95 %"
                     "    bias  in range\n");
    for (size_t g = 0; g < groups; g++) {
        tb_text_addf(out, "%-26s %5zu %8zu", s[g].group, s[g].n, s[g].skipped);
        if (s[g].n > 0)
            tb_text_addf(out, "          %6.2f %6.2f %6.2f %+5.0f %% %7.0f %%", s[g].median_factor,
                         s[g].p80_factor, s[g].p95_factor, 100.0 * s[g].bias,
                         100.0 * s[g].coverage);
        tb_text_add(out, "\n");
    }
}

char *tb_validated_write(tb_arena *arena, const struct tb_validated *rows, size_t n,
                         enum tb_form form, bool listed)
{
    struct tb_text out = {0};
    struct tb_validated_summary *summaries;
    size_t groups;
    if (!tb_validated_summarise(arena, rows, n, &summaries, &groups))
        return NULL;
    if (form == TB_FORM_JSON || form == TB_FORM_JSONL) {
        write_json(&out, rows, n, summaries, groups);
    } else if (form == TB_FORM_CSV || form == TB_FORM_TSV) {
        write_separated(&out, rows, n, form == TB_FORM_CSV ? ',' : '\t');
    } else {
        if (listed)
            write_rows(&out, rows, n);
        write_groups(&out, summaries, groups);
    }
    return tb_text_take(&out);
}
