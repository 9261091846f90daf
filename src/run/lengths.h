/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_LENGTHS_H
#define TB_RUN_LENGTHS_H

#include "trainbudget/types.h"

#define TB_LENGTH_BINS 64

/** How long responses are: a lognormal cut at a cap, or a table of lengths (docs/model.md,
 *  eq. 10.10 to 10.13). Pure; tokens. */
struct tb_responses {
    double mean;         /**< of the lengths as they come, cap included */
    double square;       /**< mean of their squares */
    double cap;          /**< longest response; of a table: its last entry */
    double mu, sigma;    /**< of the logarithm of the uncapped length; sigma 0: all of one length */
    const double *table; /**< ascending lengths of equal weight, borrowed; NULL: lognormal */
    size_t n_table;
};

/** A lognormal whose uncapped coefficient of variation is `cv` and whose mean after the cap is
 *  `mean`. A mean equal to the cap makes every response that long.
 *  @return TB_E_INPUT when a number is not positive and finite, or the cap is below the mean. */
enum tb_status tb_responses_make(struct tb_responses *r, double mean, double cap, double cv);

/** Lengths as counted. @return TB_E_INPUT when there are none, one is not positive and finite, or
 *  they are not ascending. */
enum tb_status tb_responses_table(struct tb_responses *r, const double *lengths, size_t n);

/** Share of responses longer than `x`. */
double tb_responses_longer(const struct tb_responses *r, double x);

/** E[min(length, x)]: tokens that a response has given by its x-th step. */
double tb_responses_until(const struct tb_responses *r, double x);

/** The same at the ends of TB_LENGTH_BINS bins of this width. */
void tb_responses_until_bins(const struct tb_responses *r, double width,
                             double until[TB_LENGTH_BINS]);

/** The length below which the share `p` in (0,1) of the responses stays. */
double tb_responses_quantile(const struct tb_responses *r, double p);

/** E[longest of n]. */
double tb_responses_longest(const struct tb_responses *r, double n);

#endif
