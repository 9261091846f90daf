/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_NEAR_H
#define TB_TEST_NEAR_H

#include <stdbool.h>

/** Comparisons of doubles for cmocka tests. cmocka's own compare as float with an absolute
 *  tolerance and let NaN pass. These fail on anything that is not finite, and print both numbers
 *  in "%.17g". Each argument is evaluated once. */

/** |actual - expected| <= rtol * |expected|. */
#define assert_rel(actual, expected, rtol)                                                         \
    tb_assert_rel((actual), (expected), (rtol), #actual, __FILE__, __LINE__)

/** Equal to the last bit (0 and -0 are equal). */
#define assert_exact(actual, expected)                                                             \
    tb_assert_exact((actual), (expected), #actual, __FILE__, __LINE__)

/** lo <= actual <= hi. */
#define assert_in(actual, lo, hi) tb_assert_in((actual), (lo), (hi), #actual, __FILE__, __LINE__)

/** The judgements themselves, false on anything that is not finite. */
bool tb_is_rel(double actual, double expected, double rtol);
bool tb_is_exact(double actual, double expected);
bool tb_is_in(double actual, double lo, double hi);

void tb_assert_rel(double actual, double expected, double rtol, const char *what, const char *file,
                   int line);
void tb_assert_exact(double actual, double expected, const char *what, const char *file, int line);
void tb_assert_in(double actual, double lo, double hi, const char *what, const char *file,
                  int line);

#endif
