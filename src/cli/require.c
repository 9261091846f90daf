/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/require.h"

#include <math.h>
#include <string.h>

#include "cli/cli.h"

/** Comparisons, longer spellings first. */
static const struct {
    const char *text;
    enum cli_relation relation;
} relations[] = {{"<=", CLI_AT_MOST}, {">=", CLI_AT_LEAST}, {"==", CLI_EQUAL},
                 {"<", CLI_BELOW},    {">", CLI_ABOVE},     {"=", CLI_EQUAL}};

static bool read_relation(const char **at, enum cli_relation *relation)
{
    for (size_t i = 0; i < sizeof relations / sizeof *relations; ++i) {
        const size_t length = strlen(relations[i].text);
        if (strncmp(*at, relations[i].text, length) == 0) {
            *at += length;
            *relation = relations[i].relation;
            return true;
        }
    }
    return false;
}

bool cli_require_read(const char *text, tb_diags *diags, struct cli_require *out)
{
    *out = (struct cli_require){.text = text, .relation = CLI_NOT_ZERO};
    char id[64] = "";
    const size_t length = strcspn(text, " <>=");
    strncat(id, text, length < sizeof id ? length : sizeof id - 1);
    const char *at = text + length + strspn(text + length, " ");
    if (!tb_metric_find(id, cli_pos, &out->metric, diags)) {
        return false;
    }
    if (*at == '\0') {
        return true;
    }
    if (!read_relation(&at, &out->relation)) {
        cli_fault(diags, "TB1002", NULL,
                  "cannot read the comparison in '--require %s'; accepted: METRIC, or METRIC "
                  "then one of < <= > >= = and a number in the metric's SI unit",
                  text);
        return false;
    }
    static const struct tb_number_rule rule = {"'--require'", -1e300, 1e300, false,
                                               "a number in the metric's SI unit"};
    at += strspn(at, " ");
    if (*at == '\0') {
        cli_fault(diags, "TB1002", NULL,
                  "'--require %s' lacks the number to compare with; accepted: %s", text,
                  rule.accepted);
        return false;
    }
    return tb_argument_number(at, &rule, cli_pos, diags, &out->bound);
}

static bool holds(const struct cli_require *require, double value)
{
    switch (require->relation) {
    case CLI_BELOW:
        return value < require->bound;
    case CLI_AT_MOST:
        return value <= require->bound;
    case CLI_ABOVE:
        return value > require->bound;
    case CLI_AT_LEAST:
        return value >= require->bound;
    case CLI_EQUAL:
        return !(value < require->bound) && !(value > require->bound);
    case CLI_NOT_ZERO:
        break;
    }
    return value < 0.0 || value > 0.0;
}

enum cli_exit cli_require_check(const struct cli_require *require,
                                const struct tb_estimate *estimate, tb_diags *diags)
{
    const struct tb_estimate_metric *metric = &estimate->metrics[require->metric];
    if (!metric->known) {
        cli_fault(diags, "TB4001", NULL, "'--require %s' cannot be judged: the value is unknown",
                  require->text);
        return CLI_NO_ANSWER;
    }
    if (holds(require, metric->value)) {
        return CLI_DONE;
    }
    if (isinf(metric->value))
        cli_fault(diags, "TB4010", NULL, "'--require %s' does not hold; there is no end",
                  require->text);
    else
        cli_fault(diags, "TB4010", NULL, "'--require %s' does not hold; found %.6g", require->text,
                  metric->value);
    return CLI_NOT_MET;
}
