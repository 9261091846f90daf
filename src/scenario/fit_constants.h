/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_FIT_CONSTANTS_H
#define TB_SCENARIO_FIT_CONSTANTS_H

#include "base/arena.h"
#include "base/text.h"
#include "preset/constants.h"
#include "scenario/fit_case.h"

bool tb_constants_add(tb_arena *arena, struct tb_constants *constants,
                      const struct tb_constant *constant);

/** The last entry of a constant under a key: what was fitted later stands behind. NULL: none. */
const struct tb_constant *tb_constants_find(const struct tb_constants *constants,
                                            enum tb_perf_id id, const char *key);

/** What stacks other than that of `key` ("stack" or "stack@generation") say of a constant of
 *  software, nearer ones in time and of the same framework counting more, beside what all share.
 *  NaN: nothing. */
double tb_constants_of_others(const struct tb_constants *constants, enum tb_perf_id id,
                              const char *key);

/** What constants are looked up by. */
struct tb_constant_keys {
    const char *chip, *generation, *vendor;
    const char *stack;
    const struct tb_chip *data_sheet; /**< for what no entry tells */
};

/** The constants of a chip under a stack (docs/model.md 9.8). Of a chip or its network: the entry
 * of the nearest of chip, generation, vendor and "default", but a share of the chip's own best
 * measured product rather than the default. Of a stack: its own entry (stack@generation for
 * kernels), else the mean over stacks, nearer ones in time and of the same framework counting more,
 * else "default". Where nothing tells, the start.
 *  @return how well it is known: 0 chip and stack have entries, 1 only one has, 2 none. */
int tb_constants_perf(const struct tb_constants *constants, const struct tb_constant_keys *keys,
                      struct tb_perf *perf);

/** The same for a case. */
int tb_case_perf(const struct tb_constants *constants, const struct tb_case *item,
                 struct tb_perf *perf);

/** How a fit is made. */
struct tb_fit_options {
    const struct tb_constants *base; /**< constants to start from and keep; NULL: none */
    int fold, folds; /**< groups with hash % folds == fold are left out; folds 0: none */
    bool quick;      /**< fewer rounds, for cross-validation */
};

/** Fits constants to the cases that have a measurement (staged: compute on rows within a scale-up
 *  domain, then networks and overlap, then scale, then all together).
 *  @return TB_OK, TB_E_ANSWER with too few rows, TB_E_NOMEM. */
enum tb_status tb_constants_fit(tb_arena *arena, const struct tb_cases *cases,
                                const struct tb_fit_options *options, struct tb_constants *out);

/** True when a case is left out of fold `fold`. */
bool tb_case_left_out(const struct tb_case *item, const struct tb_fit_options *options);

/** What the range of a prediction depends on. */
struct tb_range_key {
    bool moe;
    int known;    /**< as tb_constants_perf answers */
    double stray; /**< of the stack: struct tb_perf */
};

/** The least and the most of a prediction's 90 % range, as factors on it, from the errors of
 * left-out rows; without a matching band 0.6 and 1.6. */
void tb_constants_range(const struct tb_constants *constants, const struct tb_range_key *key,
                        double *low, double *high);

#endif
