/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/cli.h"

/** Does the command line select something to estimate? */
static bool selects(const struct cli *cli)
{
    for (size_t i = 0; i < cli->args.n_given; ++i) {
        const enum cli_group group = cli_options[cli->args.given[i].option].group;
        if (group == CLI_SELECT) {
            return true;
        }
    }
    return false;
}

enum cli_exit cli_cmd_explain(struct cli *cli)
{
    struct tb_estimate *estimate = NULL;
    size_t index = 0;
    if (!tb_metric_find(cli_word(cli, 0), cli_pos, &index, cli->diags)) {
        return cli_emit(cli, NULL);
    }
    if (selects(cli) && (estimate = cli_estimate(cli)) == NULL) {
        return cli_emit(cli, NULL);
    }
    const struct tb_report_options options = cli_report_options(cli);
    const enum cli_exit status =
        cli_emit(cli, tb_report_explain(cli_word(cli, 0), estimate, cli_pos, &options, cli->diags));
    tb_estimate_free(estimate);
    return status;
}

enum cli_exit cli_cmd_cite(struct cli *cli)
{
    if (!selects(cli)) {
        return cli_open(cli) ? cli_emit(cli, tb_report_cite(cli->data, NULL, cli->diags))
                             : cli_emit(cli, NULL);
    }
    struct tb_estimate *estimate = cli_estimate(cli);
    if (estimate == NULL) {
        return cli_emit(cli, NULL);
    }
    const enum cli_exit status = cli_emit(cli, tb_report_cite(cli->data, estimate, cli->diags));
    tb_estimate_free(estimate);
    return status;
}
