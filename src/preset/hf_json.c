/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_json.h"

#include <string.h>

#include "base/text.h"

/* Before the parser: what it would accept too generously or refuse without need. */

struct prescan {
    char *text; /**< writable copy */
    size_t length;
    int depth, deepest;
    size_t deepest_at;
    size_t literals; /**< non-JSON literals blanked */
    size_t literal_at;
};

static struct tb_pos place(const char *file, const char *text, size_t at)
{
    struct tb_pos pos = {file, 1, 1};
    for (size_t i = 0; i < at; i++) {
        pos.column++;
        if (text[i] == '\n') {
            pos.line++;
            pos.column = 1;
        }
    }
    return pos;
}

/** Length of a literal that JSON lacks at text[i], or 0. */
static size_t foreign_literal(const struct prescan *s, size_t i)
{
    static const char *const words[] = {"Infinity", "-Infinity", "NaN", "-NaN"};
    bool maybe = s->text[i] == 'I' || s->text[i] == 'N' || s->text[i] == '-';
    for (size_t w = 0; maybe && w < sizeof words / sizeof words[0]; w++) {
        size_t n = strlen(words[w]);
        if (s->length - i >= n && memcmp(s->text + i, words[w], n) == 0) {
            return n;
        }
    }
    return 0;
}

/** An empty string has the two bytes that every literal leaves room for: positions hold, and a
 * field that is counted and has no finite value is an error like any other text in a number's
 * place. */
static void blank_literal(struct prescan *s, size_t i, size_t n)
{
    memset(s->text + i, ' ', n);
    memset(s->text + i, '"', 2);
    s->literals++;
    if (s->literals == 1) {
        s->literal_at = i;
    }
}

/** Byte after a string that opens at i. */
static size_t string_end(const char *text, size_t length, size_t i)
{
    for (i++; i < length && text[i] != '"'; i++) {
        if (text[i] == '\\') {
            i++;
        }
    }
    return i < length ? i + 1 : length;
}

static void prescan_byte(struct prescan *s, size_t i)
{
    char c = s->text[i];
    if (c == '{' || c == '[') {
        s->depth++;
        if (s->depth > s->deepest) {
            s->deepest = s->depth;
            s->deepest_at = i;
        }
    } else if (c == '}' || c == ']') {
        s->depth--;
    }
}

static void prescan_run(struct prescan *s)
{
    size_t i = 0;
    while (i < s->length && s->deepest <= TB_HF_MAX_DEPTH) {
        size_t n = foreign_literal(s, i);
        if (s->text[i] == '"') {
            i = string_end(s->text, s->length, i);
        } else if (n > 0) {
            blank_literal(s, i, n);
            i += n;
        } else {
            prescan_byte(s, i);
            i++;
        }
    }
}

static enum tb_status check_text(const char *text, size_t length, const char *file, tb_diags *diags)
{
    struct tb_finding f = {.pos = {file, 1, 1}};
    if (length > TB_HF_MAX_BYTES) {
        f.accepted = "at most 1 MiB";
        return tb_diag_add(diags, TB_TEXT_TOO_LARGE, &f, "the model file has %zu bytes", length);
    }
    size_t blank = 0;
    while (blank < length && (text[blank] == ' ' || (text[blank] >= '\t' && text[blank] <= '\r'))) {
        blank++;
    }
    if (blank == length) {
        return tb_diag_add(diags, TB_TEXT_EMPTY, &f, "the model file is empty");
    }
    size_t bad = tb_utf8_invalid_at(text, length);
    if (bad < length) {
        f.pos = place(file, text, bad);
        return tb_diag_add(diags, TB_TEXT_NOT_UTF8, &f, "the model file is not UTF-8 text");
    }
    return TB_OK;
}

static enum tb_status check_prescan(const struct prescan *s, const char *file, tb_diags *diags)
{
    if (s->deepest > TB_HF_MAX_DEPTH) {
        struct tb_finding f = {.pos = place(file, s->text, s->deepest_at)};
        return tb_diag_add(diags, TB_TEXT_TOO_DEEP, &f, "nested deeper than %d levels",
                           TB_HF_MAX_DEPTH);
    }
    if (s->literals > 0) {
        struct tb_finding f = {.pos = place(file, s->text, s->literal_at)};
        tb_diag_add(diags, TB_JSON_LITERAL, &f,
                    "NaN or Infinity is not JSON; read as a value that is not a number (%zu times)",
                    s->literals);
    }
    return TB_OK;
}

