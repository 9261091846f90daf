/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_FIT_RUNS_H
#define TB_SCENARIO_FIT_RUNS_H

#include "base/arena.h"
#include "base/text.h"
#include "scenario/mfu_rows.h"

/** The runs of the rows that count, with their likeness fitted. `n` 0: too few of them; no
 *  `realised`: too few with a best plan. */
bool tb_evidence_fit(tb_arena *arena, const struct tb_mfu_rows *rows, struct tb_evidence *out);

/** The `evidence` of presets/priors.yaml; what rests on the step model comes last, under
 *  `realised`, with its left-out errors. */
void tb_evidence_write(tb_arena *arena, const struct tb_evidence *evidence, struct tb_text *out);

/** Comment lines: how far left-out runs, and runs of left-out teams, are from what the others say.
 */
void tb_evidence_errors(tb_arena *arena, const struct tb_evidence *evidence, struct tb_text *out);

#endif
