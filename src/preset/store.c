/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/store.h"

#include "preset/file.h"
#include "preset/make.h"

#include <stdlib.h>
#include <string.h>

static bool no_memory(tb_diags *diags)
{
    tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    return false;
}

static char *id_of_file(tb_arena *arena, const char *name)
{
    return tb_arena_strndup(arena, name, strlen(name) - strlen(".yaml"));
}

static bool add_files(tb_data *data, const char *folder, enum tb_entity_kind kind,
                      const struct tb_file_names *names)
{
    size_t n = data->n_files + names->n;
    struct tb_user_file *files = tb_arena_alloc(data->arena, (n + 1) * sizeof *files);
    if (files == NULL) {
        return false;
    }
    if (data->n_files > 0) {
        memcpy(files, data->files, data->n_files * sizeof *files);
    }
    for (size_t i = 0; i < names->n; i++) {
        struct tb_user_file *file = &files[data->n_files++];
        file->kind = kind;
        file->id = id_of_file(data->arena, names->names[i]);
        file->path = tb_arena_printf(data->arena, "%s/%s", folder, names->names[i]);
        if (file->id == NULL || file->path == NULL) {
            return false;
        }
    }
    data->files = files;
    return true;
}

static bool open_dir(tb_data *data, const char *dir, tb_diags *diags)
{
    struct tb_file_names names;
    if (!tb_file_list(data->arena, dir, "", false, &names, diags)) {
        return false;
    }
    for (int kind = 0; kind < TB_ENTITY_KIND_COUNT; kind++) {
        const char *folder =
            tb_arena_printf(data->arena, "%s/%s", dir, tb_kind_folder((enum tb_entity_kind)kind));
        if (folder == NULL) {
            return no_memory(diags);
        }
        if (!tb_file_list(data->arena, folder, ".yaml", true, &names, diags)) {
            return false;
        }
        if (names.n > 0 && !add_files(data, folder, (enum tb_entity_kind)kind, &names)) {
            return no_memory(diags);
        }
    }
    return true;
}

/* A directory that comes again later is read there: the later one wins. */
static bool comes_again(const char *const *dirs, size_t i, size_t n)
{
    for (size_t later = i + 1; later < n; later++) {
        if (strcmp(dirs[i], dirs[later]) == 0) {
            return true;
        }
    }
    return false;
}

static bool copy_dirs(tb_data *data, const char *const *dirs, size_t n)
{
    const char **copies = tb_arena_alloc(data->arena, (n + 1) * sizeof *copies);
    data->user_sources = tb_arena_alloc(data->arena, (n + 1) * sizeof *data->user_sources);
    if (copies == NULL || data->user_sources == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (comes_again(dirs, i, n)) {
            continue;
        }
        copies[data->n_dirs] = tb_arena_strdup(data->arena, dirs[i]);
        if (copies[data->n_dirs++] == NULL) {
            return false;
        }
    }
    data->dirs = copies;
    return true;
}

tb_data *tb_store_open(const struct tb_builtin *builtin, const char *const *dirs, size_t n_dirs,
                       tb_diags *diags)
{
    tb_data *data = calloc(1, sizeof *data);
    if (data == NULL || (data->arena = tb_arena_new()) == NULL) {
        no_memory(diags);
        tb_data_close(data);
        return NULL;
    }
    data->builtin = builtin;
    data->presets = tb_arena_alloc(data->arena, (builtin->n_files + 1) * sizeof *data->presets);
    data->sources = tb_arena_alloc(data->arena, (builtin->n_sources + 1) * sizeof *data->sources);
    bool good = (data->presets != NULL && data->sources != NULL && copy_dirs(data, dirs, n_dirs)) ||
                no_memory(diags);
    for (size_t i = 0; i < data->n_dirs && good; i++) {
        good = open_dir(data, data->dirs[i], diags);
    }
    if (!good) {
        tb_data_close(data);
        return NULL;
    }
    return data;
}

tb_data *tb_data_open(const char *const *dirs, size_t n_dirs, tb_diags *diags)
{
    return tb_store_open(&tb_builtin, dirs, n_dirs, diags);
}

void tb_data_close(tb_data *data)
{
    if (data != NULL) {
        tb_arena_free(data->arena);
        free(data);
    }
}

const char *tb_data_version(void)
{
    return tb_builtin.version;
}

const char *tb_data_digest(void)
{
    return tb_builtin.digest;
}

const char *tb_store_dir(const tb_data *data, size_t i)
{
    return i < data->n_dirs ? data->dirs[i] : NULL;
}

size_t tb_data_user_files(const tb_data *data)
{
    return data->n_files;
}

const struct tb_node *tb_store_file_tree(tb_data *data, const char *path, tb_diags *diags)
{
    struct tb_yaml_text text;
    if (!tb_file_read(data->arena, path, &text, diags)) {
        return NULL;
    }
    return tb_yaml_parse(data->arena, &text, diags);
}

const struct tb_node *tb_store_builtin_tree(tb_data *data, unsigned tree, tb_diags *diags)
{
    const struct tb_builtin *b = data->builtin;
    const struct tb_node *root = tb_unpack(data->arena, b->nodes + tree, b->texts);
    if (root == NULL) {
        no_memory(diags);
    }
    return root;
}

static const void *read_chip(struct tb_reader *reader, const struct tb_node *root)
{
    return tb_read_chip(reader, root);
}

static const void *read_cluster(struct tb_reader *reader, const struct tb_node *root)
{
    return tb_read_cluster(reader, root);
}

