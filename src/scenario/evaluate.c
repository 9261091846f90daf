/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/evaluate.h"

#include "run/schedule.h"
#include "scenario/rollouts.h"
#include "scenario/predict.h"
#include "scenario/stuck.h"

#include <math.h>

#define SECONDS_PER_HOUR 3600.0
#define FLOP_PER_PFS_DAY 8.64e19
#define KV_BYTES_PER_ELEMENT 2.0
#define ROUNDING 1e-13 /* of sums over stages */

void tb_scenario_count_stage(const struct tb_scenario *scenario, int stage,
                             const struct tb_stage *values, struct tb_stage_fixed *out)
{
    const struct tb_model *model = &scenario->stage[stage].model->model;
    const struct tb_lengths lengths = {values->seq_len, values->mean_doc_len, values->doc_cv};
    const enum tb_recompute recompute = values->recompute;
    tb_stage_count(model, values, &out->counts);
    double causal = tb_convention_flops(scenario->causal, model, &lengths, recompute);
    out->full = tb_convention_flops(scenario->full, model, &lengths, recompute) / causal;
    out->six_n = tb_convention_flops(scenario->six_n, model, &lengths, recompute) / causal;
    out->chosen = tb_convention_flops(scenario->convention, model, &lengths, recompute) / causal;
    out->kv_bytes = tb_kv_bytes_per_token(model, KV_BYTES_PER_ELEMENT, values->seq_len);
}

/* What one stage is evaluated from; the counts are the caller's. */
static struct tb_stage_in stage_in(const struct tb_scenario *scenario,
                                   const struct tb_values *values, int stage)
{
    const struct tb_scenario_stage *s = &scenario->stage[stage];
    return (struct tb_stage_in){.model = &s->model->model,
                                .chip = &values->chip[s->machine],
                                .cluster = &values->cluster[s->machine],
                                .stage = &values->stage[stage],
                                .basis = s->basis,
                                .prediction = s->predicted ? &s->predicted->prediction : NULL,
                                .rl_constants = scenario->rl,
                                .rl_shapes = s->shapes};
}

double tb_scenario_batch(const struct tb_values *values, int stage)
{
    struct tb_token_plan tokens;
    tb_token_plan_solve(&values->stage[stage], &tokens);
    return tokens.full_batch;
}

void tb_scenario_line_stage(const struct tb_scenario *scenario, int stage,
                            const struct tb_values *values, struct tb_step_line *out)
{
    const struct tb_stage_in in = stage_in(scenario, values, stage);
    tb_step_line_fit(&in, tb_scenario_batch(values, stage), out);
}

void tb_scenario_line_reach(const struct tb_scenario *scenario, int stage,
                            const struct tb_values *values, double batch, struct tb_step_line *line)
{
    const struct tb_stage_in in = stage_in(scenario, values, stage);
    tb_step_line_reach(&in, batch, line);
}

void tb_scenario_line_up(struct tb_scenario *scenario)
{
    for (int i = 0; i < scenario->n_stages; i++)
        if (scenario->stage[i].predicted)
            tb_scenario_line_stage(scenario, i, &scenario->central, &scenario->line[i]);
    scenario->lined = true;
}

bool tb_scenario_line_shared(const struct tb_scenario *scenario, int stage,
                             const struct tb_values *a, const struct tb_values *b)
{
    const struct tb_stage_in one = stage_in(scenario, a, stage);
    const struct tb_stage_in other = stage_in(scenario, b, stage);
    return tb_step_line_shared(&one, &other);
}

void tb_scenario_count(const struct tb_scenario *scenario, const struct tb_values *values,
                       struct tb_stage_fixed fixed[TB_MAX_STAGES])
{
    for (int i = 0; i < scenario->n_stages; i++)
        tb_scenario_count_stage(scenario, i, &values->stage[i], &fixed[i]);
}

void tb_scenario_known(const struct tb_scenario *scenario, const struct tb_values *values,
                       struct tb_stage_known known[TB_MAX_STAGES])
{
    for (int i = 0; i < scenario->n_stages; i++) {
        bool lined = scenario->lined && scenario->stage[i].predicted &&
                     tb_scenario_line_shared(scenario, i, values, &scenario->central);
        known[i] = (struct tb_stage_known){&scenario->fixed[i], lined ? &scenario->line[i] : NULL};
    }
}

