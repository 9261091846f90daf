/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/spread.h"

#include "base/block.h"
#include "numeric/dist.h"
#include "numeric/quantile.h"
#include "numeric/rank.h"
#include "numeric/sobol.h"
#include "scenario/evaluate.h"
#include "scenario/stage_tables.h"
#include "scenario/stuck.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Columns begin a cache line more than a power of two apart: else they all take the same places. */
enum { APART = 8 };
enum { SHIFTS = 8, MIN_PER_SHIFT = 16, MIN_PER_THREAD = 512, CHUNK = 64 };
#define EXACT_STEP 1.01
/* Less than this relative move is rounding: an input that cancels out leaves some. */
#define ROUNDING 1e-12

static double clip(const struct tb_param_info *info, double value)
{
    return value < info->least ? info->least : value > info->most ? info->most : value;
}

static void evaluate_with(const struct tb_scenario *s, struct tb_values *values,
                          const struct tb_input *input, double value, double *outputs)
{
    struct tb_stage_known known[TB_MAX_STAGES];
    tb_input_write(input, values, clip(tb_param_info(input->param), value));
    tb_scenario_known(s, values, known);
    tb_scenario_evaluate(s, values, input->lengths ? NULL : known, outputs);
    tb_input_write(input, values, input->value);
}

/* Squared span in ln; where an end is not positive any difference counts as one. */
static double span(double low, double high)
{
    if (isinf(low) || isinf(high)) /* a run without progress never ends */
        return isfinite(low) || isfinite(high) ? 1.0 : 0.0;
    if (!(isfinite(low) && isfinite(high)) || fabs(high - low) <= ROUNDING * fabs(high))
        return 0.0;
    if (!(low > 0.0 && high > 0.0))
        return 1.0;
    double log_ratio = log(high / low);
    return log_ratio * log_ratio;
}

/* Another value of an exact input: nought has no percent. */
static double nudged(const struct tb_input *input)
{
    const double most = tb_param_info(input->param)->most;
    if (input->value == 0.0)
        return fmin(EXACT_STEP - 1.0, (EXACT_STEP - 1.0) * most);
    return input->value * EXACT_STEP > most ? input->value / EXACT_STEP : input->value * EXACT_STEP;
}

static void probe(const struct tb_scenario *s, struct tb_values *values, struct tb_input *input,
                  const double *central)
{
    double low[TB_MAX_OUTPUTS];
    double high[TB_MAX_OUTPUTS];
    const int n = TB_METRIC_COUNT + s->n_extra;
    if (input->uncertain) {
        evaluate_with(s, values, input, input->prov->low, low);
        evaluate_with(s, values, input, input->prov->high, high);
    } else {
        memcpy(low, central, sizeof low);
        evaluate_with(s, values, input, nudged(input), high);
    }
    for (int o = 0; o < n; o++) {
        double moved = span(low[o], high[o]);
        input->effect[o] = input->uncertain ? moved : (double)(moved > 0.0);
        input->used = input->used || moved > 0.0;
    }
}

void tb_spread_probe(struct tb_scenario *s, struct tb_spread *spread)
{
    struct tb_values values = s->central;
    struct tb_stage_known known[TB_MAX_STAGES];
    tb_scenario_known(s, &values, known);
    tb_scenario_evaluate(s, &values, known, spread->central);
    for (size_t i = 0; i < s->n_inputs; i++)
        probe(s, &values, &s->inputs[i], spread->central);
    tb_spread_narrow(spread);
}

void tb_spread_narrow(struct tb_spread *spread)
{
    memcpy(spread->median, spread->central, sizeof spread->central);
    memcpy(spread->low, spread->central, sizeof spread->central);
    memcpy(spread->high, spread->central, sizeof spread->central);
    memset(spread->ranged, 0, sizeof spread->ranged);
    memset(spread->partial, 0, sizeof spread->partial);
}

/* Everything one sampling needs; plain arrays, sized once. */
struct sampling {
    size_t n, d, n_outputs;
    size_t stride;                /* places from a column to the next */
    struct tb_input **inputs;     /* d: those that are drawn */
    struct tb_sampling *drawn;    /* d */
    struct tb_drawn_range *range; /* d */
    const char **names;           /* d */
    int output[TB_MAX_OUTPUTS];   /* n_outputs: those that move */
    double *u;       /* d columns of numbers in (0,1); the next two are of the same block */
    double *value;   /* d columns: what the inputs are there */
    double *results; /* n_outputs columns */
};

