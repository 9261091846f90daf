/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/stage.h"

#include "model/params.h"
#include "run/kinds.h"
#include "run/schedule.h"

#include <math.h>

#define SECONDS_PER_HOUR 3600.0
/* Layer inputs are kept in 16 bits whatever the matrix engine multiplies in. */
#define CHECKPOINT_BYTES_PER_ELEMENT 2.0

const char *tb_basis_id(enum tb_basis basis)
{
    static const char *const ids[] = {
        [TB_BASIS_NONE] = "none",           [TB_BASIS_MEASURED] = "measured",
        [TB_BASIS_PREDICTED] = "predicted", [TB_BASIS_PRIOR] = "prior",
        [TB_BASIS_ASSUMED] = "assumed",
    };
    return ids[basis];
}

/* Eq. 5.5, 5.6: FLOPs of one processed token of a work item, as counted and as executed. */
static void count_work(const struct tb_model *model, const struct tb_work *work, double *counted,
                       double *executed)
{
    if (work->pass == TB_PASS_TRAIN) {
        *counted = tb_flops_train(model, &work->lengths, false);
        *executed = tb_flops_hardware(model, &work->lengths, work->with_mtp, work->recompute);
        return;
    }
    /* Generating a token multiplies what reading it would: the passes differ in time alone. */
    struct tb_flops forward;
    tb_flops_forward(model, &work->lengths, TB_KEYS_CAUSAL, &forward);
    *counted = forward.total - forward.router - forward.hyper;
    tb_flops_forward(model, &work->lengths, TB_KEYS_EXACT, &forward);
    *executed = forward.total;
}

void tb_stage_count(const struct tb_model *model, const struct tb_stage *stage,
                    struct tb_stage_counts *out)
{
    struct tb_work work[TB_MAX_WORK];
    out->n_work = tb_stage_work(stage, work);
    for (int i = 0; i < out->n_work; i++)
        count_work(model, &work[i], &out->model_flops[i], &out->hardware_flops[i]);

    struct tb_params params;
    tb_params_count(model, &params);
    const struct tb_recipe_info *recipe = tb_recipe_info(stage->recipe);
    double per_param = recipe->weight + recipe->gradient + recipe->master + recipe->moments;
    out->state_bytes = per_param * (stage->train_mtp ? params.total_with_mtp : params.total);
    out->checkpoint_per_token =
        tb_checkpoint_bytes_per_token(model, CHECKPOINT_BYTES_PER_ELEMENT);
}

static double tokens_per_measured_step(const struct tb_stage *stage,
                                       const struct tb_token_plan *schedule)
{
    if (isfinite(stage->measured_batch_tokens))
        return stage->measured_batch_tokens;
    return schedule->full_batch;
}

/* Eq. 6.1: processed tokens/s/chip in steady steps, from what was published. */
static double measured_rate(const struct tb_stage *stage, const struct tb_token_plan *schedule)
{
    double chips = isfinite(stage->measured_chips) ? stage->measured_chips : stage->chips;
    if (isfinite(stage->measured_token_rate))
        return stage->measured_token_rate / chips;
    return tokens_per_measured_step(stage, schedule) / (stage->measured_step_time * chips);
}

enum tb_basis tb_stage_best_basis(const struct tb_stage *stage)
{
    if (isfinite(stage->mfu))
        return TB_BASIS_ASSUMED;
    if (isfinite(stage->measured_token_rate) || isfinite(stage->measured_step_time))
        return TB_BASIS_MEASURED;
    return isfinite(stage->prior_mfu) ? TB_BASIS_PRIOR : TB_BASIS_NONE;
}

/* Steady rate on a basis. A prior comes from billed hours, so it holds for the whole run; dividing
 * by the goodput gives the steps alone (eq. 6.3). */
static double steady_rate(const struct tb_stage_in *in, const struct tb_token_plan *schedule,
                          enum tb_basis basis, double flops_per_token)
{
    const struct tb_stage *stage = in->stage;
    double per_mfu = tb_chip_peak16(in->chip) / flops_per_token;
    switch (basis) {
    case TB_BASIS_MEASURED:
        return measured_rate(stage, schedule);
    case TB_BASIS_ASSUMED:
        return stage->mfu * per_mfu;
    case TB_BASIS_PRIOR:
        return stage->prior_mfu * per_mfu / stage->goodput;
    default:
        return NAN;
    }
}

