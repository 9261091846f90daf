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

/** What constants are looked up by. */
struct tb_constant_keys {
    const char *chip, *generation, *vendor;
    const char *stack;
    const struct tb_chip *data_sheet; /**< for what no entry tells */
};

/** The constants of a chip under a stack: for each, the entry of the nearest of chip, generation,
 *  vendor and "default" (stack, "default"; stack@generation, stack, "default"), else the start.
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
                                const struct tb_fit_options *options, struct tb_constants *out,
                                tb_diags *diags);

/** True when a case is left out of fold `fold`. */
bool tb_case_left_out(const struct tb_case *item, const struct tb_fit_options *options);

/** The least and the most of a prediction's 90 % range, as factors on it, from the errors of
 * left-out rows; without a matching band 0.6 and 1.6. */
void tb_constants_range(const struct tb_constants *constants, bool moe, int known, double *low,
                        double *high);

#endif
