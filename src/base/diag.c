/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { SHOWN_BYTES = 160 }; /* of an offending text; the rest of a rubbish file helps nobody */

struct tb_diags {
    struct tb_diag **items; /* pointers, so that tb_diags_at stays valid while the list grows */
    size_t count;
    size_t capacity;
    bool out_of_memory;
};

static const struct code_info {
    const char *code;
    enum tb_severity severity;
    enum tb_status status;
} codes[] = {
#define TB_DIAG(name, code, severity, status, title) {code, severity, status},
#include "base/diag.def"
#undef TB_DIAG
};

tb_diags *tb_diags_new(void)
{
    return calloc(1, sizeof(tb_diags));
}

static void free_diag(struct tb_diag *diag)
{
    if (!diag)
        return;
    free((void *)diag->pos.file);
    free(diag->path);
    free(diag->message);
    free(diag->found);
    free(diag->accepted);
    free(diag->remedy);
    free(diag);
}

void tb_diags_free(tb_diags *diags)
{
    if (!diags)
        return;
    for (size_t i = 0; i < diags->count; i++)
        free_diag(diags->items[i]);
    free(diags->items);
    free(diags);
}

/* NULL stays NULL and is no failure. */
static char *copy(const char *text, bool *ok)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *twin = malloc(size);
    if (twin)
        memcpy(twin, text, size);
    else
        *ok = false;
    return twin;
}

static char *format_message(const char *format, va_list args, bool *ok)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *message = length < 0 ? NULL : malloc((size_t)length + 1);
    if (message)
        vsnprintf(message, (size_t)length + 1, format, args);
    else
        *ok = false;
    return message;
}

static bool append(tb_diags *diags, struct tb_diag *diag)
{
    if (diags->count == diags->capacity) {
        size_t capacity = diags->capacity ? 2 * diags->capacity : 16;
        struct tb_diag **items = realloc(diags->items, capacity * sizeof *items);
        if (!items)
            return false;
        diags->items = items;
        diags->capacity = capacity;
    }
    diags->items[diags->count++] = diag;
    return true;
}

enum tb_status tb_diag_add(tb_diags *diags, enum tb_code code, const struct tb_finding *finding,
                           const char *format, ...)
{
    const struct code_info *info = &codes[code];
    const struct tb_finding none = {.pos = {0}};
    if (!diags)
        return info->status;
    if (!finding)
        finding = &none;
    struct tb_diag *diag = calloc(1, sizeof *diag);
    bool ok = diag != NULL;
    if (diag) {
        diag->severity = info->severity;
        diag->code = info->code;
        diag->status = info->status;
        diag->pos = finding->pos;
        diag->pos.file = copy(finding->pos.file, &ok);
        diag->path = copy(finding->path, &ok);
        diag->found = copy(finding->found, &ok);
        diag->accepted = copy(finding->accepted, &ok);
        diag->remedy = copy(finding->remedy, &ok);
        va_list args;
        va_start(args, format);
        diag->message = format_message(format, args, &ok);
        va_end(args);
    }
    if (!ok || !append(diags, diag)) {
        free_diag(diag);
        diags->out_of_memory = true;
    }
    return info->status;
}

void tb_diags_move(tb_diags *to, tb_diags *from)
{
    size_t moved = 0;
    if (!to || !from)
        return;
    to->out_of_memory |= from->out_of_memory;
    while (moved < from->count && append(to, from->items[moved]))
        moved++;
    to->out_of_memory |= moved < from->count;
    for (size_t i = moved; i < from->count; i++)
        free_diag(from->items[i]);
    from->count = 0;
}

