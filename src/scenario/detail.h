/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_DETAIL_H
#define TB_SCENARIO_DETAIL_H

#include "scenario/scenario.h"

/** Texts that say what an estimate is. Each lives in the scenario's arena; "" when memory ran out.
 */

/** The bases of all stages, "measured+prior". */
const char *tb_detail_basis(struct tb_scenario *scenario, const struct tb_stage_out *stages);

/** One sentence: which measurement or which prior. */
const char *tb_detail_basis_sentence(struct tb_scenario *scenario,
                                     const struct tb_stage_out *stages);

/** "continued training + SFT". */
const char *tb_detail_stages(struct tb_scenario *scenario);

/** A shell command that makes the same request. */
const char *tb_detail_command(struct tb_scenario *scenario, double level, size_t samples,
                              uint64_t seed);

/** "presets/runs/x.yaml:12", or "command line". */
const char *tb_detail_origin(struct tb_scenario *scenario, const struct tb_pos *pos);

#endif
