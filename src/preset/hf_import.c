/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/import.h"

#include <ctype.h>
#include <sha2.h>
#include <stdlib.h>

#include "model/params.h"
#include "preset/hf.h"
#include "preset/hf_json.h"

_Static_assert(TB_CONFIG_MAX_BYTES == TB_HF_MAX_BYTES, "one limit, documented twice");

static enum tb_status no_memory(tb_diags *diags)
{
    return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
}

enum tb_status tb_config_count(const char *text, size_t length, const char *file,
                               struct tb_config_counts *out, tb_diags *diags)
{
    tb_arena *arena = tb_arena_new();
    struct tb_model_preset *preset = arena ? tb_arena_alloc(arena, sizeof *preset) : NULL;
    struct tb_params p;
    if (!preset) {
        tb_arena_free(arena);
        return no_memory(diags);
    }
    enum tb_status status = tb_hf_read(text, length, file, arena, preset, diags);
    if (status == TB_OK) {
        tb_params_count(&preset->model, &p);
        *out = (struct tb_config_counts){p.total, p.active, p.active_without_embedding, p.mtp};
    }
    tb_arena_free(arena);
    return status;
}

/** An id goes into a file's name and into YAML as it is. */
static bool good_id(const char *id)
{
    for (const char *c = id; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-' && *c != '_') {
            return false;
        }
    }
    return *id != '\0';
}

static char *import(tb_arena *arena, const char *text, size_t length,
                    const struct tb_config_origin *origin, tb_diags *diags)
{
    struct tb_model_preset *preset = tb_arena_alloc(arena, sizeof *preset);
    char digest[SHA256_DIGEST_STRING_LENGTH];
    if (!preset || !SHA256Data((const uint8_t *)text, length, digest)) {
        no_memory(diags);
        return NULL;
    }
    if (tb_hf_read(text, length, origin->file, arena, preset, diags) != TB_OK) {
        return NULL;
    }
    preset->entity.id = origin->id ? origin->id : preset->entity.id;
    char *yaml = tb_hf_yaml(preset, digest, origin->date);
    if (!yaml) {
        no_memory(diags);
    }
    return yaml;
}

char *tb_config_import(const char *text, size_t length, const struct tb_config_origin *origin,
                       tb_diags *diags)
{
    if (origin->id && !good_id(origin->id)) {
        struct tb_finding f = {.found = origin->id, .accepted = "letters, digits, '.', '-', '_'"};
        tb_diag_add(diags, TB_USAGE_ARGUMENT, &f, "an id that no preset can have");
        return NULL;
    }
    tb_arena *arena = tb_arena_new();
    if (!arena) {
        no_memory(diags);
        return NULL;
    }
    char *yaml = import(arena, text, length, origin, diags);
    tb_arena_free(arena);
    return yaml;
}
