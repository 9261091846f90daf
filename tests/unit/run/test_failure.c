/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "run/failure.h"
#include "run/survival.h"

#define HOUR 3600.0

/* ---- an event simulation that knows nothing of the closed forms ---- */

static double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static double draw_life(const struct tb_failure_in *in, uint64_t *state)
{
    double mean = in->mtbf / in->chips;
    double scale = mean / tgamma(1.0 + 1.0 / in->shape);
    return scale * pow(-log(uniform(state)), 1.0 / in->shape);
}

struct history {
    double time, saving, recovering;
    long failures;
};

/* Steps, checkpoints, failures one after the other until `segments` checkpoints are stored. */
static struct history simulate(const struct tb_failure_in *in, double interval, long segments,
                               uint64_t seed)
{
    struct history h = {0};
    uint64_t state = seed;
    long stored = 0;
    while (stored < segments) {
        double life = draw_life(in, &state); /* until the next failure, from a running start */
        double clock = 0.0;
        long taken = 0; /* since the start; the k-th is safe `lag` after its stall */
        long safe = 0;
        while (stored + safe < segments) {
            double end = clock + interval + in->stall;
            if (end + in->lag > life && end > life)
                break;
            clock = end;
            taken++;
            safe = clock + in->lag <= life ? taken : safe;
            if (clock + in->lag > life)
                break;
        }
        stored += safe;
        h.saving += (double)safe * in->stall;
        if (stored >= segments) {
            h.time += clock;
            break;
        }
        h.time += life;
        h.failures++;
        for (bool up = false; !up;) {
            double next = draw_life(in, &state);
            up = next >= in->recovery;
            h.time += up ? in->recovery : next;
            h.recovering += up ? in->recovery : next;
            h.failures += !up;
        }
    }
    return h;
}

static void against_simulation(const struct tb_failure_in *in, long segments)
{
    struct tb_failure f;
    tb_failure_evaluate(in, &f);
    assert_int_equal(f.outcome, TB_FAILURE_OK);
    struct history h = simulate(in, f.interval, segments, 20261122);
    double work = (double)segments * f.interval;
    assert_rel(f.goodput, work / h.time, 0.02);
    assert_rel(f.saving, h.saving / h.time, 0.02);
    assert_rel(f.recovering, h.recovering / h.time, 0.02);
    assert_rel(f.failures_per_second, (double)h.failures / h.time, 0.02);
    assert_rel(f.goodput + f.saving + f.redone + f.recovering, 1.0, 1e-3);
}

static const struct tb_failure_in blocking = {.chips = 1733,
                                              .mtbf = 41300 * HOUR,
                                              .shape = 1,
                                              .recovery = 977,
                                              .stall = 143,
                                              .interval = 5171};
static const struct tb_failure_in asynchronous = {.chips = 16384,
                                                  .mtbf = 23700 * HOUR,
                                                  .shape = 1,
                                                  .recovery = 613,
                                                  .stall = 11.3,
                                                  .lag = 187,
                                                  .interval = 431};
static const struct tb_failure_in stormy = {.chips = 131072,
                                            .mtbf = 29500 * HOUR,
                                            .shape = 1,
                                            .recovery = 390,
                                            .stall = 21,
                                            .lag = 60,
                                            .interval = (double)NAN};
static const struct tb_failure_in clustered = {.chips = 4099,
                                               .mtbf = 31100 * HOUR,
                                               .shape = 0.71,
                                               .recovery = 1310,
                                               .stall = 67,
                                               .lag = 29,
                                               .interval = (double)NAN};
static const struct tb_failure_in ageing = {.chips = 9001,
                                            .mtbf = 37000 * HOUR,
                                            .shape = 1.9,
                                            .recovery = 700,
                                            .stall = 35,
                                            .interval = 1203};

static void test_goodput_agrees_with_simulation(void **state)
{
    (void)state;
    against_simulation(&blocking, 700000);
    against_simulation(&asynchronous, 1500000);
    against_simulation(&stormy, 1500000);
}

static void test_goodput_of_weibull_agrees_with_simulation(void **state)
{
    (void)state;
    against_simulation(&clustered, 1000000);
    against_simulation(&ageing, 1000000);
}

