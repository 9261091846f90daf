/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_ROLLOUTS_H
#define TB_SCENARIO_ROLLOUTS_H

#include "scenario/spread.h"

/** Stages that generate, as an estimate reports them. */

/** A stage that generates has rows of prompt and response: fills a sequence length that is not
 *  stated. */
void tb_rollouts_lengths(struct tb_scenario *scenario);

/** Counts the shapes of every role once, so that an evaluation at other lengths need not.
 *  @return false when memory runs out. */
bool tb_rollouts_count(struct tb_scenario *scenario);

/** Lengths are drawn one by one; where a mean passes the cap every response is as long as the cap.
 *  @return the stage, or `room` with its mean brought down. */
const struct tb_stage *tb_rollouts_within_cap(const struct tb_stage *stage, struct tb_stage *room);

/** Whether every stage that rests on the prediction of its rollouts can be.
 *  @return false after reporting what cannot be and what would do. */
bool tb_rollouts_require(const struct tb_scenario *scenario, const struct tb_stage_out *stages);

/** The stage whose rollouts the metrics describe: of those that generate the one with most
 *  chip-hours; -1: none. */
int tb_rollouts_main(const struct tb_scenario *scenario, const struct tb_stage_out *stages);

/** Metrics of one step of the main stage; NaN where the run generates nothing. */
void tb_rollouts_metrics(const struct tb_stage_out *stage, double *metrics);

/** The number of chips beyond which more do not help, at the central values: searching it for every
 *  point would cost more than all else. It follows what the time of a step follows. */
void tb_rollouts_enough(struct tb_scenario *scenario, const struct tb_stage_out *stages,
                        struct tb_spread *spread);

/** Fills estimate->generations and warns of chips that do not help and states that do not fit.
 *  @return false when memory runs out. */
bool tb_rollouts_fill(struct tb_scenario *scenario, const struct tb_stage_out *stages,
                      const struct tb_spread *spread, struct tb_estimate *estimate);

#endif
