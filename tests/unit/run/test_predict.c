/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "../plan/shapes.h"
#include "run/predict.h"

/* 26 layers on 384 chips, experts shared by eight ranks, four stages. */
struct stand {
    struct setup s;
    struct tb_cluster cluster;
    struct tb_prediction prediction;
    struct tb_stage stage;
    struct tb_stage_in in;
};

static void stand_up(struct stand *t, enum tb_schedule schedule, double chunks)
{
    set_up(&t->s, moe(26, 3072, 24, 48), 384, 384, 4096);
    t->s.plan.schedule = schedule;
    t->s.plan.tp = 2;
    t->s.plan.sp = true;
    t->s.plan.pp = 4;
    t->s.plan.vpp = chunks;
    t->s.plan.dp = 48;
    t->s.plan.ep = 8;
    t->s.plan.micro_batch = 2;
    t->s.plan.free_routing = true;
    t->s.perf.imbalance = 1.3;
    t->cluster = (struct tb_cluster){
        .scale_up_domain = 8, .scale_up_bandwidth = 170e9, .scale_out_bandwidth = 43e9};
    t->prediction =
        (struct tb_prediction){.plan = t->s.plan, .perf = t->s.perf, .chips = 384, .chosen = true};
    tb_model_facts(&t->s.model, &t->prediction.facts);
    t->stage = (struct tb_stage){.chips = 360, .seq_len = 4096, .step_model = 0.93};
    t->stage.mean_doc_len = t->stage.doc_cv = NAN;
    t->in = (struct tb_stage_in){.model = &t->s.model,
                                 .chip = &t->s.chip,
                                 .cluster = &t->cluster,
                                 .stage = &t->stage,
                                 .prediction = &t->prediction};
}

static struct tb_plan_figures figures(const struct stand *t, const struct tb_step_line *line,
                                      double batch)
{
    struct tb_plan_figures out;
    struct tb_stage_in in = t->in;
    in.line = line;
    tb_plan_figures(&in, batch, &out);
    return out;
}

/* Tokens of one microbatch of every replica, and of those that fill the pipeline. */
static double least_of(const struct tb_step_line *line)
{
    return line->filling * line->tokens;
}

static void check_line(struct stand *t)
{
    static const double times[] = {1.0, 1.07, 1.9, 3.3, 17.0, 640.0};
    struct tb_step_line line;
    tb_step_line_fit(&t->in, NAN, &line);
    assert_true(line.filling >= 1.0 && isfinite(line.filling));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        double batch = times[i] * least_of(&line);
        struct tb_plan_figures whole = figures(t, NULL, batch);
        struct tb_plan_figures read = figures(t, &line, batch);
        assert_rel(read.rate, whole.rate, 1e-12);
        assert_rel(read.memory, whole.memory, 1e-12);
    }
}

static void test_line_is_the_step_at_every_batch_that_fills_the_pipeline(void **state)
{
    (void)state;
    struct stand t;
    for (int schedule = 0; schedule < TB_SCHEDULE_COUNT; schedule++) {
        if (schedule == TB_SCHED_GPIPE)
            continue;
        for (double chunks = 1.0; chunks <= (schedule == TB_SCHED_1F1B ? 3.0 : 1.0); chunks++) {
            for (int zero = 0; zero <= 3; zero++) {
                stand_up(&t, (enum tb_schedule)schedule, chunks);
                t.prediction.plan.zero = zero;
                check_line(&t);
            }
        }
    }
}

/* A batch that does not fill one microbatch of each replica takes as long as one that does. */
static void test_line_of_plan_without_pipeline_holds_for_any_batch(void **state)
{
    (void)state;
    struct stand t;
    struct tb_step_line line;
    stand_up(&t, TB_SCHED_1F1B, 1.0);
    t.prediction.plan.pp = 1;
    t.prediction.plan.dp = 192;
    tb_step_line_fit(&t.in, 1e6, &line);
    double one = 192.0 * 360.0 / 384.0 * 2.0 * 4096.0;
    assert_exact(line.filling, 1.0);
    assert_rel(line.tokens, one, 1e-15);
    assert_false(tb_step_line_short(&line, 1e-3 * one));
    for (double batch = 0.13 * one; batch < 90.0 * one; batch *= 1.9) {
        assert_rel(figures(&t, &line, batch).rate, figures(&t, NULL, batch).rate, 1e-12);
        assert_rel(figures(&t, &line, batch).memory, figures(&t, NULL, batch).memory, 1e-12);
    }
}

