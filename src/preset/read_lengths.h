/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_READ_LENGTHS_H
#define TB_PRESET_READ_LENGTHS_H

#include "preset/reader.h"

/** Lengths that a table may hold: quantiles of a larger sample do as well. */
#define TB_MAX_LENGTHS 512

/** Reads the `response_lengths` of a stage: {values: [...], grade, source, where, note}, ascending.
 *  Mean and cap of the responses follow from them; a stage that states these too is refused. */
void tb_read_lengths(struct tb_reader *reader, const struct tb_node *map,
                     struct tb_stage_preset *stage);

#endif
