/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_BUILTIN_H
#define TB_PRESET_BUILTIN_H

#include "preset/packed.h"

/** The data compiled into the library, written by src/preset/gen/embed.c. */

struct tb_builtin_file {
    const char *name; /**< "presets/chips/910c.yaml" */
    unsigned tree;    /**< index of the root among the nodes */
};

/** A name of a preset; sorted within its kind and role by tb_name_compare, then by file. */
struct tb_builtin_name {
    const char *name;
    const char *warning; /**< of an assumed name; else NULL */
    unsigned file;       /**< index into the files */
};

/** One entry of the bibliography; sorted by key, by byte. */
struct tb_builtin_source {
    const char *key;
    unsigned tree; /**< index of the entry among the nodes */
};

enum { TB_BUILTIN_KINDS = 4, TB_BUILTIN_ROLES = 5 };

struct tb_builtin {
    const char *version;                /**< of the data */
    const char *layout;                 /**< version of the layout */
    const char *digest;                 /**< SHA-256 over all files, 64 hexadecimal digits */
    const struct tb_packed_node *nodes; /**< of all files */
    const char *texts;                  /**< of the nodes */
    const struct tb_builtin_file *files;
    size_t n_files;
    /** Of names[kind][role]: the index of the first, and at the end the number of all. Kinds are
     *  those of enum tb_entity_kind, roles those of enum tb_name_role. */
    unsigned first[TB_BUILTIN_KINDS * TB_BUILTIN_ROLES + 1];
    const struct tb_builtin_name *names;
    const struct tb_builtin_source *sources;
    size_t n_sources;
    /** Indices into the files; -1: none. */
    int sources_file, priors_file, constants_file, posttrain_file;
};

extern const struct tb_builtin tb_builtin;

#endif
