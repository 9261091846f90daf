/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/survival.h"

#include <math.h>
#include <stdbool.h>

/* Terms of a sum over checkpoints that are added one by one before the rest is integrated. */
enum { TERMS = 6, MOST_STEPS = 500 };
#define PRECISE 1e-13

void tb_survival_make(struct tb_survival *s, double mean, double shape)
{
    s->mean = mean;
    s->shape = shape;
    s->gamma[0] = s->gamma[1] = NAN;
    s->scale = mean;
    if (shape == 1.0)
        return;
    s->gamma[0] = tgamma(1.0 / shape);
    s->gamma[1] = tgamma(2.0 / shape);
    s->scale = mean * shape / s->gamma[0];
}

double tb_survival_at(const struct tb_survival *s, double t)
{
    if (t <= 0.0)
        return 1.0;
    if (s->shape == 1.0)
        return exp(-t / s->mean);
    return exp(-pow(t / s->scale, s->shape));
}

/* Incomplete gamma functions of `a` at z, without their factor z^a exp(-z) [DLMF 8.11.4, 8.9.2]. */
static double lower_series(double a, double z)
{
    double term = 1.0 / a;
    double sum = term;
    for (int n = 1; n < MOST_STEPS && term > PRECISE * sum; n++) {
        term *= z / (a + n);
        sum += term;
    }
    return sum;
}

static double upper_fraction(double a, double z)
{
    double b = z + 1.0 - a;
    double c = HUGE_VAL;
    double d = 1.0 / b;
    double h = d;
    for (int n = 1; n < MOST_STEPS; n++) {
        double an = -n * (n - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        h *= c * d;
        if (fabs(c * d - 1.0) < PRECISE)
            break;
    }
    return h;
}

/* A time as the integrals of the survival need it. */
struct instant {
    double t, x, z, alive; /* x = t / scale, z = x^shape, alive = exp(-z) */
};

static struct instant at(const struct tb_survival *s, double t)
{
    double x = t / s->scale;
    double z = pow(x, s->shape);
    return (struct instant){t, x, z, exp(-z)};
}

/* Integral of t^power S(t) from the instant on, or up to it; power 0 or 1. With a = (power + 1) /
 * shape it is scale^(power + 1) / shape times the incomplete gamma function of a, and z^a is
 * x^(power + 1). */
static double moment(const struct tb_survival *s, const struct instant *i, int power, bool after)
{
    double a = (power + 1) / s->shape;
    double factor = (power ? i->x * i->x : i->x) * i->alive;
    double unit = (power ? s->scale * s->scale : s->scale) / s->shape;
    bool series = i->z < a + 1.0;
    if (i->x <= 0.0)
        return after ? unit * s->gamma[power] : 0.0;
    double part = factor * (series ? lower_series(a, i->z) : upper_fraction(a, i->z));
    return unit * (series == after ? s->gamma[power] - part : part);
}

static double slope(const struct tb_survival *s, const struct instant *i)
{
    return -i->alive * s->shape * i->z / i->t;
}

/* The midpoint rule backwards: what the sum over the later checkpoints, a period apart, is when the
 * integral of the summand from half a period before the first of them is known, and its slope
 * there [Euler and Maclaurin]. */
static double later(double integral, double summand_slope, double period)
{
    return integral / period + period * summand_slope / 24.0;
}

double tb_survival_renewals(const struct tb_survival *s, double lag, double period)
{
    if (s->shape == 1.0)
        return exp(-lag / s->mean) / expm1(period / s->mean);
    double sum = 0.0;
    for (int n = 1; n <= TERMS; n++)
        sum += tb_survival_at(s, lag + n * period);
    struct instant i = at(s, lag + (TERMS + 0.5) * period);
    return sum + later(moment(s, &i, 0, true), slope(s, &i), period);
}

double tb_survival_attempts(const struct tb_survival *s, double length)
{
    if (!(length > 0.0))
        return 0.0;
    if (s->shape == 1.0)
        return s->mean * expm1(length / s->mean);
    struct instant i = at(s, length);
    return moment(s, &i, 0, false) / i.alive;
}

/* Of the time of failed attempts, a geometric number of truncated exponential times. */
static double attempts_variance(const struct tb_survival *s, double length)
{
    double m = s->mean;
    double live = exp(-length / m);
    double fail = -expm1(-length / m);
    if (!(fail > 0.0))
        return 0.0;
    double z = m - length * live / fail;
    double square = 2.0 * m * m - (length * length + 2.0 * m * length) * live / fail;
    double n = fail / live;
    return n * (square - z * z) + n / live * z * z;
}

/* Closed forms of the sums over P(N >= n) = exp(-(lag + n period) / mean). */
static double exponential_variance(const struct tb_survival *s, const struct tb_cycle *c)
{
    double m = s->mean;
    double odds = 1.0 / expm1(c->period / m); /* q / (1 - q) */
    double twice = odds * (1.0 + odds);       /* q / (1 - q)^2 */
    double live = exp(-c->lag / m);
    double n = live * odds;
    double n2 = live * (2.0 * twice - odds);
    double xn = live * ((c->lag + m) * odds + c->period * twice);
    double var_n = n2 - n * n;
    double cov = xn - m * n;
    return m * m - 2.0 * c->price * cov + c->price * c->price * var_n;
}

/* Of the life A and the N checkpoints stored in it: E[N] is the sum of S, E[N^2] of (2n - 1) S,
 * E[A N] of x S + the integral of S from x on, each over the times x_n at which they are stored. */
static double weibull_variance(const struct tb_survival *s, const struct tb_cycle *c)
{
    double n1 = 0.0;
    double n2 = 0.0;
    double an = 0.0;
    for (int n = 1; n <= TERMS; n++) {
        struct instant i = at(s, c->lag + n * c->period);
        n1 += i.alive;
        n2 += (2.0 * n - 1.0) * i.alive;
        an += i.t * i.alive + moment(s, &i, 0, true);
    }
    struct instant i = at(s, c->lag + (TERMS + 0.5) * c->period);
    double rest = moment(s, &i, 0, true);
    double first = moment(s, &i, 1, true);
    double fall = slope(s, &i);
    n1 += later(rest, fall, c->period);
    n2 += later(2.0 / c->period * (first - c->lag * rest) - rest,
                2.0 / c->period * i.alive + 2.0 * TERMS * fall, c->period);
    an += later(2.0 * first - i.t * rest, i.t * fall, c->period);
    double square = 2.0 * s->scale * s->scale / s->shape * s->gamma[1];
    double mean = s->mean - c->price * n1;
    return square - 2.0 * c->price * an + c->price * c->price * n2 - mean * mean;
}

double tb_survival_variance(const struct tb_survival *s, const struct tb_cycle *cycle)
{
    double life = s->shape == 1.0 ? exponential_variance(s, cycle) : weibull_variance(s, cycle);
    return fmax(0.0, life) + attempts_variance(s, cycle->recovery);
}
