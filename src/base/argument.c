/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "trainbudget/argument.h"

#include <math.h>
#include <string.h>

#include "base/diag.h"
#include "base/number.h"
#include "base/text.h"

bool tb_argument_number(const char *text, const struct tb_number_rule *rule, struct tb_pos pos,
                        tb_diags *diags, double *value)
{
    const struct tb_finding finding = {.pos = pos, .found = text, .accepted = rule->accepted};
    const char *end = NULL;
    double number = 0.0;
    if (!tb_number_read(text, &number, &end)) {
        tb_diag_add(diags, TB_USAGE_ARGUMENT, &finding, "%s needs a finite number", rule->name);
        return false;
    }
    if (*end != '\0') {
        tb_diag_add(diags, TB_USAGE_ARGUMENT, &finding, "%s has '%s' behind its number", rule->name,
                    end);
        return false;
    }
    if (number < rule->least || number > rule->most) {
        tb_diag_add(diags, TB_USAGE_ARGUMENT, &finding, "%s is outside its range", rule->name);
        return false;
    }
    if (rule->integer && floor(number) != number) {
        tb_diag_add(diags, TB_USAGE_ARGUMENT, &finding, "%s needs a whole number", rule->name);
        return false;
    }
    *value = number;
    return true;
}

/** Code by its stable text. @return false when no such code is declared. */
static bool find_code(const char *text, enum tb_code *code)
{
    static const char *const codes[] = {
#define TB_DIAG(name, id, severity, status, title) id,
#include "base/diag.def"
#undef TB_DIAG
    };
    for (size_t i = 0; i < TB_CODE_COUNT; ++i) {
        if (strcmp(codes[i], text) == 0) {
            *code = (enum tb_code)i;
            return true;
        }
    }
    return false;
}

enum tb_status tb_diags_report(tb_diags *diags, const struct tb_report_finding *finding)
{
    enum tb_code code = TB_NO_MEMORY;
    if (!find_code(finding->code, &code)) {
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "undeclared code %s: %s", finding->code,
                           finding->message);
    }
    const struct tb_finding parts = {.pos = finding->pos,
                                     .found = finding->found,
                                     .accepted = finding->accepted,
                                     .remedy = finding->remedy};
    return tb_diag_add(diags, code, &parts, "%s", finding->message);
}

bool tb_argument_name(const char *text, const struct tb_name_rule *rule, struct tb_pos pos,
                      tb_diags *diags, size_t *index)
{
    for (size_t i = 0; i < rule->n_names; ++i) {
        if (strcmp(text, rule->names[i]) == 0) {
            *index = i;
            return true;
        }
    }
    struct tb_text near = {0};
    struct tb_text message = {0};
    tb_suggest(&near, text, rule->names, rule->n_names, 3);
    tb_text_addf(&message, "unknown %s '%s'", rule->what, text);
    if (!near.failed && near.length > 0) {
        tb_text_addf(&message, "; did you mean %s?", near.data);
    }
    const struct tb_report_finding finding = {.code = rule->code,
                                              .pos = pos,
                                              .message = message.failed ? text : message.data,
                                              .remedy = rule->remedy};
    tb_diags_report(diags, &finding);
    tb_text_free(&near);
    tb_text_free(&message);
    return false;
}
