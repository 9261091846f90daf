/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/observation.h"

#include "scenario/table.h"

#include <math.h>

struct field {
    const char *column;
    size_t offset;
    bool number;
};

static const struct field fields[] = {
#define TB_OBS_TEXT(name) {#name, offsetof(struct tb_observation, name), false},
#define TB_OBS_NUMBER(name, accepts) {#name, offsetof(struct tb_observation, name), true},
#include "scenario/fit_columns.def"
#undef TB_OBS_TEXT
#undef TB_OBS_NUMBER
};

static const struct tb_cell_rule rules[] = {
#define TB_OBS_TEXT(name)
#define TB_OBS_NUMBER(name, accepts) {#name, TB_CELL_##accepts},
#include "scenario/fit_columns.def"
#undef TB_OBS_TEXT
#undef TB_OBS_NUMBER
};

static void fill(const struct tb_table *table, const struct field *field,
                 struct tb_observations *out)
{
    const size_t column = tb_table_column(table, field->column);
    for (size_t i = 0; i < out->n; i++) {
        char *at = (char *)&out->row[i] + field->offset;
        if (field->number)
            *(double *)(void *)at = tb_table_number_at(table, i, column);
        else
            *(const char **)(void *)at = tb_table_text_at(table, i, column);
    }
}

bool tb_observations_read(tb_arena *arena, const char *name, const char *text, size_t length,
                          struct tb_observations *out, tb_diags *diags)
{
    struct tb_table table;
    *out = (struct tb_observations){0};
    if (!tb_table_read(arena, name, text, length, &table, diags))
        return false;
    if (!tb_table_has(&table, "model") || !tb_table_has(&table, "chip")) {
        const struct tb_finding finding = {.pos = {name, 1, 0},
                                           .accepted = "columns model, chip, seq_len, n_chips, "
                                                       "tokens_per_s_per_chip, ..."};
        tb_diag_add(diags, TB_CSV_SYNTAX, &finding, "not a table of training steps");
        return false;
    }
    if (!tb_table_check(&table, rules, sizeof rules / sizeof *rules, diags) ||
        !tb_table_say_twice(arena, &table, "row", diags))
        return false;
    out->row = tb_arena_alloc(arena, table.n_rows * sizeof *out->row);
    if (!out->row)
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory") == TB_OK;
    out->n = table.n_rows;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        fill(&table, &fields[i], out);
    for (size_t i = 0; i < out->n; i++)
        if (isnan(out->row[i].row))
            out->row[i].row = (double)(i + 1);
    return true;
}
