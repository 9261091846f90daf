/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/layout.h"

#include "preset/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NAMES = 96, MAX_PATH = 64 };

const char *tb_recompute_word(int i)
{
    static const char *const words[] = {[TB_RECOMPUTE_NONE] = "none",
                                        [TB_RECOMPUTE_SELECTIVE] = "selective",
                                        [TB_RECOMPUTE_FULL] = "full"};
    return i >= 0 && (size_t)i < sizeof words / sizeof *words ? words[i] : NULL;
}

static void report_word(struct tb_reader *r, const struct tb_node *node,
                        const struct tb_field *field)
{
    const char *words[MAX_NAMES];
    size_t n = 0;
    while (n < MAX_NAMES && field->word((int)n) != NULL) {
        words[n] = field->word((int)n);
        n++;
    }
    tb_reader_unknown_word(r, node, words, n);
}

static bool find_word(struct tb_reader *r, const struct tb_node *node, const struct tb_field *field,
                      int *index)
{
    if (tb_reader_text(r, node) == NULL) {
        return false;
    }
    for (int i = 0; field->word(i) != NULL; i++) {
        if (strcmp(field->word(i), node->text) == 0) {
            *index = i;
            return true;
        }
    }
    report_word(r, node, field);
    return false;
}

static void read_text(struct tb_reader *r, const struct tb_node *node, const struct tb_field *field,
                      char *base)
{
    int index = 0;
    if (field->word != NULL && !find_word(r, node, field, &index)) {
        return;
    }
    const char *text = tb_reader_text(r, node);
    if (text != NULL) {
        memcpy(base + field->at, &text, sizeof text);
    }
}

static void read_texts(struct tb_reader *r, const struct tb_node *node,
                       const struct tb_field *field, char *base)
{
    const char *const *texts = NULL;
    size_t n = 0;
    if (tb_reader_texts(r, node, &texts, &n)) {
        memcpy(base + field->at, &texts, sizeof texts);
        memcpy(base + field->count_at, &n, sizeof n);
    }
}

static void read_bool(struct tb_reader *r, const struct tb_node *node, const struct tb_field *field,
                      char *base)
{
    if (tb_reader_text(r, node) == NULL) {
        return;
    }
    bool value = strcmp(node->text, "true") == 0;
    if (!value && strcmp(node->text, "false") != 0) {
        struct tb_at at = {.node = node, .found = node->text, .accepted = "true, false"};
        tb_reader_fail(r, TB_YAML_SHAPE, &at, "neither true nor false");
        return;
    }
    memcpy(base + field->at, &value, sizeof value);
}

static void read_count(struct tb_reader *r, const struct tb_node *node,
                       const struct tb_field *field, char *base)
{
    const struct tb_value_spec spec = {.dim = TB_DIM_COUNT,
                                       .least = field->type == TB_FIELD_SIGNED ? -1e15 : 0,
                                       .most = 1e15,
                                       .whole = true};
    double value = NAN;
    if (tb_number_node_read(r, node, &spec, &value)) {
        memcpy(base + field->at, &value, sizeof value);
    }
}

static void read_word_field(struct tb_reader *r, const struct tb_node *node,
                            const struct tb_field *field, char *base)
{
    int index = 0;
    _Static_assert(sizeof(enum tb_recompute) == sizeof index, "enums are read as ints");
    if (find_word(r, node, field, &index)) {
        memcpy(base + field->at, &index, sizeof index);
    }
}

typedef void field_reader(struct tb_reader *r, const struct tb_node *node,
                          const struct tb_field *field, char *base);

static field_reader *const readers[] = {
    [TB_FIELD_TEXT] = read_text,    [TB_FIELD_TEXTS] = read_texts,
    [TB_FIELD_BOOL] = read_bool,    [TB_FIELD_COUNT] = read_count,
    [TB_FIELD_SIGNED] = read_count, [TB_FIELD_WORD] = read_word_field};

static enum tb_param first_param(enum tb_owner owner)
{
    static const enum tb_param first[] = {[TB_OWNER_CHIP] = (enum tb_param)0,
                                          [TB_OWNER_CLUSTER] = (enum tb_param)TB_CHIP_PARAMS,
                                          [TB_OWNER_STAGE] = TB_PARAM_STAGE_TOKENS};
    return first[owner];
}

static size_t count_params(enum tb_owner owner)
{
    static const size_t count[] = {[TB_OWNER_CHIP] = TB_CHIP_PARAMS,
                                   [TB_OWNER_CLUSTER] = TB_CLUSTER_PARAMS,
                                   [TB_OWNER_STAGE] = TB_STAGE_PARAMS};
    return count[owner];
}

static void read_param(struct tb_reader *r, const struct tb_node *node,
                       const struct tb_param_info *info, const struct tb_layout *layout, char *base)
{
    size_t slot = (size_t)(info - tb_param_info(first_param(layout->owner)));
    const struct tb_value_spec spec = {
        .dim = info->dim,
        .least = info->least,
        .most = info->most,
        .whole = tb_param_whole((enum tb_param)(first_param(layout->owner) + slot))};
    double value = NAN;
    struct tb_prov prov;
    if (tb_value_read(r, node, &spec, &value, &prov)) {
        memcpy(base + layout->params_at + info->offset, &value, sizeof value);
        memcpy(base + layout->prov_at + slot * sizeof prov, &prov, sizeof prov);
    }
}