static void evaluate_time(const struct tb_stage_in *in, const struct tb_token_plan *schedule,
                          struct tb_stage_out *out)
{
    const struct tb_stage *stage = in->stage;
    out->basis = in->basis == TB_BASIS_NONE ? tb_stage_best_basis(stage) : in->basis;
    out->token_rate = steady_rate(in, schedule, out->basis, out->flops_per_token);
    out->step_time = schedule->full_batch / (out->token_rate * stage->chips);
    out->chip_hours_steady = out->processed_tokens / out->token_rate / SECONDS_PER_HOUR;
    out->chip_hours = out->chip_hours_steady / stage->goodput;
    if (out->basis == TB_BASIS_PRIOR) /* does not need the goodput, which may be unknown */
        out->chip_hours = out->flops_model /
                          (stage->prior_mfu * tb_chip_peak16(in->chip)) / SECONDS_PER_HOUR;
    out->wall_time = out->chip_hours * SECONDS_PER_HOUR / stage->chips;
    out->chip_hours_reserved = stage->chips * stage->reserved_hours;
}

/* Eq. 4.4, 4.5: a sequence goes to one die unless the batch has fewer sequences than there are
 * dies, or its layer inputs do not fit beside the state; then it is spread over more dies, in
 * powers of two, by context or tensor parallelism. */
static void evaluate_memory(const struct tb_stage_in *in, const struct tb_stage_counts *counts,
                            struct tb_stage_out *out)
{
    const struct tb_stage *stage = in->stage;
    double dies = in->chip->dies;
    double all_dies = dies * stage->chips;
    double state = counts->state_bytes / stage->chips;
    double one_sequence = counts->checkpoint_per_token * stage->seq_len * dies;
    double least = stage->seq_len * all_dies / out->batch_tokens;
    double split = 1.0;
    while (split < all_dies && (split < least ||
                                state + one_sequence / split > in->chip->memory_capacity))
        split *= 2.0;
    out->sequence_split = fmin(split, fmax(all_dies, 1.0));
    out->state_bytes = counts->state_bytes;
    out->checkpoint_bytes = one_sequence / out->sequence_split;
    out->memory_per_chip = state + out->checkpoint_bytes;
}

static void evaluate_bill(const struct tb_stage_in *in, struct tb_stage_out *out)
{
    double power = in->cluster->power_per_chip;
    if (!isfinite(power))
        power = in->chip->server_power;
    out->energy = out->chip_hours * SECONDS_PER_HOUR * power * in->cluster->pue;
    out->cost = out->chip_hours * in->chip->rent;
}

static void evaluate_work(const struct tb_stage_in *in, const struct tb_stage_counts *counts,
                          struct tb_stage_out *out)
{
    struct tb_work work[TB_MAX_WORK];
    int n = tb_stage_work(in->stage, work);
    out->flops_model = 0.0;
    out->flops_hardware = 0.0;
    for (int i = 0; i < n; i++) {
        out->flops_model += work[i].tokens * counts->model_flops[i];
        out->flops_hardware += work[i].tokens * counts->hardware_flops[i];
    }
}

enum tb_status tb_stage_evaluate(const struct tb_stage_in *in, struct tb_stage_out *out)
{
    struct tb_stage_counts own;
    const struct tb_stage_counts *counts = in->counts;
    if (!counts) {
        tb_stage_count(in->model, in->stage, &own);
        counts = &own;
    }
    struct tb_token_plan schedule;
    tb_token_plan_solve(in->stage, &schedule);
    out->tokens = schedule.trained;
    out->processed_tokens = schedule.processed;
    out->steps = schedule.steps;
    out->batch_tokens = schedule.batch_tokens;
    evaluate_work(in, counts, out);
    /* Without tokens the count per token is still known. */
    out->flops_per_token = isfinite(schedule.processed) ? out->flops_model / schedule.processed
                                                        : counts->model_flops[0];
    evaluate_time(in, &schedule, out);
    evaluate_memory(in, counts, out);
    evaluate_bill(in, out);
    return isfinite(out->chip_hours) ? TB_OK : TB_E_ANSWER;
}
