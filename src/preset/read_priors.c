/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/layout.h"
#include "preset/read_evidence.h"
#include "preset/reader.h"
#include "preset/value.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(struct tb_prior, member)

static const char *kind_word(int i)
{
    static const char *const words[] = {"dense", "moe"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

static const struct tb_field fields[] = {
    {"generation", TB_FIELD_TEXT, false, AT(generation), 0, NULL},
    {"kind", TB_FIELD_TEXT, false, AT(kind), 0, kind_word},
    {"min_active", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"max_active", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"median", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"low", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"high", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"n", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"grade", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"source", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"where", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"note", TB_FIELD_OTHER, false, 0, 0, NULL},
};

static const struct tb_layout layout = {.fields = fields,
                                        .n_fields = sizeof fields / sizeof *fields};

static const struct {
    const char *key;
    size_t at;
    struct tb_value_spec spec;
} numbers[] = {
    {"min_active", AT(min_active), {.dim = TB_DIM_COUNT, .least = 0, .most = 1e18}},
    {"max_active", AT(max_active), {.dim = TB_DIM_COUNT, .least = 0, .most = 1e18}},
    {"median", AT(median), {.dim = TB_DIM_RATIO, .least = 0.0001, .most = 1}},
    {"low", AT(low), {.dim = TB_DIM_RATIO, .least = 0.0001, .most = 1}},
    {"high", AT(high), {.dim = TB_DIM_RATIO, .least = 0.0001, .most = 1}},
    {"n", AT(n), {.dim = TB_DIM_COUNT, .least = 0, .most = 1e6, .whole = true}},
};

static void check_order(struct tb_reader *r, const struct tb_node *row,
                        const struct tb_prior *prior)
{
    struct tb_at at = {.node = row};
    if (!(prior->low <= prior->median && prior->median <= prior->high)) {
        tb_reader_fail(r, TB_NUMBER_ORDER, &at, "low <= median <= high does not hold");
    }
    if (!(prior->min_active <= prior->max_active)) {
        tb_reader_fail(r, TB_NUMBER_ORDER, &at, "min_active <= max_active does not hold");
    }
}

static void read_row(struct tb_reader *r, const struct tb_node *row, struct tb_prior *prior)
{
    bool failed_before = r->failed;
    r->failed = false;
    prior->max_active = 1e18;
    tb_layout_read(r, row, &layout, prior);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct tb_node *node = tb_node_get(row, numbers[i].key);
        double value = NAN;
        if (node != NULL && tb_number_node_read(r, node, &numbers[i].spec, &value)) {
            memcpy((char *)prior + numbers[i].at, &value, sizeof value);
        }
    }
    if (!r->failed) {
        tb_origin_read(r, row, &prior->prov);
        check_order(r, row, prior);
    }
    prior->prov.known = true;
    prior->prov.dist = TB_DIST_LOGNORMAL;
    prior->prov.low = prior->low;
    prior->prov.high = prior->high;
    r->failed = r->failed || failed_before;
}

const struct tb_prior *tb_read_priors(struct tb_reader *reader, const struct tb_node *root,
                                      size_t *n)
{
    static const char *const keys[] = {"priors", "evidence"};
    const struct tb_node *list = tb_node_get(root, "priors");
    const struct tb_node *runs = tb_node_get(root, "evidence");
    if (!tb_reader_is(reader, root, TB_NODE_MAP)) {
        return NULL;
    }
    for (const struct tb_node *entry = root->first; entry != NULL; entry = entry->next) {
        if (entry != list && entry != runs) {
            tb_reader_unknown_key(reader, entry, keys, 2);
        }
    }
    if (list == NULL) {
        struct tb_at at = {.node = root};
        tb_reader_fail(reader, TB_YAML_MISSING_KEY, &at, "the key priors is missing");
        return NULL;
    }
    if (!tb_reader_is(reader, list, TB_NODE_LIST)) {
        return NULL;
    }
    struct tb_prior *priors = tb_arena_alloc(reader->arena, (list->n + 1) * sizeof *priors);
    if (priors == NULL) {
        tb_reader_no_memory(reader);
        return NULL;
    }
    const struct tb_evidence *evidence = runs != NULL ? tb_read_evidence(reader, runs) : NULL;
    size_t i = 0;
    for (const struct tb_node *row = list->first; row != NULL; row = row->next) {
        if (tb_reader_is(reader, row, TB_NODE_MAP)) {
            priors[i].evidence = evidence;
            read_row(reader, row, &priors[i++]);
        }
    }
    *n = i;
    return reader->failed ? NULL : priors;
}
