/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rlstage.h"

#include <string.h>

static const struct tb_rl_constant_info table[] = {
#define TB_RL_CONSTANT(member, start, low, high, spread, title)                                    \
    {#member, offsetof(struct tb_rl_constants, member), start, low, high, spread, title},
#include "run/rlconst.def"
#undef TB_RL_CONSTANT
};

const struct tb_rl_constant_info *tb_rl_constant_info(size_t i)
{
    return i < sizeof table / sizeof *table ? &table[i] : NULL;
}

double tb_rl_constant_get(const struct tb_rl_constants *constants,
                          const struct tb_rl_constant_info *info)
{
    double value;
    memcpy(&value, (const char *)constants + info->offset, sizeof value);
    return value;
}

void tb_rl_constant_set(struct tb_rl_constants *constants, const struct tb_rl_constant_info *info,
                        double value)
{
    memcpy((char *)constants + info->offset, &value, sizeof value);
}

void tb_rl_constants_start(struct tb_rl_constants *constants)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        tb_rl_constant_set(constants, &table[i], table[i].start);
}
