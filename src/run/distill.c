/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/kinds.h"
#include "run/rlwork.h"

/* Passes of the teachers over `tokens`: each reads them once; whole distributions are restored from
 * kept hidden states by the teacher's head (eq. 10.37). */
static int teach(const struct tb_stage *stage, double tokens, int n,
                 struct tb_work work[TB_MAX_WORK])
{
    const struct tb_rl *rl = &stage->rl;
    double read = tb_or(rl->teachers, 1.0) * tokens;
    struct tb_work forward = tb_rl_pass(TB_PASS_FORWARD, TB_ROLE_TEACHER, read);
    struct tb_work head =
        tb_rl_pass(TB_PASS_HEAD, TB_ROLE_TEACHER, tb_or(rl->full_vocabulary, 0.0) * read);
    n = tb_work_add(work, n, &forward);
    return tb_work_add(work, n, &head);
}

/* The student answers, teachers read its answers, the student is trained towards them. */
int tb_distill_on_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    const struct tb_rl *rl = &stage->rl;
    struct tb_rl_tokens t;
    tb_rl_tokens_of(stage, &t);
    struct tb_work generate = tb_rl_pass(TB_PASS_GENERATE, TB_ROLE_ACTOR, t.generated + t.prompts);
    struct tb_work train =
        tb_rl_train(stage, TB_ROLE_ACTOR, tb_or(rl->inner_epochs, 1.0) * t.processed);
    int n = tb_work_add(work, 0, &generate);
    n = teach(stage, t.processed, n, work);
    return tb_work_add(work, n, &train);
}

/* The teacher answers, the student is trained on what was kept; with whole distributions the
 * teacher reads its kept answers once more. */
int tb_distill_off_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK])
{
    const struct tb_rl *rl = &stage->rl;
    struct tb_rl_tokens t;
    tb_rl_tokens_of(stage, &t);
    double epochs = tb_or(stage->epochs, 1.0);
    struct tb_work generate =
        tb_rl_pass(TB_PASS_GENERATE, TB_ROLE_TEACHER, t.generated + t.prompts);
    struct tb_work train = tb_rl_train(stage, TB_ROLE_ACTOR, epochs * t.processed);
    int n = tb_work_add(work, 0, &generate);
    if (tb_or(rl->full_vocabulary, 0.0) > 0.0)
        n = teach(stage, t.processed, n, work);
    return tb_work_add(work, n, &train);
}