/* Times are straight in the reciprocal of a peak but where a product stops waiting for memory. */
static void test_between_two_lines(void **state)
{
    (void)state;
    struct stand t;
    struct tb_step_line a, b, middle;
    struct tb_step_around around = {2, {&a, &b}, {0.65, 0.35}};
    stand_up(&t, TB_SCHED_1F1B, 1.0);
    const double peak = t.s.chip.peak[TB_BF16];
    t.s.chip.peak[TB_BF16] = peak / 1.2;
    tb_step_line_fit(&t.in, NAN, &a);
    double slow = figures(&t, NULL, 9e7).rate;
    t.s.chip.peak[TB_BF16] = peak / 1.0;
    tb_step_line_fit(&t.in, NAN, &b);
    t.s.chip.peak[TB_BF16] = peak / 1.13;
    tb_step_line_between(&around, 9e7, &middle);
    assert_exact(middle.usual, 9e7);
    assert_rel(figures(&t, &middle, 9e7).rate, figures(&t, NULL, 9e7).rate, 1e-4);
    around.weight[0] = 1.0;
    around.weight[1] = 0.0;
    tb_step_line_between(&around, 9e7, &middle);
    assert_rel(figures(&t, &middle, 9e7).rate, slow, 1e-14);
    /* Too few for the lines: not read off. */
    tb_step_line_between(&around, 0.9 * least_of(&a), &middle);
    assert_true(isnan(middle.usual));
}

/* Where the usual batch is too few for one of two lines, and enough for the other. */
static void test_between_keeps_the_usual_batch(void **state)
{
    (void)state;
    struct stand t;
    struct tb_step_line few, many, middle;
    const struct tb_step_around around = {2, {&few, &many}, {0.5, 0.5}};
    stand_up(&t, TB_SCHED_1F1B, 2.0);
    t.stage.chips = 320;
    tb_step_line_fit(&t.in, NAN, &few);
    double usual = 1.07 * least_of(&few);
    tb_step_line_fit(&t.in, usual, &few);
    t.stage.chips = 376;
    tb_step_line_fit(&t.in, usual, &many);
    assert_true(isnan(few.usual) && many.usual == usual);
    tb_step_line_between(&around, usual, &middle);
    assert_exact(middle.usual, usual);
    double seconds = few.fixed + few.each * 1.07 * few.filling;
    assert_rel(middle.usual_seconds, 0.5 * (seconds + many.usual_seconds), 1e-12);
}

static void test_batch_below_the_line_is_worked_out(void **state)
{
    (void)state;
    struct stand t;
    struct tb_step_line line;
    stand_up(&t, TB_SCHED_1F1B, 2.0);
    tb_step_line_fit(&t.in, NAN, &line);
    double batch = 0.11 * least_of(&line);
    assert_true(tb_step_line_short(&line, batch));
    assert_true(figures(&t, &line, batch).rate == figures(&t, NULL, batch).rate);
    assert_true(figures(&t, &line, batch).memory == figures(&t, NULL, batch).memory);
    double seconds = line.fixed + line.each * batch / line.tokens;
    assert_true(fabs(batch / seconds / t.stage.chips * 0.93 / figures(&t, NULL, batch).rate - 1.0) >
                1e-6);
}

/* Knots are steps themselves; between them times are straight but for what overlaps with the rounds
 * of chunks. */
static void test_knots_reach_down_to_one_microbatch(void **state)
{
    (void)state;
    struct stand t;
    struct tb_step_line line;
    struct tb_step_knots knots = {0};
    stand_up(&t, TB_SCHED_1F1B, 2.0);
    tb_step_line_fit(&t.in, NAN, &line);
    line.knots = &knots;
    tb_step_line_reach(&t.in, 0.5 * least_of(&line), &line);
    assert_exact(knots.count[0], ceil(line.filling) - 1.0);
    assert_true(knots.n > 0 && knots.count[knots.n - 1] <= 0.5 * line.filling);
    assert_true(tb_step_line_short(&line, 0.9 * knots.count[knots.n - 1] * line.tokens));
    tb_step_line_reach(&t.in, 0.5 * line.tokens, &line);
    assert_exact(knots.count[knots.n - 1], 1.0);
    for (double batch = 1.1 * least_of(&line); batch > 0.4 * line.tokens; batch *= 0.93) {
        struct tb_plan_figures whole = figures(&t, NULL, batch);
        assert_false(tb_step_line_short(&line, batch));
        assert_rel(figures(&t, &line, batch).rate, whole.rate, 1e-4);
        assert_rel(figures(&t, &line, batch).memory, whole.memory, 1e-3);
    }
    double some = knots.count[2] * line.tokens;
    assert_rel(figures(&t, &line, some).rate, figures(&t, NULL, some).rate, 1e-12);
    assert_rel(figures(&t, &line, some).memory, figures(&t, NULL, some).memory, 1e-12);
}

