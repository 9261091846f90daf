/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_RLMEMORY_H
#define TB_RUN_RLMEMORY_H

#include "run/rlstage.h"

/** Bytes that the roles of a stage hold on a chip (docs/model.md 10.8). Pure. */

/** What trainer and readers hold when `chips` share them; fills states, readers and activations. */
void tb_rl_hold_trainer(const struct tb_rl_stage_in *in, const struct tb_rl_shapes *shapes,
                        double chips, struct tb_rl_memory *memory);

/** The fullest moments, once engine, cache and judge are known. */
void tb_rl_fullest(enum tb_placement placement, struct tb_rl_memory *memory);

/** Chips of a pool that hold what `chips` cannot, beside `beside` bytes on each that more chips do
 *  not shrink; NaN: no number does. */
double tb_rl_chips_for(const struct tb_rl_stage_in *in, const struct tb_rl_shapes *shapes,
                       double chips, double beside);

#endif
