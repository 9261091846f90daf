/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { HELP_COLUMN = 28, HELP_WIDTH = 79 };

void cli_help_none(FILE *out)
{
    fputs("trainbudget estimates what it takes to train a large language model:\n"
          "FLOPs, chip-hours, time, memory, energy, money, each with its range.\n"
          "\n"
          "  trainbudget --preset v4pro-post --chip 910c\n"
          "  trainbudget --preset dsv3-pretrain --get chip_hours\n"
          "\n"
          "'trainbudget list runs' shows what can be estimated, 'trainbudget -h' the\n"
          "options, 'trainbudget --help' everything.\n",
          out);
}

/** Writes words from column `at` on, going on in `indent` on the next lines. */
static void wrap(FILE *out, const char *text, size_t at, size_t indent)
{
    for (const char *word = text; *word != '\0';) {
        const size_t length = strcspn(word, " ");
        const bool first = at <= indent;
        if (!first && at + 1 + length > HELP_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', out);
            ++at;
        }
        fwrite(word, 1, length, out);
        at += length;
        word += length + strspn(word + length, " ");
    }
    fputc('\n', out);
}

/** "-o, --output FILE". */
static void spell(const struct cli_option *option, char *out, size_t size)
{
    char letter[8] = "";
    if (option->letter != 0 && option->name[1] == '-') {
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    const bool maybe = option->kind == CLI_MAYBE;
    snprintf(out, size, "%s%s%s%s%s", letter, option->name, maybe ? "[=" : "",
             option->argument == NULL ? "" : (maybe ? option->argument : ""), maybe ? "]" : "");
    if (option->kind == CLI_VALUE) {
        const size_t length = strlen(out);
        snprintf(out + length, size - length, " %s", option->argument);
    }
}

static void write_option(FILE *out, const struct cli_option *option)
{
    char spelled[80];
    spell(option, spelled, sizeof spelled);
    const size_t length = strlen(spelled);
    fprintf(out, "  %s", spelled);
    if (length + 4 > HELP_COLUMN) {
        fprintf(out, "\n%*s", HELP_COLUMN, "");
    } else {
        fprintf(out, "%*s", (int)(HELP_COLUMN - 2 - length), "");
    }
    wrap(out, option->help, HELP_COLUMN, HELP_COLUMN);
}

/** The options of a group that apply to one of the commands, one below the other. */
static void write_group(FILE *out, enum cli_group group, unsigned commands)
{
    bool any = false;
    for (size_t i = 0; i < CLI_OPTION_COUNT; ++i) {
        if (cli_options[i].group != group || (cli_options[i].commands & commands) == 0) {
            continue;
        }
        if (!any) {
            fprintf(out, "\n%s\n", cli_group_titles[group]);
        }
        any = true;
        write_option(out, &cli_options[i]);
    }
}

/** A name and its argument stay on one line: the blank between becomes a marker. */
static void append_together(char *line, size_t size, char *piece)
{
    for (char *at = piece; *at != '\0'; ++at) {
        *at = *at == ' ' ? '\t' : *at;
    }
    const size_t used = strlen(line);
    snprintf(line + used, size - used, "%s%s", used > 0 ? ", " : "", piece);
}

/** The options of a group in running text. */
static void write_names(FILE *out, enum cli_group group)
{
    char line[1024] = "";
    for (size_t i = 0; i < CLI_OPTION_COUNT; ++i) {
        if (cli_options[i].group == group) {
            char spelled[80];
            spell(&cli_options[i], spelled, sizeof spelled);
            append_together(line, sizeof line, spelled);
        }
    }
    fprintf(out, "\n%s\n  ", cli_group_titles[group]);
    wrap(out, line, 2, 2);
}

static void write_usage(FILE *out)
{
    fputs("Usage: trainbudget [OPTION]...            estimate a run\n"
          "       trainbudget COMMAND [WORD]...\n",
          out);
}

static void write_commands(FILE *out)
{
    fputs("\nCommands\n", out);
    for (size_t i = 1; i < CLI_COMMAND_COUNT; ++i) {
        const struct cli_command *command = &cli_commands[i];
        const int used = fprintf(out, "  %s %s", command->name, command->words);
        fprintf(out, "%*s", HELP_COLUMN - used, "");
        wrap(out, command->help, HELP_COLUMN, HELP_COLUMN);
    }
}

static void write_all_help(FILE *out)
{
    write_usage(out);
    write_commands(out);
    for (size_t group = 0; group < CLI_GROUP_COUNT; ++group) {
        write_group(out, (enum cli_group)group, CLI_ON_ANY);
    }
    fputs("\nExamples\n"
          "  trainbudget --preset v4pro-post --chip 910c\n"
          "  trainbudget --preset dsv3-pretrain --get chip_hours,wall_clock\n"
          "  trainbudget --preset v4pro-post --chips 512 --set 'steps=1000..2000' --json\n"
          "  trainbudget explain mfu --preset dsv3-pretrain\n"
          "\nExit status\n"
          "  0 done; 1 a --require does not hold; 2 wrong usage; 3 wrong input data;\n"
          "  4 no answer; 5 read or write error; 70 internal error\n"
          "\nManual: trainbudget(1), trainbudget-presets(5)\n",
          out);
}

static void write_short_help(FILE *out)
{
    write_usage(out);
    char line[512] = "";
    for (size_t i = 1; i < CLI_COMMAND_COUNT; ++i) {
        const struct cli_command *command = &cli_commands[i];
        char spelled[80];
        snprintf(spelled, sizeof spelled, "%s%s%s", command->name,
                 command->words[0] != '\0' ? " " : "", command->words);
        append_together(line, sizeof line, spelled);
    }
    fputs("\nCommands\n  ", out);
    wrap(out, line, 2, 2);
    for (size_t group = 0; group < CLI_GROUP_COUNT; ++group) {
        write_names(out, (enum cli_group)group);
    }
    fputs("\n'trainbudget --help' says what each does, 'trainbudget help COMMAND' about one.\n",
          out);
}

/** Tabs that held names and arguments together become spaces again. */
static char *finish(FILE *out, char **text)
{
    if (fclose(out) != 0) {
        return NULL;
    }
    for (char *at = *text; *at != '\0'; ++at) {
        *at = *at == '\t' ? ' ' : *at;
    }
    return *text;
}

char *cli_help_text(bool all)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    if (all) {
        write_all_help(out);
    } else {
        write_short_help(out);
    }
    return finish(out, &text);
}

