/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"
#include "run/schedule.h"

/* Eq. 10.33: preference losses over the tokens of chosen and rejected answers. The reference is
 * read in every epoch, or once when its log-probabilities are kept. */
static int preference(const struct tb_stage *stage, bool reference,
                      struct tb_work work[TB_MAX_WORK])
{
    struct tb_token_plan schedule;
    tb_token_plan_solve(stage, &schedule);
    int n = 0;
    struct tb_work train = tb_rl_train(stage, TB_ROLE_ACTOR, schedule.processed);
    n = tb_work_add(work, n, &train);
    double share = tb_or(stage->rl.reference, 1.0);
    if (!reference || share == 0.0)
        return n;
    bool kept = tb_or(stage->rl.reference_kept, 0.0) > 0.0;
    double passes = kept ? 1.0 / tb_or(stage->epochs, 1.0) : 1.0;
    struct tb_work read =
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_REFERENCE, share * passes * schedule.processed);
    return tb_work_add(work, n, &read);
}

int tb_dpo_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    return preference(stage, true, work);
}

/* These losses need no reference: 6 instead of 8 FLOPs a parameter. */
int tb_simpo_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    return preference(stage, false, work);
}
