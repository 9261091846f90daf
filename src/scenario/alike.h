/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_ALIKE_H
#define TB_SCENARIO_ALIKE_H

#include "base/arena.h"
#include "preset/preset.h"

/** The MFU of a whole run from published runs like it: a Gaussian process over generation, size,
 *  kind, width of the experts, team and scope (docs/model.md 8.3), around a line in the MFU of its
 *  best plan where the kernel has a slope (8.7). */

/** Share of a run's time in its steps, where a run and its steps are set side by side. */
#define TB_STEADY_TO_RUN_GOODPUT 0.9

/** ln MFU at the scope of the question, and the standard deviation for a run of its own. */
struct tb_alike {
    double mean, sd;
};

/** Published runs, ready for questions. Memory is in the arena. */
struct tb_alike_runs {
    struct tb_evidence evidence;
    double *inverse; /**< of the covariance, n x n */
    double *weight;  /**< inverse x (ln MFU - mean) */
    double *scratch; /**< n, written by the functions below */
    double fit;      /**< negative log-likelihood but for a constant */
};

/** Room for n runs. @return false when memory runs out. */
bool tb_alike_reserve(tb_arena *arena, size_t n, struct tb_alike_runs *out);

/** Prepares the runs in `evidence` under its kernel; out was reserved for as many.
 *  @return TB_E_ANSWER when the kernel is not positive definite. */
enum tb_status tb_alike_prepare(const struct tb_evidence *evidence, struct tb_alike_runs *out);

/** Predicts a run; its `run`, `mfu` and `doubt` are not looked at. */
struct tb_alike tb_alike_predict(const struct tb_alike_runs *runs,
                                 const struct tb_evidence_run *query);

/** Predicts a run from all others that bear neither its id nor its team's name; the kernel has seen
 *  them all. Memory is in the arena.
 *  @return false when memory runs out or the rest is no covariance. */
bool tb_alike_without(tb_arena *arena, const struct tb_evidence *evidence,
                      const struct tb_evidence_run *query, struct tb_alike *out);

/** Predicts run i from all others, exactly as if it had not been there (same kernel). */
struct tb_alike tb_alike_left_out(const struct tb_alike_runs *runs, size_t i);

/** Fits the kernel and the doubts of the runs: maximum likelihood by a pattern search, in rounds
 *  that doubt runs far from what the others say. `run` is written to. The slope is fitted where
 * some run has a best plan.
 *  @return false when memory runs out or there are fewer than ten runs. */
bool tb_alike_fit(tb_arena *arena, struct tb_evidence_run *run, size_t n,
                  struct tb_evidence_kernel *kernel);

#endif
