/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "trainbudget/import.h"

/** Reads everything; NULL with errno set, EFBIG past `most` bytes. */
static char *read_stream(FILE *in, size_t most, size_t *length)
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
        char *more = *length > most ? NULL : realloc(text, capacity);
        if (more == NULL) {
            free(text);
            errno = EFBIG;
        }
        text = more;
    }
    if (text != NULL && (ferror(in) || *length > most)) {
        errno = ferror(in) ? errno : EFBIG;
        free(text);
        text = NULL;
    }
    return text;
}

const char *cli_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

char *cli_read_file(struct cli *cli, const char *path, size_t most, size_t *length)
{
    const bool standard = strcmp(path, "-") == 0;
    errno = 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    char *text = in != NULL ? read_stream(in, most, length) : NULL;
    const int error = errno;
    if (in != NULL && !standard) {
        fclose(in);
    }
    if (text == NULL) {
        cli_fault(cli->diags, "TB5001", NULL, "cannot read '%s': %s", path,
                  strerror(error != 0 ? error : EIO));
    }
    return text;
}

bool cli_is_model_file(const char *name)
{
    const size_t length = strlen(name);
    const char *tail = ".json";
    return strcmp(name, "-") == 0 || strchr(name, '/') != NULL ||
           (length > strlen(tail) && strcmp(name + length - strlen(tail), tail) == 0);
}

bool cli_add_model(struct cli *cli, const char *path)
{
    size_t length = 0;
    char *text = cli_read_file(cli, path, TB_CONFIG_MAX_BYTES, &length);
    if (text == NULL) {
        return false;
    }
    const enum tb_status status = tb_data_add_config(cli->data, text, length, path, cli->diags);
    free(text);
    return status == TB_OK;
}
