/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/quantile.h"
#include "scenario/fit_constants.h"
#include "scenario/fit_errors.h"

/* Folds in which groups are left out. */
#define FOLDS 8
/* A table longer than this is thinned evenly: a sweep of one machine must not outvote the rest. */
#define LONGEST_TABLE 240
/* Fewer rows than this of a kind tell no quantiles of their own. */
#define ENOUGH_ROWS 20
/* So many rows of average errors are thought to stand beside those of each stack. */
#define STRAY_ROWS 6.0

static size_t rows_of_table(const struct tb_observations *all, const char *table)
{
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        n += strcmp(all->row[i].table_id, table) == 0;
    return n;
}

/* Row `place` of a table of `n` stays when thinning to LONGEST_TABLE keeps it. */
static bool stays(size_t place, size_t n)
{
    if (n <= LONGEST_TABLE)
        return true;
    return place * LONGEST_TABLE / n != (place + 1) * LONGEST_TABLE / n;
}

static void thin_out(struct tb_observations *all)
{
    size_t kept = 0;
    size_t place = 0;
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        bool next = i == 0 || strcmp(all->row[i].table_id, all->row[i - 1].table_id) != 0;
        if (next)
            n = rows_of_table(all, all->row[i].table_id);
        place = next ? 0 : place + 1;
        if (stays(place, n))
            all->row[kept++] = all->row[i];
    }
    all->n = kept;
}

static bool read_tables(tb_arena *arena, const struct tb_fit_table *tables, size_t n,
                        struct tb_observations *all, tb_diags *diags)
{
    for (size_t i = 0; i < n; i++) {
        struct tb_observations one;
        if (!tb_observations_read(arena, tables[i].name, tables[i].text, tables[i].length, &one,
                                  diags))
            return false;
        struct tb_observation *row = tb_arena_alloc(arena, (all->n + one.n + 1) * sizeof *row);
        if (!row)
            return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory") == TB_OK;
        if (all->n > 0)
            memcpy(row, all->row, all->n * sizeof *row);
        if (one.n > 0)
            memcpy(row + all->n, one.row, one.n * sizeof *row);
        all->row = row;
        all->n += one.n;
    }
    return true;
}

/* Predictions of the rows that one fold leaves out. */
static enum tb_status check_fold(tb_arena *arena, const struct tb_cases *cases,
                                 const struct tb_fit_options *options, struct tb_check *checks)
{
    struct tb_constants constants;
    enum tb_status status = tb_constants_fit(arena, cases, options, &constants);
    for (size_t i = 0; status == TB_OK && i < cases->n; i++) {
        const struct tb_case *c = &cases->item[i];
        if (c->skipped || !tb_case_left_out(c, options))
            continue;
        struct tb_perf perf;
        struct tb_step_out out;
        checks[i].known = tb_case_perf(&constants, c, &perf);
        checks[i].predicted = tb_case_predict(c, &perf, &out);
    }
    return status;
}

/* Predictions of left-out rows, each fold on a thread of its own, and the constants of all rows as
 * the last. No fold sees another's, so the outcome is the same for any number of threads. */
static enum tb_status fit_folds(tb_arena *arena, const struct tb_cases *cases,
                                const struct tb_constants *base, struct tb_check *checks,
                                struct tb_constants *constants)
{
    enum tb_status status[FOLDS + 1];
    for (size_t i = 0; i < cases->n; i++)
        checks[i] =
            (struct tb_check){&cases->item[i], (double)NAN, (double)NAN, (double)NAN, 2, 1.0};
#pragma omp parallel for schedule(dynamic)
    for (int fold = FOLDS; fold >= 0; fold--) {
        const struct tb_fit_options options = {base, fold, fold < FOLDS ? FOLDS : 0, fold < FOLDS};
        if (fold == FOLDS) {
            status[fold] = tb_constants_fit(arena, cases, &options, constants);
            continue;
        }
        tb_arena *own = tb_arena_new();
        status[fold] = own ? check_fold(own, cases, &options, checks) : TB_E_NOMEM;
        tb_arena_free(own);
    }
    for (int fold = 0; fold <= FOLDS; fold++) {
        if (status[fold] != TB_OK)
            return status[fold];
    }
    return TB_OK;
}

static bool fit_failed(enum tb_status status, tb_diags *diags)
{
    if (status == TB_E_NOMEM)
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    else if (status != TB_OK)
        tb_diag_add(diags, TB_NO_ANSWER, NULL, "the fit failed");
    return status != TB_OK;
}

/* ---- ranges ------------------------------------------------------------------------------------
 */

static double error_of(const struct tb_check *c)
{
    return log(c->item->measured / c->predicted);
}

/* Mean size of the errors of a kind. */
static double mean_error(const struct tb_check *checks, size_t n, bool moe)
{
    double sum = 0.0;
    double count = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (checks[i].predicted > 0.0 && checks[i].item->moe == moe) {
            sum += fabs(error_of(&checks[i]));
            count += 1.0;
        }
    }
    return count > 0.0 ? sum / count : 1.0;
}

