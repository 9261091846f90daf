/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "generation.h"
#include "near.h"

struct world {
    struct tb_model model;
    struct tb_decode_model counted;
    struct tb_decoder decoder;
    struct tb_responses lengths;
    struct tb_rollout_in in;
};

static void make(struct world *w, struct tb_model model, double chips, double max_batch)
{
    struct tb_infer_plan plan = one_chip();
    struct tb_chip chip = chip_80g();
    struct tb_infer_constants constants = usual_constants();
    plan.chips = plan.tp = chips;
    plan.max_batch = max_batch;
    w->model = model;
    tb_decode_count(&w->model, &w->counted);
    assert_int_equal(tb_decoder_init(&w->decoder, &w->counted, &chip, &plan, &constants), TB_OK);
    w->in = (struct tb_rollout_in){
        .decoder = &w->decoder, .lengths = &w->lengths, .group = 16.0, .prompt = 200.0};
}

struct shape {
    bool sparse;
    double chips, max_batch, mean, cap, cv, samples, replicas;
    int draws;
};

/* Seconds of decoding by the formulas over those of the token-by-token walk. */
static double against_oracle(const struct shape *s)
{
    struct world w;
    struct tb_rollout_out out;
    make(&w, s->sparse ? sparse_30b() : dense_7b(), s->chips, s->max_batch);
    assert_int_equal(tb_responses_make(&w.lengths, s->mean, s->cap, s->cv), TB_OK);
    w.in.samples = s->samples;
    w.in.replicas = s->replicas;
    assert_int_equal(tb_rollout_time(&w.in, &out), TB_OK);
    double slots = fmin(floor(out.slots), ceil(s->samples / s->replicas));
    return (out.time - out.prefill) / oracle_mean(&w.in, (size_t)slots, s->draws);
}

/* No queue, a queue of some rounds or of many, one slot, capped and long tails, one and many
 * replicas, weights read whole and by experts. The oracle draws its lengths: its own error here is
 * below 0.7 %. */
