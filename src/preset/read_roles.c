/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/read_roles.h"

#include "preset/layout.h"

static const char *precision_word(int i)
{
    return i >= 0 && i < TB_DTYPE_COUNT ? tb_dtype_id((enum tb_dtype)i) : NULL;
}

static const struct tb_field fields[] = {
    {"model", TB_FIELD_TEXT, false, offsetof(struct tb_role_preset, model), 0, NULL},
    {"precision", TB_FIELD_WORD, false, offsetof(struct tb_role_preset, precision), 0,
     precision_word},
};
static const struct tb_layout layout = {.fields = fields,
                                        .n_fields = sizeof fields / sizeof *fields};

/* The trained model is the stage's own: it is no role to name. */
static bool find_role(struct tb_reader *r, const struct tb_node *entry, enum tb_role *role)
{
    const char *names[TB_ROLE_COUNT];
    size_t n = 0;
    for (int i = TB_ROLE_ACTOR + 1; i < TB_ROLE_COUNT; i++) {
        names[n++] = tb_role_id((enum tb_role)i);
    }
    if (tb_role_find(entry->key, role) && *role != TB_ROLE_ACTOR) {
        return true;
    }
    tb_reader_unknown_key(r, entry, names, n);
    return false;
}

/* The critic is trained: its weights are those of the stage's recipe. */
static void check_critic(struct tb_reader *r, const struct tb_node *entry)
{
    const struct tb_node *precision = tb_node_get(entry, "precision");
    if (precision != NULL) {
        struct tb_at at = {.node = precision, .remedy = "remove the key"};
        tb_reader_fail(r, TB_INCONSISTENT, &at,
                       "a critic is trained, in the precision and recipe of its stage");
    }
}

static void read_role(struct tb_reader *r, const struct tb_node *entry, enum tb_role role,
                      struct tb_role_preset *out)
{
    const struct tb_node *model = entry;
    if (entry->kind == TB_NODE_TEXT) {
        out->model = tb_reader_text(r, entry);
    } else {
        tb_layout_read(r, entry, &layout, out);
        model = tb_node_get(entry, "model");
        out->has_precision = out->has_precision || tb_node_get(entry, "precision") != NULL;
    }
    if (model != NULL) {
        out->pos = tb_reader_pos(r, model);
    }
    if (role == TB_ROLE_CRITIC) {
        check_critic(r, entry);
    }
}

void tb_read_roles(struct tb_reader *reader, const struct tb_node *map,
                   struct tb_role_preset role[TB_ROLE_COUNT])
{
    if (!tb_reader_is(reader, map, TB_NODE_MAP)) {
        return;
    }
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        enum tb_role which;
        if (find_role(reader, entry, &which)) {
            read_role(reader, entry, which, &role[which]);
        }
    }
}
