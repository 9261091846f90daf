/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_FAILURE_H
#define TB_RUN_FAILURE_H

#include "trainbudget/types.h"

/** Failures, checkpoints and what they leave of the time (docs/model.md 7.1 to 7.10). A job stops
 *  when any of its chips does; it is found out, restarted, and goes on from the last checkpoint
 * that is safely stored. Times are seconds. */

/** Runs that count less of their time make no progress. */
#define TB_LEAST_GOODPUT 0.01

enum tb_failure_outcome {
    TB_FAILURE_OK = 0,
    TB_FAILURE_UNKNOWN,         /**< an input is missing */
    TB_FAILURE_INVALID,         /**< an input is outside its domain (negative, zero chips) */
    TB_FAILURE_NO_PROGRESS,     /**< less than 1 % of the time would count */
    TB_FAILURE_CHECKPOINT_LONG, /**< a checkpoint takes longer than the time between two */
    TB_FAILURE_NO_TIME,         /**< less than 1 % would count beside evaluation and idle time */
};

/** One sentence for an outcome. */
const char *tb_failure_outcome_text(enum tb_failure_outcome outcome);

/** What a checkpoint holds and how it is written. */
struct tb_checkpoint_in {
    double bytes; /**< of the whole model */
    double chips;
    double storage_bandwidth; /**< bytes/s per chip, writing and reading */
    double snapshot;          /**< s that steps wait in any case (copy to host, barrier) */
    double overlap; /**< share of the write that runs beside steps: 0 blocking, 1 hidden */
};

struct tb_checkpoint {
    double write;  /**< s until all bytes are stored */
    double stall;  /**< s that steps wait */
    double lag;    /**< s after the stall until the checkpoint can be relied on */
    double reload; /**< s to read it back */
};

/** Eq. 7.1, 7.2. NaN where an input is. */
void tb_checkpoint_cost(const struct tb_checkpoint_in *in, struct tb_checkpoint *out);

struct tb_failure_in {
    double chips;
    double mtbf;  /**< s between failures that stop the job, per chip */
    double shape; /**< of the Weibull distribution of the time to the next failure: 1 exponential,
                       below 1 failures come in clusters after a restart */
    double recovery; /**< s from a failure until steps run again: detection + restart + reload */
    double stall;    /**< s a checkpoint, see tb_checkpoint */
    double lag;
    double interval; /**< s of steps between two checkpoints; NaN: the best */
};

/** Shares of the run's time sum to one. NaN when the outcome is not TB_FAILURE_OK. */
struct tb_failure {
    enum tb_failure_outcome outcome;
    double job_mtbf;            /**< s */
    double interval;            /**< s of steps between checkpoints, as given or the best */
    double goodput;             /**< share of the time in steps that count */
    double saving;              /**< share in checkpoints */
    double redone;              /**< share in steps (and checkpoints) that a failure takes back */
    double recovering;          /**< share in detection, restart and reload */
    double failures_per_second; /**< of the run's time; failures of restarts included */
    double variance_per_second; /**< of the run's time: Var(T) / T, s */
};

/** Long-run shares: exact for exponential failures, by quadrature for Weibull (eq. 7.5, 7.6). */
void tb_failure_evaluate(const struct tb_failure_in *in, struct tb_failure *out);

/** The last answer of the failure model; zero-initialised: none. */
struct tb_failure_last {
    bool set;
    struct tb_failure_in in;
    struct tb_failure out;
};

/** The same as tb_failure_evaluate: stages of a run on one machine mostly ask the same thing, so an
 *  answer to the same bits is copied from `last`, which otherwise takes the new one. `last` may be
 *  NULL. */
void tb_failure_evaluate_last(const struct tb_failure_in *in, struct tb_failure_last *last,
                              struct tb_failure *out);

/** Intervals between checkpoints (s of steps) for stall C and job MTBF M. */
double tb_interval_young(double stall, double job_mtbf); /**< eq. 7.3: sqrt(2 C M) */
double tb_interval_daly(double stall, double job_mtbf); /**< eq. 7.3, next orders; M for C >= 2 M */
/** The minimum itself: Newton for exponential failures, golden section for Weibull (eq. 7.4). */
double tb_interval_best(const struct tb_failure_in *in);

/** The time that `work` seconds of counted steps take: failures come by chance (eq. 7.8). */
struct tb_run_time {
    double least;    /**< s without a failure */
    double mean, sd; /**< s */
    double failures; /**< expected */
    double none;     /**< probability that none happens */
    double median;   /**< s lost where some happen; NaN: nothing is lost by chance */
    double sigma;    /**< of the logarithm of that loss */
};

void tb_run_time(const struct tb_failure *failure, double work, struct tb_run_time *out);

/** Quantile of that time: the run ends sooner with this probability. Nothing is lost with
 *  probability `none`, else a lognormal loss of the same mean and variance. */
double tb_run_time_at(const struct tb_run_time *time, double probability);

/** Spare units that cover the failures of `repair` seconds with probability `confidence`, when
 * units fail `rate` times a second altogether (Poisson, eq. 7.9). NaN: not defined. */
double tb_spares(double rate, double repair, double confidence);

#endif