static const void *read_model(struct tb_reader *reader, const struct tb_node *root)
{
    return tb_read_model(reader, root);
}

static const void *read_run(struct tb_reader *reader, const struct tb_node *root)
{
    return tb_read_run(reader, root);
}

const void *tb_store_read_tree(struct tb_reader *reader, enum tb_entity_kind kind,
                               const struct tb_node *root)
{
    static const void *(*const readers[])(struct tb_reader *, const struct tb_node *) = {
        [TB_ENTITY_CHIP] = read_chip,
        [TB_ENTITY_CLUSTER] = read_cluster,
        [TB_ENTITY_MODEL] = read_model,
        [TB_ENTITY_RUN] = read_run};
    return readers[kind](reader, root);
}

static const struct tb_node *builtin_tree(tb_data *data, int file, tb_diags *diags)
{
    return tb_store_builtin_tree(data, data->builtin->files[file].tree, diags);
}

/* Finds, reads when it was not yet, and remembers. What is broken is reported at every asking. */
static const void *get(tb_data *data, enum tb_entity_kind kind, const char *id, struct tb_pos pos,
                       tb_diags *diags)
{
    struct tb_target target;
    if (!tb_store_resolve(data, kind, id, pos, &target, diags)) {
        return NULL;
    }
    const void **slot = target.user != NULL ? &target.user->preset : &data->presets[target.builtin];
    if (*slot != NULL) {
        return *slot;
    }
    tb_store_read_user_sources(data, diags);
    struct tb_reader reader = {.arena = data->arena,
                               .diags = diags,
                               .file = target.file,
                               .has_source = tb_store_has_source,
                               .context = data,
                               .builtin = target.user == NULL,
                               .checked = target.user == NULL};
    const struct tb_node *root = target.user != NULL ? tb_store_file_tree(data, target.file, diags)
                                                     : builtin_tree(data, target.builtin, diags);
    *slot = root != NULL ? tb_store_read_tree(&reader, kind, root) : NULL;
    return *slot;
}

const struct tb_chip_preset *tb_data_chip(tb_data *data, const char *id, struct tb_pos pos,
                                          tb_diags *diags)
{
    return get(data, TB_ENTITY_CHIP, id, pos, diags);
}

const struct tb_cluster_preset *tb_data_cluster(tb_data *data, const char *id, struct tb_pos pos,
                                                tb_diags *diags)
{
    return get(data, TB_ENTITY_CLUSTER, id, pos, diags);
}

const struct tb_model_preset *tb_data_model(tb_data *data, const char *id, struct tb_pos pos,
                                            tb_diags *diags)
{
    const struct tb_model_preset *added = tb_store_added(data, id);
    return added != NULL ? added : get(data, TB_ENTITY_MODEL, id, pos, diags);
}

const struct tb_run_preset *tb_data_run(tb_data *data, const char *id, struct tb_pos pos,
                                        tb_diags *diags)
{
    return get(data, TB_ENTITY_RUN, id, pos, diags);
}

/* The text at a key of a packed mapping; NULL: there is none. */
static const char *packed_text(const struct tb_builtin *b, unsigned root, const char *key)
{
    const struct tb_packed_node *map = b->nodes + root;
    for (unsigned i = 1; i < map->size; i += map[i].size) {
        if (strcmp(b->texts + map[i].key, key) == 0) {
            return map[i].text > 0 ? b->texts + map[i].text : NULL;
        }
    }
    return NULL;
}

bool tb_data_chip_make(tb_data *data, const char *id, struct tb_chip_make *out)
{
    struct tb_target target;
    if (!tb_store_find(data, TB_ENTITY_CHIP, id, &target)) {
        return false;
    }
    if (target.user == NULL && data->presets[target.builtin] == NULL) {
        unsigned root = data->builtin->files[target.builtin].tree;
        out->vendor = packed_text(data->builtin, root, "vendor");
        out->generation = packed_text(data->builtin, root, "generation");
        return true;
    }
    const struct tb_chip_preset *chip = tb_data_chip(data, id, (struct tb_pos){"", 0, 0}, NULL);
    if (chip == NULL) {
        return false;
    }
    *out = (struct tb_chip_make){chip->vendor, chip->generation};
    return true;
}

struct id_list {
    const char **ids;
    size_t n;
};

static void count_id(void *context, const char *name, const struct tb_target *target)
{
    struct id_list *list = context;
    if (target->role == TB_NAME_ID) {
        if (list->ids != NULL) {
            list->ids[list->n] = name;
        }
        list->n++;
    }
}

static int by_text(const void *a, const void *b)
{
    return tb_name_compare(*(const char *const *)a, *(const char *const *)b);
}

const char *tb_data_id(tb_data *data, enum tb_entity_kind kind, size_t i)
{
    if (data->ids[kind] == NULL) {
        struct id_list list = {0};
        tb_store_each_name(data, kind, count_id, &list);
        list.ids = tb_arena_alloc(data->arena, (list.n + 1) * sizeof *list.ids);
        if (list.ids == NULL) {
            return NULL;
        }
        list.n = 0;
        tb_store_each_name(data, kind, count_id, &list);
        if (list.n > 1) {
            qsort(list.ids, list.n, sizeof *list.ids, by_text);
        }
        data->ids[kind] = list.ids;
        data->n_ids[kind] = list.n;
    }
    return i < data->n_ids[kind] ? data->ids[kind][i] : NULL;
}
