/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/layout.h"
#include "preset/reader.h"

#define AT(member) offsetof(struct tb_cluster_preset, member)

static const struct tb_field fields[] = {
    TB_ENTITY_FIELDS,
    {"chip", TB_FIELD_TEXT, true, AT(chip), 0, NULL},
    {"topology", TB_FIELD_TEXT, false, AT(topology), 0, NULL},
};

static const struct tb_layout layout = {
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .has_params = true,
    .owner = TB_OWNER_CLUSTER,
    .params_at = AT(cluster),
    .prov_at = AT(prov),
};

const struct tb_cluster_preset *tb_read_cluster(struct tb_reader *reader,
                                                const struct tb_node *root)
{
    struct tb_cluster_preset *preset = tb_arena_alloc(reader->arena, sizeof *preset);
    if (preset == NULL) {
        tb_reader_no_memory(reader);
        return NULL;
    }
    tb_layout_clear(&layout, preset);
    tb_layout_read(reader, root, &layout, preset);
    preset->entity.kind = TB_ENTITY_CLUSTER;
    tb_read_entity(reader, root, &preset->entity);
    return reader->failed ? NULL : preset;
}
