/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_DATA_H
#define TRAINBUDGET_DATA_H

#include "trainbudget/diag.h"

/** The preset store: the data compiled into the library and the user's directories over it. */
typedef struct tb_data tb_data;

/** Opens the built-in presets and `n_dirs` directories that add to or shadow them (later wins).
 *  A directory has the layout of presets/ (chips/, clusters/, models/, runs/, sources.yaml, each
 *  optional). Files are read when first asked for.
 *  @return NULL when a directory cannot be read (reported) or memory runs out. */
tb_data *tb_data_open(const char *const *dirs, size_t n_dirs, tb_diags *diags);
void tb_data_close(tb_data *data);

/** Adds the model that a config.json describes (trainbudget/import.h); from then on `name`, byte
 *  for byte, finds it wherever a model is accepted, before any preset of that name. What is not
 *  counted or was assumed is reported.
 *  @return TB_OK, or the class of the first error. */
enum tb_status tb_data_add_config(tb_data *data, const char *text, size_t length, const char *name,
                                  tb_diags *diags);

/** Version of the built-in data ("2026.11"), and the SHA-256 over all built-in preset files as 64
 *  hexadecimal digits. Both static. */
const char *tb_data_version(void);
const char *tb_data_digest(void);

/** Number of user files that add to or shadow the built-in data. */
size_t tb_data_user_files(const tb_data *data);

/** Checks one preset file, or every preset under a directory, or the built-in data when `path` is
 *  NULL; all findings go to `diags`.
 *  @return TB_OK, or the class of the first error. */
enum tb_status tb_data_check(tb_data *data, const char *path, tb_diags *diags);

#endif