void tb_scenario_stages(const struct tb_scenario *scenario, const struct tb_values *values,
                        const struct tb_stage_known known[TB_MAX_STAGES],
                        struct tb_stage_out out[TB_MAX_STAGES])
{
    struct tb_failure_last last_failure = {0};
    struct tb_stage room;
    for (int i = 0; i < scenario->n_stages; i++) {
        struct tb_stage_in in = stage_in(scenario, values, i);
        in.stage = tb_rollouts_within_cap(&values->stage[i], &room);
        in.counts = &known[i].fixed->counts;
        in.line = known[i].line;
        in.last_failure = &last_failure;
        tb_stage_evaluate(&in, &out[i]);
    }
}

/* Sums over stages that every total and ratio is made of; NaN wherever one part is unknown. */
struct sums {
    double tokens, processed, steps, model, full, six_n, chosen, hardware;
    double chip_seconds;          /* steady */
    double available, advertised; /* 16-bit peaks x steady chip-seconds */
    double available_run;         /* 16-bit peak x chip-seconds of the run */
    double wall_steady, wall_reserved;
    double most_steady, step_time; /* of the stage with most steady chip-seconds */
    double hours, hours_steady, hours_reserved, wall, energy, cost;
    double failures, project, carbon, owned;
    double half, late;        /* s at median luck; squares of what chance may add, s^2 */
    double saved, spares;     /* of the stage that needs most */
    double interval, longest; /* s between checkpoints, of the longest stage */
    double between;           /* s between failures, of that stage */
    double chips;             /* of the largest stage */
    double state, kv;
    const struct tb_stage_out *generating; /* the longest stage that generates */
    int fullest;                           /* stage that fills its chips most */
    bool fits;
    bool stuck; /* a stage makes no progress */
};

/* Bad luck in one stage says nothing of the next: squares add up. */
static void add_chance(const struct tb_stage_out *o, struct sums *s)
{
    double more = o->wall_late - o->wall_half;
    s->half += o->wall_half;
    s->late += more * more;
    s->failures += o->failures;
    s->stuck = s->stuck || o->outcome > TB_FAILURE_UNKNOWN;
    s->project += o->chip_hours_project;
    s->carbon += o->carbon;
    s->owned += o->cost_owned;
    s->saved = fmax(s->saved, o->saved_bytes);
    s->spares = fmax(s->spares, o->spares);
    if (!(o->wall_time <= s->longest)) {
        s->longest = o->wall_time;
        s->interval = o->checkpoint_interval;
        s->between = o->wall_time / o->failures;
    }
}

/* The time of each scope. */
static void add_scopes(const struct tb_stage_out *o, const struct tb_chip *chip, double chips,
                       struct sums *s)
{
    s->hours += o->chip_hours;
    s->hours_steady += o->chip_hours_steady;
    s->hours_reserved += o->chip_hours_reserved;
    s->wall += o->wall_time;
    s->wall_steady += o->chip_hours_steady * SECONDS_PER_HOUR / chips;
    s->wall_reserved += o->chip_hours_reserved * SECONDS_PER_HOUR / chips;
    s->available_run += o->chip_hours * SECONDS_PER_HOUR * tb_chip_peak16(chip);
}

static void add_stage(const struct tb_stage_out *o, const struct tb_stage_fixed *f,
                      const struct tb_chip *chip, struct sums *s)
{
    double seconds = o->chip_hours_steady * SECONDS_PER_HOUR;
    s->tokens += o->tokens;
    s->processed += o->processed_tokens;
    s->steps += o->steps;
    s->model += o->flops_model;
    s->full += o->flops_model * f->full;
    s->six_n += o->flops_model * f->six_n;
    s->chosen += o->flops_model * f->chosen;
    s->hardware += o->flops_hardware;
    s->chip_seconds += seconds;
    s->available += seconds * tb_chip_peak16(chip);
    s->advertised += seconds * tb_chip_headline16(chip);
    /* Published step times are those of one stage. */
    if (!(seconds <= s->most_steady)) {
        s->most_steady = seconds;
        s->step_time = o->step_time;
    }
    s->energy += o->energy;
    s->cost += o->cost;
    add_chance(o, s);
    if (o->generates && !(s->generating && o->chip_hours <= s->generating->chip_hours))
        s->generating = o;
    s->state = fmax(s->state, o->state_bytes);
    s->kv = fmax(s->kv, f->kv_bytes);
}

