/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_READ_ROLES_H
#define TB_PRESET_READ_ROLES_H

#include "preset/reader.h"

/** Reads the `roles` of a stage over those it has: ROLE: MODEL, or ROLE: {model, precision}. What
 * is no role, no model id or no precision is reported. */
void tb_read_roles(struct tb_reader *reader, const struct tb_node *map,
                   struct tb_role_preset role[TB_ROLE_COUNT]);

#endif
