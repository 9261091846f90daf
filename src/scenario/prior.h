/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_PRIOR_H
#define TB_SCENARIO_PRIOR_H

#include "scenario/scenario.h"

/** What a prior is looked up by. */
struct tb_prior_query {
    const char *generation; /**< NULL: unknown */
    bool moe;
    double active; /**< parameters used by a token */
};

/** The row that fits best: its generation and kind named outright before "any", generation first;
 *  the first of equals. NULL when none fits. */
const struct tb_prior *tb_prior_find(const struct tb_prior *rows, size_t n,
                                     const struct tb_prior_query *query);

/** Gives a stage its prior_mfu, with a warning where the evidence is thin.
 *  @return false when there is none, or the built-in priors cannot be read (reported). */
bool tb_prior_apply(struct tb_scenario *scenario, int stage);

#endif
