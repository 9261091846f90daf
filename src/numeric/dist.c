/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/dist.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "base/normal.h"
#include "numeric/root.h"

static const double z95 = 1.6448536269514722; /* normal quantile at 0.95 */
static const double bound_sigmas = 2.0;       /* where a bound cuts a normal or lognormal tail */

/* A shape on the unit interval with its mode at `mode`: the quantile at u. */
typedef double unit_quantile(double mode, double u);

static double triangle_at(double mode, double u)
{
    return u < mode ? sqrt(u * mode) : 1.0 - sqrt((1.0 - u) * (1.0 - mode));
}

/* Shapes are at least 1, where gsl_cdf_beta_Pinv is reliable. */
static double pert_at(double mode, double u)
{
    return gsl_cdf_beta_Pinv(u, 1.0 + 4.0 * mode, 5.0 - 4.0 * mode);
}

struct tails {
    unit_quantile *quantile;
    double below, above; /* from the mode to P5 and to P95, in the quantity's unit */
};

/* Zero when the distances from the mode to P5 and P95 stand in the wanted proportion. */
static double imbalance(double mode, void *context)
{
    const struct tails *tails = context;
    double below = mode - tails->quantile(mode, 0.05);
    double above = tails->quantile(mode, 0.95) - mode;
    return (below * tails->above - above * tails->below) / (tails->below + tails->above);
}

static enum tb_status make_moded(struct tb_sampling *s, const struct tb_belief *b,
                                 unit_quantile *quantile)
{
    s->left = b->low;
    s->width = b->high - b->low;
    s->mode = s->width > 0.0 ? (b->value - b->low) / s->width : 0.5;
    if (b->bounds || s->width == 0.0)
        return TB_OK;
    struct tails tails = {quantile, b->value - b->low, b->high - b->value};
    const struct tb_function balance = {imbalance, &tails};
    const struct tb_root_search search = {
        .lo = 0.0, .hi = 1.0, .epsabs = 1e-14, .epsrel = 0.0, .max_iterations = 200};
    enum tb_status status = tb_root(&balance, &search, &s->mode);
    if (status != TB_OK)
        return status;
    double span = quantile(s->mode, 0.95) - quantile(s->mode, 0.05);
    s->width = (b->high - b->low) / span;
    s->left = b->value - s->mode * s->width;
    return TB_OK;
}

static enum tb_status make_triangular(struct tb_sampling *s, const struct tb_belief *b)
{
    return make_moded(s, b, triangle_at);
}

static enum tb_status make_pert(struct tb_sampling *s, const struct tb_belief *b)
{
    return make_moded(s, b, pert_at);
}

static enum tb_status make_exact(struct tb_sampling *s, const struct tb_belief *b)
{
    s->centre = b->value;
    return TB_OK;
}

static enum tb_status make_normal(struct tb_sampling *s, const struct tb_belief *b)
{
    double sigmas = b->bounds ? bound_sigmas : z95;
    s->centre = b->value;
    s->below = (b->value - b->low) / sigmas;
    s->above = (b->high - b->value) / sigmas;
    s->cut = b->bounds ? gsl_cdf_ugaussian_P(-bound_sigmas) : 0.0;
    return TB_OK;
}

static enum tb_status make_uniform(struct tb_sampling *s, const struct tb_belief *b)
{
    double margin = b->bounds ? 0.0 : (b->high - b->low) / 18.0;
    s->left = b->low - margin;
    s->width = b->high - b->low + 2.0 * margin;
    return TB_OK;
}

static struct tb_belief logarithm(const struct tb_belief *b)
{
    struct tb_belief log_belief = *b;
    log_belief.value = log(b->value);
    log_belief.low = log(b->low);
    log_belief.high = log(b->high);
    return log_belief;
}

static enum tb_status make_lognormal(struct tb_sampling *s, const struct tb_belief *b)
{
    const struct tb_belief log_belief = logarithm(b);
    enum tb_status status = make_normal(s, &log_belief);
    s->centre = 0.0; /* exp(log(median)) may miss the median by a digit; a factor of one does not */
    s->scale = b->value;
    return status;
}

static enum tb_status make_loguniform(struct tb_sampling *s, const struct tb_belief *b)
{
    const struct tb_belief log_belief = logarithm(b);
    return make_uniform(s, &log_belief);
}

static double at_exact(const struct tb_sampling *s, double u)
{
    (void)u;
    return s->centre;
}

static double at_normal(const struct tb_sampling *s, double u)
{
    double z = tb_normal_deviate(s->cut + u * (1.0 - 2.0 * s->cut));
    return s->centre + z * (z < 0.0 ? s->below : s->above);
}

/* A belief over hundreds of decades has tails past the largest double. */
static double bounded(double x)
{
    return x < DBL_MIN ? DBL_MIN : x > DBL_MAX ? DBL_MAX : x;
}

static double bounded_exp(double x)
{
    return bounded(exp(x));
}

static double at_lognormal(const struct tb_sampling *s, double u)
{
    return bounded(s->scale * bounded_exp(at_normal(s, u)));
}

static double at_uniform(const struct tb_sampling *s, double u)
{
    return s->left + u * s->width;
}

static double at_loguniform(const struct tb_sampling *s, double u)
{
    return bounded_exp(at_uniform(s, u));
}

static double at_triangular(const struct tb_sampling *s, double u)
{
    return s->left + s->width * triangle_at(s->mode, u);
}

static double at_pert(const struct tb_sampling *s, double u)
{
    return s->left + s->width * pert_at(s->mode, u);
}

static const struct shape {
    enum tb_status (*make)(struct tb_sampling *, const struct tb_belief *);
    double (*at)(const struct tb_sampling *, double);
    bool positive;
} shapes[] = {
    [TB_DIST_EXACT] = {make_exact, at_exact, false},
    [TB_DIST_LOGNORMAL] = {make_lognormal, at_lognormal, true},
    [TB_DIST_NORMAL] = {make_normal, at_normal, false},
    [TB_DIST_TRIANGULAR] = {make_triangular, at_triangular, false},
    [TB_DIST_PERT] = {make_pert, at_pert, false},
    [TB_DIST_UNIFORM] = {make_uniform, at_uniform, false},
    [TB_DIST_LOGUNIFORM] = {make_loguniform, at_loguniform, true},
};

enum tb_status tb_sampling_make(struct tb_sampling *sampling, const struct tb_belief *belief)
{
    struct tb_belief b = *belief;
    if ((size_t)b.dist >= sizeof shapes / sizeof *shapes || !isfinite(b.value))
        return TB_E_INPUT;
    if (b.dist == TB_DIST_EXACT)
        b.low = b.high = b.value;
    if (!isfinite(b.low) || !isfinite(b.high) || !(b.low <= b.value && b.value <= b.high))
        return TB_E_INPUT;
    if (shapes[b.dist].positive && b.low <= 0.0)
        return TB_E_INPUT;
    *sampling = (struct tb_sampling){.dist = b.dist};
    enum tb_status status = shapes[b.dist].make(sampling, &b);
    double size = fabs(sampling->left) + sampling->width + sampling->below + sampling->above;
    return status == TB_OK && !isfinite(8.0 * size) ? TB_E_INPUT : status;
}

double tb_sampling_at(const struct tb_sampling *sampling, double u)
{
    if (!(u > 0.0 && u < 1.0))
        return NAN;
    return shapes[sampling->dist].at(sampling, u);
}
