/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/estimate.h"

#include "base/text.h"
#include "scenario/build.h"
#include "scenario/compare.h"
#include "scenario/detail.h"
#include "scenario/evaluate.h"
#include "run/kinds.h"
#include "scenario/rollouts.h"
#include "scenario/grade.h"
#include "scenario/ignorance.h"
#include "scenario/predict.h"
#include "scenario/price.h"
#include "trainbudget/version.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The public struct comes first, so that its address is the whole's. */
struct whole {
    struct tb_estimate estimate;
    tb_arena *arena;
};

static bool out_of_memory(tb_diags *diags)
{
    if (tb_diags_count(diags, TB_ERROR) == 0)
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    return false;
}

static bool bad_number(const struct tb_scenario *s, const char *option, const char *accepted)
{
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .accepted = accepted};
    tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "%s is outside its range", option);
    return false;
}

static bool choose_draw(const struct tb_scenario *s, struct tb_draw *draw)
{
    const struct tb_request *r = s->request;
    draw->level = r->level == 0.0 ? 0.9 : r->level;
    draw->samples = r->samples == 0 ? TB_DEFAULT_SAMPLES : r->samples;
    draw->seed = r->seed == 0 ? TB_DEFAULT_SEED : r->seed;
    if (!(draw->level > 0.0 && draw->level < 1.0))
        return bad_number(s, "level", "above 0 and below 1");
    if (draw->samples < 16 || draw->samples > (size_t)1 << 24)
        return bad_number(s, "samples", "16 to 16777216");
    return true;
}

static void fill_identity(const struct tb_scenario *s, struct tb_estimate *e)
{
    const struct tb_machine *machine = &s->machine[s->stage[0].machine];
    e->run = s->run ? s->run->entity.id : NULL;
    e->run_name = s->run ? s->run->entity.name : NULL;
    e->model = s->model->entity.id;
    e->model_name = s->model->entity.name;
    e->moe = s->model->moe;
    e->chip = machine->chip->entity.id;
    e->chip_name = machine->chip->entity.name;
    e->counts_as = machine->chip->counts_as;
    e->cluster = machine->cluster ? machine->cluster->entity.id : NULL;
    e->mfu_convention = tb_convention_info(s->convention)->id;
    tb_price_describe(s, e);
    e->peak = s->headline ? "headline" : "matrix";
    e->n_undisclosed = s->run ? s->run->n_undisclosed : 0;
    e->undisclosed = s->run ? s->run->undisclosed : NULL;
}

/* Each precision once, in the order of the stages. */
static const char *precisions(const struct tb_scenario *s)
{
    const char *text = "";
    for (int i = 0; text && i < s->n_stages; i++) {
        bool met = false;
        for (int j = 0; j < i; j++)
            met = met || s->central.stage[j].precision == s->central.stage[i].precision;
        const char *id = tb_dtype_id(s->central.stage[i].precision);
        if (!met)
            text = i == 0 ? id : tb_arena_printf(s->arena, "%s, %s", text, id);
    }
    return text;
}

static void fill_texts(struct tb_scenario *s, const struct tb_draw *draw,
                       const struct tb_stage_out *stages, struct tb_estimate *e)
{
    e->precision = precisions(s);
    e->machine_changed = s->hardware_changed;
    e->model_changed = s->model_changed;
    e->basis = tb_detail_basis(s, stages);
    e->basis_detail = tb_detail_basis_sentence(s, stages);
    e->stage_summary = tb_detail_stages(s);
    e->level = draw->level;
    e->samples = s->request->no_uncertainty ? 0 : draw->samples;
    e->seed = draw->seed;
    e->version = TB_VERSION;
    e->data_version = tb_data_version();
    e->data_digest = tb_data_digest();
    e->user_files = tb_data_user_files(s->data);
    e->command = tb_detail_command(s, draw->level, draw->samples, draw->seed);
}