bool tb_diags_said(const tb_diags *diags, const char *start)
{
    for (size_t i = 0; diags && i < diags->count; i++)
        if (strncmp(diags->items[i]->message, start, strlen(start)) == 0)
            return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The same texts when each figure, "96", "1.5e+03", counts as one sign. Behind a letter digits are
 * part of a name: "h100" is not "h800". */
static bool alike(const char *a, const char *b)
{
    for (const char *start = a; *a && *b;) {
        const bool name = a > start && is_letter(a[-1]);
        if (!name && is_digit(*a) && is_digit(*b)) {
            a += strspn(a, "0123456789.e+");
            b += strspn(b, "0123456789.e+");
        } else if (*a++ != *b++) {
            return false;
        }
    }
    return *a == *b;
}

bool tb_diags_said_alike(const tb_diags *diags, const char *message)
{
    for (size_t i = 0; diags && i < diags->count; i++)
        if (alike(diags->items[i]->message, message))
            return true;
    return false;
}

size_t tb_diags_count(const tb_diags *diags, enum tb_severity at_least)
{
    size_t n = 0;
    for (size_t i = 0; diags && i < diags->count; i++)
        n += diags->items[i]->severity >= at_least;
    return n;
}

const struct tb_diag *tb_diags_at(const tb_diags *diags, size_t i)
{
    return diags && i < diags->count ? diags->items[i] : NULL;
}

enum tb_status tb_diags_status(const tb_diags *diags)
{
    if (!diags)
        return TB_OK;
    if (diags->out_of_memory)
        return TB_E_NOMEM;
    for (size_t i = 0; i < diags->count; i++)
        if (diags->items[i]->severity == TB_ERROR)
            return diags->items[i]->status;
    return TB_OK;
}

/* A finding may quote a binary file: control bytes and broken UTF-8 must not reach a terminal. */
static void add_shown(struct tb_text *out, const char *text, size_t most)
{
    size_t length = strlen(text);
    size_t end = length;
    if (end > most) {
        end = most;
        while (end && ((unsigned char)text[end] & 0xC0) == 0x80)
            end--;
    }
    size_t bad = tb_utf8_invalid_at(text, end);
    for (size_t i = 0; i < end; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (i == bad || byte < 0x20 || byte == 0x7F) {
            tb_text_addf(out, "\\x%02x", byte);
            if (i == bad)
                bad = i + 1 + tb_utf8_invalid_at(text + i + 1, end - i - 1);
        } else {
            tb_text_add_n(out, text + i, 1);
        }
    }
    if (end < length)
        tb_text_add(out, "...");
}

static void add_part(struct tb_text *out, const char *head, const char *text, size_t most)
{
    if (!text)
        return;
    tb_text_add(out, head);
    add_shown(out, text, most);
}

/* The message may have quoted what was found. */
static bool is_quoted(const char *message, const char *found)
{
    size_t length = strlen(found);
    for (const char *at = strchr(message, '\''); at; at = strchr(at + 1, '\''))
        if (strncmp(at + 1, found, length) == 0 && at[1 + length] == '\'')
            return true;
    return false;
}

char *tb_diag_text(const struct tb_diag *diag)
{
    static const char *const severities[] = {"note", "warning", "error"};
    struct tb_text out = {0};
    if (diag->pos.file) {
        add_shown(&out, diag->pos.file, SIZE_MAX);
        if (diag->pos.line > 0)
            tb_text_addf(&out, ":%d", diag->pos.line);
        if (diag->pos.line > 0 && diag->pos.column > 0)
            tb_text_addf(&out, ":%d", diag->pos.column);
        tb_text_add(&out, ": ");
    }
    tb_text_addf(&out, "%s[%s]: ", severities[diag->severity], diag->code);
    if (diag->path) {
        add_shown(&out, diag->path, SHOWN_BYTES);
        tb_text_add(&out, ": ");
    }
    add_shown(&out, diag->message, SIZE_MAX);
    if (diag->found && !is_quoted(diag->message, diag->found))
        add_part(&out, "; found ", diag->found, SHOWN_BYTES);
    add_part(&out, "; accepted: ", diag->accepted, SIZE_MAX);
    add_part(&out, "; ", diag->remedy, SIZE_MAX);
    return tb_text_take(&out);
}
