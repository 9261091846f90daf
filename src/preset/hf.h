/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_HF_H
#define TB_PRESET_HF_H

#include "base/arena.h"
#include "base/diag.h"
#include "preset/preset.h"

/** Reads a config.json as models are published with: the language model it describes, as a preset.
 *  What is not counted (vision towers, quantisation scales), what came from a family's defaults and
 *  what was not understood is reported. `file` and everything in `out` live as long as `arena`.
 *  @return TB_OK, or the class of the first error; `out` is then not to be used. */
enum tb_status tb_hf_read(const char *text, size_t length, const char *file, tb_arena *arena,
                          struct tb_model_preset *out, tb_diags *diags);

/** Writes a model preset as YAML (docs/presets.md). `digest` is the SHA-256 of what it was read
 * from and `date` the day, both for the note and both may be NULL.
 *  @return malloc'd text, or NULL when out of memory. */
char *tb_hf_yaml(const struct tb_model_preset *preset, const char *digest, const char *date);

#endif
