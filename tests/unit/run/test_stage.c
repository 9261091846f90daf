/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "near.h"
#include "run/kinds.h"

/* A stage whose counts are given, so that only the arithmetic of the stage is under test. */
struct fixture {
    struct tb_model model;
    struct tb_chip chip;
    struct tb_cluster cluster;
    struct tb_stage stage;
    struct tb_stage_counts counts;
    struct tb_stage_in in;
    struct tb_stage_out out;
};

static void unknown(void *members, size_t size)
{
    const double nan_value = NAN;
    for (size_t at = 0; at < size; at += sizeof nan_value)
        memcpy((char *)members + at, &nan_value, sizeof nan_value);
}

static void set_up(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    unknown(&f->chip, sizeof f->chip);
    unknown(&f->cluster, sizeof f->cluster);
    unknown(&f->stage.tokens, sizeof f->stage - offsetof(struct tb_stage, tokens));
    f->chip.peak[TB_BF16] = 312e12;
    f->chip.dies = 2.0;
    f->chip.memory_capacity = 100e9;
    f->cluster.power_per_chip = 1234.0;
    f->cluster.pue = 1.25;
    f->cluster.power_busy = f->cluster.power_idle = 1.0;
    f->chip.rent = 1.7;
    f->stage.tokens = 1.3e12;
    f->stage.packing = 0.8;
    f->stage.seq_len = 4096.0;
    f->stage.global_batch = 960.0;
    f->stage.chips = 300.0;
    f->stage.goodput = 0.9;
    f->stage.mfu = 0.37;
    f->counts.n_work = 1;
    f->counts.speed = 1.0;
    f->counts.model_flops[0] = 7.5e9;
    f->counts.hardware_flops[0] = 1.1e10;
    f->counts.state_bytes = 3e12;
    f->counts.checkpoint_per_token = 123456.0;
    f->in = (struct tb_stage_in){.model = &f->model,
                                 .chip = &f->chip,
                                 .cluster = &f->cluster,
                                 .stage = &f->stage,
                                 .counts = &f->counts};
}

static enum tb_status run(struct fixture *f)
{
    return tb_stage_evaluate(&f->in, &f->out);
}

/* 1.3e12 / 0.8 = 1.625e12 processed. 0.37 x 312e12 / 7.5e9 = 15,392 tokens/s/chip.
 * 1.625e12 / 15,392 / 3,600 = 29,326.2012 steady hours; / 0.9 = 32,584.6680.
 * Step 960 x 4,096 / (15,392 x 300) = 0.851559252 s. Wall 32,584.668 / 300 h = 391,016.016 s.
 * Energy 32,584.668 x 3,600 x 1,234 x 1.25 = 1.80941e11 J. Rent 1.7 x hours = 55,393.94 USD. */
static void test_evaluate_hand_worked(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    assert_int_equal(run(&f), TB_OK);
    assert_int_equal(f.out.basis, TB_BASIS_ASSUMED);
    assert_rel(f.out.tokens, 1.3e12, 1e-15);
    assert_rel(f.out.processed_tokens, 1.625e12, 1e-15);
    assert_rel(f.out.flops_model, 1.21875e22, 1e-14);
    assert_rel(f.out.flops_hardware, 1.7875e22, 1e-14);
    assert_rel(f.out.flops_per_token, 7.5e9, 1e-14);
    assert_rel(f.out.token_rate, 15392.0, 1e-14);
    assert_rel(f.out.chip_hours_steady, 29326.201201201202, 1e-13);
    assert_rel(f.out.chip_hours, 32584.668001334669, 1e-13);
    assert_rel(f.out.step_time, 0.85155925155925156, 1e-13);
    assert_rel(f.out.wall_time, 391016.01601601603, 1e-13);
    assert_rel(f.out.energy, 32584.668001334669 * 3600.0 * 1234.0 * 1.25, 1e-13);
    assert_rel(f.out.cost, 55393.935602268937, 1e-13);
    assert_true(isnan(f.out.chip_hours_reserved));
}

/* State 3e12 / 300 = 1e10 a chip; a sequence a die: 123,456 x 4,096 x 2 = 1,011,351,552. */
static void test_evaluate_memory(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    run(&f);
    assert_exact(f.out.sequence_split, 1.0);
    assert_rel(f.out.memory_per_chip, 1e10 + 1011351552.0, 1e-15);

    /* 960 sequences of 4,096 on 20,000 dies: 20.8 dies a sequence, next power of two 32. */
    f.stage.chips = 10000.0;
    run(&f);
    assert_exact(f.out.sequence_split, 32.0);

    /* 9e10 left for 1e6 x 123,456 x 2 = 2.46912e11: 2.74 times too much, so four parts. */
    f.stage.chips = 300.0;
    f.stage.seq_len = 1e6;
    run(&f);
    assert_exact(f.out.sequence_split, 4.0);
    assert_rel(f.out.memory_per_chip, 1e10 + 2.46912e11 / 4.0, 1e-14);

    /* The state alone is too much: every die shares one sequence and it still does not fit. */
    f.stage.chips = 10.0;
    run(&f);
    assert_exact(f.out.sequence_split, 20.0);
    assert_true(f.out.memory_per_chip > f.chip.memory_capacity);
}