/* Time of one run of so many segments, many times over. */
static void spread_against_simulation(const struct tb_failure_in *in, long segments, double tail)
{
    enum { RUNS = 4000 };
    static double times[RUNS];
    struct tb_failure f;
    struct tb_run_time t;
    tb_failure_evaluate(in, &f);
    tb_run_time(&f, (double)segments * f.interval, &t);
    double sum = 0.0;
    double squares = 0.0;
    long above = 0;
    double p95 = tb_run_time_at(&t, 0.95);
    for (int i = 0; i < RUNS; i++) {
        times[i] = simulate(in, f.interval, segments, 77 + 1000003u * (uint64_t)i).time;
        sum += times[i];
        squares += times[i] * times[i];
        above += times[i] > p95;
    }
    double mean = sum / RUNS;
    assert_rel(t.mean, mean, 0.02);
    assert_rel(t.sd, sqrt(squares / RUNS - mean * mean), 0.08);
    assert_in((double)above / RUNS, 0.05 - tail, 0.05 + tail);
}

static void test_calendar_time_agrees_with_simulation(void **state)
{
    (void)state;
    spread_against_simulation(&asynchronous, 3000, 0.02); /* 100 failures and more */
    spread_against_simulation(&blocking, 97, 0.02);       /* about six */
    spread_against_simulation(&clustered, 400, 0.02);
}

static void test_calendar_time_with_few_failures(void **state)
{
    (void)state;
    /* 41300 h / 1733 = 85,793 s between failures; 3 segments of 5,314 s last 15,942 s:
     * 16,979 s in the mean hold 0.198 failures, so 82 of 100 runs see none. */
    struct tb_failure f;
    struct tb_run_time t;
    tb_failure_evaluate(&blocking, &f);
    tb_run_time(&f, 3 * 5171.0, &t);
    assert_rel(t.failures, t.mean / 85793.4, 1e-4);
    assert_in(t.none, 0.80, 0.84);
    assert_rel(tb_run_time_at(&t, 0.5), t.least, 1e-12);
    assert_rel(t.least, 3 * 5314.0, 1e-3);
    assert_true(tb_run_time_at(&t, 0.95) > t.least + 900.0);
    double low = tb_run_time_at(&t, 0.85);
    for (double u = 0.86; u < 0.9999; u += 0.25 * (1.0 - u)) {
        double next = tb_run_time_at(&t, u);
        assert_true(next > low);
        low = next;
    }
    assert_true(isfinite(tb_run_time_at(&t, 1.0)) && isfinite(tb_run_time_at(&t, 0.0)));
    /* With failures in every run: the median of a lognormal loss is mean / sqrt(1 + (sd / mean)^2).
     */
    tb_run_time(&f, 3000 * 5171.0, &t);
    assert_in(t.none, 0.0, 1e-60);
    double lost = t.mean - t.least;
    assert_rel(tb_run_time_at(&t, 0.5) - t.least, lost * lost / hypot(lost, t.sd), 1e-9);
    double sigma = sqrt(log1p(t.sd * t.sd / (lost * lost)));
    assert_rel((tb_run_time_at(&t, 0.95) - t.least) / (tb_run_time_at(&t, 0.5) - t.least),
               exp(1.6448536269514722 * sigma), 1e-9);
    assert_rel((tb_run_time_at(&t, 0.001) - t.least) / (tb_run_time_at(&t, 0.5) - t.least),
               exp(-3.0902323061678132 * sigma), 1e-9);
}

/* (1 - x) exp(x + c) = 1, in logarithms; below c = 5e-7 the logarithm has no digits left for it. */
static void test_best_interval_is_the_root(void **state)
{
    (void)state;
    struct tb_failure_in in = {.chips = 512, .mtbf = 512, .shape = 1};
    for (double c = 5.3e-7; c < 9.0; c *= 1.37) {
        in.stall = c;
        double x = tb_interval_best(&in);
        assert_in((log1p(-x) + x + c) / c, -1e-9, 1e-9);
    }
    in.stall = 4.1e-11; /* s = 9.055385e-6: s - s^2/3 + s^3/36 */
    assert_rel(tb_interval_best(&in), 9.0553576e-6, 1e-7);
}

