/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/nlfit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_vector.h>
#include <math.h>
#include <stdlib.h>

/* A row that cannot be evaluated must push the solver away, not stop it. */
#define BAD_RESIDUAL 4.0

struct work {
    const struct tb_nlfit_problem *problem;
    double *values;
    double *base;   /* weighted residuals at the last point */
    double *robust; /* Huber weights, one a row */
    size_t n_priors;
};

static double to_value(const struct tb_nlfit_param *p, double x)
{
    double share = 1.0 / (1.0 + exp(-x));
    return exp(log(p->low) + (log(p->high) - log(p->low)) * share);
}

static double to_x(const struct tb_nlfit_param *p, double value)
{
    double share = (log(value) - log(p->low)) / (log(p->high) - log(p->low));
    share = fmin(fmax(share, 1e-6), 1.0 - 1e-6);
    return log(share / (1.0 - share));
}

static double row_residual(const struct work *w, size_t row)
{
    const struct tb_nlfit_problem *p = w->problem;
    double r = p->residual(w->values, row, p->context);
    if (!isfinite(r))
        r = BAD_RESIDUAL;
    double weight = p->weight ? p->weight[row] : 1.0;
    return r / p->sigma * sqrt(weight * w->robust[row]);
}

static int residuals(const gsl_vector *x, void *context, gsl_vector *f)
{
    struct work *w = context;
    const struct tb_nlfit_problem *p = w->problem;
    size_t at = p->n_rows;
    for (size_t j = 0; j < p->n_params; j++) {
        const struct tb_nlfit_param *param = &p->params[j];
        w->values[j] = to_value(param, gsl_vector_get(x, j));
        if (param->sigma > 0.0)
            gsl_vector_set(f, at++, log(w->values[j] / param->prior) / param->sigma);
    }
    for (size_t i = 0; i < p->n_rows; i++)
        gsl_vector_set(f, i, row_residual(w, i));
    return GSL_SUCCESS;
}

static void column(struct work *w, const gsl_vector *x, size_t j, gsl_matrix *jacobian)
{
    const struct tb_nlfit_problem *p = w->problem;
    const double step = 1e-4;
    double kept = w->values[j];
    w->values[j] = to_value(&p->params[j], gsl_vector_get(x, j) + step);
    for (size_t i = 0; i < p->n_rows; i++) {
        double slope = 0.0;
        if (!p->uses || p->uses[i * p->n_params + j])
            slope = (row_residual(w, i) - w->base[i]) / step;
        gsl_matrix_set(jacobian, i, j, slope);
    }
    w->values[j] = kept;
}

static int slopes(const gsl_vector *x, void *context, gsl_matrix *jacobian)
{
    struct work *w = context;
    const struct tb_nlfit_problem *p = w->problem;
    gsl_matrix_set_zero(jacobian);
    for (size_t j = 0; j < p->n_params; j++)
        w->values[j] = to_value(&p->params[j], gsl_vector_get(x, j));
    for (size_t i = 0; i < p->n_rows; i++)
        w->base[i] = row_residual(w, i);
    size_t at = p->n_rows;
    for (size_t j = 0; j < p->n_params; j++) {
        const struct tb_nlfit_param *param = &p->params[j];
        column(w, x, j, jacobian);
        if (param->sigma > 0.0) {
            double share = 1.0 / (1.0 + exp(-gsl_vector_get(x, j)));
            double slope = log(param->high / param->low) * share * (1.0 - share);
            gsl_matrix_set(jacobian, at++, j, slope / param->sigma);
        }
    }
    return GSL_SUCCESS;
}

static void renew_weights(struct work *w)
{
    const struct tb_nlfit_problem *p = w->problem;
    for (size_t i = 0; i < p->n_rows; i++) {
        double r = p->residual(w->values, i, p->context);
        double size = isfinite(r) ? fabs(r) / p->sigma : BAD_RESIDUAL / p->sigma;
        w->robust[i] = p->huber > 0.0 && size > p->huber ? p->huber / size : 1.0;
    }
}

