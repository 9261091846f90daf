/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/nlfit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_multilarge_nlinear.h>
#include <gsl/gsl_vector.h>
#include <math.h>
#include <stdlib.h>

/* A row that cannot be evaluated must push the solver away, not stop it. */
#define BAD_RESIDUAL 4.0

/* The solver starts with steps far shorter than needed and lengthens them threefold each time: that
 * the first ones gain little is no sign of having arrived. */
#define PATIENCE_AT_FIRST 15
#define PATIENCE 4

struct work {
    const struct tb_nlfit_problem *problem;
    double *values;
    double *robust; /* Huber weights, one a row */
    size_t n_priors;
    /* Slopes at `at`, one row after the other: a row depends on few constants. The priors' own
     * slopes follow, one a constant (0: no prior). */
    size_t *start;  /* n_rows + 1: first slope of a row */
    size_t *column; /* the constant of a slope */
    double *slope;
    double *prior_slope;
    double *at; /* where the slopes were taken */
    bool taken;
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

/* d(ln value)/dx of the logistic scale. */
static double scale_slope(const struct tb_nlfit_param *p, double x)
{
    double share = 1.0 / (1.0 + exp(-x));
    return log(p->high / p->low) * share * (1.0 - share);
}

static bool same_point(const struct work *w, const gsl_vector *x)
{
    if (!w->taken)
        return false;
    for (size_t j = 0; j < w->problem->n_params; j++) {
        if (w->at[j] != gsl_vector_get(x, j))
            return false;
    }
    return true;
}

static void take_slopes(struct work *w, const gsl_vector *x)
{
    const struct tb_nlfit_problem *p = w->problem;
    const double step = 1e-4;
    for (size_t j = 0; j < p->n_params; j++) {
        const struct tb_nlfit_param *param = &p->params[j];
        w->at[j] = gsl_vector_get(x, j);
        w->values[j] = to_value(param, w->at[j]);
        w->prior_slope[j] = param->sigma > 0.0 ? scale_slope(param, w->at[j]) / param->sigma : 0.0;
    }
    for (size_t i = 0; i < p->n_rows; i++) {
        double base = row_residual(w, i);
        for (size_t k = w->start[i]; k < w->start[i + 1]; k++) {
            size_t j = w->column[k];
            double kept = w->values[j];
            w->values[j] = to_value(&p->params[j], w->at[j] + step);
            w->slope[k] = (row_residual(w, i) - base) / step;
            w->values[j] = kept;
        }
    }
    w->taken = true;
}

/* v = J u */
static void times_slopes(const struct work *w, const gsl_vector *u, gsl_vector *v)
{
    const struct tb_nlfit_problem *p = w->problem;
    size_t row = p->n_rows;
    for (size_t i = 0; i < p->n_rows; i++) {
        double sum = 0.0;
        for (size_t k = w->start[i]; k < w->start[i + 1]; k++)
            sum += w->slope[k] * gsl_vector_get(u, w->column[k]);
        gsl_vector_set(v, i, sum);
    }
    for (size_t j = 0; j < p->n_params; j++) {
        if (p->params[j].sigma > 0.0)
            gsl_vector_set(v, row++, w->prior_slope[j] * gsl_vector_get(u, j));
    }
}

/* v = J^T u */
static void times_slopes_transposed(const struct work *w, const gsl_vector *u, gsl_vector *v)
{
    const struct tb_nlfit_problem *p = w->problem;
    size_t row = p->n_rows;
    gsl_vector_set_zero(v);
    for (size_t i = 0; i < p->n_rows; i++) {
        for (size_t k = w->start[i]; k < w->start[i + 1]; k++)
            *gsl_vector_ptr(v, w->column[k]) += w->slope[k] * gsl_vector_get(u, i);
    }
    for (size_t j = 0; j < p->n_params; j++) {
        if (p->params[j].sigma > 0.0)
            *gsl_vector_ptr(v, j) += w->prior_slope[j] * gsl_vector_get(u, row++);
    }
}

/* Lower half of J^T J. */
static void square_slopes(const struct work *w, gsl_matrix *square)
{
    const struct tb_nlfit_problem *p = w->problem;
    gsl_matrix_set_zero(square);
    for (size_t i = 0; i < p->n_rows; i++) {
        for (size_t k = w->start[i]; k < w->start[i + 1]; k++) {
            /* The columns of a row ascend. */
            for (size_t l = w->start[i]; l <= k; l++)
                *gsl_matrix_ptr(square, w->column[k], w->column[l]) += w->slope[k] * w->slope[l];
        }
    }
    for (size_t j = 0; j < p->n_params; j++)
        *gsl_matrix_ptr(square, j, j) += w->prior_slope[j] * w->prior_slope[j];
}

static int slopes(CBLAS_TRANSPOSE_t transposed, const gsl_vector *x, const gsl_vector *u,
                  void *context, gsl_vector *v, gsl_matrix *square)
{
    struct work *w = context;
    if (!same_point(w, x))
        take_slopes(w, x);
    if (v && transposed == CblasNoTrans)
        times_slopes(w, u, v);
    else if (v)
        times_slopes_transposed(w, u, v);
    if (square)
        square_slopes(w, square);
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

static void deviations(struct work *w, gsl_multilarge_nlinear_workspace *solver, double *sd_ln)
{
    const struct tb_nlfit_problem *p = w->problem;
    gsl_matrix *covariance = gsl_matrix_alloc(p->n_params, p->n_params);
    if (!covariance)
        return;
    gsl_multilarge_nlinear_covar(covariance, solver);
    const gsl_vector *x = gsl_multilarge_nlinear_position(solver);
    for (size_t j = 0; j < p->n_params; j++) {
        double variance = fmax(gsl_matrix_get(covariance, j, j), 0.0);
        sd_ln[j] = sqrt(variance) * scale_slope(&p->params[j], gsl_vector_get(x, j));
    }
    gsl_matrix_free(covariance);
}

static void solve(struct work *w, gsl_multilarge_nlinear_workspace *solver, gsl_vector *x,
                  double *sd_ln)
{
    const struct tb_nlfit_problem *p = w->problem;
    gsl_multilarge_nlinear_fdf fdf = {
        .f = residuals, .df = slopes, .n = p->n_rows + w->n_priors, .p = p->n_params, .params = w};
    for (int round = 0; round < p->rounds; round++) {
        renew_weights(w);
        w->taken = false;
        gsl_multilarge_nlinear_init(x, &fdf, solver);
        int left = PATIENCE_AT_FIRST;
        for (int step = 0; step < p->max_steps; step++) {
            double before = gsl_blas_dnrm2(gsl_multilarge_nlinear_residual(solver));
            if (gsl_multilarge_nlinear_iterate(solver) != GSL_SUCCESS)
                break;
            double after = gsl_blas_dnrm2(gsl_multilarge_nlinear_residual(solver));
            left = before - after < 1e-5 * before ? left - 1 : PATIENCE;
            if (left == 0)
                break;
        }
        gsl_vector_memcpy(x, gsl_multilarge_nlinear_position(solver));
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

static size_t count_slopes(const struct tb_nlfit_problem *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_rows * p->n_params; i++)
        n += !p->uses || p->uses[i];
    return n;
}

/* Which constants a row depends on, as lists. */
static void list_slopes(struct work *w)
{
    const struct tb_nlfit_problem *p = w->problem;
    size_t n = 0;
    for (size_t i = 0; i < p->n_rows; i++) {
        w->start[i] = n;
        for (size_t j = 0; j < p->n_params; j++) {
            if (!p->uses || p->uses[i * p->n_params + j])
                w->column[n++] = j;
        }
    }
    w->start[p->n_rows] = n;
}

static bool make_room(struct work *w)
{
    const struct tb_nlfit_problem *p = w->problem;
    size_t slopes_used = count_slopes(p) + 1;
    w->robust = malloc(p->n_rows * sizeof *w->robust);
    w->start = malloc((p->n_rows + 1) * sizeof *w->start);
    w->column = malloc(slopes_used * sizeof *w->column);
    w->slope = malloc(slopes_used * sizeof *w->slope);
    w->prior_slope = malloc(p->n_params * sizeof *w->prior_slope);
    w->at = malloc(p->n_params * sizeof *w->at);
    return w->robust && w->start && w->column && w->slope && w->prior_slope && w->at;
}

static void free_room(struct work *w)
{
    free(w->at);
    free(w->prior_slope);
    free(w->slope);
    free(w->column);
    free(w->start);
    free(w->robust);
}

enum tb_status tb_nlfit(const struct tb_nlfit_problem *problem, double *values, double *sd_ln)
{
    size_t n_priors = 0;
    for (size_t j = 0; j < problem->n_params; j++)
        n_priors += problem->params[j].sigma > 0.0;
    if (!acceptable(problem, n_priors))
        return TB_E_ANSWER;
    gsl_multilarge_nlinear_parameters options = gsl_multilarge_nlinear_default_parameters();
    options.scale = gsl_multilarge_nlinear_scale_marquardt;
    options.solver = gsl_multilarge_nlinear_solver_mcholesky;
    struct work w = {.problem = problem, .values = values, .n_priors = n_priors};
    gsl_vector *x = gsl_vector_alloc(problem->n_params);
    gsl_multilarge_nlinear_workspace *solver = gsl_multilarge_nlinear_alloc(
        gsl_multilarge_nlinear_trust, &options, problem->n_rows + n_priors, problem->n_params);
    enum tb_status status = TB_E_NOMEM;
    if (make_room(&w) && x && solver) {
        list_slopes(&w);
        for (size_t j = 0; j < problem->n_params; j++) {
            values[j] = problem->params[j].start;
            gsl_vector_set(x, j, to_x(&problem->params[j], values[j]));
        }
        solve(&w, solver, x, sd_ln);
        status = TB_OK;
    }
    if (solver)
        gsl_multilarge_nlinear_free(solver);
    if (x)
        gsl_vector_free(x);
    free_room(&w);
    return status;
}
