/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_SURVIVAL_H
#define TB_RUN_SURVIVAL_H

/** The time to the next failure of a job: Weibull with a given mean, counted anew after every
 *  restart. Shape 1 is exponential and has closed forms; other shapes go by incomplete gamma
 *  functions, and by the first checkpoints and an integral for the rest where there is a sum: good
 * to 1e-6, variances to 1e-3. */

#define TB_LEAST_SHAPE 0.3
#define TB_MOST_SHAPE 5.0

struct tb_survival {
    double mean, shape, scale;
    double gamma[2]; /**< of 1 / shape and of 2 / shape; NaN for shape 1 */
};

void tb_survival_make(struct tb_survival *s, double mean, double shape);

/** Probability of no failure before t. */
double tb_survival_at(const struct tb_survival *s, double t);

/** Expected checkpoints stored before a failure, one every `period` and each stored `lag` after it
 *  was taken: the sum over n >= 1 of the survival at lag + n period. */
double tb_survival_renewals(const struct tb_survival *s, double lag, double period);

/** Expected time until a span of `length` is lived through when a failure begins it anew. */
double tb_survival_attempts(const struct tb_survival *s, double length);

/** From one failure to the next. */
struct tb_cycle {
    double lag, period;
    double price;    /**< s of the run that one stored checkpoint costs in the mean */
    double recovery; /**< s without a failure */
};

/** Variance of (length of a cycle) - price x (checkpoints stored in it), s^2: what makes the time
 *  for a given amount of work vary. */
double tb_survival_variance(const struct tb_survival *s, const struct tb_cycle *cycle);

#endif
