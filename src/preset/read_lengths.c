/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/read_lengths.h"

#include <math.h>
#include <string.h>

#include "preset/value.h"

static void unknown_keys(struct tb_reader *r, const struct tb_node *map)
{
    static const char *const keys[] = {"values", "grade", "source", "where", "note"};
    enum { KEYS = sizeof keys / sizeof *keys };
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        bool known = false;
        for (size_t i = 0; i < KEYS; i++) {
            known = known || strcmp(keys[i], entry->key) == 0;
        }
        if (!known) {
            tb_reader_unknown_key(r, entry, keys, KEYS);
        }
    }
}

static bool read_values(struct tb_reader *r, const struct tb_node *list, double *values)
{
    const struct tb_param_info *info = tb_param_info(TB_PARAM_STAGE_RESPONSE_MEAN);
    const struct tb_value_spec spec = {.dim = info->dim, .least = info->least, .most = info->most};
    size_t n = 0;
    for (const struct tb_node *item = list->first; item != NULL; item = item->next, n++) {
        if (!tb_number_node_read(r, item, &spec, &values[n])) {
            return false;
        }
        if (n > 0 && values[n] < values[n - 1]) {
            struct tb_at at = {.node = item, .found = item->text, .accepted = "ascending lengths"};
            tb_reader_fail(r, TB_NUMBER_ORDER, &at, "shorter than the length before it");
            return false;
        }
    }
    return true;
}

/* Says a number of the stage, unless the stage says it itself. */
static void follow(struct tb_reader *r, const struct tb_node *map, struct tb_stage_preset *stage,
                   enum tb_param param, double value, const struct tb_prov *prov)
{
    struct tb_prov *to = &stage->prov[tb_param_slot(param)];
    if (to->known) {
        struct tb_at at = {.node = map, .remedy = "state one of them"};
        tb_reader_fail(r, TB_INCONSISTENT, &at, "%s follows from the lengths",
                       tb_param_info(param)->path);
        return;
    }
    *to = *prov;
    to->low = to->high = value;
    memcpy((char *)&stage->stage + tb_param_info(param)->offset, &value, sizeof value);
}

/* The list in the arena; NULL after reporting. */
static double *list_of(struct tb_reader *r, const struct tb_node *map, size_t *n)
{
    const struct tb_node *list = tb_node_get(map, "values");
    struct tb_at at = {.node = list != NULL ? list : map, .accepted = "1 to 512 lengths"};
    if (list == NULL || list->kind != TB_NODE_LIST || list->n == 0 || list->n > TB_MAX_LENGTHS) {
        tb_reader_fail(r, TB_YAML_SHAPE, &at, "the key values needs a list of lengths");
        return NULL;
    }
    double *values = tb_arena_alloc(r->arena, list->n * sizeof *values);
    *n = list->n;
    if (values == NULL) {
        tb_reader_no_memory(r);
    }
    return values != NULL && read_values(r, list, values) ? values : NULL;
}

void tb_read_lengths(struct tb_reader *reader, const struct tb_node *map,
                     struct tb_stage_preset *stage)
{
    if (!tb_reader_is(reader, map, TB_NODE_MAP)) {
        return;
    }
    struct tb_prov prov = {.known = true, .pos = tb_reader_pos(reader, map)};
    size_t n = 0;
    unknown_keys(reader, map);
    tb_origin_read(reader, map, &prov);
    const double *values = list_of(reader, map, &n);
    double sum = 0.0;
    for (size_t i = 0; values != NULL && i < n; i++) {
        sum += values[i];
    }
    if (values == NULL) {
        return;
    }
    stage->stage.rl.lengths = values;
    stage->stage.rl.n_lengths = n;
    follow(reader, map, stage, TB_PARAM_STAGE_RESPONSE_MEAN, sum / (double)n, &prov);
    follow(reader, map, stage, TB_PARAM_STAGE_RESPONSE_CAP, values[n - 1], &prov);
}
