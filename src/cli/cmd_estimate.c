/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>

#include "cli/cli.h"
#include "cli/require.h"

/** Reads every --require before anything is computed; false after reporting. */
static bool read_requirements(struct cli *cli, struct cli_require *requires, size_t *n)
{
    bool good = true;
    for (size_t i = 0; i < cli->args.n_given; ++i) {
        const struct cli_given *given = &cli->args.given[i];
        if (given->option == CLI_OPT_REQUIRE) {
            good = cli_require_read(given->value, cli->diags, &requires[*n]) && good;
            ++*n;
        }
    }
    return good;
}

static char *write_report(struct cli *cli, const struct tb_estimate *estimate)
{
    const char *ids = cli_last(&cli->args, CLI_OPT_GET);
    if (ids != NULL) {
        return tb_report_get(estimate, ids, cli_pos, cli->diags);
    }
    const struct tb_report_options options = cli_report_options(cli);
    cli->result_shows_warnings = options.form == TB_FORM_TEXT && cli_one_screen() &&
                                 cli_last(&cli->args, CLI_OPT_OUTPUT) == NULL;
    return tb_report_estimate(estimate, cli->diags, &options);
}

static enum cli_exit estimate_and_judge(struct cli *cli, const struct cli_require *requires,
                                        size_t n)
{
    struct tb_estimate *estimate = cli_estimate(cli);
    if (estimate == NULL) {
        return cli_emit(cli, NULL);
    }
    enum cli_exit status = cli_emit(cli, write_report(cli, estimate));
    for (size_t i = 0; i < n && status != CLI_IO; ++i) {
        const enum cli_exit one = cli_require_check(&requires[i], estimate, cli -> diags);
        status = status == CLI_DONE ? one : status;
    }
    tb_estimate_free(estimate);
    return status;
}

enum cli_exit cli_cmd_estimate(struct cli *cli)
{
    struct cli_require *requires = calloc(cli->args.n_given + 1, sizeof *requires);
    if (requires == NULL) {
        cli_fault(cli->diags, "TB7001", NULL, "out of memory");
        return CLI_INTERNAL;
    }
    size_t n = 0;
    const enum cli_exit status = read_requirements(cli, requires, &n)
                                     ? estimate_and_judge(cli, requires, n)
                                     : cli_status(cli->diags);
    free(requires);
    return status;
}
