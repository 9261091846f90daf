/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/constants.h"

#include <math.h>
#include <string.h>

#include "preset/layout.h"
#include "preset/reader.h"
#include "preset/value.h"

static const char *perf_word(int i)
{
    const struct tb_perf_info *info = i >= 0 ? tb_perf_info((enum tb_perf_id)i) : NULL;
    return info != NULL ? info->id : NULL;
}

static const char *kind_word(int i)
{
    static const char *const words[] = {"dense", "moe"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

/* A row as it stands in the file. */
struct row {
    const char *constant, *key, *kind;
    double value, sd, rows, known, low, median, high;
};

#define AT(member) offsetof(struct row, member)

static const struct tb_field constant_fields[] = {
    {"constant", TB_FIELD_TEXT, true, AT(constant), 0, perf_word},
    {"key", TB_FIELD_TEXT, true, AT(key), 0, NULL},
    {"value", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"sd", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"rows", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"grade", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"source", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"where", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"note", TB_FIELD_OTHER, false, 0, 0, NULL},
};

static const struct tb_field band_fields[] = {
    {"kind", TB_FIELD_TEXT, true, AT(kind), 0, kind_word},
    {"known", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"low", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"median", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"high", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"rows", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"grade", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"source", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"where", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"note", TB_FIELD_OTHER, false, 0, 0, NULL},
};

static const struct tb_layout layouts[] = {
    {.fields = constant_fields, .n_fields = sizeof constant_fields / sizeof *constant_fields},
    {.fields = band_fields, .n_fields = sizeof band_fields / sizeof *band_fields},
};

static const struct {
    const char *key;
    size_t at;
    struct tb_value_spec spec;
} numbers[] = {
    {"value", AT(value), {.dim = TB_DIM_COUNT, .least = 1e-9, .most = 1e9}},
    {"sd", AT(sd), {.dim = TB_DIM_COUNT, .least = 0, .most = 1e3}},
    {"rows", AT(rows), {.dim = TB_DIM_COUNT, .least = 0, .most = 1e9}},
    {"known", AT(known), {.dim = TB_DIM_COUNT, .least = 0, .most = 2, .whole = true}},
    {"low", AT(low), {.dim = TB_DIM_COUNT, .least = -10, .most = 10}},
    {"median", AT(median), {.dim = TB_DIM_COUNT, .least = -10, .most = 10}},
    {"high", AT(high), {.dim = TB_DIM_COUNT, .least = -10, .most = 10}},
};

static void read_number(struct tb_reader *r, const struct tb_node *node, struct row *row)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double value = 0.0;
        if (strcmp(node->key, numbers[i].key) == 0 &&
            tb_number_node_read(r, node, &numbers[i].spec, &value)) {
            memcpy((char *)row + numbers[i].at, &value, sizeof value);
        }
    }
}

static void read_row(struct tb_reader *r, const struct tb_node *node, bool band, struct row *row)
{
    struct tb_prov prov = {0};
    *row = (struct row){0};
    tb_layout_read(r, node, &layouts[band], row);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct tb_node *number = tb_node_get(node, numbers[i].key);
        double value = 0.0;
        if (number != NULL && tb_number_node_read(r, number, &numbers[i].spec, &value)) {
            memcpy((char *)row + numbers[i].at, &value, sizeof value);
        }
    }
    if (!r->failed) {
        tb_origin_read(r, node, &prov);
    }
}

/* Of a row that was checked only what predictions need is read. */
static void read_checked(struct tb_reader *r, const struct tb_node *node, struct row *row)
{
    *row = (struct row){0};
    for (const struct tb_node *entry = node->first; entry != NULL; entry = entry->next) {
        if (strcmp(entry->key, "constant") == 0) {
            row->constant = entry->text;
        } else if (strcmp(entry->key, "key") == 0) {
            row->key = entry->text;
        } else if (entry->kind == TB_NODE_TEXT) {
            read_number(r, entry, row);
        }
    }
}

static bool find_perf(const char *id, enum tb_perf_id *out)
{
    for (int i = 0; id != NULL && i < TB_PERF_COUNT; i++) {
        if (strcmp(tb_perf_info((enum tb_perf_id)i)->id, id) == 0) {
            *out = (enum tb_perf_id)i;
            return true;
        }
    }
    return false;
}

static void read_constants(struct tb_reader *r, const struct tb_node *list,
                           struct tb_constants *out)
{
    for (const struct tb_node *n = list->first; n != NULL; n = n->next) {
        struct row row;
        enum tb_perf_id id = TB_PERF_COUNT;
        if (!tb_reader_is(r, n, TB_NODE_MAP)) {
            continue;
        }
        if (r->checked) {
            read_checked(r, n, &row);
        } else {
            read_row(r, n, false, &row);
        }
        if (find_perf(row.constant, &id)) {
            const struct tb_constant constant = {id, row.key, row.value, row.sd, row.rows, 0};
            tb_constants_append(out, &constant);
        }
    }
}

static void read_bands(struct tb_reader *r, const struct tb_node *list, struct tb_constants *out)
{
    for (const struct tb_node *n = list->first; n != NULL; n = n->next) {
        struct row row;
        if (!tb_reader_is(r, n, TB_NODE_MAP)) {
            continue;
        }
        read_row(r, n, true, &row);
        if (row.kind == NULL) {
            continue;
        }
        if (!(row.low <= row.median && row.median <= row.high)) {
            struct tb_at at = {.node = n};
            tb_reader_fail(r, TB_NUMBER_ORDER, &at, "low <= median <= high does not hold");
        }
        out->band[out->n_bands++] = (struct tb_error_band){
            strcmp(row.kind, "moe") == 0, row.known, row.low, row.median, row.high, row.rows};
    }
}

const struct tb_constants *tb_read_constants(struct tb_reader *r, const struct tb_node *root)
{
    static const char *const keys[] = {"constants", "errors"};
    if (!tb_reader_is(r, root, TB_NODE_MAP)) {
        return NULL;
    }
    for (const struct tb_node *entry = root->first; entry != NULL; entry = entry->next) {
        if (tb_node_get(root, "constants") != entry && tb_node_get(root, "errors") != entry) {
            tb_reader_unknown_key(r, entry, keys, 2);
        }
    }
    const struct tb_node *constants = tb_reader_list(r, root, "constants");
    const struct tb_node *errors = tb_reader_list(r, root, "errors");
    if (constants == NULL || errors == NULL) {
        return NULL;
    }
    struct tb_constants *out = tb_arena_alloc(r->arena, sizeof *out);
    if (out != NULL) {
        out->item = tb_arena_alloc(r->arena, (constants->n + 1) * sizeof *out->item);
        out->band = tb_arena_alloc(r->arena, (errors->n + 1) * sizeof *out->band);
    }
    if (out == NULL || out->item == NULL || out->band == NULL) {
        tb_reader_no_memory(r);
        return NULL;
    }
    read_constants(r, constants, out);
    read_bands(r, errors, out);
    return r->failed ? NULL : out;
}
