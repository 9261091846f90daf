/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Selecting among all values costs more than all else that an estimate does with its samples. So
 * the values are counted into cells of equal width first, and the selection looks only at the cells
 * that hold wanted places. Where all fall into one cell it is the plain selection again. */
enum { CELLS = 512 };

struct sample {
    double *values;
    size_t n;
    double middle, scale;     /* of least and greatest, halved: their difference could overflow */
    size_t before[CELLS + 1]; /* values in lower cells */
    bool wanted[CELLS];       /* the values of these cells are to stand first in `values` */
    size_t gathered;          /* how many values that is */
};

/* Never falls when the value rises. */
static size_t cell_of(const struct sample *s, double value)
{
    return (size_t)((0.5 * value - s->middle) * s->scale);
}

/* False when a value is not finite. */
static bool count_cells(struct sample *s)
{
    double least = s->values[0];
    double most = s->values[0];
    bool finite = true;
    for (size_t i = 0; i < s->n; i++) {
        double value = s->values[i];
        finite = finite && isfinite(value);
        most = value > most ? value : most;
        least = value < least ? value : least;
    }
    if (!finite)
        return false;
    s->middle = 0.5 * least;
    s->scale = (CELLS - 1) / (0.5 * most - s->middle);
    if (!isfinite(s->scale)) /* all alike, or so near that the scale overflows: one cell */
        s->scale = 0.0;
    for (size_t i = 0; i < s->n; i++)
        s->before[cell_of(s, s->values[i]) + 1]++;
    for (size_t c = 0; c < CELLS; c++)
        s->before[c + 1] += s->before[c];
    return true;
}

static size_t cell_at(const struct sample *s, size_t place)
{
    size_t low = 0;
    size_t high = CELLS;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (s->before[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void gather(struct sample *s)
{
    for (size_t i = 0; i < s->n; i++) {
        double value = s->values[i];
        if (s->wanted[cell_of(s, value)]) {
            s->values[i] = s->values[s->gathered];
            s->values[s->gathered++] = value;
        }
    }
}

/* The value that sorting all would put at this place, which is in a wanted cell. */
static double order_statistic(struct sample *s, size_t place)
{
    size_t cell = cell_at(s, place);
    size_t passed_over = 0;
    for (size_t c = 0; c < cell; c++)
        passed_over += s->wanted[c] ? 0 : s->before[c + 1] - s->before[c];
    return gsl_stats_select(s->values, 1, s->gathered, place - passed_over);
}

/* A quantile lies `part` of the way from one place to the next. */
struct position {
    size_t below;
    double part;
};

static struct position position_of(const struct sample *s, double probability)
{
    double position = probability * (double)(s->n - 1);
    double below = floor(position);
    return (struct position){(size_t)below, position - below};
}

static void want(struct sample *s, double probability)
{
    struct position p = position_of(s, probability);
    s->wanted[cell_at(s, p.below)] = true;
    if (p.part > 0.0)
        s->wanted[cell_at(s, p.below + 1)] = true;
}

static double quantile(struct sample *s, double probability)
{
    struct position p = position_of(s, probability);
    double left = order_statistic(s, p.below);
    double right = p.part > 0.0 ? order_statistic(s, p.below + 1) : left;
    double step = right - left;
    return isfinite(step) ? left + p.part * step : (1.0 - p.part) * left + p.part * right;
}

enum tb_status tb_quantiles(double *values, size_t n, const double *probabilities, size_t count,
                            double *quantiles)
{
    struct sample sample = {.values = values, .n = n};
    for (size_t i = 0; i < count; i++)
        if (!(probabilities[i] >= 0.0 && probabilities[i] <= 1.0))
            return TB_E_INPUT;
    if (n == 0 || !count_cells(&sample))
        return TB_E_INPUT;
    for (size_t i = 0; i < count; i++)
        want(&sample, probabilities[i]);
    gather(&sample);
    for (size_t i = 0; i < count; i++)
        quantiles[i] = quantile(&sample, probabilities[i]);
    return TB_OK;
}

enum tb_status tb_quantiles_open(double *values, size_t n, const double *probabilities,
                                 size_t count, double *quantiles, size_t *unknown)
{
    size_t finite = 0;
    size_t endless = 0;
    for (size_t i = 0; i < n; i++) {
        double value = values[i];
        endless += isinf(value) && value > 0.0;
        if (isfinite(value)) {
            values[i] = values[finite];
            values[finite++] = value;
        }
    }
    *unknown = n - finite - endless;
    if (finite == 0)
        return TB_E_INPUT;
    const double last = fmax((double)(finite - 1), 1.0);
    for (size_t i = 0; i < count; i++) {
        const double place = probabilities[i] * (double)(finite + endless - 1);
        const double among = place / last;
        quantiles[i] = (double)INFINITY;
        if (place <= (double)(finite - 1) &&
            tb_quantiles(values, finite, &among, 1, &quantiles[i]) != TB_OK)
            return TB_E_INPUT;
    }
    return TB_OK;
}
