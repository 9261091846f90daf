/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/validate.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "scenario/fit_constants.h"
#include "scenario/fit_errors.h"

static void predict(const struct tb_constants *constants, const struct tb_case *c,
                    struct tb_check *check)
{
    *check = (struct tb_check){c, (double)NAN, (double)NAN, (double)NAN, 2, 1.0};
    if (c->skipped)
        return;
    struct tb_perf perf;
    struct tb_step_out out;
    double low;
    double high;
    check->known = tb_case_perf(constants, c, &perf);
    check->predicted = tb_case_predict(c, &perf, &out);
    check->stray = perf.stray;
    const struct tb_range_key key = {c->moe, check->known, perf.stray};
    tb_constants_range(constants, &key, &low, &high);
    check->low = low * check->predicted;
    check->high = high * check->predicted;
}

/* JSON has no NaN: what is unknown is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *row_number(const struct tb_observation *row)
{
    if (row->row == floor(row->row))
        return json_integer((json_int_t)row->row);
    return number(row->row);
}

static json_t *row_object(const struct tb_check *c)
{
    const struct tb_case *item = c->item;
    bool ok = c->predicted > 0.0;
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:s,s:s,s:s}", "row", row_number(item->row),
                     "measured", number(item->measured), "predicted", number(c->predicted), "low",
                     number(c->low), "high", number(c->high), "ratio",
                     number(c->predicted / item->measured), "status", ok ? "ok" : "skipped",
                     "reason", item->skipped ? item->skipped : "", "stack",
                     item->stack ? item->stack->id : "", "defaults", item->defaults);
}

static json_t *summary_object(const struct tb_check_summary *s)
{
    return json_pack("{s:s,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "group", s->group, "n", (json_int_t)s->n,
                     "skipped", (json_int_t)s->skipped, "median_abs_error",
                     number(s->median_abs_error), "mape", number(s->mape), "p90_abs_error",
                     number(s->p90_abs_error), "bias", number(s->bias), "coverage",
                     number(s->coverage));
}

static void write_json(struct tb_text *out, const struct tb_check *checks, size_t n,
                       const struct tb_check_summary *s, size_t groups)
{
    json_t *rows = json_array();
    json_t *summary = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(rows, row_object(&checks[i]));
    for (size_t g = 0; g < groups; g++)
        json_array_append_new(summary, summary_object(&s[g]));
    json_t *root = json_pack("{s:s,s:o,s:o}", "schema", "trainbudget.validation/1", "rows", rows,
                             "summary", summary);
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (text)
        tb_text_add(out, text);
    else
        out->failed = true;
    tb_text_add(out, "\n");
    free(text);
    json_decref(root);
}

static void write_rows(struct tb_text *out, const struct tb_check *checks, size_t n, char comma)
{
    static const char *const names[] = {"row",  "measured", "predicted", "low",
                                        "high", "ratio",    "status",    "reason"};
    for (size_t i = 0; i < 8; i++)
        tb_text_addf(out, "%s%c", names[i], i < 7 ? comma : '\n');
    for (size_t i = 0; i < n; i++) {
        const struct tb_check *c = &checks[i];
        bool ok = c->predicted > 0.0;
        tb_text_addf(out, "%g%c", c->item->row->row, comma);
        if (isfinite(c->item->measured))
            tb_text_addf(out, "%.6g", c->item->measured);
        if (ok)
            tb_text_addf(out, "%c%.6g%c%.6g%c%.6g%c%.4f%cok%c\n", comma, c->predicted, comma,
                         c->low, comma, c->high, comma, c->predicted / c->item->measured, comma,
                         comma);
        else
            tb_text_addf(out, "%c%c%c%c%cskipped%c\"%s\"\n", comma, comma, comma, comma, comma,
                         comma, c->item->skipped ? c->item->skipped : "");
    }
}

static void write_text(struct tb_text *out, const struct tb_check_summary *s, size_t groups)
{
    tb_text_add(out, "Predicted against measured tokens per second per chip\n\n"
                     "group                            rows  skipped  median   mean    P90   bias"
                     "  in range\n");
    for (size_t g = 0; g < groups; g++) {
        tb_text_addf(out, "%-32s %5zu %8zu", s[g].group, s[g].n, s[g].skipped);
        if (s[g].n > 0)
            tb_text_addf(out, "  %4.1f %%  %4.1f %%  %4.1f %%  %+4.1f %%  %4.0f %%",
                         100.0 * s[g].median_abs_error, 100.0 * s[g].mape,
                         100.0 * s[g].p90_abs_error, 100.0 * s[g].bias, 100.0 * s[g].coverage);
        tb_text_add(out, "\n");
    }
}

static char *validate(tb_arena *arena, tb_data *data, const struct tb_fit_table *table,
                      enum tb_form form, tb_diags *diags)
{
    struct tb_observations rows;
    struct tb_cases cases;
    struct tb_check_summary *summaries;
    size_t groups;
    struct tb_text out = {0};
    const struct tb_constants *constants = tb_data_constants(data, diags);
    if (!constants ||
        !tb_observations_read(arena, table->name, table->text, table->length, &rows, diags))
        return NULL;
    struct tb_check *checks = tb_arena_alloc(arena, (rows.n + 1) * sizeof *checks);
    if (!checks || tb_cases_resolve(arena, data, &rows, &cases, diags) != TB_OK)
        return NULL;
    for (size_t i = 0; i < cases.n; i++)
        predict(constants, &cases.item[i], &checks[i]);
    if (!tb_check_summaries(arena, checks, cases.n, &summaries, &groups))
        return NULL;
    if (form == TB_FORM_JSON || form == TB_FORM_JSONL)
        write_json(&out, checks, cases.n, summaries, groups);
    else if (form == TB_FORM_CSV || form == TB_FORM_TSV)
        write_rows(&out, checks, cases.n, form == TB_FORM_CSV ? ',' : '\t');
    else
        write_text(&out, summaries, groups);
    return tb_text_take(&out);
}

char *tb_validate_throughput(tb_data *data, const struct tb_fit_table *table, enum tb_form form,
                             tb_diags *diags)
{
    tb_arena *arena = tb_arena_new();
    char *text = arena ? validate(arena, data, table, form, diags) : NULL;
    if (!text && tb_diags_status(diags) == TB_OK)
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    tb_arena_free(arena);
    return text;
}
