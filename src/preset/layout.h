/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_LAYOUT_H
#define TB_PRESET_LAYOUT_H

#include "preset/reader.h"

/** The keys of a mapping as tables: plain fields, and the numbers with provenance of params.def. */

enum tb_field_type {
    TB_FIELD_OTHER, /**< a known key that something else reads */
    TB_FIELD_TEXT,  /**< const char *; with `word` one of those words */
    TB_FIELD_TEXTS, /**< const char *const *, and a size_t at `count_at` */
    TB_FIELD_BOOL,
    TB_FIELD_COUNT,  /**< double, a whole number from 0 to 1e15 */
    TB_FIELD_SIGNED, /**< double, a whole number from -1e15 to 1e15 */
    TB_FIELD_WORD    /**< an enum, int-sized: the index of one of the words */
};

struct tb_field {
    const char *key;
    enum tb_field_type type;
    bool required;
    size_t at;
    size_t count_at;
    const char *(*word)(int i); /**< the i-th accepted word; NULL past the end */
};

struct tb_layout {
    const struct tb_field *fields;
    size_t n_fields;
    bool has_params; /**< the mapping also holds the parameters of `owner` */
    enum tb_owner owner;
    size_t params_at; /**< of the struct that the parameters' offsets count from */
    size_t prov_at;   /**< of its array of struct tb_prov */
};

/** Reads every entry of the mapping into *base, reports unknown and missing keys. */
void tb_layout_read(struct tb_reader *reader, const struct tb_node *map,
                    const struct tb_layout *layout, void *base);

/** Sets every parameter of the layout's owner within *base to NaN. */
void tb_layout_clear(const struct tb_layout *layout, void *base);

/** The i-th recompute word; NULL past the end. */
const char *tb_recompute_word(int i);

/** The keys every preset has; `id` is first. A preset struct starts with its struct tb_entity. */
#define TB_ENTITY_FIELDS                                                                           \
    {"id", TB_FIELD_TEXT, true, offsetof(struct tb_entity, id), 0, NULL},                          \
        {"name", TB_FIELD_TEXT, true, offsetof(struct tb_entity, name), 0, NULL},                  \
        {"aliases",                                                                                \
         TB_FIELD_TEXTS,                                                                           \
         false,                                                                                    \
         offsetof(struct tb_entity, aliases),                                                      \
         offsetof(struct tb_entity, n_aliases),                                                    \
         NULL},                                                                                    \
        {"note", TB_FIELD_TEXT, false, offsetof(struct tb_entity, note), 0, NULL},                 \
        {"warnings", TB_FIELD_OTHER, false, 0, 0, NULL},                                           \
        {"family_names", TB_FIELD_OTHER, false, 0, 0, NULL},                                       \
    {                                                                                              \
        "assumed_for", TB_FIELD_OTHER, false, 0, 0, NULL                                           \
    }

#endif
