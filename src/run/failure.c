/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/failure.h"

#include "base/normal.h"
#include "run/survival.h"

#include <math.h>
#include <string.h>

/* Of a probability, and of a step in standard deviations. */
#define NEGLIGIBLE 1e-9
/* Below it the terms that the series leaves out are fewer parts than Newton's steps would lose. */
#define ALL_SERIES 1e-3

const char *tb_failure_outcome_text(enum tb_failure_outcome outcome)
{
    static const char *const texts[] = {
        [TB_FAILURE_OK] = "steps make progress",
        [TB_FAILURE_UNKNOWN] = "an input of the failure model is not known",
        [TB_FAILURE_INVALID] = "an input of the failure model is outside its domain",
        [TB_FAILURE_NO_PROGRESS] = "failures come so fast that no progress is made",
        [TB_FAILURE_CHECKPOINT_LONG] = "a checkpoint takes longer than the time between two",
        [TB_FAILURE_NO_TIME] =
            "evaluation, idle time, slow chips and failures leave less than 1 % of the time to "
            "steps",
    };
    return texts[outcome];
}

void tb_checkpoint_cost(const struct tb_checkpoint_in *in, struct tb_checkpoint *out)
{
    out->write = in->bytes / (in->chips * in->storage_bandwidth);
    out->stall = in->snapshot + (1.0 - in->overlap) * out->write;
    out->lag = in->overlap * out->write;
    out->reload = out->write;
}

double tb_interval_young(double stall, double job_mtbf)
{
    return sqrt(2.0 * stall * job_mtbf);
}

double tb_interval_daly(double stall, double job_mtbf)
{
    if (stall >= 2.0 * job_mtbf)
        return job_mtbf;
    double x = stall / (2.0 * job_mtbf);
    return tb_interval_young(stall, job_mtbf) * (1.0 + sqrt(x) / 3.0 + x / 9.0) - stall;
}

/* Zero of the derivative of (exp((tau + C) / M) - 1) / tau: (1 - x) exp(x + c) = 1 with x = tau /
 * M, c = C / M. With s^2 = 2 c it is s - s^2/3 + s^3/36 and so on; where that is no longer near,
 * Newton begins above the root, from where no step leaves (0, 1). */
static double best_exponential(double stall, double mtbf)
{
    enum { STEPS = 8 };
    double c = stall / mtbf;
    double s = sqrt(2.0 * c);
    double x = s < 0.5 ? s * (1.0 - s * (1.0 / 3.0 - s / 36.0)) : fmin(s, 1.0);
    if (s < ALL_SERIES)
        return x * mtbf;
    for (int i = 0; i < STEPS; i++) {
        double grown = exp(x + c);
        if (!(x * grown > 0.0))
            return NAN;
        double step = ((1.0 - x) * grown - 1.0) / (x * grown);
        x += step;
        if (fabs(step) < NEGLIGIBLE * x)
            break;
    }
    return x * mtbf;
}

/* Time a second of counted steps costs at interval tau (eq. 7.6), but for the cycle of a failure
 * and its recovery, which the interval does not change. */
static double overhead(const struct tb_survival *s, const struct tb_failure_in *in, double tau)
{
    return 1.0 / (tau * tb_survival_renewals(s, in->lag, tau + in->stall));
}

static double golden(const struct tb_survival *s, const struct tb_failure_in *in, double start)
{
    enum { STEPS = 9 };
    const double ratio = 0.5 * (sqrt(5.0) - 1.0);
    double low = log(start) - 1.2;
    double high = log(start) + 1.2;
    double a = high - ratio * (high - low);
    double b = low + ratio * (high - low);
    double at_a = overhead(s, in, exp(a));
    double at_b = overhead(s, in, exp(b));
    for (int i = 0; i < STEPS; i++) {
        bool left = at_a < at_b;
        *(left ? &high : &low) = left ? b : a;
        double probe = left ? high - ratio * (high - low) : low + ratio * (high - low);
        double kept = left ? a : b;
        double at_kept = left ? at_a : at_b;
        double at_probe = overhead(s, in, exp(probe));
        a = left ? probe : kept;
        b = left ? kept : probe;
        at_a = left ? at_probe : at_kept;
        at_b = left ? at_kept : at_probe;
    }
    return exp(0.5 * (low + high));
}

double tb_interval_best(const struct tb_failure_in *in)
{
    double mtbf = in->mtbf / in->chips;
    double best = best_exponential(in->stall, mtbf);
    if (in->shape != 1.0) {
        struct tb_survival s;
        tb_survival_make(&s, mtbf, in->shape);
        best = golden(&s, in, best);
    }
    /* One checkpoint must be stored before the next begins. */
    return fmax(best, in->lag - in->stall);
}

static bool all_known(const struct tb_failure_in *in)
{
    return isfinite(in->chips) && isfinite(in->mtbf) && isfinite(in->shape) &&
           isfinite(in->recovery) && isfinite(in->stall) && isfinite(in->lag);
}

