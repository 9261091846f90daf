/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_expr.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct tb_hf_slot_info slots[TB_HF_SLOT_COUNT] = {
#define TB_HF_SLOT(name, key, least, most, dimension, meaning)                                     \
    [TB_HF_##name] = {#key, least, most, dimension, meaning},
#include "preset/hf_slots.def"
#undef TB_HF_SLOT
};

const struct tb_hf_slot_info *tb_hf_slot_info(enum tb_hf_slot slot)
{
    return &slots[slot];
}

int tb_hf_slot_find(const char *word, size_t n)
{
    for (int i = 0; i < TB_HF_SLOT_COUNT; i++) {
        const char *key = slots[i].key;
        if (key[0] == word[0] && strncmp(key, word, n) == 0 && key[n] == '\0') {
            return i;
        }
    }
    return -1;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '^' || c == '[' || c == ']';
}

size_t tb_hf_word_length(const char *p)
{
    size_t n = 0;
    while (is_word(p[n])) {
        n++;
    }
    return n;
}

/** Place of a word in the hash table of used fields: its own, or the empty one it would take. */
static size_t used_slot(const struct tb_hf_ctx *ctx, const char *word, size_t n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ (unsigned char)word[i]) * 16777619u;
    }
    size_t slot = hash % TB_HF_USED_SLOTS;
    while (ctx->used[slot].text &&
           (ctx->used[slot].length != n || memcmp(ctx->used[slot].text, word, n) != 0)) {
        slot = (slot + 1) % TB_HF_USED_SLOTS;
    }
    return slot;
}

static void mark_word(struct tb_hf_ctx *ctx, const char *word, size_t n)
{
    size_t slot = used_slot(ctx, word, n);
    if (!ctx->used[slot].text && ctx->n_used < TB_HF_USED_SLOTS / 2) {
        ctx->used[slot] = (struct tb_hf_word){word, n};
        ctx->n_used++;
    }
}

void tb_hf_mark_used(struct tb_hf_ctx *ctx, const char *word, size_t n)
{
    size_t first = 0; /* bytes of "a" in "a.b" and "a[0]" */
    while (first < n && word[first] != '.' && word[first] != '[') {
        first++;
    }
    mark_word(ctx, word, n);
    if (first < n) {
        mark_word(ctx, word, first);
    }
}

bool tb_hf_is_used(const struct tb_hf_ctx *ctx, const char *key)
{
    return ctx->used[used_slot(ctx, key, strlen(key))].text != NULL;
}

/** Copies a field's name out of the rule, marks it, and finds its value (NULL: absent). */
json_t *tb_hf_lookup(struct tb_hf_ctx *ctx, const char *word, size_t n, char path[96])
{
    n = n < 95 ? n : 95;
    memcpy(path, word, n);
    path[n] = '\0';
    tb_hf_mark_used(ctx, word, n);
    return path[0] == '^' ? tb_hf_at(ctx->doc.root, path + 1) : tb_hf_at(ctx->object, path);
}

json_t *tb_hf_field(struct tb_hf_ctx *ctx, const char *path)
{
    char copy[96];
    return tb_hf_lookup(ctx, path, strlen(path), copy);
}

static const char *full_path(struct tb_hf_ctx *ctx, const char *path)
{
    if (path[0] == '^' || ctx->prefix[0] == '\0') {
        return path + (path[0] == '^');
    }
    const char *full = tb_arena_printf(ctx->arena, "%s.%s", ctx->prefix, path);
    return full ? full : path;
}

void tb_hf_complain(struct tb_hf_ctx *ctx, enum tb_code code, const char *path,
                    const char *accepted, const char *message)
{
    const char *full = full_path(ctx, path);
    for (size_t i = 0; i < ctx->n_failed; i++) {
        if (strcmp(ctx->failed[i], full) == 0) {
            return;
        }
    }
    if (ctx->n_failed < sizeof ctx->failed / sizeof ctx->failed[0]) {
        const char *kept = tb_arena_strdup(ctx->arena, full);
        ctx->failed[ctx->n_failed++] = kept ? kept : "";
    }
    json_t *value =
        path[0] == '^' ? tb_hf_at(ctx->doc.root, path + 1) : tb_hf_at(ctx->object, path);
    char *found = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    if (found && strlen(found) > 60) {
        memcpy(found + 57, "...", 4);
    }
    struct tb_finding f = {
        .pos = tb_hf_locate(&ctx->doc, full), .path = full, .found = found, .accepted = accepted};
    enum tb_status status = tb_diag_add(ctx->diags, code, &f, "%s", message);
    free(found); /* jansson's allocator is malloc unless a program changes it, which none here does
                  */
    if (ctx->status == TB_OK) {
        ctx->status = status;
    }
}
