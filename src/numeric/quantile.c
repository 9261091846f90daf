/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

enum tb_status tb_quantiles(double *values, size_t n, const double *probabilities, size_t count,
                            double *quantiles)
{
    if (n == 0)
        return TB_E_INPUT;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return TB_E_INPUT;
    for (size_t i = 0; i < count; i++)
        if (!(probabilities[i] >= 0.0 && probabilities[i] <= 1.0))
            return TB_E_INPUT;
    for (size_t i = 0; i < count; i++) {
        double position = probabilities[i] * (double)(n - 1);
        size_t below = (size_t)floor(position);
        double part = position - (double)below;
        double left = gsl_stats_select(values, 1, n, below);
        double right = part > 0.0 ? gsl_stats_select(values, 1, n, below + 1) : left;
        quantiles[i] = left + part * (right - left);
    }
    return TB_OK;
}
