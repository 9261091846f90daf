/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_DIAG_H
#define TB_BASE_DIAG_H

#include "trainbudget/diag.h"

/** Diagnostic codes; the table is base/diag.def. */
enum tb_code {
#define TB_DIAG(name, code, severity, status, title) TB_##name,
#include "base/diag.def"
#undef TB_DIAG
    TB_CODE_COUNT
};

/** Optional parts of a finding; all texts are copied. */
struct tb_finding {
    struct tb_pos pos;
    const char *path;
    const char *found;
    const char *accepted;
    const char *remedy;
};

/** Appends a finding. `diags` may be NULL (the finding is dropped). Never fails visibly: when
 * memory runs out the list remembers that, and tb_diags_status says TB_E_NOMEM.
 *  @return the status class of the code, so that `return tb_diag_add(...)` reads well. */
enum tb_status tb_diag_add(tb_diags *diags, enum tb_code code, const struct tb_finding *finding,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Appends the findings of `from` to `to`, which may be NULL, and leaves `from` empty. */
void tb_diags_move(tb_diags *to, tb_diags *from);

/** Whether a finding's message begins with `start`. */
bool tb_diags_said(const tb_diags *diags, const char *start);

/** Whether a finding's message differs from `message` in nothing but figures; digits of names
 * ("h100") are none. */
bool tb_diags_said_alike(const tb_diags *diags, const char *message);

#endif
