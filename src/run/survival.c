/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/survival.h"

#include <math.h>

enum {
    INTERVALS = 40, /* of Simpson's rule, even */
    TERMS = 24,     /* of a sum before its tail is integrated */
    GRID = 256      /* points of a distribution where its steps matter */
};
/* exp(-30): the tail left out. */
#define FAR 30.0

void tb_survival_make(struct tb_survival *s, double mean, double shape)
{
    s->mean = mean;
    s->shape = shape;
    s->scale = shape == 1.0 ? mean : mean / tgamma(1.0 + 1.0 / shape);
}

double tb_survival_at(const struct tb_survival *s, double t)
{
    if (t <= 0.0)
        return 1.0;
    if (s->shape == 1.0)
        return exp(-t / s->mean);
    return exp(-pow(t / s->scale, s->shape));
}

/* Integral of the survival over (from, to). Points crowd at the start, where shapes below 1 fall
 * steeply. */
static double integral(const struct tb_survival *s, double from, double to)
{
    double power = fmax(1.0, 1.0 / s->shape) + 1.0;
    double sum = 0.0;
    for (int i = 0; i <= INTERVALS; i++) {
        double x = (double)i / INTERVALS;
        double weight = i == 0 || i == INTERVALS ? 1.0 : i % 2 ? 4.0 : 2.0;
        double slope = power * pow(x, power - 1.0);
        sum += weight * slope * tb_survival_at(s, from + (to - from) * pow(x, power));
    }
    return sum * (to - from) / (3.0 * INTERVALS);
}

double tb_survival_renewals(const struct tb_survival *s, double lag, double period)
{
    if (s->shape == 1.0)
        return exp(-lag / s->mean) / expm1(period / s->mean);
    double sum = 0.0;
    for (int n = 1; n <= TERMS; n++)
        sum += tb_survival_at(s, lag + n * period);
    /* Midpoint rule backwards: the rest of the sum is the integral from half a period on. */
    double from = lag + (TERMS + 0.5) * period;
    double to = s->scale * pow(FAR, 1.0 / s->shape);
    return from < to ? sum + integral(s, from, to) / period : sum;
}

double tb_survival_attempts(const struct tb_survival *s, double length)
{
    if (!(length > 0.0))
        return 0.0;
    if (s->shape == 1.0)
        return s->mean * expm1(length / s->mean);
    return integral(s, 0.0, length) / tb_survival_at(s, length);
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

static double stored(const struct tb_cycle *c, double life)
{
    return life < c->lag + c->period ? 0.0 : floor((life - c->lag) / c->period);
}

static double weibull_variance(const struct tb_survival *s, const struct tb_cycle *c)
{
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < GRID; i++) {
        double u = (i + 0.5) / GRID;
        double life = s->scale * pow(-log(u), 1.0 / s->shape);
        double x = life - c->price * stored(c, life);
        sum += x;
        squares += x * x;
    }
    return squares / GRID - sum * sum / ((double)GRID * GRID);
}

double tb_survival_variance(const struct tb_survival *s, const struct tb_cycle *cycle)
{
    double life = s->shape == 1.0 ? exponential_variance(s, cycle) : weibull_variance(s, cycle);
    return fmax(0.0, life) + attempts_variance(s, cycle->recovery);
}
