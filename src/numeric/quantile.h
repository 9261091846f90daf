/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_QUANTILE_H
#define TB_NUMERIC_QUANTILE_H

#include "trainbudget/types.h"

/** Quantiles of `n` values at `count` probabilities in [0,1], linear between order statistics
 *  (position p (n-1) counted from 0). Exact, not streamed. `values` is reordered.
 *  @return TB_OK; TB_E_INPUT when n is 0, a value is not finite or a probability is outside [0,1]
 *  (nothing is written then). */
enum tb_status tb_quantiles(double *values, size_t n, const double *probabilities, size_t count,
                            double *quantiles);

/** The same for values of which some are INFINITY, above all others, or unknown (NaN, -INFINITY),
 *  which are left out and counted. A quantile that needs an infinite value is infinite.
 *  `values` is reordered, whatever is returned.
 *  @return TB_E_INPUT also when no value is finite. */
enum tb_status tb_quantiles_open(double *values, size_t n, const double *probabilities,
                                 size_t count, double *quantiles, size_t *unknown);

#endif
