/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_TEXT_H
#define TB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** A growing NUL-terminated string. A failed append sets `failed` and later appends do nothing,
 *  so a writer checks once, at the end. Zero-initialise; release with tb_text_free. */
struct tb_text {
    char *data;
    size_t length;
    size_t capacity;
    bool failed;
};

void tb_text_free(struct tb_text *text);
void tb_text_add(struct tb_text *text, const char *piece);
void tb_text_add_n(struct tb_text *text, const char *piece, size_t length);
void tb_text_addf(struct tb_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Hands the string over (malloc'd; "" when nothing was added); NULL when an append had failed. */
char *tb_text_take(struct tb_text *text);

/** Damerau-Levenshtein distance, case-insensitive in ASCII; stops early past `limit`. */
size_t tb_edit_distance(const char *a, const char *b, size_t limit);

/** The up to `max` names nearest to `wrong` (at most a third of its length away, or sharing it as
 *  part), best first, as "a, b, c"; "" when none is near. */
void tb_suggest(struct tb_text *out, const char *wrong, const char *const *names, size_t n,
                size_t max);

/** First byte offset that is not valid UTF-8 (or is NUL), or `length` when all is. */
size_t tb_utf8_invalid_at(const char *bytes, size_t length);

/** Columns a UTF-8 text takes on a terminal (wide East Asian characters count two). */
size_t tb_utf8_width(const char *text);

#endif
