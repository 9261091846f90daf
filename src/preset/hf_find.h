/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_HF_FIND_H
#define TB_PRESET_HF_FIND_H

#include "preset/hf_rule.h"

/** Finds the language model's part of the file and its family, and binds the rules. An unknown
 *  family becomes the nearest one, with a warning. @return false after an error. */
bool tb_hf_choose(struct tb_hf_ctx *ctx);

/** Says what of the file was not counted, ignored, or left to defaults. After a reading that went
 *  well. */
void tb_hf_report(struct tb_hf_ctx *ctx);

/** A preset id from a file's name ("a/Some--Model.config.json": "some-model"), or the folder's when
 *  the file is called config.json. NULL when out of memory. */
char *tb_hf_id(tb_arena *arena, const char *file);

#endif