static bool prepare_input(struct tb_input *input, struct tb_sampling *out)
{
    const struct tb_prov *p = input->prov;
    const struct tb_belief belief = {p->dist, input->value, p->low, p->high, p->bounds};
    return tb_sampling_make(out, &belief) == TB_OK;
}

/* The first dimensions of a point set are the most even: they go to what moves the hours most. */
static void choose_inputs(struct tb_scenario *s, struct sampling *run)
{
    for (size_t i = 0; i < s->n_inputs; i++) {
        struct tb_input *input = &s->inputs[i];
        struct tb_sampling drawn;
        if (!input->uncertain || !input->used || !prepare_input(input, &drawn))
            continue;
        double effect = input->effect[TB_METRIC_CHIP_HOURS];
        size_t at = run->d++;
        for (; at > 0 && effect > run->inputs[at - 1]->effect[TB_METRIC_CHIP_HOURS]; at--) {
            run->inputs[at] = run->inputs[at - 1];
            run->drawn[at] = run->drawn[at - 1];
            run->names[at] = run->names[at - 1];
        }
        run->inputs[at] = input;
        run->drawn[at] = drawn;
        run->names[at] = input->path;
    }
}

static void choose_outputs(const struct tb_scenario *s, const struct tb_spread *spread,
                           struct sampling *run)
{
    for (int o = 0; o < TB_METRIC_COUNT + s->n_extra; o++) {
        bool moves = false;
        for (size_t k = 0; k < run->d; k++)
            moves = moves || run->inputs[k]->effect[o] > 0.0;
        if (moves && isfinite(spread->central[o]))
            run->output[run->n_outputs++] = o;
    }
}

static void draw_input(struct sampling *run, size_t k)
{
    struct tb_input *input = run->inputs[k];
    const struct tb_param_info *info = tb_param_info(input->param);
    const struct tb_sampling sampling = run->drawn[k];
    struct tb_drawn_range range = {input, INFINITY, -INFINITY};
    const double *u = run->u + k * run->stride;
    double *value = run->value + k * run->stride;
    for (size_t i = 0; i < run->n; i++) {
        double drawn = tb_sampling_at(&sampling, u[i]);
        if (input->lengths)
            drawn = tb_length_on_grid(input->value, drawn);
        drawn = clip(info, drawn);
        range.least = drawn < range.least ? drawn : range.least;
        range.most = drawn > range.most ? drawn : range.most;
        value[i] = drawn;
    }
    run->range[k] = range;
}

static void write_point(const struct sampling *run, size_t i, struct tb_values *values)
{
    for (size_t k = 0; k < run->d; k++)
        tb_input_write(run->inputs[k], values, run->value[k * run->stride + i]);
}

/* Works out once what many points share: models at the lengths that will be met, and steps. The
 * first sampling of a scenario draws all inputs that a later one may. */
static bool fill_tables(struct tb_scenario *s, const struct sampling *run)
{
    struct tb_values values = s->central;
    size_t *read = tb_arena_alloc(s->arena, run->d * sizeof *read);
    if (!read)
        return false;
    if (!s->tables)
        s->tables = tb_stage_tables_new(s, run->range, run->d);
    bool ok = s->tables != NULL;
    size_t n_read = 0;
    for (size_t k = 0; ok && k < run->d; k++)
        if (run->inputs[k]->tabled)
            read[n_read++] = k;
    for (size_t i = 0; ok && i < run->n; i++) {
        for (size_t r = 0; r < n_read; r++)
            tb_input_write(run->inputs[read[r]], &values, run->value[read[r] * run->stride + i]);
        ok = tb_stage_tables_meet(s->tables, &values);
    }
    return ok;
}

