/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts of the store that are no presets: sources and priors. */
#define _POSIX_C_SOURCE 200809L

#include "preset/constants.h"
#include "preset/posttrain.h"
#include "preset/store.h"

#include "preset/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tb_reader reader_of(tb_data *data, const char *file, bool builtin, tb_diags *diags)
{
    return (struct tb_reader){.arena = data->arena,
                              .diags = diags,
                              .file = file,
                              .has_source = tb_store_has_source,
                              .context = data,
                              .builtin = builtin};
}

/* @return the path of a file of a user's directory; NULL when it is not there, or after reporting.
 */
static const char *path_in(tb_data *data, size_t dir, const char *name, tb_diags *diags)
{
    const char *path = tb_arena_printf(data->arena, "%s/%s", data->dirs[dir], name);
    if (path == NULL) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    }
    return path != NULL && access(path, F_OK) == 0 ? path : NULL;
}

void tb_store_read_user_sources(tb_data *data, tb_diags *diags)
{
    if (data->user_sources_read) {
        return;
    }
    data->user_sources_read = true;
    for (size_t i = 0; i < data->n_dirs; i++) {
        struct tb_user_sources *sources = &data->user_sources[i];
        const char *path = path_in(data, i, "sources.yaml", diags);
        const struct tb_node *root = path != NULL ? tb_store_file_tree(data, path, diags) : NULL;
        sources->reader = reader_of(data, path, false, NULL);
        sources->root = root != NULL && root->kind == TB_NODE_MAP ? root : NULL;
    }
}

static int by_key(const void *key, const void *source)
{
    return strcmp(key, ((const struct tb_builtin_source *)source)->key);
}

static const struct tb_builtin_source *find_builtin(const tb_data *data, const char *key)
{
    const struct tb_builtin *b = data->builtin;
    if (b->n_sources == 0) {
        return NULL;
    }
    return bsearch(key, b->sources, b->n_sources, sizeof *b->sources, by_key);
}

static const struct tb_node *find_user(tb_data *data, const char *key, size_t *dir)
{
    tb_store_read_user_sources(data, NULL);
    for (size_t i = data->n_dirs; i-- > 0;) {
        const struct tb_node *entry = tb_node_get(data->user_sources[i].root, key);
        if (entry != NULL) {
            *dir = i;
            return entry;
        }
    }
    return NULL;
}

bool tb_store_has_source(void *context, const char *key)
{
    size_t dir = 0;
    tb_data *data = context;
    return find_builtin(data, key) != NULL || find_user(data, key, &dir) != NULL;
}

static const struct tb_source *read_builtin(tb_data *data, const struct tb_builtin_source *entry)
{
    const struct tb_builtin *b = data->builtin;
    const struct tb_source **slot = &data->sources[entry - b->sources];
    if (*slot == NULL) {
        struct tb_reader reader = reader_of(data, b->files[b->sources_file].name, true, NULL);
        const struct tb_node *node = tb_store_builtin_tree(data, entry->tree, NULL);
        *slot = node != NULL ? tb_read_source(&reader, node) : NULL;
    }
    return *slot;
}

const struct tb_source *tb_data_source(tb_data *data, const char *key)
{
    size_t dir = 0;
    const struct tb_node *user = find_user(data, key, &dir);
    if (user != NULL) {
        return tb_read_source(&data->user_sources[dir].reader, user);
    }
    const struct tb_builtin_source *entry = find_builtin(data, key);
    return entry != NULL ? read_builtin(data, entry) : NULL;
}

/* The last directory that has a table replaces all others: rows of two tables do not mix. */
static const struct tb_node *table_tree(tb_data *data, struct tb_reader *reader, const char *name,
                                        int file)
{
    for (size_t i = data->n_dirs; i-- > 0;) {
        reader->file = path_in(data, i, name, reader->diags);
        if (reader->file != NULL) {
            return tb_store_file_tree(data, reader->file, reader->diags);
        }
    }
    if (file < 0) {
        return NULL;
    }
    reader->file = data->builtin->files[file].name;
    reader->builtin = reader->checked = true;
    return tb_store_builtin_tree(data, data->builtin->files[file].tree, reader->diags);
}

const struct tb_prior *tb_data_priors(tb_data *data, size_t *n, tb_diags *diags)
{
    if (data->priors == NULL) {
        struct tb_reader reader = reader_of(data, NULL, false, diags);
        tb_store_read_user_sources(data, diags);
        const struct tb_node *root =
            table_tree(data, &reader, "priors.yaml", data->builtin->priors_file);
        data->priors = root != NULL ? tb_read_priors(&reader, root, &data->n_priors) : NULL;
    }
    *n = data->priors != NULL ? data->n_priors : 0;
    return data->priors;
}

const struct tb_constants *tb_data_constants(tb_data *data, tb_diags *diags)
{
    if (data->constants == NULL) {
        struct tb_reader reader = reader_of(data, NULL, false, diags);
        tb_store_read_user_sources(data, diags);
        const struct tb_node *root =
            table_tree(data, &reader, "constants.yaml", data->builtin->constants_file);
        data->constants = root != NULL ? tb_read_constants(&reader, root) : NULL;
    }
    return data->constants;
}

const struct tb_rl_fit *tb_data_posttrain(tb_data *data, tb_diags *diags)
{
    if (data->posttrain == NULL) {
        struct tb_reader reader = reader_of(data, NULL, false, diags);
        tb_store_read_user_sources(data, diags);
        const struct tb_node *root =
            table_tree(data, &reader, "posttrain.yaml", data->builtin->posttrain_file);
        data->posttrain = root != NULL ? tb_read_posttrain(&reader, root) : NULL;
    }
    return data->posttrain;
}
