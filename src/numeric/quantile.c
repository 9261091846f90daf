/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Selecting among all values costs more than all else that an estimate does with its samples. So
 * the values are counted into cells of equal width first, and the selection looks only at the cell
 * that holds the wanted place. Where all fall into one cell it is the plain selection again. */
enum { CELLS = 1024 };

struct sample {
    double *values;
    size_t n;
    double least, range;      /* range is half of greatest - least, which could overflow */
    size_t before[CELLS + 1]; /* values in lower cells */
    size_t gathered;          /* the cell whose values stand first in `values`; CELLS: none */
};

/* Never falls when the value rises. */
static size_t cell_of(const struct sample *s, double value)
{
    if (!(s->range > 0.0))
        return 0;
    return (size_t)((0.5 * value - 0.5 * s->least) / s->range * (CELLS - 1));
}

static void count_cells(struct sample *s)
{
    double most = s->values[0];
    s->least = s->values[0];
    for (size_t i = 1; i < s->n; i++) {
        most = s->values[i] > most ? s->values[i] : most;
        s->least = s->values[i] < s->least ? s->values[i] : s->least;
    }
    s->range = 0.5 * most - 0.5 * s->least;
    s->gathered = CELLS;
    for (size_t i = 0; i < s->n; i++)
        s->before[cell_of(s, s->values[i]) + 1]++;
    for (size_t c = 0; c < CELLS; c++)
        s->before[c + 1] += s->before[c];
}

static void gather(struct sample *s, size_t cell)
{
    size_t front = 0;
    for (size_t i = 0; i < s->n; i++) {
        double value = s->values[i];
        if (cell_of(s, value) == cell) {
            s->values[i] = s->values[front];
            s->values[front++] = value;
        }
    }
    s->gathered = cell;
}

/* The value that sorting would put at this place. */
static double order_statistic(struct sample *s, size_t place)
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
    if (s->gathered != low)
        gather(s, low);
    size_t count = s->before[low + 1] - s->before[low];
    return gsl_stats_select(s->values, 1, count, place - s->before[low]);
}

static double quantile(struct sample *s, double probability)
{
    double position = probability * (double)(s->n - 1);
    size_t below = (size_t)floor(position);
    double part = position - (double)below;
    double left = order_statistic(s, below);
    double right = part > 0.0 ? order_statistic(s, below + 1) : left;
    double step = right - left;
    return isfinite(step) ? left + part * step : (1.0 - part) * left + part * right;
}

enum tb_status tb_quantiles(double *values, size_t n, const double *probabilities, size_t count,
                            double *quantiles)
{
    struct sample sample = {.values = values, .n = n};
    if (n == 0)
        return TB_E_INPUT;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return TB_E_INPUT;
    for (size_t i = 0; i < count; i++)
        if (!(probabilities[i] >= 0.0 && probabilities[i] <= 1.0))
            return TB_E_INPUT;
    count_cells(&sample);
    for (size_t i = 0; i < count; i++)
        quantiles[i] = quantile(&sample, probabilities[i]);
    return TB_OK;
}