/* Nothing is drawn, and `u` stays NULL, where no input moves an output. */
static bool draw_points(struct tb_scenario *s, const struct tb_draw *draw,
                        const struct tb_spread *spread, struct sampling *run)
{
    size_t most = s->n_inputs + 1;
    run->n = draw->samples;
    run->inputs = tb_arena_alloc(s->arena, most * sizeof *run->inputs);
    run->drawn = tb_arena_alloc(s->arena, most * sizeof *run->drawn);
    run->range = tb_arena_alloc(s->arena, most * sizeof *run->range);
    run->names = tb_arena_alloc(s->arena, most * sizeof *run->names);
    if (!run->inputs || !run->drawn || !run->range || !run->names)
        return false;
    choose_inputs(s, run);
    choose_outputs(s, spread, run);
    if (run->d == 0 || run->n_outputs == 0)
        return true;
    run->stride = run->n + APART;
    run->u = tb_block_new((2 * run->d + run->n_outputs) * run->stride * sizeof *run->u);
    size_t shifts = run->n >= SHIFTS * MIN_PER_SHIFT ? SHIFTS : 1;
    const struct tb_point_set set = {run->n, run->d, run->names, shifts, run->stride, draw->seed};
    if (!run->u || tb_points_fill(&set, run->u) != TB_OK)
        return false;
    run->value = run->u + run->d * run->stride;
    run->results = run->value + run->d * run->stride;
    for (size_t k = 0; k < run->d; k++)
        draw_input(run, k);
    return fill_tables(s, run);
}

static void evaluate_point(const struct tb_scenario *s, struct sampling *run, size_t i,
                           struct tb_values *values)
{
    double outputs[TB_MAX_OUTPUTS];
    struct tb_step_line lines[TB_MAX_STAGES];
    struct tb_stage_known known[TB_MAX_STAGES];
    write_point(run, i, values);
    tb_stage_tables_find(s->tables, values, lines, known);
    tb_scenario_evaluate(s, values, known, outputs);
    for (size_t o = 0; o < run->n_outputs; o++)
        run->results[o * run->stride + i] = outputs[run->output[o]];
}

/* Threads of a sampling. Where all processors are to work there is one thread more than they are:
 * OpenMP's threads then sleep when they wait, and where a processor is slow to begin, as those of
 * virtual machines are, the others take over instead of spinning beside it. */
static int threads_for(size_t points)
{
    const int processors = omp_get_num_procs();
    const int wanted = omp_get_max_threads();
    const int useful = (int)(points / MIN_PER_THREAD);
    const int most = wanted > 1 && wanted >= processors ? processors + 1 : wanted;
    return most < useful ? most : useful > 1 ? useful : 1;
}

/* Each point has a place of its own in every column, so the number of threads changes nothing. */
static void evaluate_all(const struct tb_scenario *s, struct sampling *run)
{
    const int threads = threads_for(run->n);
#pragma omp parallel if (threads > 1) num_threads(threads)
    {
        struct tb_values values = s->central;
#pragma omp for schedule(dynamic, CHUNK)
        for (size_t i = 0; i < run->n; i++)
            evaluate_point(s, run, i, &values);
    }
}

static const double *results_of(const struct sampling *run, int output)
{
    for (size_t o = 0; o < run->n_outputs; o++)
        if (run->output[o] == output)
            return run->results + o * run->stride;
    return NULL;
}

/* Squared rank correlation of an input with the ranks `y`. The numbers that drive an input are
 * evenly spread in (0,1): they are its ranks but for a scale. */
static double share_of(const struct sampling *run, size_t k, const double *y)
{
    if (!(run->inputs[k]->effect[TB_METRIC_CHIP_HOURS] > 0.0))
        return 0.0;
    double r = tb_correlation(run->u + k * run->stride, y, run->n);
    return r * r;
}

static void normalise(struct sampling *run)
{
    double sum = 0.0;
    for (size_t k = 0; k < run->d; k++)
        sum += run->inputs[k]->share;
    for (size_t k = 0; k < run->d && sum > 0.0; k++)
        run->inputs[k]->share /= sum;
}

/* Shares in the spread of the chip-hours. */
static bool share_out(struct sampling *run)
{
    const double *hours = results_of(run, TB_METRIC_CHIP_HOURS);
    if (!hours)
        return true;
    struct tb_rank_entry *work = malloc(2 * run->n * sizeof *work);
    double *y = malloc(run->n * sizeof *y);
    bool room = work && y;
    if (room && tb_rank(hours, run->n, y, work) == TB_OK)
        for (size_t k = 0; k < run->d; k++)
            run->inputs[k]->share = share_of(run, k, y);
    normalise(run);
    free(work);
    free(y);
    return room;
}