/* A mapping on the way to parameters: "" for the root, "peak." within peak. */
struct level {
    const struct tb_layout *layout;
    const char *prefix;
    size_t prefix_length;
};

static bool is_below(const struct level *level, const char *path)
{
    return strncmp(path, level->prefix, level->prefix_length) == 0;
}

static void add_name(const char **names, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(names[i], name) == 0) {
            return;
        }
    }
    if (*n < MAX_NAMES) {
        names[(*n)++] = name;
    }
}

/* The keys that may stand at this level: the next parts of the paths; at the root the fields. */
static void unknown_key(struct tb_reader *r, const struct tb_node *entry, const struct level *level)
{
    const struct tb_layout *layout = level->layout;
    const char *names[MAX_NAMES];
    char parts[MAX_NAMES][MAX_PATH];
    size_t n = 0;
    for (size_t i = 0; i < layout->n_fields && level->prefix_length == 0; i++) {
        add_name(names, &n, layout->fields[i].key);
    }
    size_t n_params = layout->has_params ? count_params(layout->owner) : 0;
    for (size_t i = 0; i < n_params && n < MAX_NAMES; i++) {
        const char *path = tb_param_info((enum tb_param)(first_param(layout->owner) + i))->path;
        if (is_below(level, path)) {
            const char *part = path + level->prefix_length;
            snprintf(parts[n], MAX_PATH, "%.*s", (int)strcspn(part, "."), part);
            add_name(names, &n, parts[n]);
        }
    }
    tb_reader_unknown_key(r, entry, names, n);
}

static const struct tb_field *find_field(const struct level *level, const char *key)
{
    const struct tb_layout *layout = level->layout;
    for (size_t i = 0; i < layout->n_fields && level->prefix_length == 0; i++) {
        if (strcmp(layout->fields[i].key, key) == 0) {
            return &layout->fields[i];
        }
    }
    return NULL;
}

/* The parameter that the key completes, or the first one of the group that it opens. */
static const struct tb_param_info *find_param(const struct level *level, const char *key,
                                              bool *complete)
{
    const struct tb_layout *layout = level->layout;
    size_t n = layout->has_params ? count_params(layout->owner) : 0, length = strlen(key);
    for (size_t i = 0; i < n; i++) {
        const struct tb_param_info *info =
            tb_param_info((enum tb_param)(first_param(layout->owner) + i));
        const char *part = info->path + level->prefix_length;
        bool starts = is_below(level, info->path) && strncmp(part, key, length) == 0;
        if (starts && (part[length] == '\0' || part[length] == '.')) {
            *complete = part[length] == '\0';
            return info;
        }
    }
    return NULL;
}

static void read_level(struct tb_reader *r, const struct tb_node *map, const struct level *level,
                       char *base);

static void read_entry(struct tb_reader *r, const struct tb_node *entry, const struct level *level,
                       char *base)
{
    bool complete = false;
    const struct tb_field *field = find_field(level, entry->key);
    const struct tb_param_info *info =
        field == NULL ? find_param(level, entry->key, &complete) : NULL;
    if (field != NULL) {
        if (readers[field->type] != NULL) {
            readers[field->type](r, entry, field, base);
        }
    } else if (info == NULL || entry->key[0] == '\0') {
        unknown_key(r, entry, level);
    } else if (complete) {
        read_param(r, entry, info, level->layout, base);
    } else if (tb_reader_is(r, entry, TB_NODE_MAP)) {
        size_t length = level->prefix_length + strlen(entry->key) + 1;
        const struct level below = {level->layout, info->path, length};
        read_level(r, entry, &below, base);
    }
}

/* As deep as the paths of params.def have dots. */
static void read_level(struct tb_reader *r, const struct tb_node *map, const struct level *level,
                       char *base)
{
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        read_entry(r, entry, level, base);
    }
}

void tb_layout_read(struct tb_reader *r, const struct tb_node *map, const struct tb_layout *layout,
                    void *base)
{
    const struct level root = {layout, "", 0};
    if (!tb_reader_is(r, map, TB_NODE_MAP)) {
        return;
    }
    read_level(r, map, &root, base);
    for (size_t i = 0; i < layout->n_fields && !r->checked; i++) {
        if (layout->fields[i].required && tb_node_get(map, layout->fields[i].key) == NULL) {
            struct tb_at at = {.node = map};
            tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "the key %s is missing",
                           layout->fields[i].key);
        }
    }
}

void tb_layout_clear(const struct tb_layout *layout, void *base)
{
    const double unknown = NAN;
    size_t n = layout->has_params ? count_params(layout->owner) : 0;
    for (size_t i = 0; i < n; i++) {
        const struct tb_param_info *info =
            tb_param_info((enum tb_param)(first_param(layout->owner) + i));
        memcpy((char *)base + layout->params_at + info->offset, &unknown, sizeof unknown);
    }
}