/* How far the steps of a stack stray, over those of all of their kind; few rows say little. */
static double stray_of(const struct tb_check *checks, size_t n, const struct tb_stack *stack,
                       const double mean[2])
{
    double sum = STRAY_ROWS;
    double count = STRAY_ROWS;
    for (size_t i = 0; i < n; i++) {
        const struct tb_check *c = &checks[i];
        if (c->predicted > 0.0 && c->item->stack->id == stack->id) {
            sum += fabs(error_of(c)) / mean[c->item->moe];
            count += 1.0;
        }
    }
    return sum / count;
}

/* An entry a stack that has constants, and what each row's range is then widened by. */
static bool find_strays(tb_arena *arena, struct tb_check *checks, size_t n,
                        struct tb_constants *constants)
{
    const double mean[2] = {mean_error(checks, n, false), mean_error(checks, n, true)};
    size_t fitted = constants->n;
    for (size_t i = 0; i < fitted; i++) {
        const struct tb_constant *c = &constants->item[i];
        const struct tb_stack *stack = tb_stack_find(c->key);
        if (c->id != TB_PERF_ID_slowness || !stack)
            continue;
        struct tb_constant stray = *c;
        stray.id = TB_PERF_ID_stray;
        stray.value = stray_of(checks, n, stack, mean);
        stray.sd_ln = 1.0 / sqrt(c->rows + STRAY_ROWS);
        if (!tb_constants_add(arena, constants, &stray))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct tb_perf perf;
        checks[i].stray = 1.0;
        if (checks[i].predicted > 0.0) {
            tb_case_perf(constants, checks[i].item, &perf);
            checks[i].stray = perf.stray;
        }
    }
    return true;
}

/* Errors of the left-out rows of a kind that are known so well, over what their stack strays. */
static size_t collect(const struct tb_check *checks, size_t n, bool moe, int known, double *errors)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tb_check *c = &checks[i];
        if (c->predicted > 0.0 && c->item->moe == moe && c->known == known)
            errors[count++] = error_of(c) / c->stray;
    }
    return count;
}

/* The band of a kind that is known so well; NULL: none. */
static const struct tb_error_band *band_of(const struct tb_constants *base, bool moe, int known)
{
    for (size_t i = 0; base && i < base->n_bands; i++) {
        if (base->band[i].moe == moe && base->band[i].known == known)
            return &base->band[i];
    }
    return NULL;
}

/* Quantiles of the errors by kind and by how well chip and stack are known; too few rows take those
 * of the constants that are kept, else of the next better known, widened by a fifth. */
static void find_bands(const struct tb_check *checks, size_t n, const struct tb_constants *base,
                       double *errors, struct tb_error_band bands[6])
{
    static const double probabilities[] = {0.05, 0.5, 0.95};
    double q[3] = {-0.3, 0.0, 0.3};
    for (int i = 0; i < 6; i++) {
        bool moe = i >= 3;
        size_t count = collect(checks, n, moe, i % 3, errors);
        const struct tb_error_band *kept = band_of(base, moe, i % 3);
        if (count >= ENOUGH_ROWS) {
            tb_quantiles(errors, count, probabilities, 3, q);
        } else if (kept) {
            bands[i] = *kept;
            continue;
        } else {
            q[0] = q[1] + 1.2 * (q[0] - q[1]);
            q[2] = q[1] + 1.2 * (q[2] - q[1]);
        }
        bands[i] = (struct tb_error_band){moe, i % 3, q[0], q[1], q[2], (double)count};
    }
}

static void write_bands(struct tb_text *out, const struct tb_error_band bands[6])
{
    for (int i = 0; i < 6; i++) {
        const struct tb_error_band *b = &bands[i];
        tb_text_addf(out,
                     "  - {kind: %s, known: %g, low: %.4f, median: %.4f, high: %.4f, rows: %g, "
                     "grade: C, source: [throughput-table], note: ln measured over predicted of "
                     "rows whose group was left out by how their stack strays}\n",
                     b->moe ? "moe" : "dense", b->known, b->low, b->median, b->high, b->n);
    }
}

static void cover(struct tb_check *checks, size_t n, const struct tb_error_band bands[6])
{
    for (size_t i = 0; i < n; i++) {
        const struct tb_error_band *b = &bands[3 * (checks[i].item->moe ? 1 : 0) + checks[i].known];
        checks[i].low = checks[i].predicted * exp(b->low * checks[i].stray);
        checks[i].high = checks[i].predicted * exp(b->high * checks[i].stray);
    }
}

