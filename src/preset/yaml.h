/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_YAML_H
#define TB_PRESET_YAML_H

#include "base/arena.h"
#include "trainbudget/diag.h"

struct tb_text;

/** YAML text as a tree that keeps the position of every node. A small part of YAML: one document of
 *  mappings, lists and plain or quoted texts. Anchors, aliases, tags and tabs are refused. */

enum { TB_YAML_MAX_DEPTH = 32, TB_YAML_MAX_NODES = 200000, TB_YAML_MAX_BYTES = 1048576 };

enum tb_node_kind { TB_NODE_TEXT, TB_NODE_LIST, TB_NODE_MAP };

/** Lines and columns start at 1; columns count characters. */
struct tb_node {
    enum tb_node_kind kind;
    int line, column;
    int key_line, key_column;
    const char *key;  /**< of an entry of a mapping; else NULL */
    const char *text; /**< TB_NODE_TEXT; else NULL */
    size_t n;         /**< children */
    const struct tb_node *parent, *first, *next;
};

struct tb_yaml_text {
    const char *file; /**< for positions; must outlive the findings */
    const char *text;
    size_t length;
    int line_offset; /**< lines before the text, when it is a part of a file */
};

/** Parses; the tree lives in `arena` and does not refer to in->text.
 *  @return the root, or NULL after reporting. */
const struct tb_node *tb_yaml_parse(tb_arena *arena, const struct tb_yaml_text *in,
                                    tb_diags *diags);

/** The entry of a mapping; NULL when there is none, or when `map` is NULL or no mapping. */
const struct tb_node *tb_node_get(const struct tb_node *map, const char *key);

/** "mapping", "list" or "text", for messages. */
const char *tb_node_kind_name(enum tb_node_kind kind);

/** Appends the key path of a node: "stages[0].tokens.value". */
void tb_node_path(const struct tb_node *node, struct tb_text *out);

#endif
