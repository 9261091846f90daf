/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/reader.h"

#include "base/text.h"
#include "preset/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_WORDS = 128 };

struct tb_pos tb_reader_pos(const struct tb_reader *reader, const struct tb_node *node)
{
    return (struct tb_pos){reader->file, node != NULL ? node->line : 0,
                           node != NULL ? node->column : 0};
}

void tb_reader_fail(struct tb_reader *reader, enum tb_code code, const struct tb_at *at,
                    const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);

    struct tb_text path = {0};
    struct tb_pos pos = tb_reader_pos(reader, at->node);
    if (at->node != NULL) {
        tb_node_path(at->node, &path);
        if (at->key && at->node->key != NULL) {
            pos.line = at->node->key_line;
            pos.column = at->node->key_column;
        }
    }
    struct tb_finding finding = {.pos = pos,
                                 .path = path.length > 0 ? path.data : NULL,
                                 .found = at->found,
                                 .accepted = at->accepted,
                                 .remedy = at->remedy};
    tb_diag_add(reader->diags, code, &finding, "%s", message);
    tb_text_free(&path);
    reader->failed = true;
}

bool tb_reader_no_memory(struct tb_reader *reader)
{
    struct tb_at at = {0};
    tb_reader_fail(reader, TB_NO_MEMORY, &at, "out of memory");
    return false;
}

