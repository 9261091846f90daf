/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/names.h"

typedef bool add_fn(void *context, enum tb_name_role role, const struct tb_node *name,
                    const char *warning);

static bool is_text(const struct tb_node *node)
{
    return node != NULL && node->kind == TB_NODE_TEXT && node->text[0] != '\0';
}

static bool add_list(const struct tb_node *list, enum tb_name_role role, add_fn *add, void *context)
{
    bool good = true;
    if (list == NULL || list->kind != TB_NODE_LIST) {
        return true;
    }
    for (const struct tb_node *item = list->first; item != NULL && good; item = item->next) {
        if (is_text(item)) {
            good = add(context, role, item, NULL);
        }
    }
    return good;
}

static bool add_assumed(const struct tb_node *list, add_fn *add, void *context)
{
    bool good = true;
    if (list == NULL || list->kind != TB_NODE_LIST) {
        return true;
    }
    for (const struct tb_node *item = list->first; item != NULL && good; item = item->next) {
        const struct tb_node *name = tb_node_get(item, "name");
        const struct tb_node *warning = tb_node_get(item, "warning");
        if (is_text(name) && is_text(warning)) {
            good = add(context, TB_NAME_ASSUMED, name, warning->text);
        }
    }
    return good;
}

bool tb_names_read(const struct tb_node *root, add_fn *add, void *context)
{
    const struct tb_node *id = tb_node_get(root, "id");
    if (is_text(id) && !add(context, TB_NAME_ID, id, NULL)) {
        return false;
    }
    const struct tb_node *full = tb_node_get(root, "name");
    return add_list(tb_node_get(root, "aliases"), TB_NAME_ALIAS, add, context) &&
           add_assumed(tb_node_get(root, "assumed_for"), add, context) &&
           (!is_text(full) || add(context, TB_NAME_FULL, full, NULL)) &&
           add_list(tb_node_get(root, "family_names"), TB_NAME_FAMILY, add, context);
}

static int fold(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

int tb_name_compare(const char *a, const char *b)
{
    while (*a != '\0' && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return fold(*a) - fold(*b);
}
