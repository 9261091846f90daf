/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rollout.h"

#include "base/normal.h"

#include <math.h>

/* Bins of the length axis, and bins of time kept apart before the flow through the slots is taken
 * to be steady: three times the longest response. */
#define BINS TB_LENGTH_BINS
#define MAX_TIMES (3 * BINS)
/* Chance that any response passes the end of the length axis. */
#define BEYOND 1e-4

/** The flow of sequences through the slots of one replica. */
struct flow {
    const struct tb_rollout_in *in;
    const struct tb_rollout_bins *bins;
    double started[MAX_TIMES + BINS];
    double prompt; /**< cached tokens before the response */
    double slots;
    double queue; /**< sequences of this replica not started */
    int now;
    double time, steps;
};

/* Eq. 10.14: E[min(L, x)] between two edges is the share alive in between. */
void tb_rollout_bins(const struct tb_responses *r, double samples, struct tb_rollout_bins *out)
{
    double end = r->cap;
    double until[BINS];
    if (!r->table && r->sigma > 0.0)
        end = tb_responses_quantile(r, 1.0 - BEYOND / samples);
    out->width = end / BINS;
    tb_responses_until_bins(r, out->width, until);
    for (int i = 0; i < BINS; i++)
        out->alive[i] = (until[i] - (i > 0 ? until[i - 1] : 0.0)) / out->width;
    out->mean = until[BINS - 1];
    out->longest = tb_responses_longest(r, samples);
}

/** Sequences in a bin of time. */
struct live {
    double n;
    double ages; /**< sum, in bins */
};

/* Those that live in the current bin, when none started in the last `youngest` ones. From the
 * oldest to the youngest, so that the running count adds each to the ages once a bin. */
static struct live count_live(const struct flow *f, int youngest)
{
    const double *now = f->started + f->now;
    double n = 0.0, counted = 0.0;
    for (int age = f->now < BINS ? f->now : BINS - 1; age >= youngest; age--) {
        n += now[-age] * f->bins->alive[age];
        counted += n;
    }
    return (struct live){n, counted + (youngest - 0.5) * n};
}

/* What one of them adds to a step. */
static void cost_of(const struct flow *f, const struct live *live, struct tb_decode_cost *out)
{
    tb_decode_cost(f->in->decoder, f->prompt + live->ages / live->n * f->bins->width, out);
}

static void spend(struct flow *f, double share, double live, const struct tb_decode_cost *cost)
{
    f->steps += share * f->bins->width;
    f->time += share * f->bins->width * tb_decode_step(f->in->decoder, live, cost, NULL);
}

/* The flow repeats itself after some longest responses: whole periods are taken in one stride, and
 * the bins move up. `time` and `steps` are those at the beginning of the last period. A slot starts
 * a response per mean length in the long run. */
static void stride(struct flow *f, double time, double steps)
{
    double starts = f->slots * f->bins->width * BINS / f->bins->mean;
    double periods = floor(f->queue / starts) - 1.0;
    if (periods > 0.0) {
        f->queue -= periods * starts;
        f->time += periods * (f->time - time);
        f->steps += periods * (f->steps - steps);
    }
    for (int i = 0; i < f->now - BINS; i++)
        f->started[i] = f->started[i + BINS];
    f->now -= BINS;
}

/* Eq. 10.15: while there is a queue, a slot that ends is filled at once. */
static void run_full(struct flow *f)
{
    double time = 0.0, steps = 0.0;
    for (;; f->now++) {
        struct tb_decode_cost cost;
        if (f->now == MAX_TIMES)
            stride(f, time, steps);
        if (f->now == MAX_TIMES - BINS) {
            time = f->time;
            steps = f->steps;
        }
        struct live live = count_live(f, 1);
        double start = fmax((f->slots - live.n) / f->bins->alive[0], 0.0);
        if (start >= f->queue)
            return;
        f->started[f->now] = start;
        f->queue -= start;
        live.n += start * f->bins->alive[0];
        live.ages += 0.5 * start * f->bins->alive[0];
        cost_of(f, &live, &cost);
        spend(f, 1.0, live.n, &cost);
    }
}

/* Of n sequences that live with the chance `alive`, n alive / anywhere are left on average when any
 * is: all but one are companions of the longest, here or elsewhere. */
double tb_rollout_slowest(double alive, double anywhere, double m, double n)
{
    if (!(n > 1.0 + 1e-9) || !(m > 1.0))
        return 1.0;
    return 1.0 + (m - 1.0) * fmax((n * alive / anywhere - 1.0) / (n - 1.0), 0.0);
}

/** What the empty queue leaves to do, seen from one replica. */
struct drain {
    double all;          /**< sequences live when the queue has run empty */
    double alone;        /**< s of a replica on average */
    double load;         /**< s that a sequence adds while it lives: sum over its steps so far */
    double mean, square; /**< of the load of a sequence */
};

/* Eq. 10.17: what the lengths in a replica do to its time, to first order. */
static void add_load(struct drain *d, double steps, double alive, double slope)
{
    d->square += 2.0 * (d->load + 0.5 * slope * steps) * slope * steps * alive;
    d->mean += slope * steps * alive;
    d->load += slope * steps;
}

