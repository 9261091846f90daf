/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rlstep.h"

#include <math.h>

#define SPLIT_ROUNDS 24
#define SPLIT_NEAR 2e-3
#define MAX_DOUBLINGS 20

/** One way of dividing the chips, with the phases it gives. */
struct trial {
    double share; /**< of the chips that roll out */
    double rollout, update;
    double verify;
    struct tb_rollout_out generation;
};

static bool pools(enum tb_placement placement)
{
    return placement != TB_PLACE_COLOCATED;
}

/* Eq. 10.27: with sequences of one step and the stale ones in flight, the queue never runs dry;
 * but no sequence is faster than its own tokens. */
static double async_rollout(const struct tb_rl_step_in *in, const struct tb_rollout_out *g)
{
    double alone = g->floor * in->rollout.lengths->mean / g->longest;
    return fmax(g->no_tail, alone / (1.0 + in->staleness));
}

/* Rollout on x of the chips, forward and training passes on the rest (or on all). */
static enum tb_status try_share(const struct tb_rl_step_in *in, double share, struct trial *t)
{
    struct tb_rollout_in rollout = in->rollout;
    double rolling = pools(in->placement) ? share * in->chips : in->chips;
    double training = pools(in->placement) ? in->chips - rolling : in->chips;
    rollout.replicas = rolling / rollout.decoder->chips;
    t->share = share;
    if (!(rollout.replicas >= 1.0 - 1e-9))
        return TB_E_ANSWER;
    bool ends = in->placement != TB_PLACE_ASYNC;
    enum tb_status status = ends ? tb_rollout_time(&rollout, &t->generation)
                                 : tb_rollout_steady(&rollout, &t->generation);
    if (status != TB_OK)
        return status;
    t->rollout = ends ? t->generation.time : async_rollout(in, &t->generation);
    t->rollout += in->tool_time;
    t->verify = in->verify_time + fmax(in->verify_total - t->rollout, 0.0);
    t->update =
        (in->update_flops / in->update_rate + in->forward_flops / in->forward_rate) / training +
        in->update_wait + in->forward_wait;
    return TB_OK;
}

/* What the step waits for: the sum where one phase follows the other, else the longer (10.24-26).
 */
static double span(const struct tb_rl_step_in *in, const struct trial *t)
{
    bool at_once = in->placement == TB_PLACE_ONE_STEP_OFF || in->placement == TB_PLACE_ASYNC;
    double update = t->update + in->sync_time;
    double rollout = t->rollout + t->verify;
    return at_once ? fmax(rollout, update) : rollout + update;
}

/* Eq. 10.28: golden section over the share; the span falls and then rises. */
static enum tb_status best_share(const struct tb_rl_step_in *in, struct trial *best)
{
    const double golden = 0.61803398874989484820;
    double one = in->rollout.decoder->chips / in->chips;
    double lo = one, hi = 1.0 - fmin(1.0 / in->chips, 0.5);
    if (!(hi > lo))
        return TB_E_ANSWER;
    struct trial a = {0}, b = {0};
    enum tb_status status = try_share(in, hi - golden * (hi - lo), &a);
    if (status == TB_OK)
        status = try_share(in, lo + golden * (hi - lo), &b);
    if (status != TB_OK)
        return status;
    for (int i = 0; status == TB_OK && i < SPLIT_ROUNDS && hi - lo > SPLIT_NEAR * lo; i++) {
        if (span(in, &a) < span(in, &b)) {
            hi = b.share;
            b = a;
            status = try_share(in, hi - golden * (hi - lo), &a);
        } else {
            lo = a.share;
            a = b;
            status = try_share(in, lo + golden * (hi - lo), &b);
        }
    }
    *best = span(in, &a) < span(in, &b) ? a : b;
    return status;
}

