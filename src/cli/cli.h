/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_CLI_CLI_H
#define TB_CLI_CLI_H

#include <stdio.h>

#include "cli/options.h"
#include "trainbudget/argument.h"
#include "trainbudget/data.h"
#include "trainbudget/estimate.h"
#include "trainbudget/fit.h"
#include "trainbudget/report.h"

/** Exit statuses; docs/output.md. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_NOT_MET = 1, /**< a --require does not hold */
    CLI_USAGE = 2,
    CLI_INPUT = 3,
    CLI_NO_ANSWER = 4,
    CLI_IO = 5,
    CLI_INTERNAL = 70
};

/** One invocation. */
struct cli {
    struct cli_args args;
    tb_diags *diags;
    tb_data *data; /**< opened by cli_open when a command needs it */
    char **dirs;   /**< owned */
    size_t n_dirs;
    bool result_shows_warnings; /**< the text on the screen has them already */
};

struct cli_command {
    const char *name;
    enum cli_exit (*run)(struct cli *cli);
    size_t least, most;
    const char *words;
    const char *since;
    const char *help;
};

extern const struct cli_command cli_commands[CLI_COMMAND_COUNT];

/** Position of everything that was typed. */
extern const struct tb_pos cli_pos;

/** Runs the program. */
enum cli_exit cli_run(int argc, char **argv);

#define CLI_COMMAND(name, word, function, ...) enum cli_exit function(struct cli *cli);
#include "cli/commands.def"
#undef CLI_COMMAND

/** Appends a finding about the command line. */
void cli_fault(tb_diags *diags, const char *code, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Writes the findings to stderr; `least` is the least severity to show. */
void cli_print_findings(const tb_diags *diags, enum tb_severity least);

/** Exit status of the first error among the findings, or CLI_DONE. */
enum cli_exit cli_status(const tb_diags *diags);

/** Opens the preset store with the directories of the options and the environment. */
bool cli_open(struct cli *cli);

/** Reads a file whole, or stdin for "-". @return malloc'd; NULL after reporting, also past `most`
 *  bytes. */
char *cli_read_file(struct cli *cli, const char *path, size_t most, size_t *length);

/** A table from a file, or from stdin for "-"; its text is malloc'd.
 *  @return false after reporting. */
bool cli_read_table(struct cli *cli, const char *path, struct tb_fit_table *table);

/** How findings name the file. */
const char *cli_file_name(const char *path);

/** Is the name of a model a file's, and not a preset's? */
bool cli_is_model_file(const char *name);

/** Adds a config.json to the open data under its own name. @return false after reporting. */
bool cli_add_model(struct cli *cli, const char *path);

/** A request and the texts it borrows. */
struct cli_request {
    struct tb_request request;
    struct tb_setting *settings;
    char **texts;
    size_t n;
};

/** Fills a request from the options; release it after its last use, also after a failure.
 *  @return false after reporting. */
bool cli_request_fill(struct cli *cli, struct cli_request *out);
void cli_request_free(struct cli_request *request);

/** Opens the data, fills the request and evaluates it; NULL after reporting. */
struct tb_estimate *cli_estimate(struct cli *cli);

/** Do stdout and stderr end in the same terminal, pipe or file? */
bool cli_one_screen(void);

/** Form, colour and detail that the options ask for. */
struct tb_report_options cli_report_options(const struct cli *cli);

/** Word i behind the command, NULL past the end. */
const char *cli_word(const struct cli *cli, size_t i);

/** Writes a result (malloc'd, taken over; NULL: already reported) to stdout or to -o's file.
 *  @return the exit status. */
enum cli_exit cli_emit(struct cli *cli, char *text);

/** Writes the text to a file aside and renames it. @return false after reporting. */
bool cli_write_file(const char *path, const char *text, tb_diags *diags);

/** Help texts. */
void cli_help_none(FILE *out);
char *cli_help_text(bool all);
char *cli_help_command(enum cli_command_id command);
/** Completion script for "bash", "zsh" or "fish"; NULL for another shell. */
char *cli_completion(const char *shell);

#endif