static void test_agrees_with_token_by_token(void **state)
{
    (void)state;
    static const struct shape shapes[] = {
        {false, 1.0, 0.0, 700.0, 4096.0, 0.7, 2048.0, 16.0, 4},
        {false, 1.0, 0.0, 300.0, 2048.0, 0.7, 64.0, 1.0, 400},
        {false, 1.0, 128.0, 300.0, 2048.0, 0.7, 256.0, 1.0, 200},
        {false, 1.0, 128.0, 300.0, 2048.0, 0.7, 166.0, 1.0, 200},
        {false, 1.0, 64.0, 300.0, 2048.0, 0.7, 1024.0, 4.0, 80},
        {false, 1.0, 32.0, 300.0, 2048.0, 0.7, 640.0, 1.0, 60},
        {false, 1.0, 4.0, 300.0, 2048.0, 0.7, 32.0, 1.0, 400},
        {false, 1.0, 1.0, 300.0, 2048.0, 0.7, 16.0, 1.0, 200},
        {false, 1.0, 0.0, 300.0, 2048.0, 0.7, 1.0, 1.0, 4000},
        {false, 1.0, 0.0, 1500.0, 2048.0, 0.7, 512.0, 4.0, 8},
        {false, 1.0, 64.0, 1500.0, 2048.0, 0.7, 512.0, 4.0, 8},
        {false, 1.0, 64.0, 400.0, 8192.0, 1.5, 512.0, 4.0, 60},
        {false, 1.0, 64.0, 400.0, 8192.0, 0.3, 512.0, 4.0, 40},
        {false, 1.0, 48.0, 256.0, 256.0, 0.0, 512.0, 4.0, 1},
        {false, 1.0, 7.0, 256.0, 256.0, 0.0, 1024.0, 4.0, 1},
        {false, 1.0, 5.0, 250.0, 256.0, 0.5, 256.0, 1.0, 2},
        {true, 2.0, 0.0, 800.0, 4096.0, 0.7, 512.0, 8.0, 8},
        {true, 2.0, 48.0, 800.0, 4096.0, 0.7, 512.0, 4.0, 40},
        {true, 2.0, 0.0, 5700.0, 8192.0, 0.7, 512.0, 8.0, 1},
        {true, 2.0, 0.0, 800.0, 4096.0, 0.7, 512.0, 64.0, 6},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        assert_in(against_oracle(&shapes[i]), 0.98, 1.02);
}

/* A draft of one token that is taken in 4 of 5 steps, and of three that gives 2.6 tokens a step:
 * each step of the walk yields whole tokens. */
static void test_speculation_agrees_with_token_by_token(void **state)
{
    (void)state;
    static const struct {
        double draft, accepted, slots, samples, replicas;
        bool sparse;
    } cases[] = {{1.0, 1.8, 64.0, 512.0, 2.0, false},
                 {1.0, 1.8, 0.0, 256.0, 4.0, false},
                 {3.0, 2.6, 32.0, 320.0, 1.0, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        struct tb_rollout_out out;
        make(&w, cases[i].sparse ? sparse_30b() : dense_7b(), cases[i].sparse ? 2.0 : 1.0,
             cases[i].slots);
        w.decoder.draft = cases[i].draft;
        w.decoder.accepted = cases[i].accepted;
        tb_responses_make(&w.lengths, 900.0, 4096.0, 0.7);
        w.in.samples = cases[i].samples;
        w.in.replicas = cases[i].replicas;
        assert_int_equal(tb_rollout_time(&w.in, &out), TB_OK);
        double slots = fmin(floor(out.slots), ceil(w.in.samples / w.in.replicas));
        assert_in((out.time - out.prefill) / oracle_mean(&w.in, (size_t)slots, 60), 0.98, 1.02);
    }
}

/* Counted lengths: the walk draws from the same table. */
static void test_a_table_agrees_with_token_by_token(void **state)
{
    (void)state;
    static const double counted[] = {37.0,  120.0, 150.0, 190.0,  240.0,  310.0,
                                     400.0, 560.0, 800.0, 1300.0, 2100.0, 4096.0};
    for (int i = 0; i < 2; i++) {
        struct world w;
        struct tb_rollout_out out;
        make(&w, dense_7b(), 1.0, i == 0 ? 0.0 : 48.0);
        assert_int_equal(tb_responses_table(&w.lengths, counted, 12), TB_OK);
        w.in.samples = 384.0;
        w.in.replicas = 2.0;
        tb_rollout_time(&w.in, &out);
        double slots = fmin(floor(out.slots), ceil(w.in.samples / w.in.replicas));
        assert_in((out.time - out.prefill) / oracle_mean(&w.in, (size_t)slots, 100), 0.98, 1.02);
    }
}

/* What an asynchronous trainer is fed with: the time that more responses add to a walk whose slots
 * stay filled, the tail being the same. */
static void test_full_slots_agree_with_token_by_token(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct world w;
        struct tb_rollout_out out;
        make(&w, i == 2 ? sparse_30b() : dense_7b(), i == 2 ? 2.0 : 1.0, 40.0);
        tb_responses_make(&w.lengths, 500.0, i == 1 ? 16384.0 : 2048.0, i == 1 ? 1.2 : 0.7);
        w.in.replicas = 1.0;
        w.in.samples = 600.0;
        double some = oracle_mean(&w.in, 40, 40);
        w.in.samples = 2600.0;
        double more = oracle_mean(&w.in, 40, 40);
        tb_rollout_time(&w.in, &out);
        double each = (out.no_tail - out.prefill) / 2600.0;
        assert_in(each * 2000.0 / (more - some), 0.98, 1.02);
    }
}

/* The longest of n and each of its m - 1 companions: one minus the chance that it ended given that
 * it is the shorter of the n, (1 - alive) (1 - (1 - alive)^(n - 1)) / (1 - (1 - alive)^n) n / (n -
 * 1).
 */
static void test_companions_of_the_longest(void **state)
{
    (void)state;
    const double live[] = {1.5, 2.0, 37.0, 1024.0, 9999.5}, replicas[] = {1.0, 1.7, 16.0, 4096.0};
    for (size_t i = 0; i < sizeof live / sizeof *live; i++) {
        for (size_t k = 0; k < sizeof replicas / sizeof *replicas; k++) {
            for (double alive = 1e-16; alive < 1.0; alive *= 1.9) {
                double m = live[i], n = m * replicas[k];
                double anywhere = -expm1(n * log1p(-alive));
                long double one = log1pl(-(long double)alive), all = n;
                long double shorter = expm1l((all - 1) * one) / expm1l(all * one) * all / (all - 1);
                double expected = (double)(1 + (m - 1) * (1 - expl(one) * shorter));
                /* 1e-14 where long double is longer than double, which it is not everywhere */
                assert_rel(tb_rollout_slowest(alive, anywhere, m, n), expected, 1e-11);
            }
        }
    }
    assert_exact(tb_rollout_slowest(0.3, 0.3, 1.0, 1.0), 1.0);
    assert_exact(tb_rollout_slowest(0.3, -expm1(64.0 * log1p(-0.3)), 1.0, 64.0), 1.0);
    assert_rel(tb_rollout_slowest(1.0 - 1e-15, 1.0, 64.0, 512.0), 64.0, 1e-13);
}

/* One response of 400 tokens after a prompt of 200: 400 steps at a mean context of 400. */
static void test_one_response_by_hand(void **state)
{
    (void)state;
    struct world w;
    struct tb_rollout_out out;
    make(&w, dense_7b(), 1.0, 0.0);
    tb_responses_make(&w.lengths, 400.0, 400.0, NAN);
    w.in.samples = w.in.replicas = w.in.group = 1.0;
    assert_int_equal(tb_rollout_time(&w.in, &out), TB_OK);
    double step = (14140571648.0 + 400.0 * 57344.0) / (0.55 * 3.35e12) + 4e-3;
    assert_rel(out.time - out.prefill, 400.0 * step, 1e-9);
    assert_rel(out.floor, out.time, 1e-9);
    assert_rel(out.no_tail, out.time, 1e-9);
    /* 200 tokens x (2 x 7,070,285,824 + 100 keys x 401,408) FLOPs at 0.40 of the peak */
    double prompt = 200.0 * (2.0 * 7070285824.0 + 100.0 * 401408.0) / (0.40 * 989.4e12);
    assert_rel(out.prefill, prompt, 1e-12);
}

static void test_floor_is_a_floor_and_more_replicas_never_slower(void **state)
{
    (void)state;
    struct world w;
    struct tb_rollout_out out;
    make(&w, sparse_30b(), 2.0, 0.0);
    tb_responses_make(&w.lengths, 2309.0, 20480.0, 0.8);
    w.in.samples = 1031.0;
    double before = INFINITY, no_tail = INFINITY;
    for (double replicas = 1.0; replicas < 3000.0; replicas *= 1.37) {
        w.in.replicas = replicas;
        assert_int_equal(tb_rollout_time(&w.in, &out), TB_OK);
        assert_true(out.time <= before * (1.0 + 2e-3));
        assert_true(out.no_tail <= no_tail * (1.0 + 1e-12));
        assert_true(out.time >= out.floor * 0.995);
        assert_true(out.no_tail <= out.time * 1.005);
        before = out.time;
        no_tail = out.no_tail;
    }
    assert_in(out.time / out.floor, 0.995, 1.02);
}

/* With a memory and a host of no weight, each token costs its FLOPs: 300 responses of 777 tokens.
 */
static void test_infinite_bandwidth_reduces_to_flops(void **state)
{
    (void)state;
    struct world w;
    struct tb_rollout_out out;
    make(&w, dense_7b(), 1.0, 0.0);
    w.decoder.memory_rate = INFINITY;
    w.decoder.step_fixed = 0.0;
    tb_responses_make(&w.lengths, 777.0, 777.0, NAN);
    w.in.samples = 300.0;
    w.in.replicas = 4.0;
    assert_int_equal(tb_rollout_time(&w.in, &out), TB_OK);
    double token = 2.0 * 7070285824.0 + (200.0 + 0.5 * 777.0) * 401408.0;
    assert_rel(out.time - out.prefill, 75.0 * 777.0 * token / (0.45 * 989.4e12), 1e-7);
    assert_rel(out.no_tail, out.time, 1e-7);
}

/* A grid made once serves any number of replicas. */
static void test_bins_made_before_change_nothing(void **state)
{
    (void)state;
    struct world w;
    struct tb_rollout_out out, again;
    struct tb_rollout_bins bins;
    make(&w, dense_7b(), 1.0, 24.0);
    tb_responses_make(&w.lengths, 777.0, 4096.0, 1.1);
    w.in.samples = 300.0;
    tb_rollout_bins(&w.lengths, 300.0, &bins);
    assert_rel(bins.mean, 777.0, 1e-3);
    for (double replicas = 1.0; replicas < 20.0; replicas *= 2.7) {
        w.in.replicas = replicas;
        w.in.bins = NULL;
        assert_int_equal(tb_rollout_time(&w.in, &out), TB_OK);
        w.in.bins = &bins;
        assert_int_equal(tb_rollout_time(&w.in, &again), TB_OK);
        assert_exact(again.time, out.time);
        assert_exact(again.floor, out.floor);
        assert_exact(again.longest, tb_responses_longest(&w.lengths, 300.0));
        assert_int_equal(tb_rollout_steady(&w.in, &again), TB_OK);
        assert_exact(again.no_tail, out.no_tail);
        assert_exact(again.floor, out.floor);
        assert_true(isnan(again.time) && isnan(again.steps));
    }
}

static void test_group_of_one_shares_no_prompt(void **state)
{
    (void)state;
    struct world w;
    struct tb_rollout_out own, shared;
    make(&w, dense_7b(), 1.0, 0.0);
    tb_responses_make(&w.lengths, 300.0, 2048.0, 0.7);
    w.in.samples = 512.0;
    w.in.replicas = 4.0;
    w.in.group = 1.0;
    tb_rollout_time(&w.in, &own);
    w.in.shared_prompt = true;
    tb_rollout_time(&w.in, &shared);
    assert_exact(shared.time, own.time);
    assert_exact(shared.slots, own.slots);
    w.in.group = 16.0;
    tb_rollout_time(&w.in, &shared);
    assert_rel(shared.prefill, own.prefill / 16.0, 1e-12);
    assert_true(shared.slots > own.slots);
}

static void test_waiting_for_tools_lowers_the_batch(void **state)
{
    (void)state;
    struct world w;
    struct tb_rollout_out busy, waiting;
    make(&w, dense_7b(), 1.0, 0.0);
    tb_responses_make(&w.lengths, 6000.0, 30000.0, 0.7);
    w.in.samples = 4096.0;
    w.in.replicas = 4.0;
    tb_rollout_time(&w.in, &busy);
    w.in.waiting = 0.6;
    tb_rollout_time(&w.in, &waiting);
    assert_rel(waiting.slots, 0.4 * busy.slots, 1e-12);
    assert_true(waiting.time > 1.1 * busy.time);
}

static void test_cache_without_room_for_one_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct tb_rollout_out out;
    make(&w, dense_7b(), 1.0, 0.0);
    w.in.samples = 64.0;
    w.in.replicas = 4.0;
    /* 48.8 GB / 57,344 bytes: 850,000 tokens */
    tb_responses_make(&w.lengths, 6000.0, 900e3, 0.7);
    assert_int_equal(tb_rollout_time(&w.in, &out), TB_E_ANSWER);
    tb_responses_make(&w.lengths, 6000.0, 800e3, 0.7);
    assert_int_equal(tb_rollout_time(&w.in, &out), TB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_token_by_token),
        cmocka_unit_test(test_speculation_agrees_with_token_by_token),
        cmocka_unit_test(test_a_table_agrees_with_token_by_token),
        cmocka_unit_test(test_full_slots_agree_with_token_by_token),
        cmocka_unit_test(test_companions_of_the_longest),
        cmocka_unit_test(test_one_response_by_hand),
        cmocka_unit_test(test_floor_is_a_floor_and_more_replicas_never_slower),
        cmocka_unit_test(test_infinite_bandwidth_reduces_to_flops),
        cmocka_unit_test(test_bins_made_before_change_nothing),
        cmocka_unit_test(test_group_of_one_shares_no_prompt),
        cmocka_unit_test(test_waiting_for_tools_lowers_the_batch),
        cmocka_unit_test(test_cache_without_room_for_one_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
