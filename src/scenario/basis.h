/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_BASIS_H
#define TB_SCENARIO_BASIS_H

#include "scenario/scenario.h"

/** What each stage's time rests on (docs/model.md 6). */

/** Whether a speed of the stage is on record. */
bool tb_stage_measured(const struct tb_stage *stage);

/** Whether the command line gives one. */
bool tb_stage_user_measured(const struct tb_scenario *scenario, int stage);

/** Settles the basis of every stage with the prediction or the prior that it needs, and predicts
 *  steps beside a measurement. Says which basis could not be had, and why.
 *  @return false after reporting: a basis that was asked for is not there. */
bool tb_bases_settle(struct tb_scenario *scenario);

#endif
