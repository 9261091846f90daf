/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/goodput.h"

#include <math.h>

static double or_zero(double value)
{
    return isfinite(value) ? value : 0.0;
}

/* Eq. 7.7: what steps cost apart from failures: slow chips stretch them; evaluation and idle time
 * are shares of the whole run. */
static double stretch(const struct tb_stage *stage)
{
    double apart = or_zero(stage->evaluation) + or_zero(stage->idle);
    return apart < 1.0 ? (1.0 + or_zero(stage->straggler)) / (1.0 - apart) : (double)NAN;
}

/* A stated interval, at most the whole run, in which a checkpoint still has room. */
static double interval_within(const struct tb_stage *stage, double steps,
                              const struct tb_checkpoint *cost)
{
    double stated = stage->checkpoint_interval;
    if (!(steps < stated))
        return stated;
    return fmin(stated, fmax(steps, fmax(cost->stall, cost->lag - cost->stall)));
}

static void model(const struct tb_stage *stage, const struct tb_cluster *cluster, double steps,
                  struct tb_failure_last *last, struct tb_goodput *out)
{
    const struct tb_checkpoint_in save = {.bytes = out->checkpoint_bytes,
                                          .chips = stage->chips,
                                          .storage_bandwidth = cluster->storage_bandwidth,
                                          .snapshot = stage->checkpoint_snapshot,
                                          .overlap = stage->checkpoint_overlap};
    tb_checkpoint_cost(&save, &out->checkpoint);
    const struct tb_failure_in in = {
        .chips = stage->chips,
        .mtbf = cluster->mtbf,
        .shape = isfinite(cluster->failure_shape) ? cluster->failure_shape : 1.0,
        .recovery = cluster->detection + cluster->restart + out->checkpoint.reload,
        .stall = out->checkpoint.stall,
        .lag = out->checkpoint.lag,
        .interval = interval_within(stage, steps, &out->checkpoint)};
    tb_failure_evaluate_last(&in, last, &out->failure);
    out->outcome = out->failure.outcome;
}

void tb_goodput(const struct tb_stage *stage, const struct tb_cluster *cluster, double bytes,
                double steps, struct tb_failure_last *last, struct tb_goodput *out)
{
    *out = (struct tb_goodput){.checkpoint_bytes = bytes};
    model(stage, cluster, steps, last, out);
    out->stated = isfinite(stage->goodput);
    if (out->stated) {
        out->outcome = TB_FAILURE_OK;
        out->factor = out->busy = stage->goodput;
        return;
    }
    double apart = or_zero(stage->evaluation) + or_zero(stage->idle);
    out->factor = out->failure.goodput / stretch(stage);
    out->busy = (1.0 - apart) * (1.0 - out->failure.recovering);
    if (out->outcome == TB_FAILURE_OK && !(out->factor >= TB_LEAST_GOODPUT))
        out->outcome = TB_FAILURE_NO_TIME;
}

void tb_goodput_times(const struct tb_goodput *goodput, const struct tb_stage *stage, double steady,
                      struct tb_goodput_times *out)
{
    double warm_up = or_zero(stage->warm_up);
    double slow = 1.0 + or_zero(stage->straggler);
    *out = (struct tb_goodput_times){.expected = steady / goodput->factor + warm_up};
    out->chance = !goodput->stated && isfinite(steady);
    if (!out->chance)
        return;
    tb_run_time(&goodput->failure, steady * slow, &out->time);
    out->stretch = stretch(stage) / slow;
    out->start_up = warm_up;
}

double tb_goodput_time(const struct tb_goodput_times *times, double luck)
{
    if (!times->chance || !isfinite(luck))
        return times->expected;
    return tb_run_time_at(&times->time, luck) * times->stretch + times->start_up;
}
