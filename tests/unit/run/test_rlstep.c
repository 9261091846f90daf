/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "generation.h"
#include "near.h"
#include "run/rlstep.h"

struct world {
    struct tb_model model;
    struct tb_decode_model counted;
    struct tb_decoder decoder;
    struct tb_responses lengths;
    struct tb_rl_step_in in;
};

/* 37 x 16 responses; trainer of 3.1e17 and 1.7e17 FLOPs at 300 and 250 TFLOP/s a chip. */
static void make(struct world *w, double chips)
{
    struct tb_infer_plan plan = one_chip();
    struct tb_chip chip = chip_80g();
    struct tb_infer_constants constants = usual_constants();
    w->model = dense_7b();
    tb_decode_count(&w->model, &w->counted);
    assert_int_equal(tb_decoder_init(&w->decoder, &w->counted, &chip, &plan, &constants), TB_OK);
    assert_int_equal(tb_responses_make(&w->lengths, 1100.0, 8192.0, 0.7), TB_OK);
    w->in = (struct tb_rl_step_in){
        .chips = chips,
        .rollout_share = NAN,
        .rollout = {.decoder = &w->decoder,
                    .lengths = &w->lengths,
                    .samples = 592.0,
                    .group = 16.0,
                    .prompt = 200.0,
                    .shared_prompt = true},
        .samples = 592.0,
        .update_flops = 3.1e17,
        .update_rate = 300e12,
        .forward_flops = 1.7e17,
        .forward_rate = 250e12,
        .update_tokens = 592.0 * 1300.0,
        .sync_time = 0.7,
        .fixed_time = 2.5,
        .factor = 1.0,
    };
}

static void test_colocated_phases_add_up(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out out;
    make(&w, 24.0);
    w.in.offload_time = 1.3;
    w.in.verify_time = 0.4;
    assert_int_equal(tb_rl_step(&w.in, &out), TB_OK);
    /* 3.1e17 / (24 x 300e12) = 43.0556 s; 1.7e17 / (24 x 250e12) = 28.3333 s */
    assert_rel(out.update, 43.055555555555556, 1e-12);
    assert_rel(out.forward, 28.333333333333332, 1e-12);
    assert_rel(out.time, out.generation.time + out.update + out.forward + 0.7 + 1.3 + 0.4 + 2.5,
               1e-12);
    assert_rel(out.tokens, 592.0 * 1300.0, 1e-12);
    assert_rel(out.rate, 592.0 * 1300.0 / (out.time * 24.0), 1e-12);
    assert_rel(out.update_rate, 592.0 * 1300.0 / (43.055555555555556 * 24.0), 1e-12);
    assert_rel(out.rollout_rate, 592.0 * 1100.0 / (out.rollout * 24.0), 1e-12);
}

static void test_two_pools_at_once_wait_for_the_longer(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out out;
    make(&w, 24.0);
    w.in.placement = TB_PLACE_ONE_STEP_OFF;
    w.in.rollout_share = 0.25; /* 6 chips roll out, 18 train: 57.407 + 37.778 + 0.7 s */
    assert_int_equal(tb_rl_step(&w.in, &out), TB_OK);
    assert_rel(out.update + out.forward, 3.1e17 / (18.0 * 300e12) + 1.7e17 / (18.0 * 250e12),
               1e-12);
    assert_rel(out.time, fmax(out.rollout, out.update + out.forward + 0.7) + 2.5, 1e-12);
    w.in.placement = TB_PLACE_SPLIT;
    assert_int_equal(tb_rl_step(&w.in, &out), TB_OK);
    assert_rel(out.time, out.rollout + out.update + out.forward + 0.7 + 2.5, 1e-12);
}

/* No share of a hundred is better than the one found. */
static void test_best_share_beats_every_share(void **state)
{
    (void)state;
    static const enum tb_placement placements[] = {TB_PLACE_SPLIT, TB_PLACE_ONE_STEP_OFF,
                                                   TB_PLACE_ASYNC};
    for (size_t p = 0; p < 3; p++) {
        struct world w;
        struct tb_rl_step_out best, out;
        make(&w, 48.0);
        w.in.placement = placements[p];
        assert_int_equal(tb_rl_step(&w.in, &best), TB_OK);
        for (int i = 3; i < 98; i++) {
            w.in.rollout_share = 0.01 * i;
            assert_int_equal(tb_rl_step(&w.in, &out), TB_OK);
            assert_true(best.time <= out.time * 1.005);
        }
    }
}

