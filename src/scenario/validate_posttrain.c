/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/validate.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "numeric/quantile.h"
#include "preset/posttrain.h"
#include "scenario/posttrain_case.h"

#define Z95 1.6448536269514722 /* of the normal distribution */
#define SPREAD 0.75            /* of the logarithm, where the preset tells no error */

/** A row with its prediction. */
struct check {
    const struct tb_posttrain_case *item;
    double predicted, low, high;
    double fitted;      /**< the same with constants that may have seen the row */
    bool left_out;      /**< `predicted` comes from constants that have not seen its publication */
    const char *reason; /**< why there is none; NULL: there is */
};

struct checks {
    size_t n;
    struct check *row;
};

/* Constants that have not seen the row: those of the fit without its publication, for a row of the
 * fit; the constants of all rows have not seen any other. */
static const struct tb_rl_constants *unseen(const struct tb_rl_fit *fit,
                                            const struct tb_posttrain_case *item, bool *left_out)
{
    *left_out = false;
    for (size_t k = 0; k < fit->n_folds; k++) {
        const struct tb_rl_fold *fold = &fit->fold[k];
        for (size_t i = 0; i < fold->n_runs; i++) {
            if (strcmp(fold->runs[i], item->id) == 0) {
                *left_out = true;
                return &fold->constants;
            }
        }
    }
    return &fit->constants;
}

static double spread_of(const struct tb_rl_fit *fit, const struct tb_posttrain_case *item)
{
    const char *length = item->disclosed_length ? "disclosed" : "assumed";
    for (size_t i = 0; i < fit->n_errors; i++) {
        if (strcmp(fit->error[i].length, length) == 0)
            return fit->error[i].sigma;
    }
    return SPREAD;
}

static void predict(const struct tb_posttrain_case *item, const struct tb_rl_fit *fit,
                    struct check *out)
{
    struct tb_rl_problem problem = {0};
    *out = (struct check){.item = item,
                          .predicted = (double)NAN,
                          .low = (double)NAN,
                          .high = (double)NAN,
                          .fitted = (double)NAN,
                          .reason = item->skipped};
    if (item->skipped)
        return;
    double spread = spread_of(fit, item);
    out->fitted = tb_posttrain_predict(item, &fit->constants, &problem);
    out->predicted = tb_posttrain_predict(item, unseen(fit, item, &out->left_out), &problem);
    if (!isfinite(out->predicted)) {
        out->reason = problem.reason ? problem.reason : "no answer";
        return;
    }
    out->low = out->predicted * exp(-Z95 * spread);
    out->high = out->predicted * exp(Z95 * spread);
}

/** Errors of the rows of one group. */
struct summary {
    const char *group;
    size_t n, skipped;
    double median, mape, p90, bias, coverage;
    double rms, geometric; /**< factors */
    double rms_fitted;     /**< of the constants that may have seen the rows */
};

/** Groups that are no publication. */
static const char *const classes[] = {"all",         "disclosed length", "assumed length",
                                      "synchronous", "asynchronous",     "no generation"};
enum { N_CLASSES = sizeof classes / sizeof *classes };
enum { MOST_REASONS = 8 };

static bool belongs(const struct check *c, const char *group)
{
    const struct tb_posttrain_case *item = c->item;
    const bool in[N_CLASSES] = {true,
                                item->disclosed_length,
                                !item->disclosed_length,
                                item->synchronous,
                                item->asynchronous,
                                !item->generates};
    for (size_t i = 0; i < N_CLASSES; i++) {
        if (strcmp(group, classes[i]) == 0)
            return in[i];
    }
    return strcmp(group, item->group) == 0;
}

/** Sums of logarithms over the rows of a group. */
struct sums {
    double logs, squares, fitted;
};

static void finish(struct summary *s, double *errors, const struct sums *sum)
{
    static const double at[] = {0.5, 0.9};
    double quantiles[2] = {(double)NAN, (double)NAN};
    double n = (double)s->n;
    double *const means[] = {&s->mape, &s->bias, &s->coverage};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        *means[i] = s->n ? *means[i] / n : (double)NAN;
    if (s->n)
        tb_quantiles(errors, s->n, at, 2, quantiles);
    s->median = quantiles[0];
    s->p90 = quantiles[1];
    s->geometric = s->n ? exp(sum->logs / n) : (double)NAN;
    s->rms = s->n ? exp(sqrt(sum->squares / n)) : (double)NAN;
    s->rms_fitted = s->n ? exp(sqrt(sum->fitted / n)) : (double)NAN;
}