static bool write_errors(tb_arena *arena, struct tb_text *out, const struct tb_check *checks,
                         size_t n)
{
    struct tb_check_summary *s;
    size_t groups;
    if (!tb_check_summaries(arena, checks, n, &s, &groups))
        return false;
    tb_text_add(out, "# Left-out errors, %: group, rows, skipped, median, mean, P90, bias, "
                     "coverage of the 90 % range\n");
    for (size_t g = 0; g < groups; g++) {
        tb_text_addf(out, "# %-28s %4zu %4zu", s[g].group, s[g].n, s[g].skipped);
        if (s[g].n > 0)
            tb_text_addf(out, " %6.1f %6.1f %6.1f %+6.1f %4.0f", 100.0 * s[g].median_abs_error,
                         100.0 * s[g].mape, 100.0 * s[g].p90_abs_error, 100.0 * s[g].bias,
                         100.0 * s[g].coverage);
        tb_text_add(out, "\n");
    }
    return true;
}

static void write_constants(struct tb_text *out, const struct tb_constants *constants)
{
    for (int id = 0; id < TB_PERF_COUNT; id++) {
        for (size_t i = 0; i < constants->n; i++) {
            const struct tb_constant *c = &constants->item[i];
            if (c->id == (enum tb_perf_id)id)
                tb_text_addf(out,
                             "  - {constant: %s, key: \"%s\", value: %.5g, sd: %.3g, rows: %g, "
                             "grade: C, source: [throughput-table]}\n",
                             tb_perf_info(c->id)->id, c->key, c->value, fmin(c->sd_ln, 99.0),
                             c->rows);
        }
    }
}

static char *fit_cases(tb_arena *arena, const struct tb_cases *cases,
                       const struct tb_constants *base, tb_diags *diags)
{
    struct tb_text out = {0};
    struct tb_error_band bands[6];
    struct tb_constants constants;
    struct tb_check *checks = tb_arena_alloc(arena, (cases->n + 1) * sizeof *checks);
    double *errors = tb_arena_alloc(arena, (cases->n + 1) * sizeof *errors);
    if (!checks || !errors) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    if (fit_failed(fit_folds(arena, cases, base, checks, &constants), diags))
        return NULL;
    if (!find_strays(arena, checks, cases->n, &constants)) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    find_bands(checks, cases->n, base, errors, bands);
    cover(checks, cases->n, bands);
    tb_text_add(&out, "# SPDX-FileCopyrightText: 2026 The trainbudget authors\n"
                      "# SPDX-License-Identifier: GPL-3.0-or-later\n#\n"
                      "# Written by `trainbudget fit throughput`; do not edit.\n"
                      "# Constants of the step model, docs/model.md 9.\n");
    if (base)
        tb_text_add(&out, "# The constants that stood before, and around them those of the chips "
                          "and the software of the table.\n");
    if (!write_errors(arena, &out, checks, cases->n))
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    tb_text_add(&out, "constants:\n");
    write_constants(&out, &constants);
    tb_text_add(&out, "errors:\n");
    write_bands(&out, bands);
    return tb_text_take(&out);
}

/* What a table can teach. */
struct lesson {
    size_t usable, named; /* rows; of them those whose software has a name */
    const char *skipped;  /* why the first of the others tells nothing */
};

static struct lesson lesson_of(const struct tb_cases *cases)
{
    struct lesson lesson = {0};
    for (size_t i = 0; i < cases->n; i++) {
        const struct tb_case *c = &cases->item[i];
        if (c->skipped && !lesson.skipped)
            lesson.skipped = c->skipped;
        lesson.usable += !c->skipped;
        lesson.named += !c->skipped && c->stack->text[0] != '\0';
    }
    return lesson;
}

static bool can_teach(const struct lesson *lesson, const char *table, tb_diags *diags)
{
    const struct tb_finding finding = {.pos = {table, 0, 0}};
    if (lesson->usable == 0)
        tb_diag_add(diags, TB_NO_ANSWER, &finding, "no row can be fitted: %s",
                    lesson->skipped ? lesson->skipped : "the table has none");
    return lesson->usable > 0;
}

char *tb_fit_throughput(tb_data *data, const struct tb_fit_table *tables, size_t n,
                        bool over_builtin, tb_diags *diags)
{
    tb_arena *arena = tb_arena_new();
    struct tb_observations all = {0};
    struct tb_cases cases;
    char *text = NULL;
    if (!arena) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    bool ready = read_tables(arena, tables, n, &all, diags);
    if (ready) {
        thin_out(&all);
        ready = tb_cases_resolve(arena, data, &all, &cases, diags) == TB_OK;
    }
    if (ready) {
        const struct lesson lesson = lesson_of(&cases);
        /* Rows of software without a name say nothing about others': they are one's own logs. */
        const bool keep = over_builtin || lesson.named == 0;
        const struct tb_constants *base = NULL;
        ready = can_teach(&lesson, n > 0 ? tables[0].name : NULL, diags) &&
                (!keep || (base = tb_data_constants(data, diags)) != NULL);
        if (ready)
            text = fit_cases(arena, &cases, base, diags);
    }
    tb_arena_free(arena);
    return text;
}
