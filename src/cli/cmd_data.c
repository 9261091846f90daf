/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "cli/cli.h"

enum cli_exit cli_cmd_list(struct cli *cli)
{
    if (!cli_open(cli)) {
        return cli_emit(cli, NULL);
    }
    const struct tb_report_options options = cli_report_options(cli);
    return cli_emit(cli,
                    tb_report_list(cli->data, cli_word(cli, 0), cli_pos, &options, cli->diags));
}

/** Reports a kind without an id: it would be looked up as a name. */
static bool lacks_id(struct cli *cli)
{
    static const char *const kinds[] = {"run", "model", "chip", "cluster"};
    for (size_t i = 0; cli_word(cli, 1) == NULL && i < sizeof kinds / sizeof *kinds; ++i) {
        if (strcmp(cli_word(cli, 0), kinds[i]) == 0) {
            char remedy[64];
            snprintf(remedy, sizeof remedy, "'trainbudget list %ss' shows them", kinds[i]);
            cli_fault(cli->diags, "TB1002", remedy, "'show %s' needs an ID", kinds[i]);
            return true;
        }
    }
    return false;
}

enum cli_exit cli_cmd_show(struct cli *cli)
{
    static const struct tb_number_rule rule = {"'--seq-len'", 1.0, 1e9, true,
                                               "a whole number of tokens from 1 to 1000000000"};
    const char *length = cli_last(&cli->args, CLI_OPT_SEQ_LEN);
    double seq_len = 0.0;
    if (length != NULL && !tb_argument_number(length, &rule, cli_pos, cli->diags, &seq_len)) {
        return CLI_USAGE;
    }
    if (lacks_id(cli) || !cli_open(cli)) {
        return cli_emit(cli, NULL);
    }
    const bool with_kind = cli_word(cli, 1) != NULL;
    const char *kind = with_kind ? cli_word(cli, 0) : NULL;
    const char *id = cli_word(cli, with_kind ? 1 : 0);
    if (cli_is_model_file(id) && (kind == NULL || strcmp(kind, "model") == 0)) {
        kind = "model";
        if (!cli_add_model(cli, id)) {
            return cli_emit(cli, NULL);
        }
    }
    const struct tb_report_options options = cli_report_options(cli);
    return cli_emit(cli,
                    tb_report_show(cli->data, kind, id, seq_len, cli_pos, &options, cli->diags));
}

enum cli_exit cli_cmd_check(struct cli *cli)
{
    if (!cli_open(cli)) {
        return cli_emit(cli, NULL);
    }
    const char *path = cli_word(cli, 0);
    const enum tb_status status = tb_data_check(cli->data, path, cli->diags);
    return status == TB_OK ? CLI_DONE : cli_status(cli->diags);
}