char *cli_help_command(enum cli_command_id id)
{
    const struct cli_command *command = &cli_commands[id];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    fprintf(out, "Usage: trainbudget %s%s%s [OPTION]...\n\n", command->name,
            command->words[0] != '\0' ? " " : "", command->words);
    wrap(out, command->help, 0, 0);
    for (size_t group = 0; group < CLI_GROUP_COUNT; ++group) {
        write_group(out, (enum cli_group)group, 1U << id);
    }
    return finish(out, &text);
}

enum cli_exit cli_cmd_help(struct cli *cli)
{
    const char *word = cli_word(cli, 0);
    if (word == NULL) {
        return cli_emit(cli, cli_help_text(true));
    }
    if (strncmp(word, "completion-", 11) == 0) {
        char *script = cli_completion(word + 11);
        if (script == NULL) {
            cli_fault(cli->diags, "TB1002", NULL,
                      "no completion for the shell '%s'; accepted: bash, zsh, fish", word + 11);
        }
        return cli_emit(cli, script);
    }
    const char *names[CLI_COMMAND_COUNT];
    for (size_t i = 0; i < CLI_COMMAND_COUNT; ++i) {
        names[i] = cli_commands[i].name;
    }
    size_t index = 0;
    const struct tb_name_rule rule = {.code = "TB1003",
                                      .what = "command",
                                      .names = names,
                                      .n_names = CLI_COMMAND_COUNT,
                                      .remedy = "'trainbudget help' lists all"};
    if (!tb_argument_name(word, &rule, cli_pos, cli->diags, &index)) {
        return cli_emit(cli, NULL);
    }
    return cli_emit(cli, cli_help_command((enum cli_command_id)index));
}
