/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/build.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define MAX_INPUTS (TB_MAX_STAGES * TB_PARAM_COUNT)

/* Where a parameter of the i-th machine or stage lives. */
struct place {
    size_t offset;
    const struct tb_prov *prov;
    const char *id, *group; /* of the machine or stage */
};

static struct place place_of(const struct tb_scenario *s, enum tb_param param, int i)
{
    const struct tb_param_info *info = tb_param_info(param);
    size_t slot = tb_param_slot(param);
    const struct tb_machine *m = &s->machine[i];
    const struct tb_scenario_stage *st = &s->stage[i];
    switch (info->owner) {
    case TB_OWNER_CHIP:
        return (struct place){offsetof(struct tb_values, chip) +
                                  (size_t)i * sizeof(struct tb_chip) + info->offset,
                              &m->chip_prov[slot], m->chip->entity.id, "chip"};
    case TB_OWNER_CLUSTER:
        return (struct place){offsetof(struct tb_values, cluster) +
                                  (size_t)i * sizeof(struct tb_cluster) + info->offset,
                              &m->cluster_prov[slot], m->cluster ? m->cluster->entity.id : "",
                              "cluster"};
    default:
        return (struct place){offsetof(struct tb_values, stage) +
                                  (size_t)i * sizeof(struct tb_stage) + info->offset,
                              &st->prov[slot], st->id, st->group};
    }
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_number(struct tb_scenario *s, const struct place *a, const struct place *b)
{
    return b->prov->known && a->prov->pos.line == b->prov->pos.line &&
           a->prov->pos.column == b->prov->pos.column &&
           same_text(a->prov->pos.file, b->prov->pos.file) &&
           *tb_value_at(&s->central, a->offset) == *tb_value_at(&s->central, b->offset);
}

/* The path that --set understands for this set of places. */
static const char *path_of(struct tb_scenario *s, const struct tb_input *input,
                           const struct place *first, bool all, bool one_group)
{
    const struct tb_param_info *info = tb_param_info(input->param);
    if (info->owner != TB_OWNER_STAGE)
        return all ? tb_arena_printf(s->arena, "%s.%s", first->group, info->path)
                   : tb_arena_printf(s->arena, "%s:%s.%s", first->group, first->id, info->path);
    const char *prefix = all ? "*" : first->id;
    if (one_group)
        prefix = first->group;
    return tb_arena_printf(s->arena, "%s.%s", prefix, info->path);
}

/* What a stage does not have it need not agree on. */
static bool is_for_all(struct tb_scenario *s, const struct tb_input *input, int n)
{
    int known = 0;
    for (int i = 0; i < n; i++) {
        struct place place = place_of(s, input->param, i);
        known += place.prov->known && isfinite(*tb_value_at(&s->central, place.offset));
    }
    bool of_stages = tb_param_info(input->param)->owner == TB_OWNER_STAGE;
    return input->n_targets == n ||
           (of_stages && input->n_targets > 1 && input->n_targets == known);
}

/* Collects the places that share one number into one input. */
static bool add_input(struct tb_scenario *s, enum tb_param param, int first, bool *taken)
{
    const int n = tb_param_info(param)->owner == TB_OWNER_STAGE ? s->n_stages : s->n_machines;
    struct tb_input *input = &s->inputs[s->n_inputs];
    struct place head = place_of(s, param, first);
    int in_group = 0;
    bool one_group = true;
    *input = (struct tb_input){.param = param, .prov = head.prov};
    input->value = *tb_value_at(&s->central, head.offset);
    for (int i = 0; i < n; i++) {
        struct place other = place_of(s, param, i);
        bool same_group = strcmp(other.group, head.group) == 0;
        in_group += same_group;
        if (i < first || taken[i] || !same_number(s, &head, &other))
            continue;
        taken[i] = true;
        one_group = one_group && same_group;
        input->target[input->n_targets++] = other.offset;
    }
    one_group = one_group && input->n_targets == in_group;
    input->path = path_of(s, input, &head, is_for_all(s, input, n), one_group);
    input->lengths = param == TB_PARAM_STAGE_SEQ_LEN || param == TB_PARAM_STAGE_MEAN_DOC_LEN ||
                     param == TB_PARAM_STAGE_DOC_CV;
    input->uncertain = head.prov->dist != TB_DIST_EXACT && head.prov->low < head.prov->high;
    input->effect = tb_arena_alloc(s->arena, TB_MAX_OUTPUTS * sizeof *input->effect);
    s->n_inputs++;
    return input->path && input->effect;
}

bool tb_scenario_list_inputs(struct tb_scenario *s)
{
    s->inputs = tb_arena_alloc(s->arena, MAX_INPUTS * sizeof *s->inputs);
    if (!s->inputs)
        return false;
    for (int p = 0; p < TB_PARAM_COUNT; p++) {
        enum tb_param param = (enum tb_param)p;
        const int n = tb_param_info(param)->owner == TB_OWNER_STAGE ? s->n_stages : s->n_machines;
        bool taken[TB_MAX_STAGES] = {false};
        for (int i = 0; i < n; i++) {
            struct place place = place_of(s, param, i);
            if (taken[i] || !place.prov->known ||
                !isfinite(*tb_value_at(&s->central, place.offset)))
                continue;
            if (!add_input(s, param, i, taken))
                return false;
        }
    }
    return true;
}
