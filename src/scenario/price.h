/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_PRICE_H
#define TB_SCENARIO_PRICE_H

#include "scenario/scenario.h"

/** Takes the rent of the term that the request asks for; where none was observed the rent is
 *  unknown, which a warning says with the terms that are known. Before the overrides.
 *  @return false after reporting a term that does not exist. */
bool tb_price_choose(struct tb_scenario *scenario);

/** Says in which currency the estimate is, and from when its prices are. */
void tb_price_describe(const struct tb_scenario *scenario, struct tb_estimate *out);

#endif