static void test_renewal_form_equals_dalys(void **state)
{
    (void)state;
    /* Blocking: T / work = M / tau exp(R / M) (exp((tau + C) / M) - 1), with M = 41300 h / 1733 =
     * 85793.42 s, tau = 5171, C = 143, R = 977: exp(R/M) = 1.0114531, exp(5314/M) - 1 = 0.0638999
     */
    struct tb_failure f;
    tb_failure_evaluate(&blocking, &f);
    double m = 41300 * HOUR / 1733;
    assert_rel(f.goodput, 5171 / (m * exp(977 / m) * expm1(5314 / m)), 1e-13);
    assert_rel(f.goodput, 0.93257, 1e-4);
    assert_exact(f.interval, 5171);
    assert_rel(f.job_mtbf, m, 1e-15);
}

static void test_intervals(void **state)
{
    (void)state;
    /* Young: sqrt(2 x 10 x 10980) = 468.6; Daly adds 1/3 sqrt(10/21960) = 0.711 % and
     * 1/9 x 4.55e-4, less the 10 s. */
    assert_rel(tb_interval_young(10, 10980), 468.615, 1e-5);
    assert_rel(tb_interval_daly(10, 10980), 468.615 * (1 + 0.0071132 + 0.0000506) - 10, 1e-5);
    assert_exact(tb_interval_daly(300, 150), 150);
    struct tb_failure_in in = stormy;
    in.lag = 0;
    double m = in.mtbf / in.chips;
    double best = tb_interval_best(&in);
    double x = best / m;
    assert_rel((1 - x) * exp(x + in.stall / m), 1.0, 1e-12);
    assert_rel(best, tb_interval_daly(in.stall, m), 1e-3);
    /* A Weibull of shape 1 by quadrature finds the same minimum as Newton. */
    in.shape = 1.0 + 1e-9;
    assert_rel(tb_interval_best(&in), best, 0.02);
}

static void test_best_interval_is_a_minimum(void **state)
{
    (void)state;
    const struct tb_failure_in *cases[] = {&stormy, &clustered};
    for (int i = 0; i < 2; i++) {
        struct tb_failure_in in = *cases[i];
        struct tb_failure best;
        struct tb_failure near;
        tb_failure_evaluate(&in, &best);
        for (double factor = 0.4; factor < 2.6; factor += 0.35) {
            in.interval = best.interval * factor;
            tb_failure_evaluate(&in, &near);
            assert_true(near.goodput < best.goodput * (1 + 2e-5));
        }
    }
}

static void test_checkpoint_waits_for_the_last_one(void **state)
{
    (void)state;
    struct tb_failure_in in = stormy; /* 810 s between failures: best is about 176 s */
    in.lag = 700;
    in.interval = NAN;
    assert_exact(tb_interval_best(&in), 679);
    in.interval = 400;
    struct tb_failure f;
    tb_failure_evaluate(&in, &f);
    assert_int_equal(f.outcome, TB_FAILURE_CHECKPOINT_LONG);
    assert_true(isnan(f.goodput));
    in = blocking;
    in.stall = 5172;
    tb_failure_evaluate(&in, &f);
    assert_int_equal(f.outcome, TB_FAILURE_CHECKPOINT_LONG);
    assert_non_null(strstr(tb_failure_outcome_text(f.outcome), "longer"));
}

static void test_no_progress_is_said(void **state)
{
    (void)state;
    struct tb_failure_in in = blocking;
    in.mtbf = 200 * HOUR; /* 415 s between failures, 977 s to recover, 5,314 s to store */
    struct tb_failure f;
    tb_failure_evaluate(&in, &f);
    assert_int_equal(f.outcome, TB_FAILURE_NO_PROGRESS);
    in.interval = NAN; /* nor does the best interval help at a hundredth of that */
    in.mtbf = 2 * HOUR;
    tb_failure_evaluate(&in, &f);
    assert_int_equal(f.outcome, TB_FAILURE_NO_PROGRESS);
    assert_true(isnan(f.goodput) && isnan(f.variance_per_second));
    in.mtbf = 1e-200;
    tb_failure_evaluate(&in, &f);
    assert_int_not_equal(f.outcome, TB_FAILURE_OK);
}