static bool fill_metrics(const struct tb_scenario *s, const struct tb_spread *spread,
                         struct tb_estimate *e)
{
    e->metrics = tb_arena_alloc(s->arena, TB_METRIC_COUNT * sizeof *e->metrics);
    if (!e->metrics)
        return false;
    for (int m = 0; m < TB_METRIC_COUNT; m++) {
        bool known = isfinite(spread->central[m]);
        e->metrics[m] = (struct tb_estimate_metric){
            .known = known,
            .value = known ? spread->median[m] : (double)NAN,
            .low = known ? spread->low[m] : (double)NAN,
            .high = known ? spread->high[m] : (double)NAN,
            .central = known ? spread->central[m] : (double)NAN,
            .ranged = known && spread->ranged[m],
            .grade = tb_metric_grade(s, spread, (enum tb_metric)m, !s->request->no_uncertainty),
        };
    }
    return true;
}

static struct tb_estimate_stage stage_row(const struct tb_scenario *s, int i,
                                          const struct tb_stage_out *o)
{
    const struct tb_stage *v = &s->central.stage[i];
    double peak = tb_chip_peak16(&s->central.chip[s->stage[i].machine]);
    return (struct tb_estimate_stage){
        .id = s->stage[i].id,
        .group = s->stage[i].group,
        .kind = tb_stage_kind_info(v->kind)->id,
        .basis = tb_basis_id(o->basis),
        .tokens = o->tokens,
        .steps = o->steps,
        .seq_len = v->seq_len,
        .batch_tokens = o->batch_tokens,
        .flops_per_token = o->flops_per_token,
        .flops_model = o->flops_model,
        .tokens_per_s_per_chip = o->token_rate,
        .step_time = o->step_time,
        .chips = v->chips,
        .chip_hours = o->chip_hours,
        .chip_hours_steady = o->chip_hours_steady,
        .wall_clock = o->wall_time,
        .mfu = o->flops_per_token * o->token_rate * s->fixed[i].chosen / peak,
    };
}

static bool fill_stages(const struct tb_scenario *s, const struct tb_stage_out *out,
                        struct tb_estimate *e)
{
    e->n_stages = (size_t)s->n_stages;
    e->stages = tb_arena_alloc(s->arena, e->n_stages * sizeof *e->stages);
    for (int i = 0; e->stages && i < s->n_stages; i++)
        e->stages[i] = stage_row(s, i, &out[i]);
    for (int i = 0; i < s->n_stages; i++)
        e->wall_clock_half += out[i].wall_half;
    return e->stages != NULL;
}

static struct tb_estimate_input input_row(struct tb_scenario *s, const struct tb_input *input)
{
    const struct tb_prov *p = input->prov;
    return (struct tb_estimate_input){
        .path = input->path,
        .unit = tb_dim_si(tb_param_info(input->param)->dim),
        .value = input->value,
        .low = input->uncertain ? p->low : input->value,
        .high = input->uncertain ? p->high : input->value,
        .grade = p->grade,
        .sources = p->sources,
        .n_sources = p->n_sources,
        .where = p->where,
        .note = p->note,
        .as_of = p->as_of,
        .origin = tb_detail_origin(s, &p->pos),
        .share = input->share,
        .uncertain = input->uncertain,
        .effect = input->effect,
    };
}

/* Uncertain ones first, by falling share; otherwise the order of the table of inputs stays. */
static bool goes_before(const struct tb_estimate_input *a, const struct tb_estimate_input *b)
{
    if (a->uncertain != b->uncertain)
        return a->uncertain;
    return a->uncertain && a->share > b->share;
}

static bool fill_inputs(struct tb_scenario *s, struct tb_estimate *e)
{
    e->inputs = tb_arena_alloc(s->arena, (s->n_inputs + 1) * sizeof *e->inputs);
    if (!e->inputs)
        return false;
    for (size_t i = 0; i < s->n_inputs; i++) {
        if (!s->inputs[i].used)
            continue;
        struct tb_estimate_input row = input_row(s, &s->inputs[i]);
        size_t at = e->n_inputs++;
        for (; at > 0 && goes_before(&row, &e->inputs[at - 1]); at--)
            e->inputs[at] = e->inputs[at - 1];
        e->inputs[at] = row;
    }
    return true;
}

