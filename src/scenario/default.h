/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_DEFAULT_H
#define TB_SCENARIO_DEFAULT_H

#include "scenario/scenario.h"

/** Fills what nobody stated: neutral values of the arithmetic (one epoch, no padding) silently,
 *  the stated defaults of default.def as grade D with their range and one warning that names them.
 */
void tb_defaults_apply(struct tb_scenario *scenario);

#endif
