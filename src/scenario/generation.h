/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_GENERATION_H
#define TB_SCENARIO_GENERATION_H

#include "scenario/scenario.h"

/** Gives the stages that generate the constants of presets/posttrain.yaml and, as the range of
 * their step model, how far these missed left-out runs. Nothing where no stage generates.
 *  @return false after reporting. */
bool tb_generation_apply(struct tb_scenario *scenario);

#endif
