/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>

#include "cli/cli.h"
#include "trainbudget/fit.h"

enum { MAX_TABLES = 16, MAX_BYTES = 1 << 26 };

/** A table from a file, or from stdin for "-"; false after reporting. */
static bool read_table(struct cli *cli, const char *path, struct tb_fit_table *table)
{
    table->text = cli_read_file(cli, path, MAX_BYTES, &table->length);
    table->name = cli_file_name(path);
    return table->text != NULL;
}

enum cli_exit cli_cmd_fit(struct cli *cli)
{
    static const char *const names[] = {"mfu"};
    const struct tb_name_rule rule = {.code = "TB1002",
                                      .what = "thing to fit",
                                      .names = names,
                                      .n_names = 1,
                                      .remedy = "write 'fit mfu FILE.csv'"};
    struct tb_fit_table tables[MAX_TABLES];
    size_t n = 0;
    size_t index = 0;
    char *text = NULL;
    if (!tb_argument_name(cli_word(cli, 0), &rule, cli_pos, cli->diags, &index)) {
        return cli_emit(cli, NULL);
    }
    bool good = true;
    for (const char *path; good && n < MAX_TABLES && (path = cli_word(cli, n + 1)) != NULL;) {
        good = read_table(cli, path, &tables[n]);
        n += good;
    }
    if (good && cli_open(cli)) {
        text = tb_fit_mfu(cli->data, tables, n, cli->diags);
    }
    for (size_t i = 0; i < n; ++i) {
        free((char *)tables[i].text);
    }
    return cli_emit(cli, text);
}
