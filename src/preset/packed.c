/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/packed.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void tb_pack_free(struct tb_pack *pack)
{
    free(pack->nodes);
    free(pack->texts);
    *pack = (struct tb_pack){0};
}

/* Offset 0 holds an empty text, so that 0 can mean "none". */
static bool add_text(struct tb_pack *pack, const char *text, unsigned *offset)
{
    size_t start = pack->n_texts > 0 ? pack->n_texts : 1, size = strlen(text) + 1;
    if (start + size > pack->text_capacity) {
        size_t capacity = 2 * (start + size);
        char *grown = capacity < UINT_MAX ? realloc(pack->texts, capacity) : NULL;
        if (grown == NULL) {
            return false;
        }
        pack->texts = grown;
        pack->texts[0] = '\0';
        pack->text_capacity = capacity;
    }
    memcpy(pack->texts + start, text, size);
    pack->n_texts = start + size;
    *offset = (unsigned)start;
    return true;
}

static bool fits(int position)
{
    return position >= 0 && position <= USHRT_MAX;
}

static bool add_node(struct tb_pack *pack, const struct tb_node *node)
{
    struct tb_packed_node packed = {.size = 1, .kind = (unsigned char)node->kind};
    if (!fits(node->line) || !fits(node->column) || !fits(node->key_line) ||
        !fits(node->key_column)) {
        return false;
    }
    packed.line = (unsigned short)node->line;
    packed.column = (unsigned short)node->column;
    packed.key_line = (unsigned short)node->key_line;
    packed.key_column = (unsigned short)node->key_column;
    if ((node->text != NULL && !add_text(pack, node->text, &packed.text)) ||
        (node->key != NULL && !add_text(pack, node->key, &packed.key))) {
        return false;
    }
    if (pack->n_nodes == pack->node_capacity) {
        size_t capacity = pack->node_capacity > 0 ? 2 * pack->node_capacity : 256;
        struct tb_packed_node *grown = realloc(pack->nodes, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        pack->nodes = grown;
        pack->node_capacity = capacity;
    }
    pack->nodes[pack->n_nodes++] = packed;
    return true;
}

bool tb_pack_tree(struct tb_pack *pack, const struct tb_node *root, unsigned *first)
{
    size_t open[TB_YAML_MAX_DEPTH + 1]; /* indices of the nodes above the current one */
    size_t depth = 0;
    const struct tb_node *node = root;
    *first = (unsigned)pack->n_nodes;
    while (node != NULL) {
        size_t index = pack->n_nodes;
        if (!add_node(pack, node)) {
            return false;
        }
        for (size_t i = 0; i < depth; i++) {
            pack->nodes[open[i]].size++;
        }
        if (node->first != NULL) {
            open[depth++] = index;
            node = node->first;
            continue;
        }
        while (node != root && node->next == NULL) {
            node = node->parent;
            depth--;
        }
        node = node != root ? node->next : NULL;
    }
    return true;
}

static void unpack_node(struct tb_node *node, const struct tb_packed_node *packed,
                        const char *texts)
{
    node->kind = (enum tb_node_kind)packed->kind;
    node->line = packed->line;
    node->column = packed->column;
    node->key_line = packed->key_line;
    node->key_column = packed->key_column;
    node->key = packed->key > 0 ? texts + packed->key : NULL;
    node->text = packed->text > 0 ? texts + packed->text : NULL;
}

const struct tb_node *tb_unpack(tb_arena *arena, const struct tb_packed_node *packed,
                                const char *texts)
{
    struct {
        struct tb_node *node, *last;
        size_t end;
    } open[TB_YAML_MAX_DEPTH + 1];
    size_t depth = 0, n = packed->size;
    struct tb_node *nodes = tb_arena_alloc(arena, n * sizeof *nodes);
    for (size_t i = 0; nodes != NULL && i < n; i++) {
        unpack_node(&nodes[i], &packed[i], texts);
        while (depth > 0 && i == open[depth - 1].end) {
            depth--;
        }
        if (depth > 0) {
            struct tb_node *parent = open[depth - 1].node, *last = open[depth - 1].last;
            nodes[i].parent = parent;
            *(last != NULL ? &last->next : &parent->first) = &nodes[i];
            open[depth - 1].last = &nodes[i];
            parent->n++;
        }
        if (packed[i].size > 1) {
            open[depth].node = &nodes[i];
            open[depth].last = NULL;
            open[depth++].end = i + packed[i].size;
        }
    }
    return nodes;
}
