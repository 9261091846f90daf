/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_COUNT_H
#define TB_MODEL_COUNT_H

#include "model/flops.h"

/** What the conventions need beyond flops.h: variants of one count. */

struct tb_count_how {
    enum tb_keys keys;
    bool absorbed; /**< sparse attention over the latent (2 kv_rank + rope a key), as it executes */
};

void tb_flops_count(const struct tb_model *model, const struct tb_lengths *lengths,
                    struct tb_count_how how, struct tb_flops *out);

/** Of a forward count: what full recompute runs again, the layers without head and ends. */
double tb_flops_layers(const struct tb_model *model, const struct tb_flops *forward, bool with_mtp);

/** FLOPs of attention core (and its scan, for linear kinds) over `keys` keys, whatever windows,
 *  chunks and selection say. `width` > 0 replaces q/k and v widths of compressed attention. */
double tb_dense_core(const struct tb_attn *attn, double keys, double width);

#endif
