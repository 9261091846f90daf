/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_PACKED_H
#define TB_PRESET_PACKED_H

#include "preset/yaml.h"

/** A node tree as plain numbers, so that the built-in data need no YAML reader at run time (it
 * would take most of the time of a command) and no relocations at start. Nodes stand in the order
 * of the text, a parent before its children. */
struct tb_packed_node {
    unsigned text; /**< offset into the texts; 0: a list or mapping */
    unsigned key;  /**< offset into the texts; 0: no key */
    unsigned size; /**< nodes of the tree below and with this node */
    unsigned short line, column, key_line, key_column;
    unsigned char kind;
};

/** Packed trees that grow. Zero-initialise; release with tb_pack_free. */
struct tb_pack {
    struct tb_packed_node *nodes;
    size_t n_nodes, node_capacity;
    char *texts;
    size_t n_texts, text_capacity; /**< bytes */
};

void tb_pack_free(struct tb_pack *pack);

/** Appends a tree; *first is the index of its root.
 *  @return false when memory runs out or a line or column is past 65535. */
bool tb_pack_tree(struct tb_pack *pack, const struct tb_node *root, unsigned *first);

/** The tree at `packed`; its texts are those of `texts`. @return NULL when memory runs out. */
const struct tb_node *tb_unpack(tb_arena *arena, const struct tb_packed_node *packed,
                                const char *texts);

#endif
