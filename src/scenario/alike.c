/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/alike.h"

#include "numeric/gauss.h"
#include "numeric/quantile.h"

#include <math.h>
#include <string.h>

#define Z95 1.6448536269514722
/* Where nobody states it: the middle of those that do. */
#define USUAL_EXPERT 1500.0
#define USUAL_TOKENS 1.5e12
#define USUAL_LENGTH 2048.0
/* Runs are of one kind of length within so many units of ln. */
#define LENGTH_REACH 0.7
/* MFU of a best plan in the middle, and how far others lie from it in ln. */
#define USUAL_BEST 0.45
#define BEST_SD 0.25
/* Beyond so many standard deviations a run is doubted. */
#define DOUBTED 1.5
enum { LEAST_RUNS = 10, ROUNDS = 4, SWEEPS = 40 };

static double bell(double distance)
{
    return exp(-0.5 * distance * distance);
}

/* How far two figures lie apart in ln; one that is not stated is the usual one. */
static double apart(double a, double b, double usual)
{
    return log((a > 0.0 ? a : usual) / (b > 0.0 ? b : usual));
}

/* Variance of ln MFU that two runs share (docs/model.md 8.3). */
static double shared(const struct tb_evidence_kernel *k, const struct tb_evidence_run *a,
                     const struct tb_evidence_run *b)
{
    double near = bell(log(a->active / b->active) / k->reach);
    double sum = k->size * near;
    if (strcmp(a->generation, b->generation) == 0)
        sum += k->generation * near;
    if (a->moe == b->moe)
        sum += k->kind;
    if (a->moe && b->moe)
        sum += k->expert * bell(apart(a->expert, b->expert, USUAL_EXPERT));
    sum += k->tokens * bell(apart(a->tokens, b->tokens, USUAL_TOKENS));
    sum += k->length * bell(apart(a->length, b->length, USUAL_LENGTH) / LENGTH_REACH);
    if (a->team && b->team && strcmp(a->team, b->team) == 0)
        sum += k->team;
    if (a->server && b->server)
        sum += k->server;
    if (a->calendar == b->calendar && a->steady == b->steady)
        sum += k->scope;
    return sum;
}

bool tb_alike_reserve(tb_arena *arena, size_t n, struct tb_alike_runs *out)
{
    out->inverse = tb_arena_alloc(arena, (n * n + 1) * sizeof *out->inverse);
    out->weight = tb_arena_alloc(arena, (n + 1) * sizeof *out->weight);
    out->scratch = tb_arena_alloc(arena, (n + 1) * sizeof *out->scratch);
    return out->inverse && out->weight && out->scratch;
}

/* What ln MFU of a run is expected to be before others are asked. */
static double expected(const struct tb_evidence_kernel *k, const struct tb_evidence_run *run)
{
    double line = k->slope * apart(run->best, USUAL_BEST, USUAL_BEST);
    return log(k->mfu) + line - (run->steady ? log(TB_STEADY_TO_RUN_GOODPUT) : 0.0);
}

/* A best plan that is not known might be any. */
static double blind(const struct tb_evidence_kernel *k, const struct tb_evidence_run *run)
{
    double sd = run->best > 0.0 ? 0.0 : k->slope * BEST_SD;
    return sd * sd;
}

static double residual(const struct tb_evidence *e, size_t i)
{
    return log(e->run[i].mfu) - expected(&e->kernel, &e->run[i]);
}

enum tb_status tb_alike_prepare(const struct tb_evidence *evidence, struct tb_alike_runs *out)
{
    const size_t n = evidence->n;
    const struct tb_evidence_run *run = evidence->run;
    double log_det = 0.0;
    out->evidence = *evidence;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++)
            out->inverse[i * n + j] = shared(&evidence->kernel, &run[i], &run[j]);
        out->inverse[i * n + i] +=
            evidence->kernel.noise * run[i].doubt + blind(&evidence->kernel, &run[i]);
    }
    enum tb_status status = tb_gauss_invert(out->inverse, n, &log_det);
    if (status != TB_OK)
        return status;
    out->fit = 0.5 * log_det;
    double *left = out->scratch;
    for (size_t i = 0; i < n; i++)
        left[i] = residual(evidence, i);
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++)
            sum += out->inverse[i * n + j] * left[j];
        out->weight[i] = sum;
        out->fit += 0.5 * sum * left[i];
    }
    return TB_OK;
}

