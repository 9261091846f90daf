/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define _XOPEN_SOURCE 700

#include <errno.h>
#include <signal.h>
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
static int write_aside(int descriptor, mode_t mode, const char *text)
{
    FILE *file = fdopen(descriptor, "w");
    if (file == NULL) {
        const int error = errno;
        close(descriptor);
        return error;
    }
    int error = write_all(file, text);
    if (error == 0 && (fchmod(descriptor, mode) != 0 || fsync(descriptor) != 0)) {
        error = errno;
    }
    if (fclose(file) != 0 && error == 0) {
        error = errno;
    }
    return error;
}

/** The file aside, while there is one: a signal that ends the program takes it along. */
static char *volatile aside_file;

static void remove_aside(int number)
{
    if (aside_file != NULL) {
        unlink(aside_file);
    }
    raise(number);
}

/** The first time a signal arrives it is handled, then it does what it does. */
static void guard_aside(char *path)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGXCPU};
    aside_file = path;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        struct sigaction action = {.sa_handler = remove_aside, .sa_flags = (int)SA_RESETHAND};
        struct sigaction before;
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
            sigaction(numbers[i], &action, NULL);
        }
    }
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

static int write_renamed(const char *path, mode_t mode, const char *text)
{
    const size_t length = strlen(path);
    char *aside = malloc(length + sizeof ".XXXXXX");
    if (aside == NULL) {
        return ENOMEM;
    }
    memcpy(aside, path, length);
    memcpy(aside + length, ".XXXXXX", sizeof ".XXXXXX");
    const int descriptor = mkstemp(aside);
    int error = descriptor < 0 ? errno : 0;
    if (error == 0) {
        guard_aside(aside);
        error = write_aside(descriptor, mode, text);
    }
    if (error == 0 && rename(aside, path) != 0) {
        error = errno;
    }
    if (error != 0 && descriptor >= 0) {
        unlink(aside);
    }
    aside_file = NULL;
    free(aside);
    return error;
}

/** Replaces a file, not the link to it, and leaves its mode; 0 or an error number. */
static int write_whole(const char *path, const char *text)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        /* A link to nothing: what it names is made by opening it. */
        return lstat(path, &info) == 0 ? write_through(path, text)
                                       : write_renamed(path, new_file_mode(), text);
    }
    if (!S_ISREG(info.st_mode)) {
        return write_through(path, text);
    }
    char *target = realpath(path, NULL);
    const int error =
        target != NULL ? write_renamed(target, info.st_mode & (mode_t)07777, text) : errno;
    free(target);
    return error;
}

bool cli_write_file(const char *path, const char *text, tb_diags *diags)
{
    const int error = write_whole(path, text);
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
    struct stat out;
    struct stat err;
    return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
           out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}