/* 20 s for 4e6 tokens on 250 chips: 800 tokens/s/chip whatever runs now. */
static void test_evaluate_measured_keeps_its_batch_and_chips(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    f.stage.mfu = NAN;
    f.stage.measured_step_time = 20.0;
    f.stage.measured_batch_tokens = 4e6;
    f.stage.measured_chips = 250.0;
    assert_int_equal(run(&f), TB_OK);
    assert_int_equal(f.out.basis, TB_BASIS_MEASURED);
    assert_rel(f.out.token_rate, 800.0, 1e-15);

    f.stage.measured_chips = f.stage.measured_batch_tokens = NAN;
    run(&f); /* the stage's own: 3,932,160 / (20 x 300) = 655.36 */
    assert_rel(f.out.token_rate, 655.36, 1e-14);

    f.stage.measured_token_rate = 1.5e6;
    run(&f);
    assert_rel(f.out.token_rate, 5000.0, 1e-14);
}

/* A prior is of the whole run: hours = 1.21875e22 / (0.2 x 312e12) / 3,600 whatever the goodput,
 * and the steady rate is 1/0.9 of the run's. */
static void test_evaluate_prior_is_of_the_run(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    f.stage.mfu = NAN;
    f.stage.prior_mfu = 0.2;
    assert_int_equal(run(&f), TB_OK);
    assert_int_equal(f.out.basis, TB_BASIS_PRIOR);
    assert_rel(f.out.chip_hours, 54253.472222222226, 1e-13);
    assert_rel(f.out.chip_hours_steady, 0.9 * 54253.472222222226, 1e-13);
    f.stage.goodput = NAN;
    run(&f);
    assert_rel(f.out.chip_hours, 54253.472222222226, 1e-13);
    assert_true(isnan(f.out.token_rate));
}

/* Interval 2,000 s, stall 500 s, recovery 3,000 s, a failure of the 300 chips every 10,000 s: the
 * time for a second of steps is 5 exp(0.3) (exp(0.25) - 1) = 1.91697105 (eq. 7.6), the useful share
 * 0.52165629. Published runs kept 0.9, so 54,253.4722 hours become 54,253.4722 x 0.9 x 1.91697105.
 * The steps, 0.52165629 of them, are as fast as ever: 0.9 of the prior's hours. */
static void test_evaluate_prior_holds_no_more_failures_than_published(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    f.stage.mfu = f.stage.goodput = NAN;
    f.stage.prior_mfu = 0.2;
    f.stage.checkpoint_interval = 2000.0;
    f.stage.checkpoint_snapshot = 500.0;
    f.stage.checkpoint_overlap = 0.0;
    f.cluster.storage_bandwidth = 1e9;
    f.cluster.detection = 1000.0;
    f.cluster.restart = 2000.0;
    f.cluster.mtbf = 300.0 * 10000.0;
    assert_int_equal(run(&f), TB_OK);
    assert_rel(f.out.goodput, 0.5216562864838087, 1e-12);
    assert_rel(f.out.chip_hours, 93602.1021219219, 1e-12);
    assert_rel(f.out.chip_hours_steady, 0.9 * 54253.472222222226, 1e-12);
    f.cluster.mtbf = 300.0 * 1e7; /* checkpoints alone: 500 of 2,500 s */
    run(&f);
    assert_in(f.out.chip_hours, 54253.47 * 0.9 * 1.25, 54253.47 * 0.9 * 1.2512);
    f.stage.checkpoint_interval = NAN; /* the best interval loses less than a tenth */
    run(&f);
    assert_rel(f.out.chip_hours, 54253.472222222226, 1e-13);
    f.cluster.mtbf = 300.0; /* no progress: the hours are a hundred times the steps at least */
    run(&f);
    assert_int_equal(f.out.outcome, TB_FAILURE_NO_PROGRESS);
    assert_rel(f.out.chip_hours, 90.0 * 54253.472222222226, 1e-13);
}

static void test_evaluate_order_of_bases(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    f.stage.measured_step_time = 20.0;
    f.stage.prior_mfu = 0.2;
    run(&f);
    assert_int_equal(f.out.basis, TB_BASIS_ASSUMED);
    f.stage.mfu = NAN;
    run(&f);
    assert_int_equal(f.out.basis, TB_BASIS_MEASURED);
    f.in.basis = TB_BASIS_PRIOR;
    run(&f);
    assert_int_equal(f.out.basis, TB_BASIS_PRIOR);
    f.in.basis = TB_BASIS_PREDICTED; /* no step model yet: no time, but work and memory */
    assert_int_equal(run(&f), TB_E_ANSWER);
    assert_true(isnan(f.out.chip_hours));
    assert_rel(f.out.flops_model, 1.21875e22, 1e-14);
    f.in.basis = TB_BASIS_NONE;
    f.stage.measured_step_time = f.stage.prior_mfu = NAN;
    assert_int_equal(run(&f), TB_E_ANSWER);
    assert_int_equal(f.out.basis, TB_BASIS_NONE);
}