struct tb_alike tb_alike_predict(const struct tb_alike_runs *runs,
                                 const struct tb_evidence_run *query)
{
    const struct tb_evidence *e = &runs->evidence;
    const struct tb_evidence_kernel *k = &e->kernel;
    double mean = expected(k, query);
    /* A team that is not named is another one. */
    double variance = shared(k, query, query) + k->noise + (query->team ? 0.0 : k->team);
    variance += blind(k, query);
    double *with = runs->scratch;
    for (size_t i = 0; i < e->n; i++)
        with[i] = shared(k, query, &e->run[i]);
    for (size_t i = 0; i < e->n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < e->n; j++)
            sum += runs->inverse[i * e->n + j] * with[j];
        mean += with[i] * runs->weight[i];
        variance -= with[i] * sum;
    }
    return (struct tb_alike){mean, k->spread * sqrt(fmax(variance, k->noise))};
}

bool tb_alike_without(tb_arena *arena, const struct tb_evidence *evidence,
                      const struct tb_evidence_run *query, struct tb_alike *out)
{
    struct tb_evidence_run *kept = tb_arena_alloc(arena, (evidence->n + 1) * sizeof *kept);
    struct tb_evidence others = {.kernel = evidence->kernel, .run = kept};
    struct tb_alike_runs work;
    for (size_t i = 0; kept && i < evidence->n; i++) {
        const struct tb_evidence_run *run = &evidence->run[i];
        bool same = strcmp(run->run, query->run) == 0;
        bool team = query->team && *query->team && strcmp(run->team, query->team) == 0;
        if (!same && !team)
            kept[others.n++] = *run;
    }
    struct tb_evidence_run stranger = *query;
    stranger.team = NULL;
    if (!kept || !tb_alike_reserve(arena, others.n, &work) ||
        tb_alike_prepare(&others, &work) != TB_OK)
        return false;
    *out = tb_alike_predict(&work, &stranger);
    return true;
}

/* The residual of a left-out run is its weight over the diagonal of the inverse; the noise of the
 * prediction is that of an undoubted run. */
struct tb_alike tb_alike_left_out(const struct tb_alike_runs *runs, size_t i)
{
    const struct tb_evidence *e = &runs->evidence;
    const struct tb_evidence_kernel *k = &e->kernel;
    double diagonal = runs->inverse[i * e->n + i];
    double variance = 1.0 / diagonal - k->noise * (e->run[i].doubt - 1.0);
    return (struct tb_alike){log(e->run[i].mfu) - runs->weight[i] / diagonal,
                             k->spread * sqrt(fmax(variance, k->noise))};
}

/* The members that the search moves, each within its bounds, in logarithms. */
static const struct knob {
    size_t at;
    double least, most;
} knobs[] = {
#define AT(member) offsetof(struct tb_evidence_kernel, member)
    {AT(size), 1e-4, 1.0},  {AT(generation), 1e-4, 1.0}, {AT(reach), 0.7, 3.0},
    {AT(kind), 1e-4, 0.2},  {AT(expert), 1e-4, 0.3},     {AT(team), 1e-4, 0.2},
    {AT(scope), 1e-4, 0.2}, {AT(tokens), 1e-4, 0.2},     {AT(length), 1e-4, 0.2},
    {AT(noise), 4e-3, 0.2}, {AT(slope), 0.05, 1.0},      {AT(server), 1e-4, 1.0},
#undef AT
};
/* The last two are left alone where no run has a best plan, or none is within a server. */
enum { KNOBS = sizeof knobs / sizeof *knobs, SERVER = KNOBS - 1, SLOPE = KNOBS - 2 };

/* Where the search starts; the server's is found alone. */
static const struct tb_evidence_kernel start = {.mfu = 0.27,
                                                .size = 0.002,
                                                .generation = 0.04,
                                                .reach = 1.5,
                                                .kind = 0.002,
                                                .expert = 0.03,
                                                .tokens = 0.02,
                                                .length = 0.002,
                                                .team = 0.005,
                                                .scope = 0.01,
                                                .noise = 0.03,
                                                .slope = 0.75,
                                                .spread = 1.0};
#define START_SERVER 0.3

static double *knob_of(struct tb_evidence_kernel *kernel, int i)
{
    return (double *)(void *)((char *)kernel + knobs[i].at);
}

/* The mean that suits the covariance best. */
static double best_mean(const struct tb_alike_runs *runs)
{
    const struct tb_evidence *e = &runs->evidence;
    double weights = 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < e->n; i++) {
        for (size_t j = 0; j < e->n; j++) {
            weights += runs->inverse[i * e->n + j];
            sum += runs->inverse[i * e->n + j] * (residual(e, j) + log(e->kernel.mfu));
        }
    }
    return exp(sum / weights);
}

/* Fifty runs cannot tell a dozen variances apart: each is believed to be near its start, within a
 * factor of e at one standard deviation. @return the negative logarithm of that belief. */
