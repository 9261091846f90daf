/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_ARENA_H
#define TB_BASE_ARENA_H

#include <stddef.h>

/** Memory that lives and dies together: everything a preset store or a scenario owns. */
typedef struct tb_arena tb_arena;

tb_arena *tb_arena_new(void);
void tb_arena_free(tb_arena *arena);

/** Zeroed memory, aligned for any type; NULL when out of memory. */
void *tb_arena_alloc(tb_arena *arena, size_t size);
char *tb_arena_strdup(tb_arena *arena, const char *text);
char *tb_arena_strndup(tb_arena *arena, const char *text, size_t length);
char *tb_arena_printf(tb_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