/* One evaluation as its aggregates see it. */
struct view {
    const struct tb_scenario *scenario;
    const struct tb_values *values;
    const struct tb_stage_known *known;
    const struct tb_stage_out *stages;
};

static const struct tb_chip *chip_of(const struct view *v, int stage)
{
    return &v->values->chip[v->scenario->stage[stage].machine];
}

static double fill(const struct view *v, int stage)
{
    return v->stages[stage].memory_per_chip / tb_chip_memory(chip_of(v, stage));
}

static void sum_stages(const struct view *v, const struct tb_extra *range, struct sums *s)
{
    *s = (struct sums){.fullest = range->first, .fits = true};
    double most = fill(v, range->first);
    for (int i = range->first; i <= range->last; i++) {
        add_stage(&v->stages[i], v->known[i].fixed, chip_of(v, i), s);
        add_scopes(&v->stages[i], chip_of(v, i), v->values->stage[i].chips, s);
        s->chips = fmax(s->chips, v->values->stage[i].chips);
        double filled = fill(v, i);
        if (!(filled <= most)) {
            most = filled;
            s->fullest = i;
        }
        s->fits = s->fits && filled <= 1.0;
    }
}

static void write_time(const struct tb_scenario *scenario, const struct sums *s, double *m)
{
    double peak = scenario->headline ? s->advertised : s->available;
    m[TB_METRIC_TOKENS_PER_S_PER_CHIP] = s->processed / s->chip_seconds;
    m[TB_METRIC_STEP_TIME] = s->step_time;
    m[TB_METRIC_MFU] = s->chosen / peak;
    m[TB_METRIC_MFU_CAUSAL] = s->model / s->available;
    m[TB_METRIC_MFU_FULL] = s->full / s->available;
    m[TB_METRIC_MFU_6N] = s->six_n / s->available;
    m[TB_METRIC_HFU] = s->hardware / s->available;
    m[TB_METRIC_CHIPS] = s->chips;
    m[TB_METRIC_CHIP_HOURS] = s->hours;
    m[TB_METRIC_PRETRAINING_HOURS_SHARE] = s->hours / scenario->pretraining_hours;
    m[TB_METRIC_CHIP_HOURS_STEADY] = s->hours_steady;
    m[TB_METRIC_CHIP_HOURS_RESERVED] = s->hours_reserved;
    m[TB_METRIC_WALL_CLOCK] = s->wall;
    m[TB_METRIC_WALL_CLOCK_STEADY] = s->wall_steady;
    m[TB_METRIC_WALL_CLOCK_RESERVED] = s->wall_reserved;
    m[TB_METRIC_MFU_RUN] = s->model / s->available_run;
    m[TB_METRIC_ENERGY] = s->energy;
    m[TB_METRIC_COST] = s->cost;
}

/* A share of time. Both sums are rounded, so that one may come out some last digits above one; what
 * is further above is an error and stays to be seen. */
static double share(double part, double whole)
{
    double ratio = part / whole;
    return ratio > 1.0 && ratio < 1.0 + ROUNDING ? 1.0 : ratio;
}

static void write_run(const struct sums *s, double *m)
{
    m[TB_METRIC_GOODPUT] = share(s->hours_steady, s->hours);
    m[TB_METRIC_FAILURES] = s->failures;
    m[TB_METRIC_FAILURE_INTERVAL] = s->between;
    m[TB_METRIC_CHECKPOINT_BYTES] = s->saved;
    m[TB_METRIC_CHECKPOINT_INTERVAL] = s->interval;
    m[TB_METRIC_WALL_CLOCK_P95] = s->half + sqrt(s->late);
    m[TB_METRIC_SPARE_CHIPS] = s->spares;
    m[TB_METRIC_CHIP_HOURS_PROJECT] = s->project;
    m[TB_METRIC_CARBON] = s->carbon;
    m[TB_METRIC_COST_OWNED] = s->owned;
}