/* The nearest names as a question; all names when none is near. */
static void add_choices(const char *wrong, const char *const *names, size_t n,
                        struct tb_text *remedy, struct tb_text *accepted)
{
    struct tb_text near = {0};
    tb_suggest(&near, wrong, names, n, 3);
    if (near.length > 0) {
        tb_text_addf(remedy, "did you mean %s?", near.data);
    }
    for (size_t i = 0; i < n && near.length == 0; i++) {
        tb_text_addf(accepted, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    tb_text_free(&near);
}

void tb_reader_unknown_key(struct tb_reader *reader, const struct tb_node *entry,
                           const char *const *names, size_t n)
{
    struct tb_text remedy = {0}, accepted = {0};
    add_choices(entry->key, names, n, &remedy, &accepted);
    struct tb_at at = {
        .node = entry, .key = true, .accepted = accepted.data, .remedy = remedy.data};
    tb_reader_fail(reader, TB_YAML_UNKNOWN_KEY, &at, "unknown key '%s'", entry->key);
    tb_text_free(&remedy);
    tb_text_free(&accepted);
}

void tb_reader_unknown_word(struct tb_reader *reader, const struct tb_node *node,
                            const char *const *words, size_t n)
{
    struct tb_text remedy = {0}, accepted = {0};
    const char *known[MAX_WORDS];
    size_t n_known = 0;
    for (size_t i = 0; i < n && n_known < MAX_WORDS; i++) {
        if (words[i] != NULL) {
            known[n_known++] = words[i];
        }
    }
    add_choices(node->text, known, n_known, &remedy, &accepted);
    struct tb_at at = {.node = node, .accepted = accepted.data, .remedy = remedy.data};
    tb_reader_fail(reader, TB_YAML_SHAPE, &at, "unknown word '%s'", node->text);
    tb_text_free(&remedy);
    tb_text_free(&accepted);
}

bool tb_reader_is(struct tb_reader *reader, const struct tb_node *node, enum tb_node_kind kind)
{
    if (node->kind == kind) {
        return true;
    }
    struct tb_at at = {.node = node,
                       .found = node->kind == TB_NODE_TEXT && node->text[0] == '\0'
                                    ? "nothing"
                                    : tb_node_kind_name(node->kind),
                       .accepted = tb_node_kind_name(kind)};
    tb_reader_fail(reader, TB_YAML_SHAPE, &at, "a %s is needed here", tb_node_kind_name(kind));
    return false;
}

const char *tb_reader_text(struct tb_reader *reader, const struct tb_node *node)
{
    if (!tb_reader_is(reader, node, TB_NODE_TEXT)) {
        return NULL;
    }
    if (node->text[0] == '\0') {
        struct tb_at at = {.node = node, .remedy = "write a text or remove the key"};
        tb_reader_fail(reader, TB_YAML_SHAPE, &at, "the text is empty");
        return NULL;
    }
    return node->text;
}

bool tb_reader_texts(struct tb_reader *reader, const struct tb_node *node,
                     const char *const **texts, size_t *n)
{
    if (!tb_reader_is(reader, node, TB_NODE_LIST)) {
        return false;
    }
    const char **list = tb_arena_alloc(reader->arena, (node->n + 1) * sizeof *list);
    if (list == NULL) {
        return tb_reader_no_memory(reader);
    }
    size_t filled = 0;
    for (const struct tb_node *item = node->first; item != NULL; item = item->next) {
        const char *text = tb_reader_text(reader, item);
        if (text == NULL) {
            return false;
        }
        list[filled++] = text;
    }
    *texts = list;
    *n = filled;
    return true;
}

static bool is_id(const char *text)
{
    static const char *const letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
    return text[0] != '\0' && strspn(text, letters) == strlen(text);
}

static void check_id(struct tb_reader *reader, const struct tb_node *node)
{
    if (node == NULL || node->kind != TB_NODE_TEXT || node->text[0] == '\0') {
        return; /* reported by the field table */
    }
    struct tb_at at = {.node = node, .found = node->text};
    if (!is_id(node->text)) {
        at.accepted = "lower-case letters, digits, '.', '-' and '_'";
        tb_reader_fail(reader, TB_YAML_SHAPE, &at, "an id of other characters");
        return;
    }
    const char *base = tb_file_base(reader->file);
    size_t length = strlen(node->text);
    if (strncmp(base, node->text, length) != 0 || strcmp(base + length, ".yaml") != 0) {
        struct tb_text remedy = {0};
        tb_text_addf(&remedy, "name the file %s.yaml", node->text);
        at.remedy = remedy.data;
        tb_reader_fail(reader, TB_ID_FILE_MISMATCH, &at, "the id differs from the file name");
        tb_text_free(&remedy);
    }
}

static void check_assumed(struct tb_reader *reader, const struct tb_node *list)
{
    static const char *const keys[] = {"name", "warning"};
    if (list == NULL || !tb_reader_is(reader, list, TB_NODE_LIST)) {
        return;
    }
    for (const struct tb_node *item = list->first; item != NULL; item = item->next) {
        if (!tb_reader_is(reader, item, TB_NODE_MAP)) {
            continue;
        }
        for (const struct tb_node *entry = item->first; entry != NULL; entry = entry->next) {
            if (strcmp(entry->key, keys[0]) == 0 || strcmp(entry->key, keys[1]) == 0) {
                tb_reader_text(reader, entry);
            } else {
                tb_reader_unknown_key(reader, entry, keys, 2);
            }
        }
        if (tb_node_get(item, "name") == NULL || tb_node_get(item, "warning") == NULL) {
            struct tb_at at = {.node = item};
            tb_reader_fail(reader, TB_YAML_MISSING_KEY, &at,
                           "an assumed name needs the keys name and warning");
        }
    }
}

static bool read_basis(struct tb_reader *reader, const struct tb_node *node, enum tb_basis *basis)
{
    static const enum tb_basis bases[] = {TB_BASIS_MEASURED, TB_BASIS_PREDICTED, TB_BASIS_PRIOR,
                                          TB_BASIS_ASSUMED};
    enum { N = sizeof bases / sizeof *bases };
    const char *words[N];
    const char *text = tb_reader_text(reader, node);
    for (size_t i = 0; i < N && text != NULL; i++) {
        words[i] = tb_basis_id(bases[i]);
        if (strcmp(words[i], text) == 0) {
            *basis = bases[i];
            return true;
        }
    }
    if (text != NULL) {
        tb_reader_unknown_word(reader, node, words, N);
    }
    return false;
}

/* A warning is a text, or {text, basis} when it holds for estimates on that basis alone. */
static const char *read_warning(struct tb_reader *reader, const struct tb_node *item,
                                enum tb_basis *basis)
{
    static const char *const keys[] = {"text", "basis"};
    if (item->kind != TB_NODE_MAP) {
        return tb_reader_text(reader, item);
    }
    const char *text = NULL;
    for (const struct tb_node *entry = item->first; entry != NULL; entry = entry->next) {
        if (strcmp(entry->key, keys[0]) == 0) {
            text = tb_reader_text(reader, entry);
        } else if (strcmp(entry->key, keys[1]) == 0) {
            read_basis(reader, entry, basis);
        } else {
            tb_reader_unknown_key(reader, entry, keys, 2);
        }
    }
    if (tb_node_get(item, keys[0]) == NULL) {
        struct tb_at at = {.node = item};
        tb_reader_fail(reader, TB_YAML_MISSING_KEY, &at, "the key text is missing");
    }
    return text;
}

static void read_warnings(struct tb_reader *reader, const struct tb_node *list,
                          struct tb_entity *entity)
{
    if (list == NULL || !tb_reader_is(reader, list, TB_NODE_LIST)) {
        return;
    }
    const char **texts = tb_arena_alloc(reader->arena, (list->n + 1) * sizeof *texts);
    enum tb_basis *bases = tb_arena_alloc(reader->arena, (list->n + 1) * sizeof *bases);
    if (texts == NULL || bases == NULL) {
        tb_reader_no_memory(reader);
        return;
    }
    size_t n = 0;
    for (const struct tb_node *item = list->first; item != NULL; item = item->next) {
        bases[n] = TB_BASIS_NONE;
        texts[n] = read_warning(reader, item, &bases[n]);
        n += texts[n] != NULL;
    }
    entity->warnings = texts;
    entity->warning_basis = bases;
    entity->n_warnings = n;
}

void tb_read_entity(struct tb_reader *reader, const struct tb_node *root, struct tb_entity *entity)
{
    entity->file = reader->file;
    entity->builtin = reader->builtin;
    check_id(reader, tb_node_get(root, "id"));
    check_assumed(reader, tb_node_get(root, "assumed_for"));
    read_warnings(reader, tb_node_get(root, "warnings"), entity);
    const struct tb_node *family = tb_node_get(root, "family_names");
    const char *const *names = NULL;
    size_t n = 0;
    if (family != NULL) {
        tb_reader_texts(reader, family, &names, &n);
    }
}

const struct tb_node *tb_reader_list(struct tb_reader *r, const struct tb_node *root,
                                     const char *key)
{
    const struct tb_node *list = tb_node_get(root, key);
    if (list == NULL) {
        struct tb_at at = {.node = root};
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "a list is missing");
        return NULL;
    }
    return tb_reader_is(r, list, TB_NODE_LIST) ? list : NULL;
}
