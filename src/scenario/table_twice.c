/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/table.h"

#include <stdlib.h>
#include <string.h>

struct name {
    const char *text;
    size_t row;
};

/* The rows of a name one after the other, in their order. */
static int by_text(const void *a, const void *b)
{
    const struct name *one = a, *other = b;
    const int order = strcmp(one->text, other->text);
    return order ? order : (one->row > other->row) - (one->row < other->row);
}

static void say(const struct tb_table *table, const char *column, const struct name *first,
                size_t times, tb_diags *diags)
{
    const int cell = (int)tb_table_column(table, column) + 1;
    const struct tb_finding finding = {.pos = {table->name, table->line[first[1].row], cell},
                                       .path = column,
                                       .found = first->text,
                                       .remedy = "give each row a name of its own, or leave out "
                                                 "what is the same row again"};
    if (times == 2)
        tb_diag_add(diags, TB_CSV_TWICE, &finding, "the rows of lines %d and %d have one name",
                    table->line[first[0].row], table->line[first[1].row]);
    else
        tb_diag_add(diags, TB_CSV_TWICE, &finding,
                    "%zu rows have one name, the first in lines %d and %d", times,
                    table->line[first[0].row], table->line[first[1].row]);
}

static size_t collect(const struct tb_table *table, const char *column, struct name *names)
{
    const size_t at = tb_table_column(table, column);
    size_t n = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        const char *text = tb_table_text_at(table, row, at);
        if (text[strspn(text, " \t")] != '\0')
            names[n++] = (struct name){text, row};
    }
    return n;
}

bool tb_table_say_twice(tb_arena *arena, const struct tb_table *table, const char *column,
                        tb_diags *diags)
{
    struct name *names = tb_arena_alloc(arena, (table->n_rows + 1) * sizeof *names);
    if (!names)
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory") == TB_OK;
    const size_t n = collect(table, column, names);
    qsort(names, n, sizeof *names, by_text);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && strcmp(names[i].text, names[next].text) == 0;)
            next++;
        if (next - i > 1)
            say(table, column, &names[i], next - i, diags);
    }
    return true;
}