static void summarise(const struct checks *checks, double *errors, struct summary *s)
{
    struct sums sum = {0};
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *c = &checks->row[i];
        if (!belongs(c, s->group))
            continue;
        if (c->reason) {
            s->skipped++;
            continue;
        }
        double ratio = c->predicted / c->item->measured;
        bool inside = c->low <= c->item->measured && c->item->measured <= c->high;
        errors[s->n++] = fabs(ratio - 1.0);
        s->mape += fabs(ratio - 1.0);
        s->bias += ratio - 1.0;
        s->coverage += inside ? 1.0 : 0.0;
        double fitted = log(c->fitted / c->item->measured);
        sum.logs += log(ratio);
        sum.squares += log(ratio) * log(ratio);
        sum.fitted += fitted * fitted;
    }
    finish(s, errors, &sum);
}

/* Groups in the order of first appearance. @return how many. */
static size_t list_groups(const struct checks *checks, const char **groups)
{
    size_t n = 0;
    while (n < N_CLASSES) {
        groups[n] = classes[n];
        n++;
    }
    for (size_t i = 0; i < checks->n; i++) {
        const char *group = checks->row[i].item->group;
        size_t k = 0;
        while (k < n && strcmp(groups[k], group) != 0)
            k++;
        if (k == n && group[0])
            groups[n++] = group;
    }
    return n;
}

/* JSON has no NaN: what is unknown is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *row_object(const struct check *c)
{
    const struct tb_posttrain_case *item = c->item;
    return json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:s,s:s,s:s,s:s,s:s,s:b,s:o}", "row", item->id, "measured",
        number(item->measured), "predicted", number(c->predicted), "low", number(c->low), "high",
        number(c->high), "ratio", number(c->predicted / item->measured), "status",
        c->reason ? "skipped" : "ok", "reason", c->reason ? c->reason : "", "unit",
        item->per_step ? "s" : "chip-hours", "group", item->group, "filled", item->filled,
        "left_out", c->left_out, "ratio_fitted", number(c->fitted / item->measured));
}

static json_t *summary_object(const struct summary *s)
{
    return json_pack("{s:s,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "group", s->group, "n",
                     (json_int_t)s->n, "skipped", (json_int_t)s->skipped, "median_abs_error",
                     number(s->median), "mape", number(s->mape), "p90_abs_error", number(s->p90),
                     "bias", number(s->bias), "coverage", number(s->coverage), "rms_factor",
                     number(s->rms), "geometric_mean", number(s->geometric), "rms_factor_fitted",
                     number(s->rms_fitted));
}

static char *write_json(const struct checks *checks, const struct summary *summaries, size_t n)
{
    json_t *rows = json_array(), *groups = json_array();
    for (size_t i = 0; i < checks->n; i++)
        json_array_append_new(rows, row_object(&checks->row[i]));
    for (size_t i = 0; i < n; i++)
        json_array_append_new(groups, summary_object(&summaries[i]));
    json_t *root = json_pack("{s:s,s:o,s:o}", "schema", "trainbudget.validation/1", "rows", rows,
                             "summary", groups);
    char *text = root ? json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    struct tb_text out = {0};
    if (text) {
        tb_text_add(&out, text);
        tb_text_add(&out, "\n");
    }
    free(text);
    return out.length ? tb_text_take(&out) : NULL;
}

static void add_number(struct tb_text *out, double value, char separator)
{
    if (isfinite(value))
        tb_number_write(out, value, 6);
    tb_text_addf(out, "%c", separator);
}

static char *write_table(const struct checks *checks, char separator)
{
    static const char *const columns[] = {"row",  "measured", "predicted", "low",
                                          "high", "ratio",    "status"};
    struct tb_text out = {0};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        tb_text_addf(&out, "%s%c", columns[i], separator);
    tb_text_add(&out, "reason\n");
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *c = &checks->row[i];
        tb_text_addf(&out, "%s%c", c->item->id, separator);
        add_number(&out, c->item->measured, separator);
        add_number(&out, c->predicted, separator);
        add_number(&out, c->low, separator);
        add_number(&out, c->high, separator);
        add_number(&out, c->predicted / c->item->measured, separator);
        tb_text_addf(&out, "%s%c\"%s\"\n", c->reason ? "skipped" : "ok", separator,
                     c->reason ? c->reason : "");
    }
    return tb_text_take(&out);
}

/* Why rows are skipped, where they are few. */
static void write_skipped(const struct checks *checks, struct tb_text *out)
{
    size_t skipped = 0;
    for (size_t i = 0; i < checks->n; i++)
        skipped += checks->row[i].reason != NULL;
    if (skipped > MOST_REASONS)
        tb_text_addf(out, "%zu rows are skipped; --json and --csv say why\n", skipped);
    for (size_t i = 0; skipped <= MOST_REASONS && i < checks->n; i++) {
        const struct check *c = &checks->row[i];
        if (c->reason)
            tb_text_addf(out, "skipped: %s: %s\n", c->item->id, c->reason);
    }
}

