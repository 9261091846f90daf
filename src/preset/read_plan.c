/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/read_plan.h"

#include <stdlib.h>
#include <string.h>

#include "preset/value.h"

static bool is_origin(const char *key)
{
    static const char *const keys[] = {"grade", "source", "where", "note"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static void unknown_key(struct tb_reader *r, const struct tb_node *entry)
{
    const char *names[TB_PLAN_KEY_COUNT];
    for (int i = 0; i < TB_PLAN_KEY_COUNT; i++) {
        names[i] = tb_plan_key_id(i);
    }
    tb_reader_unknown_key(r, entry, names, TB_PLAN_KEY_COUNT);
}

static void bad_value(struct tb_reader *r, const struct tb_node *entry, enum tb_plan_key key)
{
    struct tb_text accepted = {0};
    tb_plan_key_accepts(key, &accepted);
    char *list = tb_text_take(&accepted);
    struct tb_at at = {.node = entry, .found = entry->text, .accepted = list};
    tb_reader_fail(r, TB_NUMBER_RANGE, &at, "not what a plan takes for '%s'", tb_plan_key_id(key));
    free(list);
}

void tb_read_plan(struct tb_reader *r, const struct tb_node *map, struct tb_given_plan *plan,
                  struct tb_prov *prov)
{
    if (!tb_reader_is(r, map, TB_NODE_MAP)) {
        return;
    }
    *plan = (struct tb_given_plan){0};
    *prov = (struct tb_prov){.known = true, .pos = tb_reader_pos(r, map)};
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        enum tb_plan_key key;
        if (is_origin(entry->key)) {
            continue;
        }
        if (!tb_plan_key_find(entry->key, &key)) {
            unknown_key(r, entry);
        } else if (tb_reader_is(r, entry, TB_NODE_TEXT) &&
                   !tb_plan_key_set(plan, key, entry->text)) {
            bad_value(r, entry, key);
        }
    }
    tb_origin_read(r, map, prov);
}
