/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_READ_ARCH_H
#define TB_PRESET_READ_ARCH_H

#include "preset/layout.h"
#include "preset/reader.h"

/** Reads the block `architecture:` into preset->model, ->moe and ->prov. */
void tb_read_architecture(struct tb_reader *reader, const struct tb_node *block,
                          struct tb_model_preset *preset);

/** The fields of a part of the block, for writers. */
enum tb_arch_part { TB_ARCH_MODEL, TB_ARCH_ATTENTION, TB_ARCH_FFN };
const struct tb_layout *tb_arch_layout(enum tb_arch_part part);

#endif
