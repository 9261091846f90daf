/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/sobol.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_rng.h>
#include <string.h>

#include "numeric/hash.h"

static bool well_formed(const struct tb_point_set *set)
{
    if (set->points < 1 || set->dimensions < 1 || set->shifts < 1 || set->shifts > set->points ||
        set->stride < set->points)
        return false;
    for (size_t i = 0; i < set->dimensions; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(set->names[i], set->names[j]) == 0)
                return false;
    return true;
}

/* The fractional part of a sum of two numbers below 1, kept off 0 by less than GSL's uniform
 * numbers resolve (2^-32). */
static double wrap(double x)
{
    const double edge = 1.0 / 8589934592.0;
    double part = x < 1.0 ? x : x - 1.0;
    return part < edge ? edge : part > 1.0 - edge ? 1.0 - edge : part;
}

static void fill_independent(const struct tb_point_set *set, gsl_rng *random, double *u)
{
    for (size_t k = 0; k < set->dimensions; k++) {
        gsl_rng_set(random, tb_stream_seed(set->seed, set->names[k]));
        for (size_t i = 0; i < set->points; i++)
            u[k * set->stride + i] = gsl_rng_uniform_pos(random);
    }
}

/* Each block of the set begins with its own random shift at every dimension. */
static void fill_shifts(const struct tb_point_set *set, gsl_rng *random, double *u)
{
    for (size_t k = 0; k < set->dimensions; k++) {
        gsl_rng_set(random, tb_stream_seed(set->seed, set->names[k]));
        for (size_t r = 0; r < set->shifts; r++) {
            size_t first = r * set->points / set->shifts;
            u[k * set->stride + first] = gsl_rng_uniform_pos(random);
        }
    }
}

/* The first point of GSL's sequence is the second of Sobol's; the origin, left out because an
 * inverse CDF has no value there, is wanted under a shift: with it the points fill every dyadic box
 * equally. */
static void add_sobol(const struct tb_point_set *set, const gsl_qrng *sobol, double *u)
{
    const size_t most = (set->points + set->shifts - 1) / set->shifts;
    double point[TB_SOBOL_DIMENSIONS];
    for (size_t i = 1; i < most; i++) {
        gsl_qrng_get(sobol, point);
        for (size_t r = 0; r < set->shifts; r++) {
            size_t first = r * set->points / set->shifts;
            size_t end = (r + 1) * set->points / set->shifts;
            for (size_t k = 0; k < set->dimensions && first + i < end; k++) {
                double *of = u + k * set->stride;
                of[first + i] = wrap(point[k] + of[first]);
            }
        }
    }
}

enum tb_status tb_points_fill(const struct tb_point_set *set, double *u)
{
    if (!well_formed(set))
        return TB_E_INPUT;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    if (!random)
        return TB_E_NOMEM;
    enum tb_status status = TB_OK;
    /* gsl_qrng_alloc does not refuse too many dimensions, it returns wrong points. */
    if (set->dimensions > gsl_qrng_sobol->max_dimension || set->dimensions > TB_SOBOL_DIMENSIONS) {
        fill_independent(set, random, u);
        goto out;
    }
    gsl_qrng *sobol = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned int)set->dimensions);
    if (!sobol) {
        status = TB_E_NOMEM;
        goto out;
    }
    fill_shifts(set, random, u);
    add_sobol(set, sobol, u);
    gsl_qrng_free(sobol);
out:
    gsl_rng_free(random);
    return status;
}
