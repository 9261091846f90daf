/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "trainbudget/fit.h"

enum { MAX_TABLES = 16, MAX_BYTES = 1 << 26 };

/** Reads everything; NULL with errno set. */
static char *read_stream(FILE *in, size_t *length)
{
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    *length = 0;
    while (text != NULL && !feof(in) && !ferror(in)) {
        *length += fread(text + *length, 1, capacity - *length, in);
        if (*length < capacity) {
            continue;
        }
        capacity *= 2;
        char *more = capacity > MAX_BYTES ? NULL : realloc(text, capacity);
        if (more == NULL) {
            free(text);
            errno = EFBIG;
        }
        text = more;
    }
    if (text != NULL && ferror(in)) {
        free(text);
        text = NULL;
    }
    return text;
}

/** A table from a file, or from stdin for "-"; false after reporting. */
static bool read_table(struct cli *cli, const char *path, struct tb_fit_table *table)
{
    const bool standard = strcmp(path, "-") == 0;
    errno = 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    char *text = in != NULL ? read_stream(in, &table->length) : NULL;
    const int error = errno;
    if (in != NULL && !standard) {
        fclose(in);
    }
    if (text == NULL) {
        cli_fault(cli->diags, "TB5001", NULL, "cannot read '%s': %s", path,
                  strerror(error != 0 ? error : EIO));
        return false;
    }
    table->name = standard ? "<stdin>" : path;
    table->text = text;
    return true;
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
