/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/stuck.h"

#include "numeric/quantile.h"
#include "numeric/rank.h"

#include <math.h>
#include <stdlib.h>

/* The second driver is named when it tells at least so much as the first, in squares. */
#define TELLING 0.25

void tb_stuck_metrics(double metrics[TB_METRIC_COUNT])
{
    static const enum tb_metric endless[] = {TB_METRIC_CHIP_HOURS,
                                             TB_METRIC_CHIP_HOURS_PROJECT,
                                             TB_METRIC_PRETRAINING_HOURS_SHARE,
                                             TB_METRIC_WALL_CLOCK,
                                             TB_METRIC_WALL_CLOCK_P95,
                                             TB_METRIC_FAILURES,
                                             TB_METRIC_ENERGY,
                                             TB_METRIC_CARBON,
                                             TB_METRIC_COST,
                                             TB_METRIC_COST_OWNED};
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++)
        metrics[endless[i]] = (double)INFINITY;
    metrics[TB_METRIC_GOODPUT] = metrics[TB_METRIC_MFU_RUN] = 0.0;
    metrics[TB_METRIC_SPARE_CHIPS] = (double)NAN;
}

/* Squared correlation of what drives an input with being stuck. */
static double telling(const struct tb_stuck_points *points, size_t k, const double *stuck)
{
    const double r = tb_correlation(points->u + k * points->stride, stuck, points->n);
    return r * r;
}

static void name_drivers(const struct tb_stuck_points *points, const double *stuck,
                         struct tb_stuck *out)
{
    double best = 0.0, next = 0.0;
    for (size_t k = 0; k < points->d; k++) {
        const double told = telling(points, k, stuck);
        const char *path = points->inputs[k]->path;
        if (told > best) {
            out->drivers[1] = out->drivers[0];
            next = best;
            out->drivers[0] = path;
            best = told;
        } else if (told > next) {
            out->drivers[1] = path;
            next = told;
        }
    }
    if (next < TELLING * best)
        out->drivers[1] = NULL;
}

bool tb_stuck_find(const struct tb_stuck_points *points, struct tb_stuck *out)
{
    *out = (struct tb_stuck){0};
    for (size_t i = 0; points->goodput && i < points->n; i++)
        out->points += points->goodput[i] == 0.0;
    if (out->points == 0)
        return true;
    out->share = (double)out->points / (double)points->n;
    double *stuck = malloc(points->n * sizeof *stuck);
    const bool ok = stuck != NULL;
    for (size_t i = 0; ok && i < points->n; i++)
        stuck[i] = points->goodput[i] == 0.0;
    if (ok)
        name_drivers(points, stuck, out);
    free(stuck);
    return ok;
}

static void add_id(struct tb_text *list, int output)
{
    struct tb_metric_info info;
    if (tb_metric_info((size_t)output, &info))
        tb_text_addf(list, "%s%s", list->length ? ", " : "", info.id);
}

bool tb_stuck_quantiles(struct tb_stuck *stuck, int output, double *values, size_t n,
                        const double probabilities[3], double quantiles[3], bool *partial)
{
    size_t unknown = 0;
    const bool any = tb_quantiles_open(values, n, probabilities, 3, quantiles, &unknown) == TB_OK;
    const bool kept = any && unknown <= stuck->points;
    *partial = kept && unknown > 0;
    if (kept)
        return true;
    add_id(&stuck->lost, output);
    stuck->lost_share = fmax(stuck->lost_share, (double)unknown / (double)n);
    return false;
}

static void warn_lost(struct tb_scenario *s, const struct tb_stuck *stuck)
{
    const struct tb_finding finding = {.pos = {"command line", 0, 0}};
    if (stuck->lost.length)
        tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding,
                    "unknown at up to %.2g %% of the points, and for that without a range: %s",
                    100.0 * stuck->lost_share, stuck->lost.data);
}

/* "cluster.mtbf and cluster.restart" */
static void add_drivers(struct tb_text *out, const struct tb_stuck *stuck)
{
    if (stuck->drivers[0])
        tb_text_addf(out, ", for %s", stuck->drivers[0]);
    if (stuck->drivers[1])
        tb_text_addf(out, " and %s", stuck->drivers[1]);
}

void tb_stuck_warn(struct tb_scenario *s, struct tb_stuck *stuck, const struct tb_spread *spread)
{
    struct tb_text open = {0}, partial = {0}, message = {0};
    warn_lost(s, stuck);
    for (int m = 0; m < TB_METRIC_COUNT; m++) {
        if (isinf(spread->high[m]))
            add_id(&open, m);
        if (spread->partial[m])
            add_id(&partial, m);
    }
    tb_text_addf(&message, "at %.2g %% of the points", 100.0 * stuck->share);
    add_drivers(&message, stuck);
    tb_text_add(&message, ", the run makes no progress and never ends");
    if (open.length)
        tb_text_addf(&message, "; without an upper end: %s", open.data);
    if (partial.length)
        tb_text_addf(&message, "; over the other points alone: %s", partial.data);
    const struct tb_finding finding = {
        .pos = {"command line", 0, 0},
        .path = "goodput",
        .remedy =
            "fewer chips, a longer cluster.mtbf, a faster cluster.restart, or narrower ranges"};
    if (stuck->points)
        tb_diag_add(s->diags, TB_STUCK, &finding, "%s", message.data ? message.data : "");
    tb_text_free(&open);
    tb_text_free(&partial);
    tb_text_free(&message);
    tb_text_free(&stuck->lost);
}
