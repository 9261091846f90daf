/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/stage.h"

#include "model/params.h"
#include "run/energy.h"
#include "run/goodput.h"
#include "run/kinds.h"
#include "run/money.h"
#include "run/predict.h"
#include "run/rlstage.h"
#include "run/rlwork.h"
#include "run/schedule.h"

#include <math.h>

#define SECONDS_PER_HOUR 3600.0
/* Layer inputs are kept in 16 bits whatever the matrix engine multiplies in. */
#define CHECKPOINT_BYTES_PER_ELEMENT 2.0
/* One run in twenty is later. */
#define LATE 0.95
#define SPARE_CONFIDENCE 0.95
/* Share of the time that the largest published run kept through its failures. */
#define PUBLISHED_GOODPUT 0.9

const char *tb_basis_id(enum tb_basis basis)
{
    static const char *const ids[] = {
        [TB_BASIS_NONE] = "none",           [TB_BASIS_MEASURED] = "measured",
        [TB_BASIS_PREDICTED] = "predicted", [TB_BASIS_PRIOR] = "prior",
        [TB_BASIS_ASSUMED] = "assumed",
    };
    return ids[basis];
}

/* A training pass that an adapter does not shorten. */
static void count_plain(const struct tb_model *model, const struct tb_work *work,
                        struct tb_stage_counts *out)
{
    struct tb_work plain = *work;
    out->plain_model = out->model_flops[0];
    out->plain_hardware = out->hardware_flops[0];
    if (!work->frozen)
        return;
    plain.frozen = false;
    tb_work_count(model, &plain, &out->plain_model, &out->plain_hardware);
}

void tb_stage_count(const struct tb_model *model, const struct tb_stage *stage,
                    struct tb_stage_counts *out)
{
    struct tb_work work[TB_MAX_WORK];
    out->n_work = tb_stage_work(stage, work);
    out->generates = tb_stage_generates(stage->kind);
    for (int i = 0; i < out->n_work; i++)
        tb_work_count(tb_role_model(model, stage, work[i].role), &work[i], &out->model_flops[i],
                      &out->hardware_flops[i]);

    out->speed = tb_work_speed(&work[0]);
    count_plain(model, &work[0], out);
    out->reader_bytes = out->generates ? 0.0 : tb_reader_bytes(model, stage);