static void fill_rates(const struct tb_rl_step_in *in, struct tb_rl_step_out *out)
{
    double mean = in->rollout.lengths->mean;
    out->tokens = in->samples * (in->rollout.prompt + mean);
    out->rate = out->tokens / (out->time * in->chips);
    out->rollout_rate = out->generation.tokens / (out->rollout * out->rollout_chips);
    out->update_rate = in->update_tokens / (out->update * out->update_chips);
}

/* Eq. 10.29, 10.30: without chips to wait for, what remains is the longest response (of the mean
 * one when nothing waits for the longest), tools, weights and the fixed part. */
static void fill_limits(const struct tb_rl_step_in *in, const struct trial *t,
                        struct tb_rl_step_out *out)
{
    const struct tb_rollout_out *g = &t->generation;
    struct trial limit = {.rollout = g->floor + in->tool_time, .update = 0.0};
    struct trial full = *t;
    if (in->placement == TB_PLACE_ASYNC)
        limit.rollout = g->floor * in->rollout.lengths->mean / g->longest / (1.0 + in->staleness);
    else
        full.rollout = g->no_tail + in->tool_time;
    limit.verify = in->verify_time;
    out->floor =
        fmin(in->factor * (span(in, &limit) + in->offload_time) + in->fixed_time, out->time);
    out->no_tail = in->factor * (span(in, &full) + in->offload_time) + in->fixed_time;
}

enum tb_status tb_rl_step(const struct tb_rl_step_in *in, struct tb_rl_step_out *out)
{
    struct trial t;
    bool search = pools(in->placement) && !isfinite(in->rollout_share);
    enum tb_status status = search ? best_share(in, &t) : try_share(in, in->rollout_share, &t);
    *out = (struct tb_rl_step_out){.time = NAN};
    if (status != TB_OK)
        return status;
    out->generation = t.generation;
    out->rollout_chips = pools(in->placement) ? t.share * in->chips : in->chips;
    out->update_chips = pools(in->placement) ? in->chips - out->rollout_chips : in->chips;
    out->rollout = in->factor * (t.rollout - in->tool_time);
    out->forward =
        in->factor * (in->forward_flops / in->forward_rate / out->update_chips + in->forward_wait);
    out->update =
        in->factor * (in->update_flops / in->update_rate / out->update_chips + in->update_wait);
    out->sync = in->factor * in->sync_time;
    out->offload = in->factor * in->offload_time;
    out->verify = in->factor * (t.verify + in->tool_time);
    out->fixed = in->fixed_time;
    out->time = in->factor * (span(in, &t) + in->offload_time) + in->fixed_time;
    double phases = out->rollout + out->forward + out->update + out->sync + out->offload +
                    out->verify + out->fixed;
    out->rollout_share_time = out->rollout / phases;
    fill_limits(in, &t, out);
    fill_rates(in, out);
    return TB_OK;
}

/* Share of the step that twice the chips save; negative when there is no answer. */
static double gain_of_doubling(const struct tb_rl_step_in *in, double chips)
{
    struct tb_rl_step_in once = *in, twice = *in;
    struct tb_rl_step_out a, b;
    once.chips = chips;
    twice.chips = 2.0 * chips;
    if (tb_rl_step(&once, &a) != TB_OK || tb_rl_step(&twice, &b) != TB_OK)
        return -1.0;
    return 1.0 - b.time / a.time;
}

double tb_rl_enough_chips(const struct tb_rl_step_in *in, double gain)
{
    double chips = in->chips;
    double here = gain_of_doubling(in, chips);
    if (here < 0.0)
        return NAN;
    for (int i = 0; i < MAX_DOUBLINGS && here >= gain; i++) {
        chips *= 2.0;
        here = gain_of_doubling(in, chips);
    }
    if (here >= gain)
        return NAN;
    for (int i = 0; i < MAX_DOUBLINGS; i++) {
        double before = gain_of_doubling(in, 0.5 * chips);
        if (before < 0.0 || before >= gain)
            break;
        chips *= 0.5;
    }
    return fmax(ceil(chips), 1.0);
}