static double belief(struct tb_evidence_kernel *kernel)
{
    struct tb_evidence_kernel at = start;
    double sum = 0.0;
    for (int i = 0; i < SERVER; i++) {
        double value = *knob_of(kernel, i);
        double away = value > 0.0 ? log(value / *knob_of(&at, i)) : 0.0;
        sum += 0.5 * away * away;
    }
    return sum;
}

static double misfit(struct tb_evidence *e, struct tb_alike_runs *work)
{
    if (tb_alike_prepare(e, work) != TB_OK)
        return INFINITY;
    e->kernel.mfu = best_mean(work);
    if (tb_alike_prepare(e, work) != TB_OK)
        return INFINITY;
    return work->fit + belief(&e->kernel);
}

/* Tries a step up and a step down of one knob. @return whether it helped. */
static bool turn(struct tb_evidence *e, struct tb_alike_runs *work, int i, double step,
                 double *best)
{
    const struct tb_evidence_kernel before = e->kernel;
    const double value = *knob_of(&e->kernel, i);
    for (int up = 0; up < 2; up++) {
        double tried = value * (up ? step : 1.0 / step);
        *knob_of(&e->kernel, i) = fmin(knobs[i].most, fmax(knobs[i].least, tried));
        double found = misfit(e, work);
        if (found < *best - 1e-9) {
            *best = found;
            return true;
        }
        e->kernel = before;
    }
    return false;
}

/* Moves the knobs from `first` up to `end`. */
static void search(struct tb_evidence *e, struct tb_alike_runs *work, int first, int end)
{
    double step = 2.0;
    double best = misfit(e, work);
    for (int sweep = 0; sweep < SWEEPS && step > 1.02; sweep++) {
        bool helped = false;
        for (int i = first; i < end; i++)
            helped = turn(e, work, i, step, &best) || helped;
        if (!helped)
            step = sqrt(step);
    }
    misfit(e, work);
}

/* Doubt grows with the square of what is left over. */
static void doubt(struct tb_evidence_run *run, const struct tb_alike_runs *work, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double diagonal = work->inverse[i * n + i];
        double z2 = work->weight[i] * work->weight[i] / diagonal;
        run[i].doubt = fmax(1.0, run[i].doubt * z2 / (DOUBTED * DOUBTED));
    }
}

/* Nine left-out runs in ten lie within the range of nine in ten. Steps alone scatter less than runs
 * and are not asked. */
static double spread(const struct tb_alike_runs *work, double *z)
{
    const double ninety = 0.9;
    double q = Z95;
    size_t n = 0;
    for (size_t i = 0; i < work->evidence.n; i++) {
        struct tb_alike a = tb_alike_left_out(work, i);
        if (!work->evidence.run[i].steady)
            z[n++] = fabs(log(work->evidence.run[i].mfu) - a.mean) / a.sd;
    }
    return n > 0 && tb_quantiles(z, n, &ninety, 1, &q) == TB_OK ? q / Z95 : 1.0;
}

/* Moves runs within one server behind the others. @return how many others there are. */
static size_t servers_last(struct tb_evidence_run *run, size_t n)
{
    size_t others = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tb_evidence_run one = run[i];
        if (one.server)
            continue;
        for (size_t k = i; k > others; k--)
            run[k] = run[k - 1];
        run[others++] = one;
    }
    return others;
}

bool tb_alike_fit(tb_arena *arena, struct tb_evidence_run *run, size_t n,
                  struct tb_evidence_kernel *kernel)
{
    struct tb_alike_runs work;
    double *z = tb_arena_alloc(arena, (n + 1) * sizeof *z);
    struct tb_evidence e = {.kernel = start, .n = n, .run = run};
    const size_t clusters = servers_last(run, n);
    if (clusters < LEAST_RUNS || !z || !tb_alike_reserve(arena, n, &work))
        return false;
    bool plans = false;
    for (size_t i = 0; i < n; i++) {
        run[i].doubt = 1.0;
        plans = plans || run[i].best > 0.0;
    }
    if (!plans)
        e.kernel.slope = 0.0;
    e.n = clusters;
    for (int round = 0; round < ROUNDS; round++) {
        search(&e, &work, 0, plans ? SERVER : SLOPE);
        if (round + 1 < ROUNDS)
            doubt(run, &work, clusters);
    }
    /* What is tuned by hand on one server does not say how clusters are alike. */
    if (clusters < n) {
        const double mean = e.kernel.mfu;
        e.n = n;
        e.kernel.server = START_SERVER;
        search(&e, &work, SERVER, KNOBS);
        e.kernel.mfu = mean;
        if (tb_alike_prepare(&e, &work) != TB_OK)
            return false;
    }
    e.kernel.spread = spread(&work, z);
    *kernel = e.kernel;
    return true;
}