/* A sequence that has to be spread over dies changes what the memory line means. */
static void warn_split(struct tb_scenario *s, const struct tb_stage_out *out)
{
    int widest = 0;
    for (int i = 1; i < s->n_stages; i++)
        if (out[i].sequence_split > out[widest].sequence_split)
            widest = i;
    if (!(out[widest].sequence_split > 1.0))
        return;
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = s->stage[widest].id};
    tb_diag_add(
        s->diags, TB_SEQUENCE_SPLIT, &finding,
        "a sequence of %.10g tokens is counted as spread over %.10g dies (context or tensor "
        "parallelism)",
        s->central.stage[widest].seq_len, out[widest].sequence_split);
}

/* Of a published plan the prediction has said so itself. */
static void warn_memory(struct tb_scenario *s, const struct tb_spread *spread)
{
    bool planned = true;
    for (int i = 0; i < s->n_stages; i++)
        planned = planned && s->stage[i].basis == TB_BASIS_PREDICTED && s->stage[i].predicted;
    if (spread->central[TB_METRIC_MEMORY_FITS] != 0.0 || planned)
        return;
    struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                 .path = "memory_fits",
                                 .remedy =
                                     "more chips, a leaner recipe, or state kept in host memory"};
    tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding,
                "the training state does not fit: %.4g GB a chip of %.4g GB",
                spread->central[TB_METRIC_MEMORY_PER_CHIP] / 1e9,
                spread->central[TB_METRIC_MEMORY_CAPACITY] / 1e9);
}

/* What is booked is stated, not worked out: it may be too little (docs/model.md 6.3). */
static void warn_booked(struct tb_scenario *s, const struct tb_spread *spread)
{
    const double takes = spread->central[TB_METRIC_WALL_CLOCK];
    const double booked = spread->central[TB_METRIC_WALL_CLOCK_RESERVED];
    if (!(booked < takes))
        return;
    struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                 .path = "reserved_hours",
                                 .remedy = "more chips, or --set reserved_hours=N"};
    tb_diag_add(s->diags, TB_OVERBOOKED, &finding,
                "the run takes %.4g h at central values, and %.4g h are booked", takes / 3600.0,
                booked / 3600.0);
}

/* The most that executed FLOPs can be of the 16-bit peak: narrower products run faster. */
static double most_utilisation(const struct tb_scenario *s, int stage)
{
    const struct tb_chip *chip = &s->central.chip[s->stage[stage].machine];
    return fmax(1.0, chip->peak[s->central.stage[stage].precision] / tb_chip_peak16(chip));
}

/* No chip runs above its peak: then inputs contradict each other. */
static bool require_peak(const struct tb_scenario *s, const struct tb_stage_out *out)
{
    for (int i = 0; i < s->n_stages; i++) {
        double flops = fmax(out[i].flops_model, out[i].flops_hardware);
        double peak = tb_chip_peak16(&s->central.chip[s->stage[i].machine]);
        double utilisation = flops / (out[i].chip_hours_steady * 3600.0 * peak);
        if (!(utilisation > most_utilisation(s, i)))
            continue;
        struct tb_finding finding = {
            .pos = TB_COMMAND_LINE,
            .path = s->stage[i].id,
            /* Hours of billed runs are given: a goodput divides them (docs/model.md 6.3). */
            .remedy = isfinite(out[i].run_rate)
                          ? "a higher goodput (less evaluation, idle, straggler), a lower "
                            "realisation, step_model or prior_mfu, or less recomputation"
                          : "a smaller batch, a longer step, a lower --mfu, or less recomputation"};
        tb_diag_add(s->diags, TB_NO_ANSWER, &finding,
                    "executed FLOPs would be %.4g times the peak of the chips", utilisation);
        return false;
    }
    return true;
}

static void warn_peak(struct tb_scenario *s, const struct tb_spread *spread)
{
    double most = 1.0;
    for (int i = 0; i < s->n_stages; i++)
        most = fmax(most, most_utilisation(s, i));
    if (!(spread->high[TB_METRIC_HFU] > most))
        return;
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .path = "hfu"};
    tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding,
                "a part of the inputs' ranges would need %.4g times the peak of the chips",
                spread->high[TB_METRIC_HFU]);
}

