/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_CHOICE_H
#define TB_SCENARIO_CHOICE_H

#include "preset/preset.h"
#include "scenario/scenario.h"

/** Inputs of a stage that are names and not numbers: the models of its roles, where rollouts run,
 *  which weights are trained. */

/** Models and precisions of the roles that the preset names. @return false after reporting. */
bool tb_roles_resolve(struct tb_scenario *scenario, int stage,
                      const struct tb_stage_preset *preset);

/** Roles that the work of their stage does not have are reported. */
void tb_roles_check(struct tb_scenario *scenario);

enum tb_choice_result { TB_CHOICE_NONE, TB_CHOICE_SET, TB_CHOICE_WRONG };

/** "placement=async", "rl.roles.judge=llama-3-70b": the stages that the key means, as for numbers.
 *  @return TB_CHOICE_NONE when it is no such key; TB_CHOICE_WRONG after reporting. */
enum tb_choice_result tb_choice_set(struct tb_scenario *scenario, const struct tb_setting *setting,
                                    const char *key, const char *value);

/** The i-th key of a choice and what it is for; false past the end. */
bool tb_choice_info(int i, const char **key, const char **meaning);

#endif
