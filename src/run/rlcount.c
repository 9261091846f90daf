/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/params.h"
#include "run/rlstage.h"
#include "run/rlwork.h"

#include <math.h>

#define BYTES_16BIT 2.0

/* Work items with their FLOPs a token; a single step where nothing says how many. */
static void count_work(const struct tb_model *model, const struct tb_stage *stage,
                       const struct tb_responses *responses, struct tb_rl_counts *out)
{
    struct tb_stage one = *stage;
    if (!isfinite(one.steps) && !isfinite(one.tokens))
        one.steps = 1.0;
    out->n_work = tb_rl_work(&one, responses, out->work);
    for (int i = 0; i < out->n_work; i++) {
        const struct tb_work *w = &out->work[i];
        tb_work_count(tb_role_model(model, stage, w->role), w, &out->counted[i], &out->executed[i]);
    }
}

void tb_rl_count(const struct tb_model *model, const struct tb_stage *stage,
                 struct tb_rl_counts *out)
{
    struct tb_responses responses;
    tb_rl_responses(&stage->rl, &responses);
    *out = (struct tb_rl_counts){0};
    count_work(model, stage, &responses, out);
    for (int i = 0; i < out->n_work; i++) {
        const struct tb_work *w = &out->work[i];
        const struct tb_model *m = tb_role_model(model, stage, w->role);
        struct tb_params params;
        tb_params_count(m, &params);
        out->params[w->role] = params.total;
        out->trained[w->role] = out->trained[w->role] || w->pass == TB_PASS_TRAIN;
        if (w->pass == TB_PASS_GENERATE && w->role == TB_ROLE_JUDGE) {
            out->judges = true;
            tb_decode_count(m, &out->judge);
        } else if (w->pass == TB_PASS_GENERATE) {
            out->generates = true;
            out->generator = w->role;
            tb_decode_count(m, &out->decode);
        }
    }
    out->checkpoint_per_token = tb_checkpoint_bytes_per_token(model, BYTES_16BIT);
}

void tb_rl_recount(const struct tb_model *model, const struct tb_stage *stage,
                   const struct tb_responses *responses, const struct tb_rl_counts *shapes,
                   struct tb_rl_counts *out)
{
    *out = *shapes;
    count_work(model, stage, responses, out);
}