static void take_quantiles(double level, struct sampling *run, struct tb_stuck *stuck,
                           struct tb_spread *spread)
{
    const double probabilities[3] = {0.5 * (1.0 - level), 0.5, 0.5 * (1.0 + level)};
    for (size_t o = 0; o < run->n_outputs; o++) {
        double q[3];
        int output = run->output[o];
        double *values = run->results + o * run->stride;
        if (tb_quantiles(values, run->n, probabilities, 3, q) != TB_OK &&
            !tb_stuck_quantiles(stuck, output, values, run->n, probabilities, q,
                                &spread->partial[output]))
            continue;
        spread->low[output] = q[0];
        spread->median[output] = q[1];
        spread->high[output] = q[2];
        spread->ranged[output] = q[0] < q[2];
    }
}

/* The only drawn input that an output follows; NULL when there are several. */
static const struct tb_sampling *only_driver(const struct sampling *run, int output,
                                             struct tb_input **input)
{
    const struct tb_sampling *only = NULL;
    for (size_t k = 0; k < run->d; k++) {
        if (!(run->inputs[k]->effect[output] > 0.0))
            continue;
        if (only || run->inputs[k]->lengths)
            return NULL;
        only = &run->drawn[k];
        *input = run->inputs[k];
    }
    return only;
}

static void order(double *a, double *b)
{
    double low = fmin(*a, *b);
    *b = fmax(*a, *b);
    *a = low;
}

/* The quantile of a stated end comes back as that end but for rounding. */
static double snapped(const struct tb_input *input, double drawn)
{
    const double stated[] = {input->prov->low, input->value, input->prov->high};
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++)
        if (fabs(drawn - stated[i]) <= ROUNDING * fabs(stated[i]))
            return stated[i];
    return drawn;
}

/* Whether as many points lie below an image as below the quantile that it is the image of. */
static bool parts_points(const double *values, size_t n, double probability, double image)
{
    const double near = isfinite(image) ? ROUNDING * fabs(image) : 0.0;
    const double wanted = probability * (double)n;
    const double slack = 0.01 * (double)n + SHIFTS;
    size_t below = 0, not_above = 0;
    for (size_t i = 0; i < n; i++) {
        below += values[i] < image && !(image - values[i] <= near);
        not_above += !(values[i] > image && !(values[i] - image <= near));
    }
    return (double)below <= wanted + slack && (double)not_above >= wanted - slack;
}

static bool are_quantiles(const double *values, size_t n, const double probabilities[3],
                          const double image[3])
{
    bool are = image[0] <= image[1] && image[1] <= image[2];
    for (int q = 0; are && q < 3; q++)
        are = parts_points(values, n, probabilities[q], image[q]);
    return are;
}

/* An output that rises or falls with the only input that it follows has the images of the input's
 * quantiles: exact, where points would scatter around them. One that turns, as the goodput does
 * around the best interval between checkpoints, keeps the quantiles of its points. */
static void take_images(struct tb_scenario *s, double level, const struct sampling *run,
                        struct tb_spread *spread)
{
    const double probabilities[3] = {0.5 * (1.0 - level), 0.5, 0.5 * (1.0 + level)};
    struct tb_values values = s->central;
    for (size_t o = 0; o < run->n_outputs; o++) {
        int output = run->output[o];
        struct tb_input *input = NULL;
        const struct tb_sampling *drawn = only_driver(run, output, &input);
        if (!drawn || !spread->ranged[output] || spread->partial[output])
            continue;
        double image[3], outputs[TB_MAX_OUTPUTS];
        for (int q = 0; q < 3; q++) {
            double at = snapped(input, tb_sampling_at(drawn, probabilities[q]));
            evaluate_with(s, &values, input, at, outputs);
            image[q] = outputs[output];
        }
        order(&image[0], &image[2]);
        if (!are_quantiles(run->results + o * run->stride, run->n, probabilities, image))
            continue;
        spread->low[output] = image[0];
        spread->median[output] = image[1];
        spread->high[output] = image[2];
    }
}

bool tb_spread_sample(struct tb_scenario *s, const struct tb_draw *draw, struct tb_spread *spread)
{
    struct sampling run = {0};
    bool ok = draw_points(s, draw, spread, &run);
    if (ok && run.u) {
        evaluate_all(s, &run);
        struct tb_stuck stuck;
        const struct tb_stuck_points points = {
            run.n, run.d, run.stride, results_of(&run, TB_METRIC_GOODPUT), run.u, run.inputs};
        ok = share_out(&run) && tb_stuck_find(&points, &stuck);
        if (ok) {
            take_quantiles(draw->level, &run, &stuck, spread);
            take_images(s, draw->level, &run, spread);
            tb_stuck_warn(s, &stuck, spread);
        }
    }
    free(run.u);
    return ok;
}
