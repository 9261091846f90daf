/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_KINDS_H
#define TB_RUN_KINDS_H

#include "run/stage.h"

/** What a stage kind is called, and the function that lists its work. */
struct tb_stage_kind_info {
    const char *id;
    const char *title;
    int (*items)(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK]);
};

const struct tb_stage_kind_info *tb_stage_kind_info(enum tb_stage_kind kind);
bool tb_stage_kind_find(const char *id, enum tb_stage_kind *out);

/** A training pass of the stage's own model over `tokens` processed tokens. */
struct tb_work tb_train_pass(const struct tb_stage *stage, double tokens);

#define TB_STAGE_KIND(name, id, items, title)                                                      \
    int items(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK]);
#include "run/kinds.def"
#undef TB_STAGE_KIND

#endif