static void test_wrong_inputs_are_refused(void **state)
{
    (void)state;
    struct tb_failure f;
    struct tb_failure_in in = blocking;
    in.mtbf = NAN;
    tb_failure_evaluate(&in, &f);
    assert_int_equal(f.outcome, TB_FAILURE_UNKNOWN);
    double *const members[] = {&in.chips, &in.mtbf, &in.shape,   &in.recovery,
                               &in.stall, &in.lag,  &in.interval};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        in = blocking;
        *members[i] = -3.5;
        tb_failure_evaluate(&in, &f);
        assert_int_equal(f.outcome, TB_FAILURE_INVALID);
        assert_true(isnan(f.goodput));
    }
}

static void test_failure_laws(void **state)
{
    (void)state;
    struct tb_failure few;
    struct tb_failure many;
    struct tb_failure_in in = asynchronous;
    in.interval = NAN;
    tb_failure_evaluate(&in, &few);
    in.chips *= 2;
    tb_failure_evaluate(&in, &many);
    assert_true(many.goodput < few.goodput);
    assert_true(many.interval < few.interval);
    in.chips /= 2;
    in.recovery *= 3;
    tb_failure_evaluate(&in, &many);
    assert_true(many.goodput < few.goodput);
    in = asynchronous;
    in.mtbf = 1e30; /* no failures: only the checkpoints cost */
    tb_failure_evaluate(&in, &many);
    assert_rel(many.goodput, 431.0 / 442.3, 1e-9);
    assert_in(many.redone, 0.0, 1e-9);
}

static void test_checkpoint_cost(void **state)
{
    (void)state;
    /* BLOOM: 2.3 TB in 40 s on 384 GPUs, so 0.1497 GB/s a GPU; every 3 h while steps wait:
     * 40 / (10800 + 40) = 0.37 % of the time. */
    struct tb_checkpoint_in in = {2.3e12, 384, 0.14974e9, 0, 0};
    struct tb_checkpoint c;
    tb_checkpoint_cost(&in, &c);
    assert_rel(c.write, 40.0, 1e-4);
    assert_rel(c.stall, 40.0, 1e-4);
    assert_exact(c.lag, 0.0);
    struct tb_failure_in job = {384, 43008 * HOUR, 1, 1800, c.stall, c.lag, 10800};
    struct tb_failure f;
    tb_failure_evaluate(&job, &f);
    /* 112 h between failures = one and a half a week; half a period and half an hour each:
     * 40 / 10840 + (5420 + 1800) / 403200 = 2.16 % */
    assert_rel(f.job_mtbf, 112 * HOUR, 1e-12);
    assert_in(1.0 - f.goodput, 0.0205, 0.0222);
    in.overlap = 0.75;
    in.snapshot = 7;
    tb_checkpoint_cost(&in, &c);
    assert_rel(c.stall, 17.0, 1e-4);
    assert_rel(c.lag, 30.0, 1e-4);
    assert_rel(c.reload, 40.0, 1e-4);
    in.bytes = NAN;
    tb_checkpoint_cost(&in, &c);
    assert_true(isnan(c.stall) && isnan(c.lag) && isnan(c.reload));
}

