/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const struct cli_option cli_options[CLI_OPTION_COUNT] = {
#define CLI_OPTION(name, letter, spelling, kind, argument, group, since, repeat, commands, help)   \
    {letter, spelling, CLI_##kind, argument, CLI_##group, since, CLI_##repeat, commands, help},
#include "cli/options.def"
#undef CLI_OPTION
};

const char *const cli_group_titles[CLI_GROUP_COUNT] = {[CLI_SELECT] = "What to estimate",
                                                       [CLI_ASK] = "What to ask",
                                                       [CLI_FORM] = "Form of the answer",
                                                       [CLI_DATA] = "Data",
                                                       [CLI_HELP_GROUP] = "Help"};

/** The command line while it is read. */
struct reader {
    struct cli_args *args;
    char **argv;
    int argc, next;
    tb_diags *diags;
};

/** One of the '|'-separated values of an argument word? */
static bool is_choice(const char *choices, const char *value)
{
    const size_t length = strlen(value);
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, value, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/** Refuses an empty value and one that is not among the listed choices. */
static bool value_is_fit(const struct cli_option *option, const char *value, tb_diags *diags)
{
    if (value[0] == '\0') {
        cli_fault(diags, "TB1002", "is it an unset shell variable?", "empty argument of '%s'",
                  option->name);
        return false;
    }
    const bool closed = option->kind == CLI_MAYBE || strchr(option->argument, '|') != NULL;
    if (closed && !is_choice(option->argument, value)) {
        cli_fault(diags, "TB1002", NULL, "wrong argument of '%s'; found %s; accepted: %s",
                  option->name, value, option->argument);
        return false;
    }
    return true;
}

static void store(struct reader *reader, size_t id, const char *value)
{
    const struct cli_option *option = &cli_options[id];
    const char *before = cli_last(reader->args, (enum cli_option_id)id);
    if (option->repeat == CLI_FAIL && before != NULL) {
        cli_fault(reader->diags, "TB1002", "give it once", "'%s' is given twice; found %s and %s",
                  option->name, before, value != NULL ? value : "");
        return;
    }
    if (value == NULL || value_is_fit(option, value, reader->diags)) {
        struct cli_given *given = &reader->args->given[reader->args->n_given++];
        *given = (struct cli_given){(enum cli_option_id)id, value};
    }
}

/** The argument of an option that needs one: attached, or the next word. */
static void store_value(struct reader *reader, size_t id, const char *attached)
{
    const struct cli_option *option = &cli_options[id];
    const char *next = reader->next < reader->argc ? reader->argv[reader->next] : NULL;
    if (attached != NULL) {
        store(reader, id, attached);
    } else if (next == NULL) {
        cli_fault(reader->diags, "TB1002", NULL, "'%s' needs an argument, %s", option->name,
                  option->argument);
    } else if (strncmp(next, "--", 2) == 0) {
        cli_fault(reader->diags, "TB1002", NULL,
                  "'%s' needs an argument, %s, and is followed by the option '%s'", option->name,
                  option->argument, next);
    } else {
        ++reader->next;
        store(reader, id, next);
    }
}

static void unknown_option(const char *name, tb_diags *diags)
{
    const char *names[CLI_OPTION_COUNT];
    for (size_t i = 0; i < CLI_OPTION_COUNT; ++i) {
        names[i] = cli_options[i].name;
    }
    size_t index = 0;
    const struct tb_name_rule rule = {.code = "TB1001",
                                      .what = "option",
                                      .names = names,
                                      /* Every other letter is near to one of a single letter. */
                                      .n_names = strlen(name) > 2 ? CLI_OPTION_COUNT : 0,
                                      .remedy = "'trainbudget --help' lists all"};
    tb_argument_name(name, &rule, cli_pos, diags, &index);
}

static void read_long(struct reader *reader, const char *text)
{
    const size_t length = strcspn(text, "=");
    const char *attached = text[length] == '=' ? text + length + 1 : NULL;
    char name[64] = "";
    strncat(name, text, length < sizeof name ? length : sizeof name - 1);
    size_t id = 0;
    while (id < CLI_OPTION_COUNT && strcmp(cli_options[id].name, name) != 0) {
        ++id;
    }
    if (id == CLI_OPTION_COUNT) {
        unknown_option(name, reader->diags);
        return;
    }
    if (cli_options[id].kind == CLI_VALUE) {
        store_value(reader, id, attached);
    } else if (cli_options[id].kind == CLI_FLAG && attached != NULL) {
        cli_fault(reader->diags, "TB1002", NULL, "'%s' takes no argument", name);
    } else {
        store(reader, id, attached);
    }
}

/** One of "-q", "-qv", "-oFILE", "-o FILE"; @return false to stop reading the word. */
static bool read_letter(struct reader *reader, const char *word, size_t at)
{
    size_t id = 0;
    while (id < CLI_OPTION_COUNT && cli_options[id].letter != word[at]) {
        ++id;
    }
    if (id == CLI_OPTION_COUNT) {
        char name[64] = "";
        strncat(name, word,
                strcspn(word, "=") < sizeof name ? strcspn(word, "=") : sizeof name - 1);
        unknown_option(name, reader->diags);
        return false;
    }
    const char *rest = word + at + 1;
    if (*rest == '=') {
        cli_fault(reader->diags, "TB1002", NULL, "a short option takes no '='; found %s; write %s",
                  word, cli_options[id].kind == CLI_VALUE ? "it with a space" : "the letter alone");
        return false;
    }
    if (cli_options[id].kind == CLI_VALUE) {
        store_value(reader, id, *rest != '\0' ? rest : NULL);
        return false;
    }
    store(reader, id, NULL);
    return true;
}

static void read_plain(struct reader *reader, const char *word)
{
    const bool dash =
        strncmp(word, "\xe2\x80\x93", 3) == 0 || strncmp(word, "\xe2\x80\x94", 3) == 0;
    if (word[0] == '\0') {
        cli_fault(reader->diags, "TB1002", "is it an unset shell variable?", "an empty argument");
    } else if (dash) {
        cli_fault(reader->diags, "TB1001", "write two hyphens: --",
                  "'%s' begins with a typographic dash", word);
    } else {
        reader->args->words[reader->args->n_words++] = word;
    }
}

bool cli_args_read(struct cli_args *args, int argc, char **argv, tb_diags *diags)
{
    *args = (struct cli_args){0};
    /* A word of one letter options holds at most its length of them. */
    size_t most = 1;
    for (int i = 1; i < argc; ++i) {
        most += strlen(argv[i]) + 1;
    }
    args->given = calloc(most, sizeof *args->given);
    args->words = calloc((size_t)argc + 1, sizeof *args->words);
    if (args->given == NULL || args->words == NULL) {
        cli_args_free(args);
        return false;
    }
    struct reader reader = {.args = args, .argv = argv, .argc = argc, .next = 1, .diags = diags};
    bool options = true;
    while (reader.next < argc) {
        const char *word = argv[reader.next++];
        if (!options || word[0] != '-' || word[1] == '\0') {
            read_plain(&reader, word);
        } else if (word[1] != '-') {
            for (size_t at = 1; word[at] != '\0' && read_letter(&reader, word, at); ++at) {
            }
        } else if (word[2] == '\0') {
            options = false;
        } else {
            read_long(&reader, word);
        }
    }
    return true;
}

void cli_args_free(struct cli_args *args)
{
    free(args->given);
    free(args->words);
    *args = (struct cli_args){0};
}

const char *cli_last(const struct cli_args *args, enum cli_option_id option)
{
    const char *value = NULL;
    for (size_t i = 0; i < args->n_given; ++i) {
        if (args->given[i].option == option) {
            value = args->given[i].value != NULL ? args->given[i].value : "";
        }
    }
    return value;
}

/** Reports the second of several options of which one can be given. */
static void check_one_of(const struct cli_args *args, const enum cli_option_id *ids, size_t n,
                         tb_diags *diags)
{
    const char *first = NULL;
    for (size_t i = 0; i < n; ++i) {
        if (cli_last(args, ids[i]) == NULL) {
            continue;
        }
        if (first != NULL) {
            cli_fault(diags, "TB1004", "give one of them", "'%s' and '%s' exclude each other",
                      first, cli_options[ids[i]].name);
        }
        first = cli_options[ids[i]].name;
    }
}

void cli_args_check(const struct cli_args *args, enum cli_command_id command, tb_diags *diags)
{
    for (size_t i = 0; i < args->n_given; ++i) {
        const struct cli_option *option = &cli_options[args->given[i].option];
        if ((option->commands & (1U << command)) == 0) {
            cli_fault(diags, "TB1004", NULL, "'%s' does not apply to %s", option->name,
                      command == CLI_CMD_BARE ? "an estimate" : cli_commands[command].name);
        }
    }
    static const enum cli_option_id forms[] = {CLI_OPT_GET, CLI_OPT_JSON, CLI_OPT_JSONL,
                                               CLI_OPT_CSV, CLI_OPT_TSV};
    check_one_of(args, forms, sizeof forms / sizeof *forms, diags);
}
