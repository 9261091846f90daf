/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_NORMAL_H
#define TB_BASE_NORMAL_H

/** The standard normal deviate that is below with this probability, in (0,1); to the last digits
 *  (Wichura, algorithm AS 241, Appl. Statist. 37, 1988). -+ infinity at 0 and 1, NaN outside. */
double tb_normal_deviate(double probability);

/** The share of a standard normal above `z`, given `bell`: exp(-z^2 / 2). As exact as that is
 *  (Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23, 1969). */
double tb_normal_above(double z, double bell);

#endif
