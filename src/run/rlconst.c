/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rlstage.h"

#include <string.h>

static const struct tb_rl_constant_info table[] = {
#define TB_RL_CONSTANT(member, value, low, high, fitted, title)                                    \
    {#member, offsetof(struct tb_rl_constants, member), value, low, high, fitted, title},
#include "run/rlconst.def"
#undef TB_RL_CONSTANT
};

const struct tb_rl_constant_info *tb_rl_constant_info(size_t i)
{
    return i < sizeof table / sizeof *table ? &table[i] : NULL;
}

void tb_rl_constants_init(struct tb_rl_constants *constants)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        memcpy((char *)constants + table[i].offset, &table[i].value, sizeof table[i].value);
}