static void test_evaluate_laws(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    double hours = 0.0;
    for (double tokens = 1e9; tokens < 1e15; tokens *= 9.7) {
        f.stage.tokens = tokens;
        run(&f);
        assert_true(f.out.chip_hours > hours);
        assert_true(f.out.chip_hours_steady <= f.out.chip_hours);
        hours = f.out.chip_hours;
    }
    for (double mfu = 0.013; mfu < 1.0; mfu *= 1.9) {
        f.stage.mfu = mfu;
        run(&f);
        double product = f.out.chip_hours * mfu;
        f.stage.mfu = 0.37;
        run(&f);
        assert_rel(product, f.out.chip_hours * 0.37, 1e-13);
    }
    f.stage.chips *= 7.0;
    double wall = f.out.wall_time;
    hours = f.out.chip_hours;
    run(&f);
    assert_rel(f.out.chip_hours, hours, 1e-14);
    assert_rel(f.out.wall_time * 7.0, wall, 1e-14);
}

/* An adapter over unpacked weights: 0.7 of the speed, 7.3e9 of 1.1e10 FLOPs; with a reference that
 * reads every token for 3.7e9 the two passes take the FLOPs of the plain one. */
static void test_pass_rate_hand_worked(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    f.counts.speed = 0.7;
    f.counts.plain_hardware = 1.1e10;
    f.counts.hardware_flops[0] = 7.3e9;
    run(&f);
    assert_rel(f.out.pass_rate, 0.7 * 11.0 / 7.3, 1e-12);
    f.stage.kind = TB_STAGE_DPO;
    f.counts.n_work = 2;
    f.counts.model_flops[1] = 2.5e9;
    f.counts.hardware_flops[1] = 3.7e9;
    run(&f);
    assert_rel(f.out.pass_rate, 0.7, 1e-12);
    f.stage.epochs = 5.0; /* a reference that is kept reads the first of five times */
    f.stage.rl.reference_kept = 1.0;
    run(&f);
    assert_rel(f.out.pass_rate, 0.7 * 11.0 / (7.3 + 3.7 / 5.0), 1e-12);
}

static void test_evaluate_unknown_stays_unknown(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    f.cluster.power_per_chip = NAN;
    f.chip.rent = NAN;
    run(&f);
    assert_true(isnan(f.out.energy));
    assert_true(isnan(f.out.cost));
    f.chip.server_power = 700.0;
    run(&f);
    assert_rel(f.out.energy, f.out.chip_hours * 3600.0 * 700.0 * 1.25, 1e-14);
}

static void test_kinds_find(void **state)
{
    (void)state;
    for (int i = 0; i < TB_STAGE_KIND_COUNT; i++) {
        enum tb_stage_kind found;
        assert_true(tb_stage_kind_find(tb_stage_kind_info((enum tb_stage_kind)i)->id, &found));
        assert_int_equal(found, i);
    }
    enum tb_stage_kind none;
    assert_false(tb_stage_kind_find("sfT", &none));
}

/* Prompt tokens whose loss is masked cost what others cost: both kinds list the same work. */
static void test_work_of_kinds(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    struct tb_work pretrain[TB_MAX_WORK];
    struct tb_work sft[TB_MAX_WORK];
    f.stage.kind = TB_STAGE_PRETRAIN;
    assert_int_equal(tb_stage_work(&f.stage, pretrain), 1);
    f.stage.kind = TB_STAGE_SFT;
    assert_int_equal(tb_stage_work(&f.stage, sft), 1);
    assert_int_equal(sft[0].pass, TB_PASS_TRAIN);
    assert_rel(sft[0].tokens, 1.625e12, 1e-15);
    assert_exact(pretrain[0].tokens, sft[0].tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluate_hand_worked),
        cmocka_unit_test(test_evaluate_memory),
        cmocka_unit_test(test_evaluate_measured_keeps_its_batch_and_chips),
        cmocka_unit_test(test_evaluate_prior_is_of_the_run),
        cmocka_unit_test(test_evaluate_prior_holds_no_more_failures_than_published),
        cmocka_unit_test(test_evaluate_order_of_bases),
        cmocka_unit_test(test_evaluate_laws),
        cmocka_unit_test(test_pass_rate_hand_worked),
        cmocka_unit_test(test_evaluate_unknown_stays_unknown),
        cmocka_unit_test(test_kinds_find),
        cmocka_unit_test(test_work_of_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