static void deviations(struct work *w, gsl_multifit_nlinear_workspace *solver, double *sd_ln)
{
    const struct tb_nlfit_problem *p = w->problem;
    gsl_matrix *covariance = gsl_matrix_alloc(p->n_params, p->n_params);
    if (!covariance)
        return;
    gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(solver), 0.0, covariance);
    const gsl_vector *x = gsl_multifit_nlinear_position(solver);
    for (size_t j = 0; j < p->n_params; j++) {
        const struct tb_nlfit_param *param = &p->params[j];
        double share = 1.0 / (1.0 + exp(-gsl_vector_get(x, j)));
        double slope = log(param->high / param->low) * share * (1.0 - share);
        sd_ln[j] = sqrt(fmax(gsl_matrix_get(covariance, j, j), 0.0)) * slope;
    }
    gsl_matrix_free(covariance);
}

static void solve(struct work *w, gsl_multifit_nlinear_workspace *solver, gsl_vector *x,
                  double *sd_ln)
{
    const struct tb_nlfit_problem *p = w->problem;
    gsl_multifit_nlinear_fdf fdf = {
        .f = residuals, .df = slopes, .n = p->n_rows + w->n_priors, .p = p->n_params, .params = w};
    for (int round = 0; round < p->rounds; round++) {
        renew_weights(w);
        gsl_multifit_nlinear_init(x, &fdf, solver);
        for (int step = 0; step < p->max_steps; step++) {
            double before = gsl_blas_dnrm2(gsl_multifit_nlinear_residual(solver));
            if (gsl_multifit_nlinear_iterate(solver) != GSL_SUCCESS)
                break;
            double after = gsl_blas_dnrm2(gsl_multifit_nlinear_residual(solver));
            if (before - after < 1e-5 * before)
                break;
        }
        gsl_vector_memcpy(x, gsl_multifit_nlinear_position(solver));
        for (size_t j = 0; j < p->n_params; j++)
            w->values[j] = to_value(&p->params[j], gsl_vector_get(x, j));
    }
    if (sd_ln)
        deviations(w, solver, sd_ln);
}

static bool acceptable(const struct tb_nlfit_problem *p, size_t n_priors)
{
    bool good = p->n_params > 0 && p->n_rows + n_priors >= p->n_params && p->sigma > 0.0;
    for (size_t j = 0; good && j < p->n_params; j++) {
        const struct tb_nlfit_param *q = &p->params[j];
        /* A start from an earlier fit may have been rounded across its bound. */
        good = q->low > 0.0 && q->high > q->low && q->start >= 0.999 * q->low &&
               q->start <= 1.001 * q->high && (q->sigma <= 0.0 || q->prior > 0.0);
    }
    return good;
}

enum tb_status tb_nlfit(const struct tb_nlfit_problem *problem, double *values, double *sd_ln)
{
    size_t n_priors = 0;
    for (size_t j = 0; j < problem->n_params; j++)
        n_priors += problem->params[j].sigma > 0.0;
    if (!acceptable(problem, n_priors))
        return TB_E_ANSWER;
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    options.scale = gsl_multifit_nlinear_scale_marquardt;
    options.solver = gsl_multifit_nlinear_solver_qr;
    struct work w = {.problem = problem, .values = values, .n_priors = n_priors};
    w.base = malloc(problem->n_rows * sizeof *w.base);
    w.robust = malloc(problem->n_rows * sizeof *w.robust);
    gsl_vector *x = gsl_vector_alloc(problem->n_params);
    gsl_multifit_nlinear_workspace *solver = gsl_multifit_nlinear_alloc(
        gsl_multifit_nlinear_trust, &options, problem->n_rows + n_priors, problem->n_params);
    enum tb_status status = TB_E_NOMEM;
    if (w.base && w.robust && x && solver) {
        for (size_t j = 0; j < problem->n_params; j++) {
            values[j] = problem->params[j].start;
            gsl_vector_set(x, j, to_x(&problem->params[j], values[j]));
        }
        solve(&w, solver, x, sd_ln);
        status = TB_OK;
    }
    if (solver)
        gsl_multifit_nlinear_free(solver);
    if (x)
        gsl_vector_free(x);
    free(w.robust);
    free(w.base);
    return status;
}
