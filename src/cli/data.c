/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

/** Appends "HEAD/TAIL" (TAIL may be ""); false when out of memory. */
static bool add_dir(struct cli *cli, const char *head, size_t length, const char *tail)
{
    char **dirs = realloc(cli->dirs, (cli->n_dirs + 1) * sizeof *dirs);
    if (dirs == NULL) {
        return false;
    }
    cli->dirs = dirs;
    const size_t size = length + strlen(tail) + 1;
    char *dir = malloc(size);
    if (dir == NULL) {
        return false;
    }
    memcpy(dir, head, length);
    memcpy(dir + length, tail, strlen(tail) + 1);
    cli->dirs[cli->n_dirs++] = dir;
    return true;
}

/** Drops the last directory when it does not exist: a data home is optional, an argument is not. */
static void forget_missing(struct cli *cli)
{
    struct stat info;
    char **last = &cli->dirs[cli->n_dirs - 1];
    if (stat(*last, &info) != 0 || !S_ISDIR(info.st_mode)) {
        free(*last);
        --cli->n_dirs;
    }
}

/** A list separated by colons, the first entry the strongest: stored from the last to the first. */
static bool add_list(struct cli *cli, const char *list, const char *tail, bool optional)
{
    size_t end = list != NULL ? strlen(list) : 0;
    while (end > 0) {
        size_t start = end;
        while (start > 0 && list[start - 1] != ':') {
            --start;
        }
        if (end > start) {
            if (!add_dir(cli, list + start, end - start, tail)) {
                return false;
            }
            if (optional) {
                forget_missing(cli);
            }
        }
        end = start > 0 ? start - 1 : 0;
    }
    return true;
}

static bool add_home(struct cli *cli)
{
    const char *data = getenv("XDG_DATA_HOME");
    if (data != NULL && data[0] == '/') {
        return add_list(cli, data, "/trainbudget", true);
    }
    const char *home = getenv("HOME");
    return home == NULL || home[0] != '/' || add_list(cli, home, "/.local/share/trainbudget", true);
}

/** Directories from the weakest to the strongest. */
static bool collect_dirs(struct cli *cli)
{
    if (!add_list(cli, getenv("XDG_DATA_DIRS"), "/trainbudget", true) || !add_home(cli) ||
        !add_list(cli, getenv("TRAINBUDGET_PATH"), "", false)) {
        return false;
    }
    for (size_t i = 0; i < cli->args.n_given; ++i) {
        const struct cli_given *given = &cli->args.given[i];
        if (given->option == CLI_OPT_PRESET_DIR &&
            !add_dir(cli, given->value, strlen(given->value), "")) {
            return false;
        }
    }
    return true;
}

bool cli_open(struct cli *cli)
{
    if (!collect_dirs(cli)) {
        cli_fault(cli->diags, "TB7001", NULL, "out of memory");
        return false;
    }
    cli->data = tb_data_open((const char *const *)cli->dirs, cli->n_dirs, cli->diags);
    if (cli->data == NULL && tb_diags_status(cli->diags) == TB_OK) {
        cli_fault(cli->diags, "TB7001", NULL, "out of memory");
    }
    return cli->data != NULL;
}
