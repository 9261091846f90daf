/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_special.h"

#include <string.h>

static const struct tb_hf_family families[] = {
#define TB_HF_FAMILY(id, base, rules, layer_fn, model_fn) {id, base, rules, layer_fn, model_fn},
#include "preset/hf_dense.def"
#include "preset/hf_moe.def"
#include "preset/hf_hybrid.def"
#undef TB_HF_FAMILY
};

const struct tb_hf_family *tb_hf_family_at(size_t i)
{
    return i < sizeof families / sizeof families[0] ? &families[i] : NULL;
}

const struct tb_hf_family *tb_hf_family_find(const char *model_type)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (strcmp(families[i].id, model_type) == 0) {
            return &families[i];
        }
    }
    return NULL;
}
