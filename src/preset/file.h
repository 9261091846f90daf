/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_FILE_H
#define TB_PRESET_FILE_H

#include "preset/yaml.h"

/** Reads a whole preset file into the arena. "-", directories, unreadable files and files of more
 *  than TB_YAML_MAX_BYTES are refused. `path` must outlive the arena's users.
 *  @return false after reporting. */
bool tb_file_read(tb_arena *arena, const char *path, struct tb_yaml_text *out, tb_diags *diags);

/** The names in a directory that end in `suffix` and do not start with a dot, sorted by byte; with
 *  suffix "" all of them. A missing directory has none when `optional`.
 *  @return false after reporting. */
struct tb_file_names {
    const char **names;
    size_t n;
};
bool tb_file_list(tb_arena *arena, const char *path, const char *suffix, bool optional,
                  struct tb_file_names *out, tb_diags *diags);

/** The last part of a path. */
const char *tb_file_base(const char *path);

#endif
