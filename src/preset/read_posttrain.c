/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/posttrain.h"

#include <string.h>

#include "preset/layout.h"
#include "preset/reader.h"
#include "preset/value.h"

static const char *constant_word(int i)
{
    const struct tb_rl_constant_info *info = i >= 0 ? tb_rl_constant_info((size_t)i) : NULL;
    return info != NULL ? info->id : NULL;
}

static const char *length_word(int i)
{
    static const char *const words[] = {"disclosed", "assumed"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

const struct tb_rl_constant_info *tb_rl_constant_find(const char *id)
{
    const struct tb_rl_constant_info *info;
    for (size_t i = 0; (info = tb_rl_constant_info(i)) != NULL; i++) {
        if (strcmp(info->id, id) == 0) {
            return info;
        }
    }
    return NULL;
}

/* A constant as it stands in the file. */
struct row {
    const char *constant;
};

static const struct tb_field constant_fields[] = {
    {"constant", TB_FIELD_TEXT, true, offsetof(struct row, constant), 0, constant_word},
    {"value", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"sd", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"rows", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"grade", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"source", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"where", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"note", TB_FIELD_OTHER, false, 0, 0, NULL},
};

static const struct tb_field fold_fields[] = {
    {"without", TB_FIELD_TEXT, true, offsetof(struct tb_rl_fold, without), 0, NULL},
    {"runs", TB_FIELD_TEXTS, true, offsetof(struct tb_rl_fold, runs),
     offsetof(struct tb_rl_fold, n_runs), NULL},
    {"values", TB_FIELD_OTHER, true, 0, 0, NULL},
};

static const struct tb_field error_fields[] = {
    {"length", TB_FIELD_TEXT, true, offsetof(struct tb_rl_error, length), 0, length_word},
    {"sigma", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"rows", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"grade", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"source", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"note", TB_FIELD_OTHER, false, 0, 0, NULL},
};

static const struct tb_layout constant_layout = {
    .fields = constant_fields, .n_fields = sizeof constant_fields / sizeof *constant_fields};
static const struct tb_layout fold_layout = {.fields = fold_fields,
                                             .n_fields = sizeof fold_fields / sizeof *fold_fields};
static const struct tb_layout error_layout = {
    .fields = error_fields, .n_fields = sizeof error_fields / sizeof *error_fields};

static const struct tb_value_spec count_spec = {.dim = TB_DIM_COUNT, .least = 0, .most = 1e9};

/* A constant stays within the bounds that its fit keeps. */
static bool read_value(struct tb_reader *r, const struct tb_node *node,
                       const struct tb_rl_constant_info *info, struct tb_rl_constants *constants)
{
    const struct tb_value_spec spec = {.dim = TB_DIM_COUNT, .least = info->low, .most = info->high};
    double value;
    if (!tb_number_node_read(r, node, &spec, &value)) {
        return false;
    }
    tb_rl_constant_set(constants, info, value);
    return true;
}

static void read_number(struct tb_reader *r, const struct tb_node *map, const char *key,
                        double *out)
{
    const struct tb_node *node = tb_node_get(map, key);
    if (node != NULL) {
        tb_number_node_read(r, node, &count_spec, out);
    }
}

static size_t read_constants(struct tb_reader *r, const struct tb_node *list,
                             struct tb_rl_constants *out)
{
    size_t n = 0;
    for (const struct tb_node *map = list->first; map != NULL; map = map->next) {
        struct row row = {0};
        struct tb_prov prov = {0};
        double ignored;
        if (!tb_reader_is(r, map, TB_NODE_MAP)) {
            continue;
        }
        tb_layout_read(r, map, &constant_layout, &row);
        read_number(r, map, "sd", &ignored);
        read_number(r, map, "rows", &ignored);
        tb_origin_read(r, map, &prov);
        const struct tb_rl_constant_info *info =
            row.constant != NULL ? tb_rl_constant_find(row.constant) : NULL;
        const struct tb_node *value = tb_node_get(map, "value");
        if (info != NULL && value != NULL) {
            n += read_value(r, value, info, out);
        }
    }
    return n;
}

static size_t count_all(void)
{
    size_t n = 0;
    while (tb_rl_constant_info(n) != NULL) {
        n++;
    }
    return n;
}

static void read_fold(struct tb_reader *r, const struct tb_node *map, struct tb_rl_fold *fold)
{
    tb_layout_read(r, map, &fold_layout, fold);
    const struct tb_node *values = tb_node_get(map, "values");
    if (values == NULL || !tb_reader_is(r, values, TB_NODE_MAP)) {
        return;
    }
    for (const struct tb_node *entry = values->first; entry != NULL; entry = entry->next) {
        const struct tb_rl_constant_info *info = tb_rl_constant_find(entry->key);
        if (info != NULL) {
            read_value(r, entry, info, &fold->constants);
        } else {
            tb_reader_unknown_key(r, entry, NULL, 0);
        }
    }
}

static void read_folds(struct tb_reader *r, const struct tb_node *list, struct tb_rl_fit *out)
{
    for (const struct tb_node *map = list->first; map != NULL; map = map->next) {
        if (tb_reader_is(r, map, TB_NODE_MAP)) {
            struct tb_rl_fold *fold = &out->fold[out->n_folds++];
            fold->constants = out->constants;
            read_fold(r, map, fold);
        }
    }
}

static void read_errors(struct tb_reader *r, const struct tb_node *list, struct tb_rl_fit *out)
{
    for (const struct tb_node *map = list->first; map != NULL; map = map->next) {
        struct tb_prov prov = {0};
        if (tb_reader_is(r, map, TB_NODE_MAP)) {
            struct tb_rl_error *error = &out->error[out->n_errors++];
            tb_layout_read(r, map, &error_layout, error);
            read_number(r, map, "sigma", &error->sigma);
            read_number(r, map, "rows", &error->rows);
            tb_origin_read(r, map, &prov);
        }
    }
}

enum { CONSTANTS, FOLDS, ERRORS, N_LISTS };

/* All lists are there, and nothing else. */
static bool find_lists(struct tb_reader *r, const struct tb_node *root,
                       const struct tb_node *lists[N_LISTS])
{
    static const char *const keys[N_LISTS] = {"constants", "folds", "errors"};
    bool good = true;
    for (int i = 0; i < N_LISTS; i++) {
        lists[i] = tb_reader_list(r, root, keys[i]);
        good = lists[i] != NULL && good;
    }
    for (const struct tb_node *entry = root->first; entry != NULL && good; entry = entry->next) {
        if (entry != lists[CONSTANTS] && entry != lists[FOLDS] && entry != lists[ERRORS]) {
            tb_reader_unknown_key(r, entry, keys, N_LISTS);
        }
    }
    return good;
}

static struct tb_rl_fit *new_fit(struct tb_reader *r, size_t folds, size_t errors)
{
    struct tb_rl_fit *out = tb_arena_alloc(r->arena, sizeof *out);
    if (out != NULL) {
        out->fold = tb_arena_alloc(r->arena, (folds + 1) * sizeof *out->fold);
        out->error = tb_arena_alloc(r->arena, (errors + 1) * sizeof *out->error);
    }
    bool good = out != NULL && out->fold != NULL && out->error != NULL;
    return good || tb_reader_no_memory(r) ? out : NULL;
}

const struct tb_rl_fit *tb_read_posttrain(struct tb_reader *r, const struct tb_node *root)
{
    const struct tb_node *lists[N_LISTS];
    if (!tb_reader_is(r, root, TB_NODE_MAP) || !find_lists(r, root, lists)) {
        return NULL;
    }
    struct tb_rl_fit *out = new_fit(r, lists[FOLDS]->n, lists[ERRORS]->n);
    if (out == NULL) {
        return NULL;
    }
    if (read_constants(r, lists[CONSTANTS], &out->constants) != count_all() && !r->failed) {
        struct tb_at at = {.node = lists[CONSTANTS]};
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "each constant is needed once");
    }
    read_folds(r, lists[FOLDS], out);
    read_errors(r, lists[ERRORS], out);
    return r->failed ? NULL : out;
}
