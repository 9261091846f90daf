/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_READ_ARCH_H
#define TB_PRESET_READ_ARCH_H

#include "preset/reader.h"

/** Reads the block `architecture:` into preset->model, ->moe and ->prov. */
void tb_read_architecture(struct tb_reader *reader, const struct tb_node *block,
                          struct tb_model_preset *preset);

#endif