static void test_floor_holds_for_any_number_of_chips(void **state)
{
    (void)state;
    static const enum tb_placement placements[] = {TB_PLACE_COLOCATED, TB_PLACE_SPLIT,
                                                   TB_PLACE_ONE_STEP_OFF, TB_PLACE_ASYNC};
    for (size_t p = 0; p < 4; p++) {
        struct world w;
        struct tb_rl_step_out out;
        double before = INFINITY;
        for (double chips = 4.0; chips < 5e5; chips *= 2.0) {
            make(&w, chips);
            w.in.placement = placements[p];
            w.in.factor = 1.11;
            assert_int_equal(tb_rl_step(&w.in, &out), TB_OK);
            assert_true(out.time <= before * 1.005);
            assert_true(out.floor <= out.time);
            assert_true(out.no_tail <= out.time * 1.005);
            before = out.time;
        }
        assert_in(out.time / out.floor, 1.0, 1.06);
    }
}

/* Without tail, synchronisation and fixed times, twice the chips halve the step as long as the
 * engine's batch does not shrink; they never lengthen it. */
static void test_more_chips_never_slower_without_tail_and_sync(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out out;
    double before = INFINITY;
    for (double chips = 2.0; chips < 1000.0; chips *= 1.29) {
        make(&w, chips);
        w.in.sync_time = w.in.fixed_time = 0.0;
        tb_rl_step(&w.in, &out);
        assert_true(out.no_tail <= before * (1.0 + 1e-12));
        before = out.no_tail;
    }
}

/* G = 1, one length, memory and host of no weight: the products alone. */
static void test_reduces_to_the_flop_bound(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out out;
    make(&w, 24.0);
    tb_responses_make(&w.lengths, 1100.0, 1100.0, NAN);
    w.decoder.memory_rate = INFINITY;
    w.decoder.step_fixed = 0.0;
    w.in.rollout.group = 1.0;
    w.in.sync_time = w.in.fixed_time = 0.0;
    tb_rl_step(&w.in, &out);
    double token = 2.0 * 7070285824.0 + (200.0 + 550.0) * 401408.0;
    double prompt = 2.0 * 7070285824.0 + 100.0 * 401408.0;
    double flops =
        592.0 / 24.0 * (1100.0 * token / (0.45 * 989.4e12) + 200.0 * prompt / (0.40 * 989.4e12));
    assert_rel(out.time, flops + 43.055555555555556 + 28.333333333333332, 1e-6);
    assert_rel(out.no_tail, out.time, 1e-6);
}

/* 592 verdicts of 3 s by 8 workers take 222 s; what the rollout does not hide, and the last one. */
static void test_verifier_hides_behind_the_rollout(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out out;
    make(&w, 24.0);
    w.in.verify_time = 3.0;
    w.in.verify_total = 222.0;
    tb_rl_step(&w.in, &out);
    assert_rel(out.verify, 3.0 + 222.0 - out.rollout, 1e-12);
    w.in.verify_total = 0.5 * out.rollout;
    tb_rl_step(&w.in, &out);
    assert_exact(out.verify, 3.0);
}

static void test_enough_chips(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out one, two;
    make(&w, 24.0);
    double enough = tb_rl_enough_chips(&w.in, 0.1);
    assert_in(enough, 24.0, 1e6);
    w.in.chips = enough;
    tb_rl_step(&w.in, &one);
    w.in.chips = 2.0 * enough;
    tb_rl_step(&w.in, &two);
    assert_true(two.time > 0.9 * one.time);
    w.in.chips = 0.5 * enough;
    tb_rl_step(&w.in, &two);
    assert_true(one.time <= 0.9 * two.time);
    w.in.chips = 77777.0; /* halved many times: a number of chips is whole */
    enough = tb_rl_enough_chips(&w.in, 0.1);
    assert_exact(enough, ceil(enough));
}

static void test_pool_without_a_replica_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out out;
    make(&w, 24.0);
    w.decoder.chips = 32.0;
    assert_int_equal(tb_rl_step(&w.in, &out), TB_E_ANSWER);
    w.in.placement = TB_PLACE_ASYNC;
    assert_int_equal(tb_rl_step(&w.in, &out), TB_E_ANSWER);
    assert_true(isnan(out.time));
}

/* The limit stands well above what an idle machine needs (some 25 microseconds). */
static void test_one_step_is_quick(void **state)
{
    (void)state;
    struct world w;
    struct tb_rl_step_out out;
    make(&w, 24.0);
    clock_t start = clock();
    for (int i = 0; i < 400; i++)
        tb_rl_step(&w.in, &out);
    double each = (double)(clock() - start) / (double)CLOCKS_PER_SEC / 400.0;
    assert_in(each, 0.0, 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colocated_phases_add_up),
        cmocka_unit_test(test_two_pools_at_once_wait_for_the_longer),
        cmocka_unit_test(test_best_share_beats_every_share),
        cmocka_unit_test(test_floor_holds_for_any_number_of_chips),
        cmocka_unit_test(test_more_chips_never_slower_without_tail_and_sync),
        cmocka_unit_test(test_reduces_to_the_flop_bound),
        cmocka_unit_test(test_verifier_hides_behind_the_rollout),
        cmocka_unit_test(test_enough_chips),
        cmocka_unit_test(test_pool_without_a_replica_is_refused),
        cmocka_unit_test(test_one_step_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
