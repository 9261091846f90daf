/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "preset/preset.h"
#include "report/format.h"
#include "trainbudget/report.h"
#include "trainbudget/version.h"

/** Text inside braces: what TeX reads as a command is escaped. */
static void add_tex(struct tb_text *out, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (strchr("&%#$_", *text) != NULL) {
            tb_text_add(out, "\\");
        }
        if (strchr("{}\\~^", *text) != NULL) {
            continue;
        }
        tb_text_add_n(out, text, 1);
    }
}

static void add_field(struct tb_text *out, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        tb_text_addf(out, "  %s = {", name);
        add_tex(out, text);
        tb_text_add(out, "},\n");
    }
}

/** A corporate author keeps its name whole; "and others" stays what BibTeX knows. */
static void add_author(struct tb_text *out, const char *author)
{
    const bool people = strstr(author, " and ") != NULL;
    tb_text_add(out, people ? "  author = {" : "  author = {{");
    add_tex(out, author);
    tb_text_add(out, people ? "},\n" : "}},\n");
}

static void add_program(struct tb_text *out)
{
    tb_text_addf(out,
                 "@software{trainbudget,\n"
                 "  title = {trainbudget: what it takes to train a large language model},\n"
                 "  author = {{The trainbudget authors}},\n"
                 "  year = {%.4s},\n"
                 "  version = {%s},\n"
                 "  note = {data %s, digest %.12s},\n"
                 "}\n",
                 tb_data_version(), TB_VERSION, tb_data_version(), tb_data_digest());
}

static void add_source(struct tb_text *out, const struct tb_source *source)
{
    tb_text_addf(out, "\n@%s{%s,\n", source->bibtex_type != NULL ? source->bibtex_type : "misc",
                 source->key);
    add_field(out, "title", source->title);
    if (source->author != NULL) {
        add_author(out, source->author);
    }
    add_field(out, "year", source->year);
    add_field(out, "publisher", source->publisher);
    if (source->url != NULL) {
        tb_text_addf(out, "  url = {%s},\n", source->url);
    }
    tb_text_add(out, "}\n");
}

/** Keys already seen, in alphabetical order. */
struct keys {
    const char *key[513]; /* one more than is filled, for the move */
    size_t n;
};

static void collect(struct keys *keys, const char *const *more, size_t n)
{
    for (size_t i = 0; i < n && keys->n + 1 < sizeof keys->key / sizeof *keys->key; ++i) {
        size_t at = keys->n;
        while (at > 0 && strcmp(keys->key[at - 1], more[i]) > 0) {
            --at;
        }
        if (at > 0 && strcmp(keys->key[at - 1], more[i]) == 0) {
            continue;
        }
        memmove(&keys->key[at + 1], &keys->key[at], (keys->n - at) * sizeof *keys->key);
        keys->key[at] = more[i];
        ++keys->n;
    }
}

char *tb_report_cite(tb_data *data, const struct tb_estimate *estimate, tb_diags *diags)
{
    struct tb_text out = {0};
    struct keys keys = {.n = 0};
    add_program(&out);
    for (size_t i = 0; estimate != NULL && i < estimate->n_inputs; ++i) {
        collect(&keys, estimate->inputs[i].sources, estimate->inputs[i].n_sources);
    }
    for (size_t i = 0; estimate != NULL && i < estimate->n_disclosed; ++i) {
        collect(&keys, estimate->disclosed[i].sources, estimate->disclosed[i].n_sources);
    }
    for (size_t i = 0; i < keys.n; ++i) {
        const struct tb_source *source = tb_data_source(data, keys.key[i]);
        if (source != NULL) {
            add_source(&out, source);
        }
    }
    return tb_finish(&out, diags);
}
