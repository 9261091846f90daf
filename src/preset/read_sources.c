/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/layout.h"
#include "preset/reader.h"

#define AT(member) offsetof(struct tb_source, member)

static const char *type_word(int i)
{
    static const char *const words[] = {"article",   "book",       "inproceedings",
                                        "manual",    "misc",       "online",
                                        "phdthesis", "techreport", "unpublished"};
    return i >= 0 && (size_t)i < sizeof words / sizeof *words ? words[i] : NULL;
}

static const char *read_word(int i)
{
    static const char *const words[] = {"primary", "transcription", "secondary", "recalled"};
    return i >= 0 && (size_t)i < sizeof words / sizeof *words ? words[i] : NULL;
}

static const struct tb_field fields[] = {
    {"title", TB_FIELD_TEXT, true, AT(title), 0, NULL},
    {"author", TB_FIELD_TEXT, true, AT(author), 0, NULL},
    {"year", TB_FIELD_TEXT, false, AT(year), 0, NULL},
    {"url", TB_FIELD_TEXT, false, AT(url), 0, NULL},
    {"publisher", TB_FIELD_TEXT, false, AT(publisher), 0, NULL},
    {"type", TB_FIELD_TEXT, true, AT(bibtex_type), 0, type_word},
    {"read", TB_FIELD_TEXT, true, AT(read), 0, read_word},
};

static const struct tb_layout layout = {.fields = fields,
                                        .n_fields = sizeof fields / sizeof *fields};

const struct tb_source *tb_read_source(struct tb_reader *reader, const struct tb_node *entry)
{
    bool failed_before = reader->failed;
    struct tb_source *source = tb_arena_alloc(reader->arena, sizeof *source);
    if (source == NULL) {
        tb_reader_no_memory(reader);
        return NULL;
    }
    reader->failed = false;
    source->key = entry->key;
    tb_layout_read(reader, entry, &layout, source);
    bool good = !reader->failed;
    reader->failed = reader->failed || failed_before;
    return good ? source : NULL;
}
