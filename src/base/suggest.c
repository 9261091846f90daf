/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/text.h"

enum { NAME_BYTES = 96 }; /* longer texts are no mistyped names */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return lower(a) == lower(b);
}

struct table {
    const char *a, *b;
    size_t rows[3][NAME_BYTES + 1]; /* row i in rows[i % 3]: distances of the first i bytes of a */
};

/* Fills row i >= 1 and returns its smallest entry. */
static size_t fill_row(struct table *t, size_t i)
{
    const size_t *above = t->rows[(i + 2) % 3];
    const size_t *two_above = t->rows[(i + 1) % 3];
    size_t *row = t->rows[i % 3];
    size_t smallest = row[0] = i;
    for (size_t j = 1; t->b[j - 1]; j++) {
        size_t changed = same(t->a[i - 1], t->b[j - 1]) ? 0 : 1;
        row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + changed);
        if (i > 1 && j > 1 && same(t->a[i - 1], t->b[j - 2]) && same(t->a[i - 2], t->b[j - 1]))
            row[j] = least(row[j], two_above[j - 2] + 1);
        smallest = least(smallest, row[j]);
    }
    return smallest;
}

size_t tb_edit_distance(const char *a, const char *b, size_t limit)
{
    struct table t = {.a = a, .b = b};
    size_t length_a = strlen(a);
    size_t length_b = strlen(b);
    size_t apart = length_a > length_b ? length_a - length_b : length_b - length_a;
    if (length_a > NAME_BYTES || length_b > NAME_BYTES || apart > limit)
        return limit + 1;
    for (size_t j = 0; j <= length_b; j++)
        t.rows[0][j] = j;
    size_t before = 0; /* smallest entry one row up: a transposition can jump a row */
    for (size_t i = 1; i <= length_a; i++) {
        size_t smallest = fill_row(&t, i);
        if (smallest > limit && before > limit)
            return limit + 1;
        before = smallest;
    }
    return least(t.rows[length_a % 3][length_b], limit + 1);
}

static bool same_text(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/* Where `part` begins within `whole`, or NAME_BYTES when it does not occur. */
static size_t place_of(const char *whole, const char *part)
{
    size_t n = strlen(part);
    size_t length = strlen(whole);
    for (size_t at = 0; at + n <= length && at < NAME_BYTES; at++)
        if (same_text(whole + at, part, n))
            return at;
    return NAME_BYTES;
}

/* 0 is best; NAME_BYTES and more: not near. Near spellings come before names that only contain the
 * text, and of those the ones that begin with it come first. */
static size_t badness(const char *wrong, const char *name)
{
    size_t length = strlen(wrong);
    size_t limit = length / 3 ? length / 3 : 1;
    size_t distance = tb_edit_distance(wrong, name, limit);
    if (distance <= limit && distance < length)
        return distance;
    if (length < 2)
        return NAME_BYTES;
    size_t at = place_of(name, wrong);
    if (at < NAME_BYTES)
        return limit + (at == 0 ? 1 : 2);
    if (strlen(name) >= 3 && place_of(wrong, name) < NAME_BYTES)
        return limit + 3;
    return NAME_BYTES;
}

static bool seen_before(const char *const *names, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(names[k], names[i]) == 0)
            return true;
    return false;
}

void tb_suggest(struct tb_text *out, const char *wrong, const char *const *names, size_t n,
                size_t max)
{
    size_t last_badness = 0;
    size_t next = 0; /* names before this one with last_badness are already told */
    for (size_t told = 0; told < max; told++) {
        size_t best = n;
        size_t best_badness = NAME_BYTES;
        for (size_t i = 0; i < n; i++) {
            size_t bad = badness(wrong, names[i]);
            bool done = bad < last_badness || (bad == last_badness && i < next);
            if (bad < best_badness && !done && !seen_before(names, i)) {
                best = i;
                best_badness = bad;
            }
        }
        if (best == n)
            return;
        if (told)
            tb_text_add(out, ", ");
        tb_text_add(out, names[best]);
        last_badness = best_badness;
        next = best + 1;
    }
}