static enum tb_status parse(struct tb_hf_doc *doc, tb_diags *diags)
{
    json_error_t error;
    doc->root = json_loadb(doc->text, doc->length, JSON_REJECT_DUPLICATES, &error);
    if (!doc->root) {
        enum json_error_code code = json_error_code(&error);
        struct tb_finding f = {.pos = {doc->file, error.line > 0 ? error.line : 1,
                                       error.column > 0 ? error.column : 1}};
        return tb_diag_add(diags, code == json_error_out_of_memory ? TB_NO_MEMORY : TB_JSON_SYNTAX,
                           &f, "%s", error.text);
    }
    if (!json_is_object(doc->root)) {
        struct tb_finding f = {.pos = {doc->file, 1, 1}, .accepted = "an object"};
        return tb_diag_add(diags, TB_YAML_SHAPE, &f, "a model file is one JSON object");
    }
    return TB_OK;
}

enum tb_status tb_hf_doc_read(const char *text, size_t length, const char *file, tb_arena *arena,
                              struct tb_hf_doc *out, tb_diags *diags)
{
    *out = (struct tb_hf_doc){.file = file};
    enum tb_status status = check_text(text, length, file, diags);
    if (status != TB_OK) {
        return status;
    }
    struct prescan s = {.text = tb_arena_alloc(arena, length + 1), .length = length};
    if (!s.text) {
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    }
    memcpy(s.text, text, length);
    prescan_run(&s);
    status = check_prescan(&s, file, diags);
    out->text = s.text;
    out->length = length;
    return status == TB_OK ? parse(out, diags) : status;
}

/* From a path back to the text. The text has been parsed: it is well formed. */

static size_t skip_blank(const struct tb_hf_doc *d, size_t i)
{
    while (i < d->length && strchr(" \t\r\n,:", d->text[i])) {
        i++;
    }
    return i;
}

static size_t skip_value(const struct tb_hf_doc *d, size_t i)
{
    int depth = 0;
    while (i < d->length) {
        char c = d->text[i];
        if (c == '"') {
            i = string_end(d->text, d->length, i);
        } else if (c == '{' || c == '[') {
            depth++;
            i++;
        } else if (c == '}' || c == ']') {
            depth--;
            i++;
        } else {
            i += depth > 0 ? 1 : strcspn(d->text + i, ",]}\" \t\r\n");
        }
        if (depth == 0) {
            break;
        }
    }
    return i;
}

/** Start of the key `name` of the object at i, or 0. `*value` receives the start of its value. */
static size_t find_key(const struct tb_hf_doc *d, size_t i, const char *name, size_t *value)
{
    size_t n = strcspn(name, ".[");
    i = skip_blank(d, i + 1);
    while (i < d->length && d->text[i] == '"') {
        size_t end = string_end(d->text, d->length, i);
        *value = skip_blank(d, end);
        if (end - i - 2 == n && memcmp(d->text + i + 1, name, n) == 0) {
            return i;
        }
        i = skip_blank(d, skip_value(d, *value));
    }
    return 0;
}

/** The number that digits spell; far beyond any list when there are too many. */
static size_t read_index(const char *digits)
{
    size_t index = 0;
    for (; *digits >= '0' && *digits <= '9' && index < TB_HF_MAX_BYTES; digits++) {
        index = index * 10 + (size_t)(*digits - '0');
    }
    return index;
}

/** Start of the element whose number `digits` begins with, of the array at i, or 0. */
static size_t find_element(const struct tb_hf_doc *d, size_t i, const char *digits)
{
    size_t index = read_index(digits);
    i = skip_blank(d, i + 1);
    for (size_t k = 0; k < index && i < d->length && d->text[i] != ']'; k++) {
        i = skip_blank(d, skip_value(d, i));
    }
    return i < d->length && d->text[i] != ']' ? i : 0;
}

struct tb_pos tb_hf_locate(const struct tb_hf_doc *doc, const char *path)
{
    size_t at = skip_blank(doc, 0); /* what is pointed at */
    size_t value = at;              /* where the search goes on */
    while (*path && value < doc->length) {
        size_t found = 0;
        if (*path == '[' && doc->text[value] == '[') {
            found = value = find_element(doc, value, path + 1);
        } else if (doc->text[value] == '{') {
            found = find_key(doc, value, path, &value);
        }
        if (found == 0) {
            break;
        }
        at = found;
        path += *path == '[' ? strcspn(path, "]") + 1 : strcspn(path, ".[");
        path += *path == '.';
    }
    return place(doc->file, doc->text, at < doc->length ? at : 0);
}

json_t *tb_hf_at(json_t *object, const char *path)
{
    while (object && *path) {
        size_t n = strcspn(path, ".[");
        char key[64];
        if (n >= sizeof key) {
            return NULL;
        }
        memcpy(key, path, n);
        key[n] = '\0';
        object = n > 0 ? json_object_get(object, key) : object;
        path += n;
        if (*path == '[') {
            object = json_array_get(object, read_index(path + 1));
            path += strcspn(path, "]") + 1;
        }
        path += *path == '.';
    }
    return object;
}
