/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"
#include "run/schedule.h"

/* One training pass over every processed token; padding is processed like any other token. */
int tb_pretrain_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    struct tb_token_plan schedule;
    tb_token_plan_solve(stage, &schedule);
    work[0] = tb_rl_train(stage, TB_ROLE_ACTOR, schedule.processed);
    return 1;
}