static char *write_text(const struct checks *checks, const struct summary *summaries, size_t n)
{
    struct tb_text out = {0};
    tb_text_addf(&out, "%-44s %4s %7s %8s %8s %8s %8s\n", "group", "n", "skipped", "geo mean",
                 "rms", "fitted", "coverage");
    for (size_t i = 0; i < n; i++) {
        const struct summary *s = &summaries[i];
        if (s->n == 0)
            continue;
        tb_text_addf(&out, "%-44.44s %4zu %7zu ", s->group, s->n, s->skipped);
        const double numbers[] = {s->geometric, s->rms, s->rms_fitted, s->coverage};
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            tb_text_add(&out, k ? "     " : "    ");
            tb_number_write_fixed(&out, numbers[k], 2);
        }
        tb_text_add(&out, "\n");
    }
    write_skipped(checks, &out);
    return tb_text_take(&out);
}

static char *write(tb_arena *arena, const struct checks *checks, enum tb_form form)
{
    const char **groups = tb_arena_alloc(arena, (checks->n + N_CLASSES) * sizeof *groups);
    double *errors = tb_arena_alloc(arena, (checks->n + 1) * sizeof *errors);
    size_t n = groups ? list_groups(checks, groups) : 0;
    struct summary *summaries = tb_arena_alloc(arena, (n + 1) * sizeof *summaries);
    if (!groups || !errors || !summaries)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        summaries[i].group = groups[i];
        summarise(checks, errors, &summaries[i]);
    }
    if (form == TB_FORM_JSON)
        return write_json(checks, summaries, n);
    if (form == TB_FORM_CSV || form == TB_FORM_TSV)
        return write_table(checks, form == TB_FORM_CSV ? ',' : '\t');
    return write_text(checks, summaries, n);
}

static char *validate(tb_arena *arena, tb_data *data, const struct tb_fit_table *table,
                      enum tb_form form, tb_diags *diags)
{
    struct tb_table read;
    struct tb_posttrain_cases cases;
    const struct tb_rl_fit *fit = tb_data_posttrain(data, diags);
    if (!fit)
        return NULL;
    if (!tb_table_read(arena, table->name, table->text, table->length, &read, diags))
        return NULL;
    if (tb_posttrain_cases_read(arena, data, &read, &cases, diags) != TB_OK)
        return NULL;
    struct checks checks = {cases.n, tb_arena_alloc(arena, (cases.n + 1) * sizeof *checks.row)};
    char *text = NULL;
    for (size_t i = 0; checks.row && i < cases.n; i++)
        predict(&cases.item[i], fit, &checks.row[i]);
    if (checks.row)
        text = write(arena, &checks, form);
    if (!text)
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    return text;
}

char *tb_validate_posttrain(tb_data *data, const struct tb_fit_table *table, enum tb_form form,
                            tb_diags *diags)
{
    tb_arena *arena = tb_arena_new();
    if (!arena) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    char *text = validate(arena, data, table, form, diags);
    tb_arena_free(arena);
    return text;
}
