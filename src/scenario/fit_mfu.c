/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/fit.h"

#include "base/text.h"
#include "numeric/quantile.h"
#include "scenario/fit_runs.h"
#include "scenario/mfu_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.6448536269514722
/* Published runs of one group never agree better than this; fewer than ten could by luck. */
#define LEAST_SIGMA 0.2
#define LEAST_SIGMA_THIN 0.3
/* A group of fewer runs is drawn towards all runs of its kind, which weigh as much as three. */
#define ENOUGH 5
#define POOL_WEIGHT 3.0
#define OTHER_GENERATION_SIGMA 0.2
#define SIZE_SPLIT 20e9
#define MOST_MFU 0.75

/* Which rows belong together; NULL and infinities leave a side open. */
struct group {
    const char *generation;
    const char *family;  /* generations that begin so: "ascend-" */
    int moe;             /* -1: either */
    double least, below; /* active parameters */
};

struct stats {
    size_t n;
    double mean, sd; /* of ln MFU */
    size_t converted;
};

static bool belongs(const struct tb_mfu_row *row, const struct group *g)
{
    if (row->left_out || (g->moe >= 0 && row->moe != (g->moe == 1)))
        return false;
    if (g->generation && strcmp(row->generation, g->generation) != 0)
        return false;
    if (g->family && strncmp(row->generation, g->family, strlen(g->family)) != 0)
        return false;
    bool sized = g->least > 0.0 || isfinite(g->below);
    return !sized || (row->active >= g->least && row->active < g->below);
}

static struct stats measure(const struct tb_mfu_rows *rows, const struct group *g, size_t without)
{
    struct stats s = {0};
    double sum = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < rows->n; i++) {
        if (i == without || !belongs(&rows->row[i], g))
            continue;
        double x = log(rows->row[i].mfu);
        s.n++;
        s.converted += rows->row[i].converted;
        sum += x;
        squares += x * x;
    }
    s.mean = sum / (double)s.n;
    if (s.n > 1)
        s.sd = sqrt(fmax(0.0, (squares - (double)s.n * s.mean * s.mean) / (double)(s.n - 1)));
    return s;
}

/* A row of the table of priors. */
struct answer {
    double mean, sigma;
    char grade;
    const char *how;
};

static struct answer own_answer(const struct stats *s)
{
    double sigma = fmax(s->sd, LEAST_SIGMA) * sqrt(1.0 + 1.0 / (double)s->n);
    return (struct answer){s->mean, sigma, 'C', "geometric mean of billed runs"};
}

static struct answer shrunk_answer(const struct stats *s, const struct stats *pool)
{
    double n = (double)s->n;
    double weight = n + POOL_WEIGHT;
    double sigma = fmax(fmax(s->sd, pool->sd), LEAST_SIGMA_THIN) * sqrt(1.0 + 1.0 / weight);
    return (struct answer){(n * s->mean + POOL_WEIGHT * pool->mean) / weight, sigma, 'D',
                           s->converted ? "few rows, steady and with forced expert balance, times "
                                          "0.9 goodput over 1.15 imbalance, drawn towards all runs "
                                          "of this kind, which weigh as three"
                                        : "few runs, drawn towards all runs of this kind, which "
                                          "weigh as three"};
}

static struct answer borrowed_answer(const struct answer *from, const char *how)
{
    struct answer a = *from;
    a.sigma = sqrt(a.sigma * a.sigma + OTHER_GENERATION_SIGMA * OTHER_GENERATION_SIGMA);
    a.grade = 'D';
    a.how = how;
    return a;
}

static void write_row(struct tb_text *out, const struct group *g, const struct stats *s,
                      const struct answer *a)
{
    tb_text_add(out, "  - {");
    if (g->generation)
        tb_text_addf(out, "generation: %s, ", g->generation);
    tb_text_addf(out, "kind: %s, ", g->moe == 1 ? "moe" : "dense");
    if (g->least > 0.0)
        tb_text_addf(out, "min_active: %.6g, ", g->least);
    if (isfinite(g->below))
        tb_text_addf(out, "max_active: %.6g, ", g->below);
    const char *source = s->n == 0 || s->converted == 0 ? "pretrain-runs-table"
                         : s->converted == s->n         ? "ascend-runs-table"
                                                        : "pretrain-runs-table, ascend-runs-table";
    bool drawn = a->grade == 'D' && s->converted > 0 && s->converted == s->n;
    tb_text_addf(out, "median: %.4f, low: %.4f, high: %.4f, n: %zu, grade: %c, source: [%s%s],\n",
                 exp(a->mean), exp(a->mean - Z95 * a->sigma),
                 fmin(MOST_MFU, exp(a->mean + Z95 * a->sigma)), s->n, a->grade, source,
                 drawn ? ", pretrain-runs-table" : "");
    tb_text_addf(out, "     note: \"%s; sigma %.2f in ln\"}\n", a->how, a->sigma);
}