    struct tb_params params;
    tb_params_count(model, &params);
    double trained = stage->train_mtp ? params.total_with_mtp : params.total;
    out->state_bytes = tb_role_state_bytes(stage, TB_ROLE_ACTOR, trained, false);
    out->saved_bytes = tb_role_state_bytes(stage, TB_ROLE_ACTOR, trained, true);
    for (int i = 0; i < out->n_work; i++) {
        if (work[i].pass == TB_PASS_TRAIN && work[i].role == TB_ROLE_CRITIC) {
            tb_params_count(tb_role_model(model, stage, TB_ROLE_CRITIC), &params);
            out->state_bytes += tb_role_state_bytes(stage, TB_ROLE_CRITIC, params.total, false);
            out->saved_bytes += tb_role_state_bytes(stage, TB_ROLE_CRITIC, params.total, true);
        }
    }
    out->checkpoint_per_token = tb_checkpoint_bytes_per_token(model, CHECKPOINT_BYTES_PER_ELEMENT);
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

/* The first that the stage's inputs allow. */
static enum tb_basis best_basis(const struct tb_stage *stage, bool generates, bool planned)
{
    if (isfinite(stage->mfu))
        return TB_BASIS_ASSUMED;
    if (generates ? isfinite(stage->rl.response_mean) : planned)
        return TB_BASIS_PREDICTED;
    if (isfinite(stage->measured_token_rate) || isfinite(stage->measured_step_time))
        return TB_BASIS_MEASURED;
    /* Priors are those of training passes. */
    return isfinite(stage->prior_mfu) && !generates ? TB_BASIS_PRIOR : TB_BASIS_NONE;
}

/* Tokens and steps: of kinds that generate they follow from prompts and responses (eq. 10.21). */
static void solve_schedule(const struct tb_stage *stage, bool generates, struct tb_token_plan *out)
{
    if (!generates) {
        tb_token_plan_solve(stage, out);
        return;
    }
    struct tb_rl_tokens tokens;
    tb_rl_tokens_of(stage, &tokens);
    double batch = tokens.processed / tokens.steps;
    *out = (struct tb_token_plan){.trained = tokens.processed,
                                  .processed = tokens.processed,
                                  .steps = tokens.steps,
                                  .batch_tokens = batch,
                                  .full_batch = batch};
}

/* Chapter 10: phases and memory of a stage that generates. */
static void evaluate_generation(const struct tb_stage_in *in, struct tb_stage_out *out)
{
    const struct tb_rl_stage_in rl = {.model = in->model,
                                      .chip = in->chip,
                                      .stage = in->stage,
                                      .constants = in->rl_constants,
                                      .shapes = in->rl_shapes,
                                      .update_rate = NAN,
                                      .forward_rate = NAN};
    if (!in->rl_constants) {
        out->rl = (struct tb_rl_stage_out){.step_time = NAN, .step = {.time = NAN}};
        return;
    }
    tb_rl_stage_evaluate(&rl, &out->rl);
    if (out->rl.flops_model > 0.0) { /* counted at the lengths at hand */
        out->flops_model = out->rl.flops_model;
        out->flops_hardware = out->rl.flops_hardware;
    }
}

/* Processed tokens/s/chip by the time of a step; `step_model` is how far it may miss. */
static double generating_rate(const struct tb_stage *stage, const struct tb_token_plan *schedule,
                              const struct tb_stage_out *out)
{
    double step = out->rl.step_time / tb_or(stage->step_model, 1.0);
    return schedule->full_batch / (step * stage->chips);
}

/* How far billed runs stay behind the best plan says something of a plan that was chosen as the
 * best one, and nothing of one that somebody runs. */
static bool realised(const struct tb_stage_in *in, const struct tb_stage_out *out)
{
    return out->basis == TB_BASIS_PREDICTED && !out->generates && in->prediction &&
           in->prediction->chosen && isfinite(in->stage->realisation);
}

/* Billed hours hold what published runs lost to failures, a tenth at most; what a run loses beyond
 * that stretches its own hours (eq. 6.4). */
static double beyond_published(const struct tb_goodput *goodput)
{
    if (goodput->stated || goodput->failure.outcome == TB_FAILURE_UNKNOWN)
        return 1.0;
    double counted = goodput->outcome == TB_FAILURE_OK ? goodput->failure.goodput : 0.0;
    return fmin(1.0, fmax(counted, TB_LEAST_GOODPUT) / PUBLISHED_GOODPUT);
}

/* Processed tokens/s/chip over a whole run as published ones went, where the basis comes from
 * billed hours: priors, and the realisation of the best plan (eq. 8.7). NaN: the basis is one of
 * steps. */
static double billed_rate(const struct tb_stage_in *in, const struct tb_stage_out *out)
{
    if (out->basis == TB_BASIS_PRIOR)
        return out->pass_speed * in->stage->prior_mfu * tb_chip_peak16(in->chip) /
               out->flops_per_token;
    return realised(in, out) ? out->plan_rate * in->stage->realisation : (double)NAN;
}

/* Processed tokens/s/chip in steps, on bases that tell of steps. */
static double rate_of_steps(const struct tb_stage_in *in, const struct tb_token_plan *schedule,
                            const struct tb_stage_out *out)
{
    const struct tb_stage *stage = in->stage;
    switch (out->basis) {
    case TB_BASIS_MEASURED:
        return measured_rate(stage, schedule);
    case TB_BASIS_ASSUMED:
        return stage->mfu * tb_chip_peak16(in->chip) / out->flops_per_token;
    case TB_BASIS_PREDICTED:
        return out->generates ? generating_rate(stage, schedule, out) : out->plan_rate;
    default:
        return NAN;
    }
}

static double or_zero(double value)
{
    return isfinite(value) ? value : 0.0;
}

/* Failures, the run's time around its steps, and when it may end late (chapter 7). */
static void evaluate_run(const struct tb_stage_in *in, const struct tb_goodput *goodput,
                         struct tb_stage_out *out)
{
    const struct tb_stage *stage = in->stage;
    double steady = out->chip_hours_steady * SECONDS_PER_HOUR / stage->chips;
    struct tb_goodput_times times;
    tb_goodput_times(goodput, stage, steady, &times);
    out->wall_time = tb_goodput_time(&times, stage->luck);
    out->wall_half = tb_goodput_time(&times, 0.5);
    out->wall_late = tb_goodput_time(&times, LATE);
    if (isfinite(out->run_rate)) { /* does not need the goodput, which may be unknown */
        out->wall_time = out->processed_tokens / out->run_rate / stage->chips;
        out->wall_late *= out->wall_time / out->wall_half;
        out->wall_half = out->wall_time;
    }
    out->chip_hours = out->wall_time * stage->chips / SECONDS_PER_HOUR;
    out->chip_hours_project =
        out->chip_hours * (1.0 + or_zero(stage->ablations) + or_zero(stage->failed_runs));
    out->failures = goodput->failure.failures_per_second * out->wall_time;
    out->checkpoint_interval = goodput->failure.interval;
    double node = isfinite(in->cluster->chips_per_node) ? in->cluster->chips_per_node : 1.0;
    out->spares = node * tb_spares(goodput->failure.failures_per_second, in->cluster->repair,
                                   SPARE_CONFIDENCE);
    out->chip_hours_reserved = stage->chips * stage->reserved_hours;
}

/* An interval between checkpoints that is longer than the steps of the run is as good as none. */
static void evaluate_goodput(const struct tb_stage_in *in, const struct tb_token_plan *schedule,
                             const struct tb_stage_counts *counts, const struct tb_stage_out *out,
                             struct tb_goodput *goodput)
{
    double steps = INFINITY;
    if (isfinite(in->stage->checkpoint_interval)) {
        const double billed = billed_rate(in, out);
        const double rate = isfinite(billed) ? billed : rate_of_steps(in, schedule, out);
        steps = out->processed_tokens / (rate * in->stage->chips);
    }
    tb_goodput(in->stage, in->cluster, counts->saved_bytes, steps, in->last_failure, goodput);
}

static void evaluate_time(const struct tb_stage_in *in, const struct tb_token_plan *schedule,
                          const struct tb_goodput *goodput, struct tb_stage_out *out)
{
    out->outcome = goodput->outcome;
    out->goodput = goodput->factor;
    out->saved_bytes = goodput->checkpoint_bytes;
    /* What comes from billed hours holds for the whole run; dividing by the goodput gives the steps
     * alone (eq. 6.3). */
    const double billed = billed_rate(in, out);
    out->run_rate = beyond_published(goodput) * billed;
    out->token_rate =
        isfinite(billed) ? out->run_rate / out->goodput : rate_of_steps(in, schedule, out);
    out->step_time = schedule->full_batch / (out->token_rate * in->stage->chips);
    out->chip_hours_steady = out->processed_tokens / out->token_rate / SECONDS_PER_HOUR;
    evaluate_run(in, goodput, out);
}

/* Eq. 4.2: a sequence goes to one die unless the batch has fewer sequences than there are
 * dies, or its layer inputs do not fit beside the state; then it is spread over more dies, in
 * powers of two, by context or tensor parallelism. */
static void evaluate_memory(const struct tb_stage_in *in, const struct tb_stage_counts *counts,
                            struct tb_stage_out *out)
{
    const struct tb_stage *stage = in->stage;
    double dies = in->chip->dies;
    double all_dies = dies * stage->chips;
    double state = (counts->state_bytes + counts->reader_bytes) / stage->chips;
    double one_sequence = counts->checkpoint_per_token * stage->seq_len * dies;
    double least = stage->seq_len * all_dies / out->batch_tokens;
    double split = 1.0;
    while (split < all_dies &&
           (split < least || state + one_sequence / split > tb_chip_memory(in->chip)))
        split *= 2.0;
    out->sequence_split = fmin(split, fmax(all_dies, 1.0));
    out->state_bytes = counts->state_bytes;
    out->checkpoint_bytes = one_sequence / out->sequence_split;
    out->memory_per_chip = state + out->checkpoint_bytes;
}

static void evaluate_bill(const struct tb_stage_in *in, const struct tb_goodput *goodput,
                          struct tb_stage_out *out)
{
    const struct tb_cluster *cluster = in->cluster;
    const struct tb_chip *chip = in->chip;
    double seconds = out->chip_hours * SECONDS_PER_HOUR;
    const struct tb_power power = {
        .load = isfinite(cluster->power_per_chip) ? cluster->power_per_chip : chip->server_power,
        .tdp = chip->tdp,
        .server_ratio = cluster->power_ratio,
        .busy = cluster->power_busy,
        .idle = cluster->power_idle};
    const struct tb_energy_in energy = {.power = &power,
                                        .busy_chip_seconds = seconds * goodput->busy,
                                        .idle_chip_seconds = seconds * (1.0 - goodput->busy),
                                        .utilisation = out->flops_per_token * out->token_rate /
                                                       tb_chip_peak16(chip),
                                        .pue = cluster->pue,
                                        .carbon_intensity = cluster->carbon_intensity};
    out->energy = tb_energy(&energy);
    out->carbon = tb_carbon(&energy);
    const struct tb_prices prices = {.rent = chip->rent / SECONDS_PER_HOUR,
                                     .purchase = chip->purchase * cluster->machine_ratio,
                                     .life = chip->life,
                                     .used = cluster->used,
                                     .electricity = cluster->electricity_price,
                                     .staff = cluster->staff,
                                     .storage = cluster->storage_price,
                                     .network = cluster->network_price / SECONDS_PER_HOUR};
    const struct tb_usage usage = {
        seconds, out->energy, out->saved_bytes + or_zero(cluster->storage_kept), out->wall_time};
    out->cost = tb_cost_rented(&prices, &usage);
    out->cost_owned = tb_cost_owned(&prices, &usage);
}

static void evaluate_work(const struct tb_stage_in *in, const struct tb_stage_counts *counts,
                          struct tb_stage_out *out)
{
    struct tb_work work[TB_MAX_WORK];
    int n = tb_stage_items(in->stage, work);
    out->flops_model = 0.0;
    out->flops_hardware = 0.0;
    for (int i = 0; i < n; i++) {
        out->flops_model += work[i].tokens * counts->model_flops[i];
        out->flops_hardware += work[i].tokens * counts->hardware_flops[i];
    }
}

/* Eq. 10.45: the step model prices plain training passes; adapters and references follow by their
 * FLOPs. */
static double pass_rate(const struct tb_stage_counts *counts, const struct tb_stage_out *out)
{
    double executed = counts->n_work > 1 ? out->flops_hardware / out->processed_tokens
                                         : counts->hardware_flops[0];
    return counts->speed * counts->plain_hardware / executed;
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
    out->basis = in->basis;
    if (in->basis == TB_BASIS_NONE)
        out->basis = best_basis(in->stage, counts->generates, in->prediction != NULL);
    solve_schedule(in->stage, counts->generates, &schedule);
    out->tokens = schedule.trained;
    out->processed_tokens = schedule.processed;
    out->steps = schedule.steps;
    out->batch_tokens = schedule.batch_tokens;
    out->generates = counts->generates;
    out->pass_speed = counts->speed;
    evaluate_work(in, counts, out);
    if (out->generates)
        evaluate_generation(in, out);
    /* Without tokens the count per token is still known. */
    out->flops_per_token = isfinite(schedule.processed) ? out->flops_model / schedule.processed
                                                        : counts->model_flops[0];
    struct tb_plan_figures plan = {NAN, NAN};
    bool planned = out->basis == TB_BASIS_PREDICTED && in->prediction;
    if (planned)
        tb_plan_figures(in, schedule.full_batch, &plan);
    out->pass_rate = pass_rate(counts, out);
    out->plan_rate = out->pass_rate * plan.rate;
    struct tb_goodput goodput;
    evaluate_goodput(in, &schedule, counts, out, &goodput);
    evaluate_time(in, &schedule, &goodput, out);
    evaluate_memory(in, counts, out);
    if (out->generates)
        out->memory_per_chip = out->rl.memory.most;
    else if (planned)
        out->memory_per_chip = plan.memory;
    evaluate_bill(in, &goodput, out);
    return isfinite(out->chip_hours) ? TB_OK : TB_E_ANSWER;
}
