/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"
#include "run/schedule.h"

/* A token whose loss is masked (the prompt) runs forward and backward like the others: the gradient
 * of later tokens flows through it. So masking changes nothing here, only packing does. */
int tb_sft_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    struct tb_token_plan schedule;
    tb_token_plan_solve(stage, &schedule);
    work[0] = tb_rl_train(stage, TB_ROLE_ACTOR, schedule.processed);
    return 1;
}
