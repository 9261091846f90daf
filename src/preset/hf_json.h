/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_HF_JSON_H
#define TB_PRESET_HF_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/diag.h"

/** A config.json as text and as a tree, with the way back from a key path to a place in the text.
 */
struct tb_hf_doc {
    const char
        *text; /**< literals that are not JSON (NaN, Infinity) are replaced by empty strings */
    size_t length;
    const char *file;
    json_t *root; /**< an object; owned */
};

/** Limits of a config.json. */
#define TB_HF_MAX_BYTES 1048576
#define TB_HF_MAX_DEPTH 32

/** Parses. The literals Infinity, -Infinity and NaN, which some writers emit although JSON has
 *  none, are read as empty strings, with a warning: harmless where nothing is counted from them, an
 *  error elsewhere. Release `out->root` with json_decref. */
enum tb_status tb_hf_doc_read(const char *text, size_t length, const char *file, tb_arena *arena,
                              struct tb_hf_doc *out, tb_diags *diags);

/** Place of the key that a path ("text_config.layer_types[3]") ends in; of the innermost part that
 *  exists when the whole does not. Line and column start at 1. */
struct tb_pos tb_hf_locate(const struct tb_hf_doc *doc, const char *path);

/** The value at a path ("a.b[3].c") below an object; NULL when there is none. */
json_t *tb_hf_at(json_t *object, const char *path);

#endif