static bool in_domain(const struct tb_failure_in *in)
{
    return in->chips > 0.0 && in->mtbf > 0.0 && in->shape >= TB_LEAST_SHAPE &&
           in->shape <= TB_MOST_SHAPE && in->recovery >= 0.0 && in->stall > 0.0 && in->lag >= 0.0 &&
           !(in->interval <= 0.0);
}

static enum tb_failure_outcome judge(const struct tb_failure_in *in)
{
    if (!all_known(in))
        return TB_FAILURE_UNKNOWN;
    if (!in_domain(in))
        return TB_FAILURE_INVALID;
    if (isfinite(in->interval) && fmax(in->stall, in->lag - in->stall) > in->interval)
        return TB_FAILURE_CHECKPOINT_LONG;
    return TB_FAILURE_OK;
}

void tb_failure_evaluate(const struct tb_failure_in *in, struct tb_failure *out)
{
    const double unknown = NAN;
    *out = (struct tb_failure){judge(in), unknown, unknown, unknown, unknown,
                               unknown,   unknown, unknown, unknown};
    if (out->outcome != TB_FAILURE_OK)
        return;
    struct tb_survival s;
    out->job_mtbf = in->mtbf / in->chips;
    tb_survival_make(&s, out->job_mtbf, in->shape);
    out->interval = isfinite(in->interval) ? in->interval : tb_interval_best(in);
    double period = out->interval + in->stall;
    double saved = tb_survival_renewals(&s, in->lag, period);
    double recovery = tb_survival_attempts(&s, in->recovery);
    double cycle = s.mean + recovery;
    out->goodput = out->interval * saved / cycle;
    if (!(out->goodput >= TB_LEAST_GOODPUT)) {
        out->outcome = TB_FAILURE_NO_PROGRESS;
        out->goodput = NAN;
        return;
    }
    out->saving = in->stall * saved / cycle;
    out->redone = fmax(0.0, s.mean - period * saved) / cycle;
    out->recovering = recovery / cycle;
    out->failures_per_second = 1.0 / (cycle * tb_survival_at(&s, in->recovery));
    const struct tb_cycle c = {in->lag, period, cycle / saved, in->recovery};
    out->variance_per_second = tb_survival_variance(&s, &c) / cycle;
}

void tb_failure_evaluate_last(const struct tb_failure_in *in, struct tb_failure_last *last,
                              struct tb_failure *out)
{
    if (!last) {
        tb_failure_evaluate(in, out);
        return;
    }
    /* Doubles only, no padding; bits also match where a value is NaN. */
    if (!last->set || memcmp(&last->in, in, sizeof *in) != 0) {
        last->in = *in;
        tb_failure_evaluate(in, &last->out);
        last->set = true;
    }
    *out = last->out;
}

/* A lognormal loss where there is one, of the mean and variance of all (eq. 7.8). */
static void spread_loss(struct tb_run_time *t)
{
    double lost = t->mean - t->least;
    double some = 1.0 - t->none;
    double mean = lost / some;
    double square = (t->sd * t->sd + lost * lost) / some;
    double variance = log(fmax(square / (mean * mean), 1.0));
    t->median = mean * exp(-0.5 * variance);
    t->sigma = sqrt(variance);
}

void tb_run_time(const struct tb_failure *failure, double work, struct tb_run_time *out)
{
    out->mean = work / failure->goodput;
    out->least = work + out->mean * failure->saving;
    out->sd = sqrt(out->mean * failure->variance_per_second);
    out->failures = out->mean * failure->failures_per_second;
    out->none = exp(-out->failures);
    out->median = out->sigma = NAN;
    if (out->none < 1.0 && out->mean > out->least)
        spread_loss(out);
}

double tb_run_time_at(const struct tb_run_time *time, double probability)
{
    if (!(time->median > 0.0))
        return time->mean;
    double u = fmax(NEGLIGIBLE, fmin(1.0 - NEGLIGIBLE, probability));
    if (u <= time->none)
        return time->least;
    double z = tb_normal_deviate((u - time->none) / (1.0 - time->none));
    return time->least + time->median * exp(time->sigma * z);
}

double tb_spares(double rate, double repair, double confidence)
{
    const double many = 500.0; /* exp(-expected) underflows beyond 700 */
    double expected = rate * repair;
    if (!(expected >= 0.0 && isfinite(expected)) || !(confidence >= 0.0 && confidence < 1.0))
        return NAN;
    if (expected > many) { /* Cornish-Fisher; off by less than one there */
        double z = tb_normal_deviate(fmax(confidence, NEGLIGIBLE));
        return ceil(expected + z * sqrt(expected) + (z * z - 1.0) / 6.0 - 0.5);
    }
    double probability = exp(-expected);
    double sum = probability;
    double n = 0.0;
    while (sum < confidence && probability > 0.0) {
        probability *= expected / ++n;
        sum += probability;
    }
    return n;
}
