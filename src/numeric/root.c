/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/root.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

/* GSL calls its error handler, which aborts by default, when a value is not finite. */
struct guard {
    const struct tb_function *function;
    bool broken;
};

static double guarded(double x, void *context)
{
    struct guard *guard = context;
    double y = guard->function->at(x, guard->function->context);
    if (isfinite(y))
        return y;
    guard->broken = true;
    return 0.0;
}

static enum tb_status iterate(gsl_root_fsolver *solver, const struct guard *guard,
                              const struct tb_root_search *search, double *root)
{
    for (int i = 0; i < search->max_iterations; i++) {
        int failed = gsl_root_fsolver_iterate(solver);
        if (failed || guard->broken)
            return TB_E_ANSWER;
        double x = gsl_root_fsolver_root(solver);
        double width = gsl_root_fsolver_x_upper(solver) - gsl_root_fsolver_x_lower(solver);
        if (width <= search->epsabs + search->epsrel * fabs(x)) {
            *root = x;
            return TB_OK;
        }
    }
    return TB_E_ANSWER;
}

static bool well_formed(const struct tb_root_search *search)
{
    return isfinite(search->lo) && isfinite(search->hi) && search->lo < search->hi &&
           search->epsabs >= 0.0 && search->epsrel >= 0.0 &&
           search->epsabs + search->epsrel > 0.0 && search->max_iterations >= 1;
}

enum tb_status tb_root(const struct tb_function *function, const struct tb_root_search *search,
                       double *root)
{
    struct guard guard = {function, false};
    if (!well_formed(search))
        return TB_E_INPUT;
    double at_lo = guarded(search->lo, &guard);
    double at_hi = guarded(search->hi, &guard);
    if (guard.broken)
        return TB_E_ANSWER;
    if (at_lo == 0.0 || at_hi == 0.0) {
        *root = at_lo == 0.0 ? search->lo : search->hi;
        return TB_OK;
    }
    if ((at_lo < 0.0) == (at_hi < 0.0))
        return TB_E_ANSWER;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver)
        return TB_E_NOMEM;
    gsl_function f = {guarded, &guard};
    int failed = gsl_root_fsolver_set(solver, &f, search->lo, search->hi);
    enum tb_status status =
        failed || guard.broken ? TB_E_ANSWER : iterate(solver, &guard, search, root);
    gsl_root_fsolver_free(solver);
    return status;
}
