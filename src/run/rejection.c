/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"

/* Eq. 10.36: `oversample` tries are generated and judged for each answer that is kept, and the kept
 * ones are trained on as in supervised fine-tuning. */
static int keep_some(const struct tb_stage *stage, double reward, struct tb_work work[TB_MAX_WORK])
{
    const struct tb_rl *rl = &stage->rl;
    struct tb_rl_tokens t;
    tb_rl_tokens_of(stage, &t);
    double tries = t.samples * tb_rl_tries(rl);
    double all = t.generated + tries * rl->prompt_mean;
    const struct tb_work items[] = {
        tb_rl_pass(TB_PASS_GENERATE, TB_ROLE_ACTOR, t.generated + t.prompts),
        tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_REWARD, tb_reward_share(rl, reward) * all),
        tb_rl_train(stage, TB_ROLE_ACTOR, tb_or(rl->inner_epochs, 1.0) * t.processed),
    };
    int n = 0;
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        n = tb_work_add(work, n, &items[i]);
    return tb_rl_judge(stage, &t, n, work);
}

/* A verifier without a model decides unless a reward model or a judge is stated. */
int tb_rejection_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    return keep_some(stage, 0.0, work);
}

/* The best has to be told from the others: a reward model reads them all, or a judge does. */
int tb_best_of_n_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    return keep_some(stage, tb_or(stage->rl.judge_tokens, 0.0) > 0.0 ? 0.0 : 1.0, work);
}
