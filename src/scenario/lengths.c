/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/lengths.h"

#include "scenario/evaluate.h"
#include "scenario/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

/* Open addressing on the three lengths of a stage; a power of two of slots, at most half full. */
struct table {
    size_t slots, used;
    struct entry {
        bool full;
        double key[3];
        struct tb_stage_fixed fixed;
    } * entry;
};

struct tb_length_tables {
    const struct tb_scenario *scenario;
    const bool *lined;
    struct table of[TB_MAX_STAGES];
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
static struct entry *slot_of(const struct table *table, const double key[3])
{
    size_t at = start_of(key, table->slots);
    while (table->entry[at].full && memcmp(table->entry[at].key, key, 3 * sizeof *key) != 0)
        at = (at + 1) & (table->slots - 1);
    return &table->entry[at];
}

static bool grow(struct table *table)
{
    struct table larger = {.slots = table->slots ? 2 * table->slots : FIRST_SLOTS};
    larger.entry = calloc(larger.slots, sizeof *larger.entry);
    if (!larger.entry)
        return false;
    for (size_t i = 0; i < table->slots; i++)
        if (table->entry[i].full)
            *slot_of(&larger, table->entry[i].key) = table->entry[i];
    larger.used = table->used;
    free(table->entry);
    *table = larger;
    return true;
}

struct tb_length_tables *tb_length_tables_new(const struct tb_scenario *scenario,
                                              const bool lined[TB_MAX_STAGES])
{
    struct tb_length_tables *tables = calloc(1, sizeof *tables);
    if (tables)
        *tables = (struct tb_length_tables){.scenario = scenario, .lined = lined};
    return tables;
}

void tb_length_tables_free(struct tb_length_tables *tables)
{
    if (!tables)
        return;
    for (int i = 0; i < TB_MAX_STAGES; i++)
        free(tables->of[i].entry);
    free(tables);
}

bool tb_length_tables_meet(struct tb_length_tables *tables, const struct tb_values *values)
{
    for (int i = 0; i < tables->scenario->n_stages; i++) {
        struct table *table = &tables->of[i];
        double key[3];
        key_of(&values->stage[i], key);
        if (2 * (table->used + 1) > table->slots && !grow(table))
            return false;
        struct entry *entry = slot_of(table, key);
        if (entry->full)
            continue;
        entry->full = true;
        memcpy(entry->key, key, sizeof key);
        tb_scenario_count_stage(tables->scenario, i, &values->stage[i], &entry->fixed);
        if (tables->lined[i])
            tb_scenario_line_stage(tables->scenario, i, values, &entry->fixed);
        table->used++;
    }
    return true;
}

void tb_length_tables_find(const struct tb_length_tables *tables, const struct tb_values *values,
                           const struct tb_stage_fixed *fixed[TB_MAX_STAGES])
{
    for (int i = 0; i < tables->scenario->n_stages; i++) {
        double key[3];
        key_of(&values->stage[i], key);
        fixed[i] = &slot_of(&tables->of[i], key)->fixed;
    }
}
