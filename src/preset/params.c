/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/preset.h"

/* The dimension's name is pasted, and the member may be an array's element. */
#define ROW(which, type, path, member, dim, least, most, meaning)                                  \
    {which, path, offsetof(struct type, member), TB_DIM_##dim, least, most, meaning},
#define TB_CHIP_PARAM(name, path, member, dim, least, most, meaning)                               \
    ROW(TB_OWNER_CHIP, tb_chip, path, member, dim, least, most, meaning)
#define TB_CLUSTER_PARAM(name, path, member, dim, least, most, meaning)                            \
    ROW(TB_OWNER_CLUSTER, tb_cluster, path, member, dim, least, most, meaning)
#define TB_STAGE_PARAM(name, path, member, dim, least, most, meaning)                              \
    ROW(TB_OWNER_STAGE, tb_stage, path, member, dim, least, most, meaning)

static const struct tb_param_info table[] = {
#include "preset/params.def"
};

const struct tb_param_info *tb_param_info(enum tb_param param)
{
    return (size_t)param < sizeof table / sizeof *table ? &table[param] : NULL;
}

bool tb_param_whole(enum tb_param param)
{
    static const bool whole[TB_PARAM_COUNT] = {
        [TB_PARAM_CHIP_DIES] = true,
        [TB_PARAM_CHIP_LINK_DOMAIN] = true,
        [TB_PARAM_CLUSTER_NODE] = true,
        [TB_PARAM_CLUSTER_SCALE_UP_DOMAIN] = true,
        [TB_PARAM_CLUSTER_MAX_CHIPS] = true,
        [TB_PARAM_STAGE_STEPS] = true,
        [TB_PARAM_STAGE_SEQ_LEN] = true,
        [TB_PARAM_STAGE_GLOBAL_BATCH] = true,
        [TB_PARAM_STAGE_BATCH_START] = true,
        [TB_PARAM_STAGE_CHIPS] = true,
        [TB_PARAM_STAGE_MEASURED_CHIPS] = true,
        [TB_PARAM_STAGE_GROUP_SIZE] = true,
        [TB_PARAM_STAGE_REPLICA_CHIPS] = true,
    };
    return (size_t)param < TB_PARAM_COUNT && whole[param];
}

size_t tb_param_slot(enum tb_param param)
{
    if (param >= TB_PARAM_STAGE_TOKENS) {
        return (size_t)(param - TB_PARAM_STAGE_TOKENS);
    }
    return (size_t)(param >= TB_PARAM_CLUSTER_NODE ? param - TB_PARAM_CLUSTER_NODE : param);
}
