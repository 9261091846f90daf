/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_REALISE_H
#define TB_SCENARIO_REALISE_H

#include "scenario/predict.h"

/** Gives a stage whose plan was chosen its `realisation`: how far published runs like it stay
 *  behind their best plans (docs/model.md 8.7). The user's own stays; where the plan is not chosen
 *  it is reported as dropped.
 *  @return whether the input was set here: its range then holds the step model's own error. */
bool tb_realise_apply(struct tb_scenario *scenario, int stage, const struct tb_predicted *predicted,
                      tb_diags *diags);

#endif
