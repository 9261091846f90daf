/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_CLI_OPTIONS_H
#define TB_CLI_OPTIONS_H

#include "trainbudget/diag.h"

enum cli_kind { CLI_FLAG, CLI_VALUE, CLI_MAYBE };
enum cli_repeat { CLI_OVERRIDE, CLI_APPEND, CLI_FAIL };
enum cli_group { CLI_SELECT, CLI_ASK, CLI_FORM, CLI_DATA, CLI_HELP_GROUP, CLI_GROUP_COUNT };

enum cli_command_id {
#define CLI_COMMAND(name, ...) CLI_CMD_##name,
#include "cli/commands.def"
#undef CLI_COMMAND
    CLI_COMMAND_COUNT
};

/** Commands that an option applies to, as bits. */
enum {
#define CLI_COMMAND(name, ...) CLI_ON_##name = 1 << CLI_CMD_##name,
#include "cli/commands.def"
#undef CLI_COMMAND
    CLI_ON_ESTIMATE = CLI_ON_BARE | CLI_ON_EXPLAIN | CLI_ON_CITE,
    CLI_ON_ALL_OUTPUT = CLI_ON_BARE | CLI_ON_LIST | CLI_ON_SHOW | CLI_ON_EXPLAIN | CLI_ON_VALIDATE,
    CLI_ON_ANY = (1 << CLI_COMMAND_COUNT) - 1
};

enum cli_option_id {
#define CLI_OPTION(name, ...) CLI_OPT_##name,
#include "cli/options.def"
#undef CLI_OPTION
    CLI_OPTION_COUNT
};

struct cli_option {
    char letter;      /**< 0: none */
    const char *name; /**< with its dashes */
    enum cli_kind kind;
    const char *argument; /**< word for the help; with '|' the accepted values */
    enum cli_group group;
    const char *since;
    enum cli_repeat repeat;
    unsigned commands;
    const char *help;
};

extern const struct cli_option cli_options[CLI_OPTION_COUNT];
extern const char *const cli_group_titles[CLI_GROUP_COUNT];

/** One option as given; value is NULL for a flag. */
struct cli_given {
    enum cli_option_id option;
    const char *value;
};

struct cli_args {
    struct cli_given *given; /**< in order */
    size_t n_given;
    const char **words; /**< what is not an option, in order; the first is the command */
    size_t n_words;
};

/** Reads the command line; every fault goes to `diags`.
 *  @return false only when out of memory. Release with cli_args_free. */
bool cli_args_read(struct cli_args *args, int argc, char **argv, tb_diags *diags);
void cli_args_free(struct cli_args *args);

/** Reports options that do not apply to the command or exclude each other. */
void cli_args_check(const struct cli_args *args, enum cli_command_id command, tb_diags *diags);

/** Value of the last occurrence; "" for a flag, NULL when not given. */
const char *cli_last(const struct cli_args *args, enum cli_option_id option);

#endif
