/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_CONVENTION_H
#define TB_MODEL_CONVENTION_H

#include "model/flops.h"

/** Published ways to count training FLOPs per token. The table is model/convention.def. */
enum tb_convention {
#define TB_CONVENTION(name, id, title, source) TB_CONV_##name,
#include "model/convention.def"
#undef TB_CONVENTION
    TB_CONVENTION_COUNT
};

struct tb_convention_info {
    const char *id;     /**< "causal", "6n", "palm", ... */
    const char *title;  /**< one line: what is counted */
    const char *source; /**< source key of the bibliography */
};

const struct tb_convention_info *tb_convention_info(enum tb_convention convention);

/** Finds a convention by id. @return false when there is none. */
bool tb_convention_find(const char *id, enum tb_convention *out);

/** Training FLOPs per token as this convention counts them. For those that count executed work
 *  (an HFU), `recompute` says what was recomputed; the others ignore it. */
double tb_convention_flops(enum tb_convention convention, const struct tb_model *model,
                           const struct tb_lengths *lengths, enum tb_recompute recompute);

#endif
