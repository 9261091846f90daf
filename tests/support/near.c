/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "near.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

bool tb_is_rel(double actual, double expected, double rtol)
{
    return isfinite(actual) && isfinite(expected) &&
           fabs(actual - expected) <= rtol * fabs(expected);
}

bool tb_is_exact(double actual, double expected)
{
    return isfinite(actual) && isfinite(expected) && actual == expected;
}

bool tb_is_in(double actual, double lo, double hi)
{
    return isfinite(actual) && isfinite(lo) && isfinite(hi) && actual >= lo && actual <= hi;
}

void tb_assert_rel(double actual, double expected, double rtol, const char *what, const char *file,
                   int line)
{
    if (tb_is_rel(actual, expected, rtol))
        return;
    print_error("%s = %.17g\nexpected %.17g within a relative %.3g; off by %.3g\n", what, actual,
                expected, rtol, (actual - expected) / fabs(expected));
    _fail(file, line);
}

void tb_assert_exact(double actual, double expected, const char *what, const char *file, int line)
{
    if (tb_is_exact(actual, expected))
        return;
    print_error("%s = %.17g\nexpected exactly %.17g\n", what, actual, expected);
    _fail(file, line);
}

void tb_assert_in(double actual, double lo, double hi, const char *what, const char *file, int line)
{
    if (tb_is_in(actual, lo, hi))
        return;
    print_error("%s = %.17g\nexpected within [%.17g, %.17g]\n", what, actual, lo, hi);
    _fail(file, line);
}
