/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/** What completes an argument: a kind that `trainbudget list` knows, or files. */
static const char *argument_source(const char *argument)
{
    static const struct {
        const char *argument, *kind;
    } sources[] = {
        {"RUN", "runs"},         {"MODEL", "models"},     {"CHIP", "chips"},
        {"CLUSTER", "clusters"}, {"ID", "conventions"},   {"METRIC", "metrics"},
        {"EXPR", "metrics"},     {"KEY=VALUE", "params"}, {"METRIC[,METRIC]", "metrics"}};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; ++i) {
        if (strcmp(sources[i].argument, argument) == 0) {
            return sources[i].kind;
        }
    }
    return NULL;
}

/** "a|b" as "a b". */
static void write_choices(FILE *out, const char *choices)
{
    for (const char *at = choices; *at != '\0'; ++at) {
        fputc(*at == '|' ? ' ' : *at, out);
    }
}

static void bash_argument(FILE *out, const struct cli_option *option)
{
    fprintf(out, "    %s", option->name);
    if (option->letter != 0) {
        fprintf(out, "|-%c", option->letter);
    }
    fputs(") ", out);
    const char *kind = argument_source(option->argument);
    if (strchr(option->argument, '|') != NULL) {
        fputs("words='", out);
        write_choices(out, option->argument);
        fputs("' ;;\n", out);
    } else if (kind != NULL) {
        fprintf(out, "words=$(_trainbudget_ids %s) ;;\n", kind);
    } else if (strcmp(option->argument, "DIR") == 0) {
        fputs("COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n", out);
    } else if (strcmp(option->argument, "FILE") == 0) {
        fputs("COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", out);
    } else {
        fputs("return ;;\n", out);
    }
}

static void write_bash(FILE *out)
{
    fputs(
        "# Completion of trainbudget for bash, made from its option table.\n"
        "_trainbudget_ids() { trainbudget list \"$1\" --tsv 2>/dev/null | tail -n +2 | cut -f1; }\n"
        "_trainbudget() {\n"
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
        "  case $prev in\n",
        out);
    for (size_t i = 0; i < CLI_OPTION_COUNT; ++i) {
        if (cli_options[i].kind == CLI_VALUE) {
            bash_argument(out, &cli_options[i]);
        }
    }
    fputs("    list) words='runs models chips clusters metrics conventions kinds params units "
          "sources "
          "recipes' ;;\n"
          "    explain) words=$(_trainbudget_ids metrics) ;;\n"
          "    show) words=\"run model chip cluster $(_trainbudget_ids runs)"
          " $(_trainbudget_ids models) $(_trainbudget_ids chips)\" ;;\n"
          "    *) words='",
          out);
    for (size_t i = 1; i < CLI_COMMAND_COUNT; ++i) {
        fprintf(out, "%s ", cli_commands[i].name);
    }
    for (size_t i = 0; i < CLI_OPTION_COUNT; ++i) {
        fprintf(out, "%s%s", i > 0 ? " " : "", cli_options[i].name);
    }
    fputs("' ;;\n  esac\n"
          "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "}\ncomplete -F _trainbudget trainbudget\n",
          out);
}

/** Help text inside single quotes and brackets of a zsh specification. */
static void write_zsh_text(FILE *out, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '\'') {
            fputs("'\\''", out);
        } else {
            if (*text == '[' || *text == ']' || *text == ':') {
                fputc('\\', out);
            }
            fputc(*text, out);
        }
    }
}

static void zsh_action(FILE *out, const char *argument)
{
    const char *kind = argument_source(argument);
    if (strchr(argument, '|') != NULL) {
        fputs(":value:(", out);
        write_choices(out, argument);
        fputs(")", out);
    } else if (kind != NULL) {
        fprintf(out, ":%s:{compadd -- $(_trainbudget_ids %s)}", kind, kind);
    } else if (strcmp(argument, "DIR") == 0) {
        fputs(":folder:_files -/", out);
    } else if (strcmp(argument, "FILE") == 0) {
        fputs(":file:_files", out);
    } else {
        fputs(":value:", out);
    }
}

static void write_zsh(FILE *out)
{
    fputs("#compdef trainbudget\n"
          "# Completion of trainbudget for zsh, made from its option table.\n"
          "_trainbudget_ids() { trainbudget list $1 --tsv 2>/dev/null | tail -n +2 | cut -f1 }\n"
          "_arguments -s \\\n",
          out);
    for (size_t i = 0; i < CLI_OPTION_COUNT; ++i) {
        const struct cli_option *option = &cli_options[i];
        fprintf(out, "  '%s%s%s[", option->repeat == CLI_APPEND ? "*" : "", option->name,
                option->kind == CLI_VALUE ? "=" : "");
        write_zsh_text(out, option->help);
        fputs("]", out);
        if (option->kind == CLI_VALUE) {
            zsh_action(out, option->argument);
        }
        fputs("' \\\n", out);
    }
    fputs("  '1:command:(", out);
    for (size_t i = 1; i < CLI_COMMAND_COUNT; ++i) {
        fprintf(out, "%s%s", i > 1 ? " " : "", cli_commands[i].name);
    }
    fputs(")' '*:word:'\n", out);
}

/** Text inside the single quotes of fish. */
static void write_fish_text(FILE *out, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '\'' || *text == '\\') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

static void fish_option(FILE *out, const struct cli_option *option)
{
    fputs("complete -c trainbudget", out);
    if (option->letter != 0) {
        fprintf(out, " -s %c", option->letter);
    }
    if (option->name[1] == '-') {
        fprintf(out, " -l %s", option->name + 2);
    }
    const char *kind = option->kind == CLI_VALUE ? argument_source(option->argument) : NULL;
    if (kind != NULL) {
        fprintf(out, " -x -a '(trainbudget list %s --tsv 2>/dev/null | tail -n +2 | cut -f1)'",
                kind);
    } else if (option->kind == CLI_VALUE && strchr(option->argument, '|') != NULL) {
        fputs(" -x -a '", out);
        write_choices(out, option->argument);
        fputs("'", out);
    } else if (option->kind == CLI_VALUE) {
        fputs(" -r", out);
    }
    fputs(" -d '", out);
    write_fish_text(out, option->help);
    fputs("'\n", out);
}

static void write_fish(FILE *out)
{
    fputs("# Completion of trainbudget for fish, made from its option table.\n", out);
    for (size_t i = 1; i < CLI_COMMAND_COUNT; ++i) {
        fprintf(out, "complete -c trainbudget -n __fish_use_subcommand -a %s -d '",
                cli_commands[i].name);
        write_fish_text(out, cli_commands[i].help);
        fputs("'\n", out);
    }
    for (size_t i = 0; i < CLI_OPTION_COUNT; ++i) {
        fish_option(out, &cli_options[i]);
    }
}

char *cli_completion(const char *shell)
{
    static const struct {
        const char *shell;
        void (*write)(FILE *out);
    } writers[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    for (size_t i = 0; i < sizeof writers / sizeof *writers; ++i) {
        if (strcmp(writers[i].shell, shell) != 0) {
            continue;
        }
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        if (out == NULL) {
            return NULL;
        }
        writers[i].write(out);
        return fclose(out) == 0 ? text : NULL;
    }
    return NULL;
}
