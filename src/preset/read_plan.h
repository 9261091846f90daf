/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_READ_PLAN_H
#define TB_PRESET_READ_PLAN_H

#include "preset/plan_keys.h"
#include "preset/reader.h"

/** Reads a `plan:` mapping: keys of plan_keys.def, and one grade, source, where and note. */
void tb_read_plan(struct tb_reader *reader, const struct tb_node *map, struct tb_given_plan *plan,
                  struct tb_prov *prov);

#endif
