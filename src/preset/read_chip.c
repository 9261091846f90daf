/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/layout.h"
#include "preset/reader.h"

#include <math.h>

#define AT(member) offsetof(struct tb_chip_preset, member)

static const struct tb_field fields[] = {
    TB_ENTITY_FIELDS,
    {"vendor", TB_FIELD_TEXT, true, AT(vendor), 0, NULL},
    {"counts_as", TB_FIELD_TEXT, false, AT(counts_as), 0, NULL},
    {"generation", TB_FIELD_TEXT, false, AT(generation), 0, NULL},
    {"cluster", TB_FIELD_TEXT, false, AT(cluster), 0, NULL},
    {"status", TB_FIELD_TEXT, false, AT(status), 0, NULL},
};

static const struct tb_layout layout = {
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .has_params = true,
    .owner = TB_OWNER_CHIP,
    .params_at = AT(chip),
    .prov_at = AT(prov),
};

const struct tb_chip_preset *tb_read_chip(struct tb_reader *reader, const struct tb_node *root)
{
    struct tb_chip_preset *preset = tb_arena_alloc(reader->arena, sizeof *preset);
    if (preset == NULL) {
        tb_reader_no_memory(reader);
        return NULL;
    }
    const double not_published = NAN;
    for (int i = 0; i < TB_DTYPE_COUNT; i++) {
        preset->chip.peak[i] = preset->chip.headline_peak[i] = not_published;
        preset->chip.matmul[i] = not_published;
    }
    tb_layout_clear(&layout, preset);
    tb_layout_read(reader, root, &layout, preset);
    preset->entity.kind = TB_ENTITY_CHIP;
    tb_read_entity(reader, root, &preset->entity);
    if (!preset->prov[tb_param_slot(TB_PARAM_CHIP_DIES)].known) {
        preset->chip.dies = 1;
    }
    return reader->failed ? NULL : preset;
}
