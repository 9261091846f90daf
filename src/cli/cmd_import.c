/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "trainbudget/import.h"

/** A preset's id is its file's name; malloc'd, NULL when -o names no YAML file. */
static char *id_of_output(const struct cli *cli)
{
    static const char tail[] = ".yaml";
    const char *path = cli_last(&cli->args, CLI_OPT_OUTPUT);
    if (path == NULL) {
        return NULL;
    }
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const size_t length = strlen(base);
    const size_t tail_length = sizeof tail - 1;
    if (length <= tail_length || strcmp(base + length - tail_length, tail) != 0) {
        return NULL;
    }
    char *id = malloc(length - tail_length + 1);
    if (id != NULL) {
        memcpy(id, base, length - tail_length);
        id[length - tail_length] = '\0';
    }
    return id;
}

enum cli_exit cli_cmd_import(struct cli *cli)
{
    const char *path = cli_word(cli, 0);
    size_t length = 0;
    char *text = cli_read_file(cli, path, TB_CONFIG_MAX_BYTES, &length);
    if (text == NULL) {
        return cli_emit(cli, NULL);
    }
    char *id = id_of_output(cli);
    const struct tb_config_origin origin = {.file = cli_file_name(path), .id = id};
    char *yaml = tb_config_import(text, length, &origin, cli->diags);
    free(text);
    free(id);
    return cli_emit(cli, yaml);
}