/* What a run that is refused lives with. */
struct stress {
    enum tb_failure_outcome outcome;
    double interval, snapshot;   /* s; NaN: the best one */
    double apart, reload, stall; /* s: detection and restart; reading back; stop for a checkpoint */
};

/* What takes longest of that which keeps steps from running. */
static const char *slowest(const struct stress *stress)
{
    if (stress->stall > fmax(stress->apart, stress->reload))
        return "a shorter checkpoint.snapshot, more checkpoint.overlap or "
               "cluster.storage.bandwidth";
    return stress->reload > stress->apart ? "more cluster.storage.bandwidth"
                                          : "a faster cluster.detection and cluster.restart";
}

/* What would help a run that never gets on, or whose checkpoints do not fit between each other. */
static void add_remedy(const struct stress *stress, struct tb_text *out)
{
    if (stress->outcome == TB_FAILURE_CHECKPOINT_LONG) {
        tb_text_addf(out, "a longer checkpoint.interval, or %s",
                     stress->interval < stress->snapshot ? "a shorter checkpoint.snapshot"
                                                         : "more cluster.storage.bandwidth");
    } else if (stress->outcome == TB_FAILURE_NO_TIME) {
        tb_text_add(out, "less evaluation, idle or straggler");
    } else {
        tb_text_addf(out, "%sfewer chips, a longer cluster.mtbf, or %s",
                     isfinite(stress->interval) ? "a shorter checkpoint.interval, " : "",
                     slowest(stress));
    }
}

static bool refuse_failures(const struct tb_scenario *s, int stage, const struct tb_stage_out *out)
{
    const struct tb_stage *v = &s->central.stage[stage];
    const struct tb_cluster *cluster = &s->central.cluster[s->stage[stage].machine];
    const double write = out->saved_bytes / (v->chips * cluster->storage_bandwidth);
    const struct stress stress = {.outcome = out->outcome,
                                  .interval = v->checkpoint_interval,
                                  .snapshot = v->checkpoint_snapshot,
                                  .apart = cluster->detection + cluster->restart,
                                  .reload = write,
                                  .stall = v->checkpoint_snapshot +
                                           (1.0 - v->checkpoint_overlap) * write};
    struct tb_text every = {0}, remedy = {0};
    add_remedy(&stress, &remedy);
    if (isfinite(stress.interval))
        tb_text_addf(&every, " every %.4g s", stress.interval);
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = s->stage[stage].id, .remedy = remedy.data};
    tb_diag_add(s->diags, TB_NO_ANSWER, &finding,
                "%s: a failure every %.4g s of %.10g chips, %.4g s until steps run again, "
                "checkpoints of %.4g GB%s that stop steps for %.4g s",
                tb_failure_outcome_text(out->outcome), cluster->mtbf / v->chips, v->chips,
                stress.apart + stress.reload, out->saved_bytes / 1e9, every.data ? every.data : "",
                stress.stall);
    tb_text_free(&every);
    tb_text_free(&remedy);
    return false;
}

static bool require_time(const struct tb_scenario *s, const struct tb_stage_out *out)
{
    for (int i = 0; i < s->n_stages; i++) {
        if (out[i].outcome > TB_FAILURE_UNKNOWN) /* on bases of whole runs, too */
            return refuse_failures(s, i, &out[i]);
        if (isfinite(out[i].chip_hours))
            continue;
        const struct tb_chip_preset *chip = s->machine[s->stage[i].machine].chip;
        struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                     .path = s->stage[i].id,
                                     .remedy = "give --mfu X, or --set measured.token_rate=R"};
        tb_diag_add(s->diags, TB_NO_BASIS, &finding,
                    "nothing is known to base the time of stage '%s' on (%s)", s->stage[i].id,
                    isfinite(tb_chip_peak16(&chip->chip)) ? "no measurement, no prior"
                                                          : "the chip has no 16-bit peak");
        return false;
    }
    return true;
}

/* Hours of billed runs hold what such runs lose (docs/model.md 6.4). */
static void say_billed(struct tb_scenario *s, const struct tb_stage_out *out, enum tb_param param,
                       const char *what)
{
    for (int i = 0; i < s->n_stages; i++) {
        if (!isfinite(out[i].run_rate) || !s->stage[i].user_set[tb_param_slot(param)])
            continue;
        struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                     .path = tb_param_info(param)->path,
                                     .remedy = "--mfu X or --plan KEY=VALUE starts from steps"};
        tb_diag_add(s->diags, TB_DROPPED_INPUT, &finding,
                    "the hours of stage '%s' come from billed runs; %s", s->stage[i].id, what);
        return;
    }
}

