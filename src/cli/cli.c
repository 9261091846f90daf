/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "trainbudget/version.h"

const struct tb_pos cli_pos = {"command line", 0, 0};

const struct cli_command cli_commands[CLI_COMMAND_COUNT] = {
#define CLI_COMMAND(name, word, function, least, most, words, since, help)                         \
    {word, function, least, most, words, since, help},
#include "cli/commands.def"
#undef CLI_COMMAND
};

void cli_fault(tb_diags *diags, const char *code, const char *remedy, const char *format, ...)
{
    char message[512];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    const struct tb_report_finding finding = {
        .code = code, .pos = cli_pos, .message = message, .remedy = remedy};
    tb_diags_report(diags, &finding);
}

void cli_print_findings(const tb_diags *diags, enum tb_severity least)
{
    const size_t prefix = strlen(cli_pos.file);
    const struct tb_diag *diag;
    for (size_t i = 0; (diag = tb_diags_at(diags, i)) != NULL; ++i) {
        if (diag->severity < least) {
            continue;
        }
        char *text = tb_diag_text(diag);
        if (text == NULL) {
            fputs("trainbudget: error[TB7001]: out of memory\n", stderr);
        } else if (strncmp(text, cli_pos.file, prefix) == 0) {
            fprintf(stderr, "trainbudget%s\n", text + prefix);
        } else if (diag->pos.file == NULL) {
            fprintf(stderr, "trainbudget: %s\n", text);
        } else {
            fprintf(stderr, "%s\n", text);
        }
        free(text);
    }
}

enum cli_exit cli_status(const tb_diags *diags)
{
    static const enum cli_exit statuses[] = {
        [TB_OK] = CLI_DONE,       [TB_E_USAGE] = CLI_USAGE,
        [TB_E_INPUT] = CLI_INPUT, [TB_E_ANSWER] = CLI_NO_ANSWER,
        [TB_E_IO] = CLI_IO,       [TB_E_NOMEM] = CLI_INTERNAL};
    const struct tb_diag *diag;
    for (size_t i = 0; (diag = tb_diags_at(diags, i)) != NULL; ++i) {
        if (diag->severity != TB_ERROR) {
            continue;
        }
        /* A wrong number that was typed is a usage error; the same number in a file is not. */
        const bool typed = diag->pos.file != NULL && strcmp(diag->pos.file, cli_pos.file) == 0;
        return typed && diag->status == TB_E_INPUT ? CLI_USAGE : statuses[diag->status];
    }
    return statuses[tb_diags_status(diags)];
}

const char *cli_word(const struct cli *cli, size_t i)
{
    return i + 1 < cli->args.n_words ? cli->args.words[i + 1] : NULL;
}

static bool failed(const struct cli *cli)
{
    return tb_diags_count(cli->diags, TB_ERROR) > 0 || tb_diags_status(cli->diags) != TB_OK;
}

/** The command that the first word names; reports an unknown one and a wrong number of words. */
static enum cli_command_id find_command(struct cli *cli)
{
    if (cli->args.n_words == 0) {
        return CLI_CMD_BARE;
    }
    /* A word behind an unknown option may be its argument: one finding is enough. */
    if (failed(cli)) {
        return CLI_CMD_BARE;
    }
    const char *names[CLI_COMMAND_COUNT - 1];
    for (size_t i = 1; i < CLI_COMMAND_COUNT; ++i) {
        names[i - 1] = cli_commands[i].name;
    }
    size_t index = 0;
    const struct tb_name_rule rule = {.code = "TB1003",
                                      .what = "command",
                                      .names = names,
                                      .n_names = CLI_COMMAND_COUNT - 1,
                                      .remedy = "'trainbudget help' lists all; an estimate takes "
                                                "options only"};
    if (!tb_argument_name(cli->args.words[0], &rule, cli_pos, cli->diags, &index)) {
        return CLI_CMD_BARE;
    }
    return (enum cli_command_id)(index + 1);
}

/** Reports a wrong number of words behind the command. */
static void check_words(const struct cli *cli, const struct cli_command *command)
{
    const size_t words = cli->args.n_words > 0 ? cli->args.n_words - 1 : 0;
    if (words < command->least) {
        cli_fault(cli->diags, "TB1002", NULL, "'%s' needs %s", command->name, command->words);
    } else if (words > command->most) {
        cli_fault(cli->diags, "TB1002", NULL, "'%s' takes no word '%s'", command->name,
                  cli->args.words[command->most + 1]);
    }
}

static char *version_text(void)
{
    char *text = malloc(160);
    if (text != NULL) {
        snprintf(text, 160, "trainbudget %s (data %s, digest %.12s)\n", TB_VERSION,
                 tb_data_version(), tb_data_digest());
    }
    return text;
}

static enum cli_exit run_command(struct cli *cli)
{
    const bool given_command = cli->args.n_words > 0;
    const enum cli_command_id command = find_command(cli);
    const bool help_short = cli_last(&cli->args, CLI_OPT_HELP_SHORT) != NULL;
    const bool help = cli_last(&cli->args, CLI_OPT_HELP) != NULL;
    if (failed(cli)) {
        return cli_status(cli->diags);
    }
    if (help || help_short) {
        return cli_emit(cli, given_command ? cli_help_command(command) : cli_help_text(help));
    }
    if (cli_last(&cli->args, CLI_OPT_VERSION) != NULL) {
        return cli_emit(cli, version_text());
    }
    check_words(cli, &cli_commands[command]);
    cli_args_check(&cli->args, command, cli->diags);
    return failed(cli) ? cli_status(cli->diags) : cli_commands[command].run(cli);
}

/** Least severity that stderr shows. */
static enum tb_severity loudness(const struct cli *cli)
{
    if (cli->result_shows_warnings || cli_last(&cli->args, CLI_OPT_QUIET) != NULL) {
        return TB_ERROR;
    }
    return cli_last(&cli->args, CLI_OPT_VERBOSE) != NULL ? TB_NOTE : TB_WARNING;
}

enum cli_exit cli_run(int argc, char **argv)
{
    if (argc <= 1) {
        cli_help_none(stderr);
        return CLI_USAGE;
    }
    struct cli cli = {.diags = tb_diags_new()};
    enum cli_exit status = CLI_INTERNAL;
    if (cli.diags == NULL || !cli_args_read(&cli.args, argc, argv, cli.diags)) {
        fputs("trainbudget: error[TB7001]: out of memory\n", stderr);
    } else {
        status = run_command(&cli);
        cli_print_findings(cli.diags, loudness(&cli));
    }
    tb_data_close(cli.data);
    for (size_t i = 0; i < cli.n_dirs; ++i) {
        free(cli.dirs[i]);
    }
    free(cli.dirs);
    cli_args_free(&cli.args);
    tb_diags_free(cli.diags);
    return status;
}
