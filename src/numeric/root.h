/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_ROOT_H
#define TB_NUMERIC_ROOT_H

#include "trainbudget/types.h"

/** A function of one unknown. */
struct tb_function {
    double (*at)(double x, void *context);
    void *context;
};

struct tb_root_search {
    double lo, hi; /**< the function has opposite signs here, or is zero at one of them */
    /** The root is known to epsabs + epsrel |root|. Neither is negative, one is positive. */
    double epsabs, epsrel;
    int max_iterations; /**< at least 1; Brent needs some ten */
};

/** A root within the bracket, by Brent's method.
 *  @return TB_OK; TB_E_INPUT for a malformed search; TB_E_ANSWER when the signs at the ends agree,
 *  a value is not finite or the iterations do not suffice; TB_E_NOMEM. */
enum tb_status tb_root(const struct tb_function *function, const struct tb_root_search *search,
                       double *root);

#endif