static void say_billed_runs(struct tb_scenario *s, const struct tb_stage_out *out)
{
    static const enum tb_param divides[] = {TB_PARAM_STAGE_GOODPUT, TB_PARAM_STAGE_EVALUATION,
                                            TB_PARAM_STAGE_IDLE, TB_PARAM_STAGE_STRAGGLER};
    for (size_t k = 0; k < sizeof divides / sizeof *divides; k++)
        say_billed(s, out, divides[k], "it says how they divide, not how many they are");
    say_billed(s, out, TB_PARAM_STAGE_WARM_UP,
               "they hold the start-up of those, and nothing is added");
    say_billed(s, out, TB_PARAM_STAGE_LUCK, "their range holds the luck of those");
}

static bool fill_tables(struct tb_scenario *s, const struct tb_spread *spread,
                        const struct tb_stage_out *stages, struct tb_estimate *e)
{
    return fill_metrics(s, spread, e) && fill_stages(s, stages, e) &&
           tb_predict_fill(s, stages, e) && tb_rollouts_fill(s, stages, spread, e) &&
           fill_inputs(s, e) && tb_compare_disclosed(s, spread, e) && tb_compare_implied(s, e);
}

static bool estimate_into(struct tb_scenario *s, struct tb_estimate *e)
{
    struct tb_draw draw;
    struct tb_stage_out stages[TB_MAX_STAGES];
    struct tb_stage_known known[TB_MAX_STAGES];
    struct tb_spread *spread = tb_arena_alloc(s->arena, sizeof *spread);
    if (!choose_draw(s, &draw))
        return false;
    if (!spread || !tb_compare_runs(s, e))
        return out_of_memory(s->diags);
    tb_compare_plan(s);
    tb_scenario_line_up(s);
    tb_scenario_known(s, &s->central, known);
    tb_scenario_stages(s, &s->central, known, stages);
    if (!tb_rollouts_require(s, stages) || !require_time(s, stages) || !require_peak(s, stages))
        return false;
    say_billed_runs(s, stages);
    tb_spread_probe(s, spread);
    if (!s->request->no_uncertainty &&
        (!tb_spread_sample(s, &draw, spread) || !tb_ignorance_measure(s, &draw, spread, e)))
        return out_of_memory(s->diags);
    tb_rollouts_enough(s, stages, spread);
    fill_identity(s, e);
    fill_texts(s, &draw, stages, e);
    tb_compare_ratios(spread, e);
    warn_split(s, stages);
    warn_memory(s, spread);
    warn_booked(s, spread);
    warn_peak(s, spread);
    return fill_tables(s, spread, stages, e) || out_of_memory(s->diags);
}

struct tb_estimate *tb_estimate_new(tb_data *data, const struct tb_request *request,
                                    tb_diags *diags)
{
    struct whole *whole = calloc(1, sizeof *whole);
    tb_arena *arena = tb_arena_new();
    if (!whole || !arena) {
        free(whole);
        tb_arena_free(arena);
        out_of_memory(diags);
        return NULL;
    }
    whole->arena = arena;
    struct tb_scenario *s = tb_scenario_build(arena, data, request, diags);
    if (!s)
        out_of_memory(diags);
    if (!s || !estimate_into(s, &whole->estimate)) {
        tb_estimate_free(&whole->estimate);
        return NULL;
    }
    return &whole->estimate;
}

void tb_estimate_free(struct tb_estimate *estimate)
{
    struct whole *whole = (struct whole *)(void *)estimate;
    if (!whole)
        return;
    tb_arena_free(whole->arena);
    free(whole);
}

bool tb_estimate_feeds(const struct tb_estimate *estimate, size_t input, size_t metric)
{
    return input < estimate->n_inputs && metric < TB_METRIC_COUNT &&
           estimate->inputs[input].effect[metric] > 0.0;
}
