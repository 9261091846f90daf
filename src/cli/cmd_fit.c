/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>

#include "cli/cli.h"
#include "trainbudget/fit.h"

enum { MAX_TABLES = 16 };

bool cli_read_table(struct cli *cli, const char *path, struct tb_fit_table *table)
{
    enum { MAX_BYTES = 1 << 26 };
    table->text = cli_read_file(cli, path, MAX_BYTES, &table->length);
    table->name = cli_file_name(path);
    return table->text != NULL;
}

static char *fit_mfu(struct cli *cli, const struct tb_fit_table *tables, size_t n)
{
    return tb_fit_mfu(cli->data, tables, n, cli->diags);
}

static char *fit_throughput(struct cli *cli, const struct tb_fit_table *tables, size_t n)
{
    const bool over_builtin = cli_last(&cli->args, CLI_OPT_OVER_BUILTIN) != NULL;
    return tb_fit_throughput(cli->data, tables, n, over_builtin, cli->diags);
}

static char *fit_posttrain(struct cli *cli, const struct tb_fit_table *tables, size_t n)
{
    return tb_fit_posttrain(cli->data, tables, n, cli->diags);
}

/** What can be fitted; the words and what they run. */
static const char *const names[] = {"throughput", "mfu", "posttrain"};
static char *(*const fits[])(struct cli *, const struct tb_fit_table *,
                             size_t) = {fit_throughput, fit_mfu, fit_posttrain};

enum cli_exit cli_cmd_fit(struct cli *cli)
{
    const struct tb_name_rule rule = {.code = "TB1002",
                                      .what = "thing to fit",
                                      .names = names,
                                      .n_names = sizeof names / sizeof *names,
                                      .remedy =
                                          "write 'fit throughput FILE.csv', 'fit mfu FILE.csv' or "
                                          "'fit posttrain FILE.csv'"};
    struct tb_fit_table tables[MAX_TABLES];
    size_t n = 0;
    size_t index = 0;
    char *text = NULL;
    if (!tb_argument_name(cli_word(cli, 0), &rule, cli_pos, cli->diags, &index)) {
        return cli_emit(cli, NULL);
    }
    bool good = true;
    for (const char *path; good && n < MAX_TABLES && (path = cli_word(cli, n + 1)) != NULL;) {
        good = cli_read_table(cli, path, &tables[n]);
        n += good;
    }
    if (good && cli_open(cli)) {
        text = fits[index](cli, tables, n);
    }
    for (size_t i = 0; i < n; ++i) {
        free((char *)tables[i].text);
    }
    return cli_emit(cli, text);
}
