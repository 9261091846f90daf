/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"
#include "run/schedule.h"

/* Completions of a prompt are ranked together: each is read once and serves all its pairs, so the
 * stage's tokens are those of completions, not of pairs. */
int tb_reward_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    struct tb_token_plan schedule;
    tb_token_plan_solve(stage, &schedule);
    work[0] = tb_rl_train(stage, TB_ROLE_ACTOR, schedule.processed);
    return 1;
}
