/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_ARGUMENT_H
#define TRAINBUDGET_ARGUMENT_H

#include "trainbudget/diag.h"

/** What a front end needs to judge what a person typed: strict numbers, names with suggestions, and
 *  findings of its own in the library's list. */

/** A number that an argument may hold. `least` and `most` are both allowed. */
struct tb_number_rule {
    const char *name; /**< what the number is for: "--samples" */
    double least, most;
    bool integer;
    const char *accepted; /**< "an integer from 16 to 16777216" */
};

/** Reads the whole text as one finite number within the rule; nothing may follow it.
 *  @return false after reporting TB1002 with what was found and what is accepted. */
bool tb_argument_number(const char *text, const struct tb_number_rule *rule, struct tb_pos pos,
                        tb_diags *diags, double *value);

/** Names that an argument may hold. */
struct tb_name_rule {
    const char *code; /**< "TB1003" */
    const char *what; /**< "command" */
    const char *const *names;
    size_t n_names;
    const char *remedy;
};

/** Index of `text` among the names. @return false after reporting with the nearest names. */
bool tb_argument_name(const char *text, const struct tb_name_rule *rule, struct tb_pos pos,
                      tb_diags *diags, size_t *index);

/** A finding of the caller; the texts are copied, all but code and message may be NULL. */
struct tb_report_finding {
    const char *code; /**< one of the codes of docs/output.md */
    struct tb_pos pos;
    const char *message, *found, *accepted, *remedy;
};

/** Appends it. @return the status class of its code; TB_E_NOMEM for a code that does not exist. */
enum tb_status tb_diags_report(tb_diags *diags, const struct tb_report_finding *finding);

#endif
