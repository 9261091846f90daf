/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/params.h"
#include "run/rlstage.h"
#include "run/rlwork.h"

#include <math.h>
#include <string.h>

#define BYTES_16BIT 2.0

/* A single step where nothing says how many: what has no share of the step has no work. */
static struct tb_stage with_steps(const struct tb_stage *stage)
{
    struct tb_stage one = *stage;
    if (!isfinite(one.steps) && !isfinite(one.tokens))
        one.steps = 1.0;
    return one;
}

void tb_rl_shapes_count(const struct tb_model *model, const struct tb_stage *stage,
                        struct tb_rl_shapes *out)
{
    struct tb_work work[TB_MAX_WORK];
    const struct tb_stage one = with_steps(stage);
    int n = tb_stage_items(&one, work);
    *out = (struct tb_rl_shapes){.checkpoint_per_token =
                                     tb_checkpoint_bytes_per_token(model, BYTES_16BIT)};
    for (int role = 0; role < TB_ROLE_COUNT; role++)
        tb_flops_shape(tb_role_model(model, stage, (enum tb_role)role), &out->flops[role]);
    for (int i = 0; i < n; i++) {
        const struct tb_work *w = &work[i];
        const struct tb_model *m = tb_role_model(model, stage, w->role);
        struct tb_params params;
        tb_params_count(m, &params);
        out->params[w->role] = params.total;
        out->trained[w->role] = out->trained[w->role] || w->pass == TB_PASS_TRAIN;
        if (w->pass == TB_PASS_GENERATE && w->role == TB_ROLE_JUDGE) {
            out->judges = true;
            tb_decode_count(m, &out->judge);
        } else if (w->pass == TB_PASS_GENERATE) {
            out->generator = w->role;
            tb_decode_count(m, &out->decode);
        }
    }
}

/* Items of one model over rows of the same lengths, as most of a stage are. */
static bool share_tokens(const struct tb_rl_shapes *shapes, const struct tb_work *a,
                         const struct tb_work *b)
{
    return shapes->flops[a->role].model == shapes->flops[b->role].model &&
           memcmp(&a->lengths, &b->lengths, sizeof a->lengths) == 0;
}

void tb_rl_count(const struct tb_rl_shapes *shapes, const struct tb_stage *stage,
                 const struct tb_responses *responses, struct tb_rl_counts *out)
{
    struct tb_flops_token token;
    const struct tb_stage one = with_steps(stage);
    out->n_work = tb_rl_work(&one, responses, out->work);
    for (int i = 0; i < out->n_work; i++) {
        const struct tb_work *w = &out->work[i];
        const struct tb_flops_shape *shape = &shapes->flops[w->role];
        if (i == 0 || !share_tokens(shapes, w, &out->work[i - 1]))
            tb_flops_token(shape, &w->lengths, &token);
        tb_work_flops(shape, &token, w, &out->counted[i], &out->executed[i]);
    }
}
