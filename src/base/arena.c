/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024 };

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

struct tb_arena {
    struct block *blocks; /* the first one is being filled */
};

tb_arena *tb_arena_new(void)
{
    return calloc(1, sizeof(tb_arena));
}

void tb_arena_free(tb_arena *arena)
{
    if (!arena)
        return;
    for (struct block *block = arena->blocks; block;) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

static struct block *new_block(size_t size)
{
    struct block *block = calloc(1, sizeof(struct block) + size);
    if (block)
        block->size = size;
    return block;
}

void *tb_arena_alloc(tb_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > PTRDIFF_MAX / 2) /* no object is that large; malloc checkers call it a bug */
        return NULL;
    size = size ? (size + align - 1) / align * align : align;
    struct block *first = arena->blocks;
    if (!first || first->size - first->used < size) {
        bool own = size > BLOCK_BYTES / 2;
        struct block *block = new_block(own ? size : BLOCK_BYTES);
        if (!block)
            return NULL;
        if (own && first) { /* a large piece must not close the block that still has room */
            block->next = first->next;
            first->next = block;
        } else {
            block->next = first;
            arena->blocks = block;
        }
        first = block;
    }
    void *piece = first->bytes + first->used;
    first->used += size;
    return piece;
}

char *tb_arena_strndup(tb_arena *arena, const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = tb_arena_alloc(arena, length + 1);
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

char *tb_arena_strdup(tb_arena *arena, const char *text)
{
    return tb_arena_strndup(arena, text, strlen(text));
}

char *tb_arena_printf(tb_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return NULL;
    char *text = tb_arena_alloc(arena, (size_t)length + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}
