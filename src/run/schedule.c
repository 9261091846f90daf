/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/schedule.h"

#include <math.h>

/* Below this relative growth a ramp is flat: ln(full/start)/(full-start) would lose its digits. */
#define FLAT_RAMP 1e-9

static bool is_flat(double start, double full, double ramp)
{
    return !(ramp > 0.0) || !(start > 0.0) || fabs(full - start) <= FLAT_RAMP * full;
}

/* Eq. 5.2: db/dt = (full-start)/ramp in tokens, and each step takes b tokens, so
 * dn = dt / b(t) integrates to a logarithm. */
double tb_ramp_steps(double start, double full, double ramp, double processed)
{
    if (is_flat(start, full, ramp))
        return processed / full;
    double in_ramp = fmin(processed, ramp);
    double growth = (full - start) / ramp;
    double reached = start + growth * in_ramp;
    return log(reached / start) / growth + (processed - in_ramp) / full;
}

double tb_ramp_tokens(double start, double full, double ramp, double steps)
{
    if (is_flat(start, full, ramp))
        return steps * full;
    double growth = (full - start) / ramp;
    double ramp_steps = log(full / start) / growth;
    if (steps <= ramp_steps)
        return start * expm1(growth * steps) / growth;
    return ramp + (steps - ramp_steps) * full;
}

/* Tokens a step after the ramp: stated as tokens, or as sequences. */
static double full_batch(const struct tb_stage *stage)
{
    if (isfinite(stage->batch_tokens))
        return stage->batch_tokens;
    return stage->global_batch * stage->seq_len;
}

static double or_one(double value)
{
    return isfinite(value) ? value : 1.0;
}

void tb_token_plan_solve(const struct tb_stage *stage, struct tb_token_plan *out)
{
    double packing = or_one(stage->packing);
    double full = full_batch(stage);
    /* Where the batch is drawn from a range it may be less than the start: a ramp does not fall. */
    double start = fmin(stage->batch_start * stage->seq_len, full);
    double ramp = stage->ramp_tokens;

    out->trained = stage->tokens * or_one(stage->share) * or_one(stage->epochs);
    out->processed = out->trained / packing;
    out->full_batch = full;
    out->steps = stage->steps;
    if (!isfinite(stage->tokens)) {
        out->processed = tb_ramp_tokens(start, full, ramp, stage->steps);
        out->trained = out->processed * packing;
    } else if (isfinite(full)) {
        out->steps = tb_ramp_steps(start, full, ramp, out->processed);
    } else {
        out->full_batch = out->processed / stage->steps;
    }
    out->batch_tokens = out->processed / out->steps;
}

double tb_ramp_most_start(const struct tb_stage *stage)
{
    struct tb_token_plan plan;
    tb_token_plan_solve(stage, &plan);
    return plan.full_batch / stage->seq_len;
}
