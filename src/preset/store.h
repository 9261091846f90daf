/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_STORE_H
#define TB_PRESET_STORE_H

#include "preset/builtin.h"
#include "preset/names.h"
#include "preset/reader.h"

/** The store behind tb_data, for the files of this part. */

struct tb_user_name {
    enum tb_name_role role;
    const char *name, *warning;
    struct tb_user_name *next;
};

/** A user's preset file. Later directories stand later and win. */
struct tb_user_file {
    enum tb_entity_kind kind;
    const char *id; /**< the file name without .yaml */
    const char *path;
    bool names_read;
    bool broken; /**< its names could not be read */
    struct tb_user_name *names;
    const void *preset; /**< once read */
};

/** A model that stands in no preset file: a config.json under the name it was asked for. */
struct tb_added_model {
    const char *name;
    struct tb_model_preset preset;
    const struct tb_added_model *next;
};

/** sources.yaml of a user's directory. */
struct tb_user_sources {
    struct tb_reader reader;
    const struct tb_node *root; /**< NULL: none, or broken */
};

struct tb_data {
    tb_arena *arena;
    const struct tb_builtin *builtin;
    const char *const *dirs;
    size_t n_dirs;
    struct tb_user_file *files;
    size_t n_files;
    const void **presets;             /**< of the built-in files, once read */
    const struct tb_source **sources; /**< of the built-in entries, once read */
    bool user_sources_read;
    struct tb_user_sources *user_sources; /**< one a directory */
    const struct tb_added_model *added;
    const char **ids[TB_ENTITY_KIND_COUNT];
    size_t n_ids[TB_ENTITY_KIND_COUNT];
    const struct tb_prior *priors;
    size_t n_priors;
    const struct tb_constants *constants;
    const struct tb_rl_fit *posttrain;
    bool no_memory; /**< a lookup that reports nothing itself ran out of memory */
};

/** What a name leads to. */
struct tb_target {
    struct tb_user_file *user; /**< or else: */
    int builtin;               /**< index of the built-in file; -1: none */
    const char *id;
    enum tb_name_role role; /**< how the name was found */
    const char *warning;    /**< of an assumed name */
    const char *file;
};

/** The word for a kind ("chip") and its folder ("chips"). */
const char *tb_kind_word(enum tb_entity_kind kind);
const char *tb_kind_folder(enum tb_entity_kind kind);

/** tb_data_open over other built-in data. */
tb_data *tb_store_open(const struct tb_builtin *builtin, const char *const *dirs, size_t n_dirs,
                       tb_diags *diags);

/** Finds the preset that a name stands for, by id, alias, assumed or full name; reports nothing. */
bool tb_store_find(tb_data *data, enum tb_entity_kind kind, const char *name,
                   struct tb_target *out);

/** The same, reporting what is unknown or ambiguous, what is assumed and what is shadowed. */
bool tb_store_resolve(tb_data *data, enum tb_entity_kind kind, const char *name, struct tb_pos pos,
                      struct tb_target *out, tb_diags *diags);

/** The i-th of the users' directories, the strongest last; NULL past the end. */
const char *tb_store_dir(const tb_data *data, size_t i);

/** The model that was added under this name, byte for byte; NULL when none was. */
const struct tb_model_preset *tb_store_added(const tb_data *data, const char *name);

/** Calls `see` for every id, alias, assumed, full and family name of a kind, but shadowed ones. */
void tb_store_each_name(tb_data *data, enum tb_entity_kind kind,
                        void (*see)(void *context, const char *name,
                                    const struct tb_target *target),
                        void *context);

/** The names nearest to a wrong one, as tb_suggest writes them. */
struct tb_text;
void tb_store_suggest(tb_data *data, enum tb_entity_kind kind, const char *wrong,
                      struct tb_text *out);

/** Whether the bibliography has a key; `data` is a tb_data. For struct tb_reader. */
bool tb_store_has_source(void *data, const char *key);

/** Reads a tree as a preset of a kind. @return a preset struct, or NULL after reporting. */
const void *tb_store_read_tree(struct tb_reader *reader, enum tb_entity_kind kind,
                               const struct tb_node *root);

/** The built-in tree whose root has this index. @return NULL after reporting out of memory. */
const struct tb_node *tb_store_builtin_tree(tb_data *data, unsigned tree, tb_diags *diags);

/** Reads the users' sources.yaml once, with their findings. */
void tb_store_read_user_sources(tb_data *data, tb_diags *diags);

/** Parses a user's file. @return NULL after reporting. */
const struct tb_node *tb_store_file_tree(tb_data *data, const char *path, tb_diags *diags);

#endif
