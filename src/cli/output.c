/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/** Writes everything; 0, or the error number of the first failure. */
static int write_all(FILE *out, const char *text)
{
    errno = 0;
    const size_t length = strlen(text);
    const bool written = fwrite(text, 1, length, out) == length && fflush(out) == 0;
    return written ? 0 : (errno != 0 ? errno : EIO);
}

static enum cli_exit write_stdout(struct cli *cli, const char *text)
{
    int error = write_all(stdout, text);
    if (fclose(stdout) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0) {
        return CLI_DONE;
    }
    /* Whoever closed the pipe knows; a message would only land in the middle of their output. */
    if (error != EPIPE) {
        cli_fault(cli->diags, "TB5002", NULL, "cannot write to standard output: %s",
                  strerror(error));
    }
    return CLI_IO;
}

/** Mode that a new file gets; mkstemp makes it private. */
static mode_t new_file_mode(void)
{
    const mode_t mask = umask(0);
    umask(mask);
    return (mode_t)0666 & ~mask;
}

/** Writes to a descriptor of a file aside; 0 or an error number. */
static int write_aside(int descriptor, const char *text)
{
    FILE *file = fdopen(descriptor, "w");
    if (file == NULL) {
        const int error = errno;
        close(descriptor);
        return error;
    }
    int error = write_all(file, text);
    if (error == 0 && (fchmod(descriptor, new_file_mode()) != 0 || fsync(descriptor) != 0)) {
        error = errno;
    }
    if (fclose(file) != 0 && error == 0) {
        error = errno;
    }
    return error;
}

/** A device or a pipe cannot be replaced by a rename. */
static int write_through(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return errno;
    }
    int error = write_all(file, text);
    if (fclose(file) != 0 && error == 0) {
        error = errno;
    }
    return error;
}

static int write_renamed(const char *path, const char *text)
{
    const size_t length = strlen(path);
    char *aside = malloc(length + sizeof ".XXXXXX");
    if (aside == NULL) {
        return ENOMEM;
    }
    memcpy(aside, path, length);
    memcpy(aside + length, ".XXXXXX", sizeof ".XXXXXX");
    const int descriptor = mkstemp(aside);
    int error = descriptor < 0 ? errno : write_aside(descriptor, text);
    if (error == 0 && rename(aside, path) != 0) {
        error = errno;
    }
    if (error != 0 && descriptor >= 0) {
        unlink(aside);
    }
    free(aside);
    return error;
}

bool cli_write_file(const char *path, const char *text, tb_diags *diags)
{
    struct stat info;
    const bool special = stat(path, &info) == 0 && !S_ISREG(info.st_mode);
    const int error = special ? write_through(path, text) : write_renamed(path, text);
    if (error != 0) {
        cli_fault(diags, "TB5002", error == ENOENT ? "make the folder first" : NULL,
                  "cannot write '%s': %s", path, strerror(error));
    }
    return error == 0;
}

enum cli_exit cli_emit(struct cli *cli, char *text)
{
    if (text == NULL) {
        if (tb_diags_status(cli->diags) == TB_OK) {
            cli_fault(cli->diags, "TB7001", NULL, "out of memory");
        }
        return cli_status(cli->diags);
    }
    const char *path = cli_last(&cli->args, CLI_OPT_OUTPUT);
    enum cli_exit status = CLI_IO;
    if (path == NULL || strcmp(path, "-") == 0) {
        status = write_stdout(cli, text);
    } else if (cli_write_file(path, text, cli->diags)) {
        status = CLI_DONE;
    }
    free(text);
    return status;
}

/** Colours: asked for, or a terminal that has them and nobody who objects. */
static bool wants_color(const struct cli *cli)
{
    const char *color = cli_last(&cli->args, CLI_OPT_COLOR);
    if (color != NULL && strcmp(color, "auto") != 0) {
        return strcmp(color, "always") == 0;
    }
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (no_color == NULL || no_color[0] == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0 && cli_last(&cli->args, CLI_OPT_OUTPUT) == NULL &&
           isatty(STDOUT_FILENO);
}

struct tb_report_options cli_report_options(const struct cli *cli)
{
    static const struct {
        enum cli_option_id option;
        enum tb_form form;
    } forms[] = {{CLI_OPT_JSON, TB_FORM_JSON},
                 {CLI_OPT_JSONL, TB_FORM_JSONL},
                 {CLI_OPT_CSV, TB_FORM_CSV},
                 {CLI_OPT_TSV, TB_FORM_TSV}};
    struct tb_report_options options = {.form = TB_FORM_TEXT,
                                        .verbose = cli_last(&cli->args, CLI_OPT_VERBOSE) != NULL};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i) {
        if (cli_last(&cli->args, forms[i].option) != NULL) {
            options.form = forms[i].form;
        }
    }
    options.color = options.form == TB_FORM_TEXT && wants_color(cli);
    return options;
}

bool cli_one_screen(void)
{
    return isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
}