/* Left-out errors of a list of groups: each row predicted by the others of its group. */
static void collect_errors(const struct tb_mfu_rows *rows, const struct group *g, double *factors,
                           size_t *n)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (!belongs(&rows->row[i], g))
            continue;
        struct stats others = measure(rows, g, i);
        if (others.n > 0)
            factors[(*n)++] = exp(fabs(others.mean - log(rows->row[i].mfu)));
    }
}

static size_t within(const double *factors, size_t n, double limit)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += factors[i] <= limit;
    return count;
}

static void write_errors(struct tb_text *out, const char *what, double *factors, size_t n)
{
    static const double probabilities[] = {0.5, 0.8, 0.9};
    double q[3];
    if (n == 0 || tb_quantiles(factors, n, probabilities, 3, q) != TB_OK)
        return;
    tb_text_addf(out,
                 "# left out, %s: n %zu, median factor %.2f, p80 %.2f, p90 %.2f; within 1.25: %.0f "
                 "%%, 1.5: %.0f %%, 2: %.0f %%\n",
                 what, n, q[0], q[1], q[2], 100.0 * (double)within(factors, n, 1.25) / (double)n,
                 100.0 * (double)within(factors, n, 1.5) / (double)n,
                 100.0 * (double)within(factors, n, 2.0) / (double)n);
}

/* The work in hand. */
struct fit {
    tb_data *data;
    struct tb_mfu_rows rows;
    struct stats pool[2]; /* dense, moe */
    const char **generation;
    size_t n_generations;
    struct tb_evidence evidence;
    struct tb_text body;
    double *factors;
    size_t n_factors;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every generation that a chip of the data belongs to, once, in alphabetical order. */
static bool list_generations(struct fit *f, tb_arena *arena, tb_diags *diags)
{
    size_t chips = 0;
    while (tb_data_id(f->data, TB_ENTITY_CHIP, chips))
        chips++;
    f->generation = tb_arena_alloc(arena, (chips + 1) * sizeof *f->generation);
    if (!f->generation)
        return false;
    for (size_t i = 0; i < chips; i++) {
        const char *id = tb_data_id(f->data, TB_ENTITY_CHIP, i);
        const struct tb_chip_preset *chip = tb_data_chip(f->data, id, (struct tb_pos){0}, diags);
        bool seen = !chip || !chip->generation;
        for (size_t k = 0; !seen && k < f->n_generations; k++)
            seen = strcmp(f->generation[k], chip->generation) == 0;
        if (!seen)
            f->generation[f->n_generations++] = chip->generation;
    }
    qsort(f->generation, f->n_generations, sizeof *f->generation, compare_names);
    return true;
}

static void write_own(struct fit *f, const struct group *g, const struct stats *s)
{
    struct answer a = s->n >= ENOUGH ? own_answer(s) : shrunk_answer(s, &f->pool[g->moe]);
    collect_errors(&f->rows, g, f->factors, &f->n_factors);
    write_row(&f->body, g, s, &a);
}

/* A generation without a run of its own takes those of its maker's line, where there are any. */
static void write_borrowed(struct fit *f, const struct group *g)
{
    char family[32];
    const char *dash = strchr(g->generation, '-');
    if (!dash || (size_t)(dash - g->generation) + 2 > sizeof family)
        return;
    memcpy(family, g->generation, (size_t)(dash - g->generation) + 1);
    family[dash - g->generation + 1] = '\0';
    const struct group line = {NULL, family, g->moe, 0.0, (double)INFINITY};
    struct stats s = measure(&f->rows, &line, SIZE_MAX);
    if (s.n == 0)
        return;
    struct answer from = shrunk_answer(&s, &f->pool[g->moe]);
    struct answer a = borrowed_answer(
        &from, "no run of this generation; borrowed from other generations of the same line, drawn "
               "towards all runs of this kind");
    write_row(&f->body, g, &s, &a);
}

static void fit_generation(struct fit *f, const char *generation, int moe)
{
    struct group all = {generation, NULL, moe, 0.0, (double)INFINITY};
    struct group small = all;
    struct group large = all;
    small.below = large.least = SIZE_SPLIT;
    struct stats s = measure(&f->rows, &all, SIZE_MAX);
    struct stats low = measure(&f->rows, &small, SIZE_MAX);
    struct stats high = measure(&f->rows, &large, SIZE_MAX);
    if (low.n >= ENOUGH && high.n >= ENOUGH) {
        write_own(f, &small, &low);
        write_own(f, &large, &high);
    } else if (s.n > 0) {
        write_own(f, &all, &s);
    } else {
        write_borrowed(f, &all);
    }
}

static void fit_any(struct fit *f, int moe)
{
    const struct group any = {NULL, NULL, moe, 0.0, (double)INFINITY};
    struct answer own = own_answer(&f->pool[moe]);
    struct answer a =
        borrowed_answer(&own, "no run of this generation; all runs of this kind, which are mostly "
                              "of Ampere and Hopper");
    write_row(&f->body, &any, &f->pool[moe], &a);
}

static void count_left_out(struct tb_text *out, const struct tb_mfu_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        const char *reason = rows->row[i].left_out;
        bool first = reason != NULL;
        size_t n = 0;
        for (size_t k = 0; reason && k < rows->n; k++) {
            bool same = rows->row[k].left_out && strcmp(rows->row[k].left_out, reason) == 0;
            first = first && !(same && k < i);
            n += same;
        }
        if (first)
            tb_text_addf(out, "# not used, %s: %zu\n", reason, n);
    }
}

