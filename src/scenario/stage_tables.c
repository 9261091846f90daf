/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/stage_tables.h"

#include "scenario/evaluate.h"
#include "scenario/spread.h"

#include <math.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

struct entry {
    double key[3];
    struct tb_stage_fixed fixed;
    struct tb_step_node *nodes; /* NULL: the steps of the stage are not lined up */
};

/* Open addressing on the three lengths of a stage; a power of two of slots, at most half full. */
struct table {
    bool varies; /* else one entry is all */
    size_t slots, used;
    struct entry **entry;
};

struct tb_stage_tables {
    const struct tb_scenario *scenario;
    struct table of[TB_MAX_STAGES];
    struct tb_step_axes *axes; /* by stage */
    struct tb_values room;
};

double tb_length_on_grid(double central, double drawn)
{
    if (!(central > 0.0 && drawn > 0.0))
        return drawn;
    double steps = round(log2(drawn / central) * TB_LENGTH_STEPS);
    return central * exp2(steps / TB_LENGTH_STEPS);
}

static void key_of(const struct tb_stage *stage, double key[3])
{
    key[0] = stage->seq_len;
    key[1] = stage->mean_doc_len;
    key[2] = stage->doc_cv;
}

static size_t start_of(const double key[3], size_t slots)
{
    uint64_t hash = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t bits;
        memcpy(&bits, &key[i], sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return (size_t)hash & (slots - 1);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct entry **slot_of(const struct table *table, const double key[3])
{
    size_t at = table->varies ? start_of(key, table->slots) : 0;
    while (table->varies && table->entry[at] &&
           memcmp(table->entry[at]->key, key, 3 * sizeof *key) != 0)
        at = (at + 1) & (table->slots - 1);
    return &table->entry[at];
}

static bool grow(tb_arena *arena, struct table *table)
{
    struct table larger = {.varies = table->varies, .used = table->used};
    larger.slots = table->slots ? 2 * table->slots : FIRST_SLOTS;
    larger.entry = tb_arena_alloc(arena, larger.slots * sizeof *larger.entry);
    if (!larger.entry)
        return false;
    for (size_t i = 0; i < table->slots; i++)
        if (table->entry[i])
            *slot_of(&larger, table->entry[i]->key) = table->entry[i];
    *table = larger;
    return true;
}

static bool is_of_stage(const struct tb_input *input, int stage)
{
    const size_t from = offsetof(struct tb_values, stage) + (size_t)stage * sizeof(struct tb_stage);
    for (int t = 0; t < input->n_targets; t++)
        if (input->target[t] >= from && input->target[t] < from + sizeof(struct tb_stage))
            return true;
    return false;
}

struct tb_stage_tables *tb_stage_tables_new(const struct tb_scenario *scenario,
                                            const struct tb_drawn_range *drawn, size_t n)
{
    struct tb_stage_tables *tables = tb_arena_alloc(scenario->arena, sizeof *tables);
    if (!tables)
        return NULL;
    tables->scenario = scenario;
    tables->room = scenario->central;
    tables->axes =
        tb_arena_alloc(scenario->arena, (size_t)scenario->n_stages * sizeof *tables->axes);
    if (!tables->axes)
        return NULL;
    for (int i = 0; i < scenario->n_stages; i++) {
        tb_step_axes_find(scenario, i, drawn, n, &tables->axes[i]);
        for (size_t k = 0; k < n; k++)
            tables->of[i].varies |= drawn[k].input->lengths && is_of_stage(drawn[k].input, i);
    }
    for (size_t k = 0; k < n; k++)
        drawn[k].input->tabled = drawn[k].input->tabled || drawn[k].input->lengths;
    return tables;
}

static struct entry *new_entry(struct tb_stage_tables *tables, int stage,
                               const struct tb_stage *values)
{
    tb_arena *arena = tables->scenario->arena;
    const struct tb_step_axes *axes = &tables->axes[stage];
    struct entry *entry = tb_arena_alloc(arena, sizeof *entry);
    if (!entry)
        return NULL;
    key_of(values, entry->key);
    tb_scenario_count_stage(tables->scenario, stage, values, &entry->fixed);
    if (axes->lined && !(entry->nodes = tb_step_nodes_new(arena, axes)))
        return NULL;
    return entry;
}

static struct entry *meet_lengths(struct tb_stage_tables *tables, int stage,
                                  const struct tb_stage *values)
{
    struct table *table = &tables->of[stage];
    double key[3];
    key_of(values, key);
    if (2 * (table->used + 1) > table->slots && !grow(tables->scenario->arena, table))
        return NULL;
    struct entry **entry = slot_of(table, key);
    if (!*entry) {
        *entry = new_entry(tables, stage, values);
        table->used++;
    }
    return *entry;
}

bool tb_stage_tables_meet(struct tb_stage_tables *tables, const struct tb_values *values)
{
    for (int i = 0; i < tables->scenario->n_stages; i++) {
        const struct tb_step_axes *axes = &tables->axes[i];
        struct tb_stage *room = &tables->room.stage[i];
        bool one = !tables->of[i].varies && axes->n == 0 && !axes->batch;
        if (one && tables->of[i].used > 0)
            continue;
        struct entry *entry = meet_lengths(tables, i, &values->stage[i]);
        if (!entry)
            return false;
        room->seq_len = values->stage[i].seq_len;
        room->mean_doc_len = values->stage[i].mean_doc_len;
        room->doc_cv = values->stage[i].doc_cv;
        if (entry->nodes)
            tb_step_nodes_meet(entry->nodes, axes, tables->scenario, i, values, &tables->room);
    }
    return true;
}

void tb_stage_tables_find(const struct tb_stage_tables *tables, const struct tb_values *values,
                          struct tb_step_line lines[TB_MAX_STAGES],
                          struct tb_stage_known known[TB_MAX_STAGES])
{
    for (int i = 0; i < tables->scenario->n_stages; i++) {
        const struct entry *entry = tables->of[i].entry[0];
        double key[3];
        if (tables->of[i].varies) {
            key_of(&values->stage[i], key);
            entry = *slot_of(&tables->of[i], key);
        }
        known[i] = (struct tb_stage_known){&entry->fixed, NULL};
        if (entry->nodes)
            known[i].line =
                tb_step_nodes_read(entry->nodes, &tables->axes[i], i, values, &lines[i]);
    }
}
