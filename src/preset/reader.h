/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_READER_H
#define TB_PRESET_READER_H

#include "base/arena.h"
#include "base/diag.h"
#include "preset/preset.h"
#include "preset/yaml.h"

/** Reading one preset: from a node tree to the structs of preset.h. Everything wrong is reported,
 *  and `failed` says that something was. */
struct tb_reader {
    tb_arena *arena;
    tb_diags *diags;
    const char *file;
    /** Whether the bibliography has a key; NULL: not checked. */
    bool (*has_source)(void *context, const char *key);
    void *context;
    bool builtin;
    bool checked; /**< the file was checked when it was built in: nothing is wrong to be found */
    bool failed;
};

/** The offending place; texts are optional. */
struct tb_at {
    const struct tb_node *node;
    bool key; /**< the position of the key and not of the value */
    const char *found, *accepted, *remedy;
};

void tb_reader_fail(struct tb_reader *reader, enum tb_code code, const struct tb_at *at,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Reports out of memory. @return false. */
bool tb_reader_no_memory(struct tb_reader *reader);

/** Reports the key of an entry that nothing reads, with the nearest of `names`. */
void tb_reader_unknown_key(struct tb_reader *reader, const struct tb_node *entry,
                           const char *const *names, size_t n);

/** Reports a text that is none of `words`, with the nearest of them or, when none is near, all.
 *  NULL words are left out. */
void tb_reader_unknown_word(struct tb_reader *reader, const struct tb_node *node,
                            const char *const *words, size_t n);

/** Reports a node that is not of this kind. @return whether it is. */
bool tb_reader_is(struct tb_reader *reader, const struct tb_node *node, enum tb_node_kind kind);

/** The text of a node. @return NULL after reporting when it is no text or empty. */
const char *tb_reader_text(struct tb_reader *reader, const struct tb_node *node);

/** A list of texts, in the arena. @return false after reporting. */
bool tb_reader_texts(struct tb_reader *reader, const struct tb_node *node,
                     const char *const **texts, size_t *n);

/** Position of a node. */
struct tb_pos tb_reader_pos(const struct tb_reader *reader, const struct tb_node *node);

/** Readers of one file each; `root` is the tree. NULL when something was reported as an error. */
const struct tb_chip_preset *tb_read_chip(struct tb_reader *reader, const struct tb_node *root);
const struct tb_cluster_preset *tb_read_cluster(struct tb_reader *reader,
                                                const struct tb_node *root);
const struct tb_model_preset *tb_read_model(struct tb_reader *reader, const struct tb_node *root);
const struct tb_run_preset *tb_read_run(struct tb_reader *reader, const struct tb_node *root);
/** presets/constants.yaml; NULL after reporting. */
struct tb_constants;
const struct tb_constants *tb_read_constants(struct tb_reader *reader, const struct tb_node *root);

/** presets/posttrain.yaml; NULL after reporting. */
struct tb_rl_fit;
const struct tb_rl_fit *tb_read_posttrain(struct tb_reader *reader, const struct tb_node *root);

const struct tb_prior *tb_read_priors(struct tb_reader *reader, const struct tb_node *root,
                                      size_t *n);
/** One entry of the bibliography. */
const struct tb_source *tb_read_source(struct tb_reader *reader, const struct tb_node *entry);

/** Checks what belongs to no field table: the id against the file name, the shape of the names.
 *  Fills entity->kind, file and builtin. */
void tb_read_entity(struct tb_reader *reader, const struct tb_node *root, struct tb_entity *entity);

/** The list under a key that must be there. @return NULL after reporting. */
const struct tb_node *tb_reader_list(struct tb_reader *r, const struct tb_node *root,
                                     const char *key);

#endif