/* Mean of the largest of n standard normals (Blom). */
static double largest_normal(double n)
{
    return n > 1.0 ? tb_normal_deviate((n - 0.375) / (n + 0.25)) : 0.0;
}

/* Chances that any of `all` sequences lives here, and of those of all replicas; `alive` is below
 * one. With forty expected they are one to the last digit, since log1p(-alive) <= -alive. */
static void chances(double alive, double all, double replicas, double *here, double *anywhere)
{
    const double sure = 40.0;
    *here = *anywhere = 1.0;
    if (all * alive >= sure)
        return;
    double gone = all * log1p(-alive);
    *here = -expm1(gone);
    if (-gone * replicas < sure)
        *anywhere = -expm1(gone * replicas);
}

/* Eq. 10.16: no queue any more. A step is taken while any sequence of any replica lives. The
 * slowest replica is late by its longest response and by the load of the others; the two are taken
 * as independent. */
static void run_empty(struct flow *f, double replicas)
{
    struct drain d = {0};
    double before = f->time;
    f->started[f->now] = f->queue;
    f->queue = 0.0;
    d.all = fmax(count_live(f, 0).n / f->bins->alive[0], 1.0);
    for (int i = 0; i < BINS; i++, f->now++) {
        const struct live live = count_live(f, i);
        if (!(live.n > 0.0))
            break;
        double alive = fmin(live.n / d.all, 1.0 - 1e-15);
        double here, anywhere, slope;
        chances(alive, d.all, replicas, &here, &anywhere);
        struct tb_decode_cost cost;
        cost_of(f, &live, &cost);
        spend(f, anywhere, tb_rollout_slowest(alive, anywhere, d.all, d.all * replicas), &cost);
        d.alone +=
            here * f->bins->width * tb_decode_step(f->in->decoder, live.n / here, &cost, &slope);
        add_load(&d, f->bins->width, alive, slope);
    }
    double spread = sqrt(d.all * fmax(d.square - d.mean * d.mean, 0.0));
    double late = fmax(f->time - before - d.alone, 0.0);
    f->time = before + d.alone + hypot(late, spread * largest_normal(replicas));
}

/* Mean age of the live ones when all slots are always filled (eq. 10.18). */
static double steady_age(const struct tb_responses *r)
{
    return 0.5 * r->square / r->mean;
}

/* The given grid, or one made in `room`. */
static const struct tb_rollout_bins *bins_of(const struct tb_rollout_in *in,
                                             struct tb_rollout_bins *room)
{
    if (in->bins)
        return in->bins;
    tb_rollout_bins(in->lengths, in->samples, room);
    return room;
}

static double replicas_of(const struct tb_rollout_in *in)
{
    return fmin(in->replicas, in->samples);
}

enum tb_status tb_rollout_steady(const struct tb_rollout_in *in, struct tb_rollout_out *out)
{
    const struct tb_responses *r = in->lengths;
    double sharing = in->shared_prompt ? fmax(in->group, 1.0) : 1.0;
    double held = in->prompt / sharing + steady_age(r);
    double each = in->samples / replicas_of(in);
    *out = (struct tb_rollout_out){.time = NAN, .steps = NAN, .tokens = in->samples * r->mean};
    if (!(tb_decode_batch(in->decoder, in->prompt + r->cap) >= 1.0))
        return TB_E_ANSWER;

    /* A sequence that waits for a tool holds its cache but is not in the batch. */
    double busy = 1.0 - in->waiting;
    out->slots = tb_decode_batch(in->decoder, held) * busy;
    out->live = fmin(each, out->slots);
    double prompts = each * in->prompt / sharing;
    out->prefill = tb_prefill_time(in->decoder, prompts, in->prompt);
    double rate = out->live / tb_decode_time(in->decoder, out->live, in->prompt + steady_age(r));
    out->no_tail = each * r->mean / rate + out->prefill;
    struct tb_rollout_bins room;
    out->longest = bins_of(in, &room)->longest;
    out->floor = out->longest * tb_decode_time(in->decoder, 1.0, in->prompt + 0.5 * out->longest) +
                 tb_prefill_time(in->decoder, in->prompt, in->prompt);
    return TB_OK;
}

enum tb_status tb_rollout_time(const struct tb_rollout_in *in, struct tb_rollout_out *out)
{
    struct tb_rollout_bins room;
    struct tb_rollout_in binned = *in;
    binned.bins = bins_of(in, &room);
    enum tb_status status = tb_rollout_steady(&binned, out);
    if (status != TB_OK)
        return status;

    double replicas = replicas_of(in);
    struct flow f = {.in = &binned,
                     .bins = binned.bins,
                     .prompt = in->prompt,
                     .slots = out->slots,
                     .queue = in->samples / replicas};
    if (f.queue > f.slots)
        run_full(&f);
    run_empty(&f, replicas);
    out->time = f.time + out->prefill;
    out->steps = f.steps;
    return TB_OK;
}
