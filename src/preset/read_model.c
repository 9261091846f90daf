/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/params.h"
#include "preset/layout.h"
#include "preset/read_arch.h"
#include "preset/value.h"

#include <math.h>

#define AT(member) offsetof(struct tb_model_preset, member)

static const struct tb_field fields[] = {
    TB_ENTITY_FIELDS,
    {"developer", TB_FIELD_TEXT, false, AT(developer), 0, NULL},
    {"context", TB_FIELD_TEXT, false, AT(context), 0, NULL},
    {"architecture", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"official", TB_FIELD_OTHER, false, 0, 0, NULL},
};
static const struct tb_layout layout = {.fields = fields,
                                        .n_fields = sizeof fields / sizeof *fields};

static const char *const official_keys[] = {"params_total", "params_active"};
static const struct tb_value_spec official_spec = {.dim = TB_DIM_COUNT, .least = 1, .most = 1e16};

static void read_official(struct tb_reader *r, const struct tb_node *map,
                          struct tb_model_preset *preset)
{
    const struct tb_node *total = tb_node_get(map, official_keys[0]);
    const struct tb_node *active = tb_node_get(map, official_keys[1]);
    if (map == NULL || !tb_reader_is(r, map, TB_NODE_MAP)) {
        return;
    }
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        if (entry != total && entry != active) {
            tb_reader_unknown_key(r, entry, official_keys, 2);
        }
    }
    if (total != NULL) {
        tb_value_read(r, total, &official_spec, &preset->official_total,
                      &preset->official_total_prov);
    }
    if (active != NULL) {
        tb_value_read(r, active, &official_spec, &preset->official_active,
                      &preset->official_active_prov);
    }
    if (preset->official_active > preset->official_total) {
        struct tb_at at = {.node = active};
        tb_reader_fail(r, TB_INCONSISTENT, &at, "params_active is more than params_total");
    }
}

/* A published count is rounded and may leave out the embedding or count the MTP modules: it agrees
 * when one of the two counts is within 2 %, or within the range that the preset gives. */
struct claim {
    const char *key;
    double published;
    const struct tb_prov *prov;
    double counted, counted_otherwise;
};

static bool agrees(const struct claim *claim, double counted)
{
    return fabs(counted / claim->published - 1) <= 0.02 ||
           (claim->prov->low <= counted && counted <= claim->prov->high);
}

static void check_claim(struct tb_reader *r, const struct tb_node *official,
                        const struct claim *claim)
{
    if (isnan(claim->published) || agrees(claim, claim->counted) ||
        agrees(claim, claim->counted_otherwise)) {
        return;
    }
    struct tb_at at = {.node = tb_node_get(official, claim->key),
                       .remedy = "correct the architecture, or give the published figure a low and "
                                 "high that cover its rounding"};
    tb_reader_fail(r, TB_INCONSISTENT, &at,
                   "published %.6g, counted %.12g (%.12g %s): more than 2 %% apart",
                   claim->published, claim->counted, claim->counted_otherwise,
                   claim->key == official_keys[0] ? "with MTP" : "without embedding");
}

static void check_counts(struct tb_reader *r, const struct tb_node *root,
                         const struct tb_model_preset *preset)
{
    struct tb_params params;
    tb_params_count(&preset->model, &params);
    const struct tb_node *official = tb_node_get(root, "official");
    if (params.active > params.total) {
        struct tb_at at = {.node = tb_node_get(root, "architecture")};
        tb_reader_fail(r, TB_INCONSISTENT, &at, "a token uses %.15g of %.15g parameters",
                       params.active, params.total);
    }
    const struct claim total = {official_keys[0], preset->official_total,
                                &preset->official_total_prov, params.total, params.total_with_mtp};
    const struct claim active = {official_keys[1], preset->official_active,
                                 &preset->official_active_prov, params.active,
                                 params.active_without_embedding};
    check_claim(r, official, &total);
    check_claim(r, official, &active);
}

const struct tb_model_preset *tb_read_model(struct tb_reader *reader, const struct tb_node *root)
{
    struct tb_model_preset *preset = tb_arena_alloc(reader->arena, sizeof *preset);
    if (preset == NULL) {
        tb_reader_no_memory(reader);
        return NULL;
    }
    preset->official_total = preset->official_active = NAN;
    tb_layout_read(reader, root, &layout, preset);
    preset->entity.kind = TB_ENTITY_MODEL;
    tb_read_entity(reader, root, &preset->entity);
    const struct tb_node *architecture = tb_node_get(root, "architecture");
    if (architecture != NULL) {
        tb_read_architecture(reader, architecture, preset);
    }
    read_official(reader, tb_node_get(root, "official"), preset);
    if (!reader->failed) {
        check_counts(reader, root, preset);
    }
    return reader->failed ? NULL : preset;
}