static void test_llama_405b_effective_time(void **state)
{
    (void)state;
    /* 419 unexpected interruptions of 16,384 GPUs in 54 days: 54 x 24 x 16384 / 419 = 50,677 h a
     * GPU, one in 3.09 h. Published: over 90 % effective time. With stalls of 5 to 30 s and 8 to 13
     * minutes to recover (most without a person): */
    struct tb_failure_in in = {.chips = 16384,
                               .mtbf = 54.0 * 24.0 * 16384.0 / 419.0 * HOUR,
                               .shape = 1,
                               .stall = 10,
                               .recovery = 600,
                               .lag = 30,
                               .interval = (double)NAN};
    struct tb_failure f;
    struct tb_run_time t;
    tb_failure_evaluate(&in, &f);
    assert_rel(f.job_mtbf, 3.093 * HOUR, 1e-3);
    assert_in(f.goodput, 0.90, 0.92);
    assert_in(f.interval, 450, 480);
    tb_run_time(&f, 54 * 24 * HOUR * f.goodput, &t);
    assert_rel(t.failures, 419, 1e-9);
    /* From one stretch of 54 days to the next the failures vary by chance alone, by 0.3 % or so. */
    assert_in(t.sd / t.mean, 0.002, 0.006);
    in.stall = 30;
    in.recovery = 800;
    tb_failure_evaluate(&in, &f);
    assert_in(f.goodput, 0.84, 0.90);
    in.stall = 5;
    in.recovery = 300;
    tb_failure_evaluate(&in, &f);
    assert_in(f.goodput, 0.93, 0.95);
}

static void test_spares(void **state)
{
    (void)state;
    /* Three expected: P(N <= 5) = 0.9161, P(N <= 6) = 0.9665 */
    assert_exact(tb_spares(3.0 / 86400.0, 86400.0, 0.95), 6.0);
    assert_exact(tb_spares(3.0 / 86400.0, 86400.0, 0.91), 5.0);
    assert_exact(tb_spares(0.0, 86400.0, 0.95), 0.0);
    assert_in(tb_spares(2000.0, 1.0, 0.95), 2070.0, 2078.0); /* 2000 + 1.645 sqrt(2000) */
    assert_true(isnan(tb_spares(1.0, -1.0, 0.95)));
    assert_true(isnan(tb_spares(1.0, 1.0, 1.0)));
    /* On both sides of the change of method: 490 + 1.645 sqrt(490) = 526.4, 510: 547.1 */
    assert_in(tb_spares(490.0, 1.0, 0.95), 526.0, 528.0);
    assert_in(tb_spares(510.0, 1.0, 0.95), 547.0, 548.0);
    assert_true(isnan(tb_spares((double)INFINITY, 1.0, 0.9)));
}

static void test_the_last_answer_is_used_for_the_same_question_only(void **state)
{
    (void)state;
    struct tb_failure_last last = {.set = false};
    struct tb_failure f, anew;
    struct tb_failure_in in = clustered;
    tb_failure_evaluate(&in, &anew);
    for (int i = 0; i < 2; i++) {
        tb_failure_evaluate_last(&in, &last, &f);
        assert_memory_equal(&f.job_mtbf, &anew.job_mtbf,
                            sizeof f - offsetof(struct tb_failure, job_mtbf));
    }
    last.out.goodput = 0.385; /* seen only if the answer is copied */
    tb_failure_evaluate_last(&in, &last, &f);
    assert_exact(f.goodput, 0.385);
    in.recovery += 1e-9 * in.recovery;
    tb_failure_evaluate_last(&in, &last, &f);
    assert_rel(f.goodput, anew.goodput, 1e-6);
    in = stormy;
    tb_failure_evaluate_last(&in, NULL, &f);
    tb_failure_evaluate(&in, &anew);
    assert_exact(f.goodput, anew.goodput);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goodput_agrees_with_simulation),
        cmocka_unit_test(test_goodput_of_weibull_agrees_with_simulation),
        cmocka_unit_test(test_calendar_time_agrees_with_simulation),
        cmocka_unit_test(test_calendar_time_with_few_failures),
        cmocka_unit_test(test_best_interval_is_the_root),
        cmocka_unit_test(test_renewal_form_equals_dalys),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_best_interval_is_a_minimum),
        cmocka_unit_test(test_checkpoint_waits_for_the_last_one),
        cmocka_unit_test(test_no_progress_is_said),
        cmocka_unit_test(test_wrong_inputs_are_refused),
        cmocka_unit_test(test_failure_laws),
        cmocka_unit_test(test_checkpoint_cost),
        cmocka_unit_test(test_llama_405b_effective_time),
        cmocka_unit_test(test_spares),
        cmocka_unit_test(test_the_last_answer_is_used_for_the_same_question_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
