/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_READ_EVIDENCE_H
#define TB_PRESET_READ_EVIDENCE_H

#include "preset/reader.h"

/** The `evidence` of presets/priors.yaml. NULL when something was reported. */
const struct tb_evidence *tb_read_evidence(struct tb_reader *reader, const struct tb_node *map);

#endif