static void write_head(struct tb_text *out, struct fit *f)
{
    size_t used = f->pool[0].n + f->pool[1].n;
    tb_text_add(out,
                "# SPDX-FileCopyrightText: 2026 The trainbudget authors\n"
                "# SPDX-License-Identifier: GPL-3.0-or-later\n#\n"
                "# Written by `make priors` from presets/observations; do not edit.\n"
                "# MFU of whole runs: canonical causal count over the 16-bit matrix peak and the "
                "billed chip-hours.\n");
    tb_text_addf(out, "# %zu rows read, %zu used (%zu dense, %zu mixture of experts)\n", f->rows.n,
                 used, f->pool[0].n, f->pool[1].n);
    count_left_out(out, &f->rows);
    write_errors(out, "by generation, kind and size", f->factors, f->n_factors);
    size_t n = 0;
    const struct group everything = {NULL, NULL, -1, 0.0, (double)INFINITY};
    collect_errors(&f->rows, &everything, f->factors, &n);
    write_errors(out, "one MFU for all", f->factors, n);
}

static char *fit_all(struct fit *f, tb_arena *arena, tb_diags *diags)
{
    for (int moe = 0; moe < 2; moe++) {
        const struct group any = {NULL, NULL, moe, 0.0, (double)INFINITY};
        f->pool[moe] = measure(&f->rows, &any, SIZE_MAX);
        if (f->pool[moe].n >= 2)
            continue;
        tb_diag_add(diags, TB_NO_ANSWER, NULL, "fewer than two usable runs of kind '%s'",
                    moe ? "moe" : "dense");
        return NULL;
    }
    f->factors = tb_arena_alloc(arena, (f->rows.n + 1) * sizeof *f->factors);
    if (!f->factors || !list_generations(f, arena, diags)) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < f->n_generations; i++)
        for (int moe = 0; moe < 2; moe++)
            fit_generation(f, f->generation[i], moe);
    fit_any(f, 0);
    fit_any(f, 1);
    struct tb_text out = {0};
    if (!tb_evidence_fit(arena, &f->rows, &f->evidence)) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    write_head(&out, f);
    tb_evidence_errors(arena, &f->evidence, &out);
    tb_evidence_write(arena, &f->evidence, &f->body);
    char *body = tb_text_take(&f->body);
    tb_text_addf(&out, "priors:\n%s", body ? body : "");
    free(body);
    return tb_text_take(&out);
}

char *tb_fit_mfu(tb_data *data, const struct tb_fit_table *tables, size_t n, tb_diags *diags)
{
    tb_arena *arena = tb_arena_new();
    struct fit f = {.data = data};
    char *text = NULL;
    bool ok = arena != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        struct tb_table table;
        ok =
            tb_table_read(arena, tables[i].name, tables[i].text, tables[i].length, &table, diags) &&
            tb_mfu_rows_read(arena, data, &table, &f.rows, diags);
    }
    if (ok)
        text = fit_all(&f, arena, diags);
    tb_text_free(&f.body);
    tb_arena_free(arena);
    return text;
}
