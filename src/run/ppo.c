/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"

/* Eq. 10.34: the actor generates; reward and reference read; the critic reads before the update and
 * is trained with the actor. */
int tb_ppo_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    const struct tb_rl *rl = &stage->rl;
    struct tb_rl_tokens t;
    tb_rl_tokens_of(stage, &t);
    double read = t.processed, passes = tb_or(rl->inner_epochs, 1.0);
    const struct tb_work items[] = {
        tb_rl_pass(TB_PASS_GENERATE, TB_ROLE_ACTOR, t.generated + t.prompts),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_ACTOR, tb_or(rl->old_logprobs, 1.0) * read),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_REFERENCE, tb_or(rl->reference, 1.0) * read),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_REWARD, tb_reward_share(rl, 1.0) * read),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_CRITIC, read),
        tb_rl_train(stage, TB_ROLE_ACTOR, passes * read),
        tb_rl_train(stage, TB_ROLE_CRITIC, passes * read),
    };
    int n = 0;
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        n = tb_work_add(work, n, &items[i]);
    return tb_rl_judge(stage, &t, n, work);
}

/* Pre-training tokens mixed into each update. */
int tb_ppo_ptx_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    int n = tb_ppo_work(stage, work);
    struct tb_work mixed = tb_train_pass(stage, stage->rl.ptx_tokens);
    return tb_work_add(work, n, &mixed);
}
