/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_PICK_H
#define TB_BASE_PICK_H

/** The larger and the smaller of two numbers, as fmax and fmin but without a call: the standard's
 *  rule for NaN keeps compilers from using one instruction. The second where one is NaN. */

static inline double tb_larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double tb_smaller(double a, double b)
{
    return a < b ? a : b;
}

#endif
