/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/normal.h"

#include <math.h>

/* Nearly every drawn number passes here. GSL has the same algorithm with its polynomials in loops,
 * which cost three times as much. */

enum { TERMS = 8 };

/* Coefficients by rising power, numerator and denominator of one piece. */
struct ratio {
    double above[TERMS], below[TERMS];
};

static const struct ratio middle = {
    {3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727},
    {1.0, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
     39307.89580009271061, 28729.085735721942674, 5226.495278852854561}};
static const struct ratio tail = {
    {1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
     1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833,
     7.7454501427834140764e-4},
    {1.0, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
     0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4,
     1.05075007164441684324e-9}};
static const struct ratio far_tail = {
    {6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
     0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5,
     2.01033439929228813265e-7},
    {1.0, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
     7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
     2.04426310338993978564e-15}};

static inline double polynomial(const double c[TERMS], double x)
{
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x +
           c[0];
}

static inline double ratio_at(const struct ratio *ratio, double x)
{
    return polynomial(ratio->above, x) / polynomial(ratio->below, x);
}

double tb_normal_deviate(double probability)
{
    const double q = probability - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio_at(&middle, 0.180625 - q * q);
    const double outside = q < 0.0 ? probability : 1.0 - probability;
    if (!(outside > 0.0))
        return outside == 0.0 ? copysign(HUGE_VAL, q) : (double)NAN;
    const double r = sqrt(-log(outside));
    const double z = r <= 5.0 ? ratio_at(&tail, r - 1.6) : ratio_at(&far_tail, r - 5.0);
    return copysign(z, q);
}

/* Of erf(x) / x by x^2 near zero; of erfc(x) exp(x^2) by x between and, far away, of what is left
 * of its asymptote by 1 / x^2. */
static const struct ratio near_zero = {
    {3209.37758913846947, 377.485237685302021, 113.864154151050156, 3.1611237438705656,
     0.185777706184603153},
    {2844.23683343917062, 1282.61652607737228, 244.024637934444173, 23.6012909523441209, 1.0}};
static const double between_above[TERMS + 1] = {
    1230.33935479799725, 2051.07837782607147,  1712.04761263407058,
    881.952221241769090, 298.635138197400131,  66.1191906371416295,
    8.88314979438837594, 0.564188496988670089, 2.15311535474403846e-8};
static const double between_below[TERMS + 1] = {
    1230.33935480374942, 3439.36767414372164, 4362.61909014324716,
    3290.79923573345963, 1621.38957456669019, 537.181101862009858,
    117.693950891312499, 15.7449261107098347, 1.0};
static const struct ratio far_away = {
    {6.58749161529837803e-4, 0.0160837851487422766, 0.125781726111229246, 0.360344899949804439,
     0.305326634961232344, 0.0163153871373020978},
    {0.00233520497626869185, 0.0605183413124413191, 0.527905102951428412, 1.87295284992346725,
     2.56852019228982242, 1.0}};

#define SQRT_HALF 0.70710678118654752440
#define ONE_OVER_SQRT_PI 0.56418958354775628695
#define NEAR_ZERO 0.46875
#define FAR_AWAY 4.0

/* erfc(x) exp(x^2) beyond NEAR_ZERO. */
static inline double scaled_erfc(double x)
{
    if (x <= FAR_AWAY)
        return (polynomial(between_above + 1, x) * x + between_above[0]) /
               (polynomial(between_below + 1, x) * x + between_below[0]);
    const double s = 1.0 / (x * x);
    return (ONE_OVER_SQRT_PI - s * ratio_at(&far_away, s)) / x;
}

double tb_normal_above(double z, double bell)
{
    const double x = fabs(z) * SQRT_HALF;
    if (x <= NEAR_ZERO)
        return 0.5 - 0.5 * SQRT_HALF * z * ratio_at(&near_zero, x * x);
    const double outside = 0.5 * bell * scaled_erfc(x);
    return z < 0.0 ? 1.0 - outside : outside;
}
