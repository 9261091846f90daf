/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_NLFIT_H
#define TB_NUMERIC_NLFIT_H

#include "trainbudget/types.h"

/** Robust bounded least squares for positive constants. Each constant lives on a logistic scale
 *  between the logarithms of its bounds, so that no step can leave them; a prior
 *  (ln p - ln prior) / sigma is one further residual. Outliers are tamed by Huber weights that are
 *  renewed between the rounds. */

struct tb_nlfit_param {
    double start;     /**< inside (low, high) */
    double low, high; /**< 0 < low < high */
    double prior;     /**< centre of the prior; used when sigma > 0 */
    double sigma;     /**< width of the prior in ln; 0: no prior */
};

struct tb_nlfit_problem {
    size_t n_rows, n_params;
    const struct tb_nlfit_param *params;
    const double *weight;      /**< per row, > 0; NULL: all one */
    const unsigned char *uses; /**< n_rows x n_params: 0 when the row does not depend on the
                                    constant; NULL: all may */
    double sigma;              /**< scale of a residual; residuals are divided by it */
    double huber;  /**< in units of sigma: beyond it a residual counts linearly; 0: not robust */
    int rounds;    /**< renewals of the Huber weights, at least 1 */
    int max_steps; /**< Levenberg-Marquardt steps per round */
    /** Residual of one row (ln predicted - ln measured). A non-finite answer is taken as a large
     *  residual. */
    double (*residual)(const double *values, size_t row, void *context);
    void *context;
};

/** Solves. `values` receives the constants, `sd_ln` (may be NULL) the standard deviation of the
 *  logarithm of each from the covariance of the last round.
 *  @return TB_OK; TB_E_ANSWER when fewer rows than constants stand against it without priors, or
 *  the start is outside the bounds; TB_E_NOMEM. */
enum tb_status tb_nlfit(const struct tb_nlfit_problem *problem, double *values, double *sd_ln);

#endif
