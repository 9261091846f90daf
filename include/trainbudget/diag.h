/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_DIAG_H
#define TRAINBUDGET_DIAG_H

#include "trainbudget/types.h"

/** Findings. Nothing in the library prints: every call that can fail or doubt appends here. */

enum tb_severity { TB_NOTE, TB_WARNING, TB_ERROR };

/** One finding, owned by its list. Text members may be NULL, message never is. */
struct tb_diag {
    enum tb_severity severity;
    const char *code;      /**< stable, e.g. "TB2003"; listed in docs/output.md */
    enum tb_status status; /**< class of the failure; decides the exit code */
    struct tb_pos pos;
    char *path;     /**< key path, e.g. "peak.bf16.value" */
    char *message;  /**< one sentence */
    char *found;    /**< the offending text */
    char *accepted; /**< what would have been accepted */
    char *remedy;   /**< one thing to do */
};

typedef struct tb_diags tb_diags;

/** @return an empty list, or NULL when out of memory. Free with tb_diags_free. */
tb_diags *tb_diags_new(void);
void tb_diags_free(tb_diags *diags);

/** Number of findings of at least this severity. */
size_t tb_diags_count(const tb_diags *diags, enum tb_severity at_least);

/** @return finding i in the order of reporting, or NULL past the end. */
const struct tb_diag *tb_diags_at(const tb_diags *diags, size_t i);

/** Status of the first error, TB_OK when there is none. */
enum tb_status tb_diags_status(const tb_diags *diags);

/** The finding as text, without trailing newline:
 *  "FILE:LINE:COL: error[CODE]: PATH: message; found X; accepted: Y; REMEDY".
 *  @return malloc'd, to be freed by the caller; NULL when out of memory. */
char *tb_diag_text(const struct tb_diag *diag);

#endif
