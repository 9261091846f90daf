/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"

#include <string.h>

static const struct tb_stage_kind_info kinds[TB_STAGE_KIND_COUNT] = {
#define TB_STAGE_KIND(name, id, items, title) {id, title, items},
#include "run/kinds.def"
#undef TB_STAGE_KIND
};

const struct tb_stage_kind_info *tb_stage_kind_info(enum tb_stage_kind kind)
{
    return &kinds[kind];
}

bool tb_stage_kind_find(const char *id, enum tb_stage_kind *out)
{
    for (int i = 0; i < TB_STAGE_KIND_COUNT; i++) {
        if (strcmp(id, kinds[i].id) == 0) {
            *out = (enum tb_stage_kind)i;
            return true;
        }
    }
    return false;
}

int tb_stage_items(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    return kinds[stage->kind].items(stage, work);
}

struct tb_work tb_train_pass(const struct tb_stage *stage, double tokens)
{
    return (struct tb_work){
        .pass = TB_PASS_TRAIN,
        .role = 0,
        .tokens = tokens,
        .lengths = {stage->seq_len, stage->mean_doc_len, stage->doc_cv},
        .with_mtp = stage->train_mtp,
        .recompute = stage->recompute,
    };
}
