/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_COMPARE_H
#define TB_SCENARIO_COMPARE_H

#include "scenario/spread.h"

/** The estimate beside what was published, and beside other runs. */

/** Plans the outputs that single stages' published figures need (scenario->extra). Before any
 *  evaluation. */
void tb_compare_plan(struct tb_scenario *scenario);

/** Published figures against the estimate. @return false when memory runs out. */
bool tb_compare_disclosed(struct tb_scenario *scenario, const struct tb_spread *spread,
                          struct tb_estimate *out);

/** What a published MFU of unstated convention means under each. */
bool tb_compare_implied(struct tb_scenario *scenario, struct tb_estimate *out);

/** Evaluates the runs set beside this one, at their own presets and central values; also fills
 *  scenario->pretraining_flops and its hours. Ratios wait for tb_compare_ratios. */
bool tb_compare_runs(struct tb_scenario *scenario, struct tb_estimate *out);
void tb_compare_ratios(const struct tb_spread *spread, struct tb_estimate *out);

#endif
