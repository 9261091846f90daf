/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_RANK_H
#define TB_NUMERIC_RANK_H

#include "trainbudget/types.h"

/** One entry of the caller's workspace. */
struct tb_rank_entry {
    uint64_t key;
    uint64_t index;
};

/** Ranks 1..n of `n` values; equal values share the mean of their ranks. `work` has room for 2 n
 *  entries. @return TB_OK; TB_E_INPUT when a value is NaN; infinite ones have their place. */
enum tb_status tb_rank(const double *values, size_t n, double *ranks, struct tb_rank_entry *work);

/** Pearson's correlation of two series, within [-1,1]; of two series of ranks it is Spearman's.
 *  0 when one of them is constant, or n < 2. */
double tb_correlation(const double *a, const double *b, size_t n);

#endif
