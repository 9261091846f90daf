/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_GRADE_H
#define TB_SCENARIO_GRADE_H

#include "scenario/spread.h"

/** Grade of a metric after tb_spread_probe (docs/model.md 8.4): an input handed through keeps its
 *  own; a computed value is C, or D when an input of grade D makes 5 % or more of its spread, or is
 *  used without a range. `sampled` false: any used input of grade D makes it D. */
enum tb_grade tb_metric_grade(const struct tb_scenario *scenario, const struct tb_spread *spread,
                              enum tb_metric metric, bool sampled);

#endif
