/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"

/* Eq. 10.35: groups instead of a critic. Mini-batches divide a pass and add nothing; responses that
 * are dropped are generated and judged, never trained on. */
int tb_grpo_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    const struct tb_rl *rl = &stage->rl;
    struct tb_rl_tokens t;
    tb_rl_tokens_of(stage, &t);
    double passes = tb_or(rl->inner_epochs, 1.0);
    double all = (t.generated + t.samples * tb_rl_tries(rl) * rl->prompt_mean);
    const struct tb_work items[] = {
        tb_rl_pass(TB_PASS_GENERATE, TB_ROLE_ACTOR, t.generated + t.prompts),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_ACTOR, tb_or(rl->old_logprobs, 1.0) * t.processed),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_REFERENCE, tb_or(rl->reference, 0.0) * t.processed),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_REWARD, tb_reward_share(rl, 0.0) * all),
        tb_rl_train(stage, TB_ROLE_ACTOR, passes * t.processed),
    };
    int n = 0;
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        n = tb_work_add(work, n, &items[i]);
    return tb_rl_judge(stage, &t, n, work);
}
