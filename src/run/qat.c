/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"
#include "run/schedule.h"

/* Weights are rounded in the forward pass and gradients pass through the rounding: the products are
 * those of fine-tuning, the rounding costs time alone. */
int tb_qat_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    struct tb_token_plan schedule;
    tb_token_plan_solve(stage, &schedule);
    work[0] = tb_rl_train(stage, TB_ROLE_ACTOR, schedule.processed);
    work[0].rounded = true;
    return 1;
}