static void write_work(const struct tb_scenario *scenario, const struct sums *s, double *m)
{
    m[TB_METRIC_PARAMS_TOTAL] = scenario->params[0];
    m[TB_METRIC_PARAMS_WITH_MTP] = scenario->params[1];
    m[TB_METRIC_PARAMS_ACTIVE] = scenario->params[2];
    m[TB_METRIC_PARAMS_ACTIVE_NO_EMBEDDING] = scenario->params[3];
    m[TB_METRIC_TOKENS] = s->tokens;
    m[TB_METRIC_STEPS] = s->steps;
    m[TB_METRIC_BATCH_TOKENS] = s->processed / s->steps;
    m[TB_METRIC_FLOPS_PER_TOKEN] = s->model / s->processed;
    m[TB_METRIC_FLOPS_MODEL] = s->model;
    m[TB_METRIC_FLOPS_HARDWARE] = s->hardware;
    m[TB_METRIC_PFS_DAYS] = s->model / FLOP_PER_PFS_DAY;
    m[TB_METRIC_PRETRAINING_SHARE] = s->model / scenario->pretraining_flops;
}

static void write_memory(const struct view *v, const struct sums *s, double *m)
{
    const struct tb_stage_out *fullest = &v->stages[s->fullest];
    double capacity = tb_chip_memory(chip_of(v, s->fullest));
    m[TB_METRIC_STATE_BYTES] = s->state;
    m[TB_METRIC_STATE_BYTES_PER_CHIP] = fullest->state_bytes / v->values->stage[s->fullest].chips;
    m[TB_METRIC_MEMORY_PER_CHIP] = fullest->memory_per_chip;
    m[TB_METRIC_MEMORY_CAPACITY] = capacity;
    bool known = isfinite(fullest->memory_per_chip) && isfinite(capacity);
    m[TB_METRIC_MEMORY_FITS] = known ? (double)s->fits : (double)NAN;
    m[TB_METRIC_KV_BYTES_PER_TOKEN] = s->kv;
}

static void write_metrics(const struct view *v, const struct tb_extra *range, double *metrics)
{
    struct sums s;
    sum_stages(v, range, &s);
    write_work(v->scenario, &s, metrics);
    write_time(v->scenario, &s, metrics);
    write_run(&s, metrics);
    write_memory(v, &s, metrics);
    tb_rollouts_metrics(s.generating, metrics);
    if (s.stuck)
        tb_stuck_metrics(metrics);
}

void tb_scenario_outputs(const struct tb_scenario *scenario, const struct tb_values *values,
                         const struct tb_stage_known known[TB_MAX_STAGES],
                         const struct tb_stage_out stages[TB_MAX_STAGES],
                         double outputs[TB_MAX_OUTPUTS])
{
    const struct view view = {scenario, values, known, stages};
    const struct tb_extra all = {.first = 0, .last = scenario->n_stages - 1};
    write_metrics(&view, &all, outputs);
    double part[TB_METRIC_COUNT];
    const struct tb_extra *written = NULL; /* of which `part` holds the metrics */
    for (int i = 0; i < scenario->n_extra; i++) {
        const struct tb_extra *range = &scenario->extra[i];
        if (!written || written->first != range->first || written->last != range->last)
            write_metrics(&view, range, part);
        written = range;
        outputs[TB_METRIC_COUNT + i] = part[scenario->extra[i].metric];
    }
}

void tb_scenario_evaluate(const struct tb_scenario *scenario, const struct tb_values *values,
                          const struct tb_stage_known *known, double outputs[TB_MAX_OUTPUTS])
{
    struct tb_stage_fixed own[TB_MAX_STAGES];
    struct tb_stage_known at[TB_MAX_STAGES];
    struct tb_stage_out stages[TB_MAX_STAGES];
    if (!known) {
        tb_scenario_count(scenario, values, own);
        for (int i = 0; i < scenario->n_stages; i++)
            at[i] = (struct tb_stage_known){&own[i], NULL};
        known = at;
    }
    tb_scenario_stages(scenario, values, known, stages);
    tb_scenario_outputs(scenario, values, known, stages, outputs);
}