static void test_usual_batch_is_kept_as_it_is(void **state)
{
    (void)state;
    struct stand t;
    struct tb_step_line line;
    stand_up(&t, TB_SCHED_1F1B, 2.0);
    double usual = 0.9e6;
    tb_step_line_fit(&t.in, usual, &line);
    assert_true(usual < least_of(&line));
    assert_rel(figures(&t, &line, usual).rate, figures(&t, NULL, usual).rate, 1e-15);
    assert_true(figures(&t, &line, usual).memory == figures(&t, NULL, usual).memory);
}

static void test_all_forward_first_has_no_line(void **state)
{
    (void)state;
    struct stand t;
    struct tb_step_line line;
    stand_up(&t, TB_SCHED_GPIPE, 1.0);
    tb_step_line_fit(&t.in, NAN, &line);
    assert_true(least_of(&line) > 1e14);
    struct tb_step_knots knots = {0};
    line.knots = &knots;
    tb_step_line_reach(&t.in, 3e7, &line);
    assert_int_equal(knots.n, 0);
    t.in.prediction = NULL;
    tb_step_line_fit(&t.in, NAN, &line);
    assert_true(isinf(line.filling));
}

/* Moves each number of chip and cluster by turns: a line is shared where the step stays. */
static void check_numbers(struct stand *t, double *first, size_t n, int *moved)
{
    const struct tb_plan_figures before = figures(t, NULL, 3e7);
    const struct tb_chip chip = t->s.chip;
    const struct tb_cluster cluster = t->cluster;
    const struct tb_stage_in other = {
        .prediction = &t->prediction, .stage = &t->stage, .chip = &chip, .cluster = &cluster};
    for (size_t i = 0; i < n; i++) {
        double value = first[i];
        first[i] = isfinite(value) && value > 0.0 ? 0.37 * value : 0.37;
        struct tb_plan_figures after = figures(t, NULL, 3e7);
        if (!(after.rate == before.rate && after.memory == before.memory)) {
            assert_false(tb_step_line_shared(&t->in, &other));
            ++*moved;
        }
        first[i] = value;
    }
    assert_true(tb_step_line_shared(&t->in, &other));
}

static void test_lines_are_shared_only_where_no_number_moves_the_step(void **state)
{
    (void)state;
    struct stand t;
    int moved = 0;
    stand_up(&t, TB_SCHED_1F1B, 1.0);
    t.s.chip.rent = 1.9;
    check_numbers(&t, (double *)(void *)&t.s.chip, sizeof t.s.chip / sizeof(double), &moved);
    check_numbers(&t, (double *)(void *)&t.cluster, sizeof t.cluster / sizeof(double), &moved);
    assert_true(moved >= 4);
    const struct tb_chip dearer = t.s.chip;
    struct tb_stage_in other = t.in;
    t.s.chip.rent *= 1.7;
    other.chip = &dearer;
    assert_true(tb_step_line_shared(&t.in, &other));
    struct tb_stage more = t.stage;
    more.chips += 8.0;
    other.stage = &more;
    assert_false(tb_step_line_shared(&t.in, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_is_the_step_at_every_batch_that_fills_the_pipeline),
        cmocka_unit_test(test_line_of_plan_without_pipeline_holds_for_any_batch),
        cmocka_unit_test(test_between_two_lines),
        cmocka_unit_test(test_between_keeps_the_usual_batch),
        cmocka_unit_test(test_batch_below_the_line_is_worked_out),
        cmocka_unit_test(test_knots_reach_down_to_one_microbatch),
        cmocka_unit_test(test_usual_batch_is_kept_as_it_is),
        cmocka_unit_test(test_all_forward_first_has_no_line),
        cmocka_unit_test(test_lines_are_shared_only_where_no_number_moves_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
