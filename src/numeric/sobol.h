/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_SOBOL_H
#define TB_NUMERIC_SOBOL_H

#include "trainbudget/types.h"

/** Most dimensions GSL has Sobol direction numbers for. */
enum { TB_SOBOL_DIMENSIONS = 40 };

struct tb_point_set {
    size_t points;            /**< n >= 1 */
    size_t dimensions;        /**< d >= 1, one per input */
    const char *const *names; /**< d different names; each has its own random stream */
    size_t shifts;            /**< random shifts, 1 <= shifts <= points */
    size_t stride;            /**< places from a dimension to the next, >= points */
    uint64_t seed;            /**< any value, 0 too */
};

/** Fills `u` with numbers in the open interval (0,1): those of a dimension stand together, point by
 *  point, and those of the next begin `stride` places on.
 *
 *  Up to 40 dimensions: the first points / shifts Sobol points, origin included, once for each
 *  random shift modulo 1; block r holds points r*n/R up to (r+1)*n/R, so that the spread of a
 * result between blocks tells its error. Beyond 40 dimensions: independent uniform numbers.
 *
 *  The shifts of an input (or its numbers) depend on the seed and its name alone: an input that is
 *  appended does not change the numbers of the others.
 *
 *  @return TB_OK; TB_E_INPUT when the set is not as described; TB_E_NOMEM. */
enum tb_status tb_points_fill(const struct tb_point_set *set, double *u);

#endif
