/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>

#include "cli/cli.h"
#include "trainbudget/validate.h"
#include "trainbudget/validate_runs.h"

/** What can be validated against a table; the words and what they run. */
static const char *const names[] = {"throughput", "pretrain", "posttrain"};
static char *(*const validators[])(tb_data *, const struct tb_fit_table *, enum tb_form,
                                   tb_diags *) = {tb_validate_throughput, tb_validate_pretrain,
                                                  tb_validate_posttrain};

static enum cli_exit validate_builtin(struct cli *cli, enum tb_form form)
{
    char *text = cli_open(cli) ? tb_validate_builtin(cli->data, form, cli->diags) : NULL;
    return cli_emit(cli, text);
}

enum cli_exit cli_cmd_validate(struct cli *cli)
{
    static const char remedy[] = "write 'validate throughput FILE.csv', 'validate pretrain "
                                 "FILE.csv', 'validate posttrain FILE.csv' or 'validate' alone";
    const struct tb_name_rule rule = {.code = "TB1002",
                                      .what = "thing to validate",
                                      .names = names,
                                      .n_names = sizeof names / sizeof *names,
                                      .remedy = remedy};
    const enum tb_form form = cli_report_options(cli).form;
    struct tb_fit_table table;
    size_t index = 0;
    char *text = NULL;
    if (cli_word(cli, 0) == NULL) {
        return validate_builtin(cli, form);
    }
    if (!tb_argument_name(cli_word(cli, 0), &rule, cli_pos, cli->diags, &index)) {
        return cli_emit(cli, NULL);
    }
    if (cli_word(cli, 1) == NULL) {
        cli_fault(cli->diags, "TB1002", remedy, "'validate %s' needs a file", names[index]);
        return cli_emit(cli, NULL);
    }
    if (!cli_read_table(cli, cli_word(cli, 1), &table)) {
        return cli_emit(cli, NULL);
    }
    if (cli_open(cli)) {
        text = validators[index](cli->data, &table, form, cli->diags);
    }
    free((char *)table.text);
    return cli_emit(cli, text);
}
