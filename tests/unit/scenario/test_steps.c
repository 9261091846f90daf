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
#include "open.h"
#include "scenario/build.h"
#include "scenario/evaluate.h"
#include "scenario/stage_tables.h"
#include "scenario/steps.h"

/* A scenario and the tables of some of its inputs. */
struct bench {
    tb_arena *arena;
    tb_diags *diags;
    struct tb_scenario *s;
    struct tb_drawn_range drawn[8];
    size_t n;
    struct tb_stage_tables *tables;
};

static void build(struct bench *b, const struct tb_request *request)
{
    b->n = 0;
    b->arena = tb_arena_new();
    b->diags = tb_diags_new();
    b->s = tb_scenario_build(b->arena, data, request, b->diags);
    assert_non_null(b->s);
    tb_scenario_line_up(b->s);
}

static void take_down(struct bench *b)
{
    tb_diags_free(b->diags);
    tb_arena_free(b->arena);
}

static struct tb_input *input(const struct bench *b, const char *path)
{
    for (size_t i = 0; i < b->s->n_inputs; i++)
        if (strcmp(b->s->inputs[i].path, path) == 0)
            return &b->s->inputs[i];
    fail_msg("no input %s", path);
    return NULL;
}

static void draw(struct bench *b, const char *path, double low, double high)
{
    struct tb_input *in = input(b, path);
    b->drawn[b->n++] = (struct tb_drawn_range){in, low * in->value, high * in->value};
}

static void write(const struct tb_input *in, struct tb_values *values, double times)
{
    tb_input_write(in, values, times * in->value);
}

/* How far apart time and bytes of each stage are, off the tables and from scratch: not those of the
 * run, in which a small stage is lost. */
static double distance(struct bench *b, const struct tb_values *values)
{
    struct tb_stage_out read[TB_MAX_STAGES], whole[TB_MAX_STAGES];
    struct tb_step_line lines[TB_MAX_STAGES];
    struct tb_stage_fixed fixed[TB_MAX_STAGES];
    struct tb_stage_known known[TB_MAX_STAGES], alone[TB_MAX_STAGES];
    double worst = 0.0;
    assert_true(tb_stage_tables_meet(b->tables, values));
    tb_stage_tables_find(b->tables, values, lines, known);
    tb_scenario_stages(b->s, values, known, read);
    tb_scenario_count(b->s, values, fixed);
    for (int i = 0; i < b->s->n_stages; i++)
        alone[i] = (struct tb_stage_known){&fixed[i], NULL};
    tb_scenario_stages(b->s, values, alone, whole);
    for (int i = 0; i < b->s->n_stages; i++) {
        const double apart[] = {read[i].chip_hours / whole[i].chip_hours - 1.0,
                                read[i].step_time / whole[i].step_time - 1.0,
                                read[i].memory_per_chip / whole[i].memory_per_chip - 1.0};
        for (size_t k = 0; k < sizeof apart / sizeof *apart; k++) {
            assert_true(isfinite(apart[k]));
            worst = fmax(worst, fabs(apart[k]));
        }
    }
    return worst;
}

static void test_steps_between_nodes_are_those_worked_out(void **state)
{
    (void)state;
    static const double chips[] = {0.93, 1.0, 1.04, 1.12};
    static const double peaks[] = {0.79, 0.96, 1.0, 1.17};
    static const double batches[] = {0.61, 1.0, 2.3};
    static const double lengths[] = {1.0, 1.2968395546510096}; /* 2^(12/32): on the grid */
    const struct tb_request request = {.preset = "v4pro-post", .chip = "910c"};
    struct bench b;
    build(&b, &request);
    draw(&b, "train.chips", 0.9, 1.15);
    draw(&b, "chip.peak.bf16", 0.75, 1.2);
    draw(&b, "train.batch_tokens", 0.6, 2.4);
    draw(&b, "train.seq_len", 1.0, 2.0);
    draw(&b, "train.goodput", 0.8, 1.0);
    b.tables = tb_stage_tables_new(b.s, b.drawn, b.n);
    assert_true(input(&b, "train.chips")->tabled && input(&b, "chip.peak.bf16")->tabled &&
                input(&b, "train.seq_len")->tabled);
    assert_false(input(&b, "train.goodput")->tabled);
    struct tb_values values = b.s->central;
    assert_true(distance(&b, &values) < 1e-12);
    for (size_t i = 0; i < 4 * 4 * 3 * 2; i++) {
        write(input(&b, "train.chips"), &values, chips[i % 4]);
        write(input(&b, "chip.peak.bf16"), &values, peaks[i / 4 % 4]);
        write(input(&b, "train.batch_tokens"), &values, batches[i / 16 % 3]);
        write(input(&b, "train.seq_len"), &values, lengths[i / 48]);
        assert_in(distance(&b, &values), 0.0, 1e-5);
    }
    take_down(&b);
}

/* A pipeline that small batches do not fill. */
static void test_small_batches_are_read_off_knots(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "dsv3-total"};
    struct bench b;
    build(&b, &request);
    draw(&b, "sft.batch_tokens", 0.1, 5.0);
    draw(&b, "sft.chips", 0.8, 1.3);
    b.tables = tb_stage_tables_new(b.s, b.drawn, b.n);
    assert_true(input(&b, "sft.batch_tokens")->tabled);
    struct tb_values values = b.s->central;
    for (double times = 0.12; times < 5.0; times *= 1.37) {
        write(input(&b, "sft.batch_tokens"), &values, times);
        assert_in(distance(&b, &values), 0.0, 2e-3);
    }
    take_down(&b);
}

/* The batch alone is drawn: the line met first is made to reach what is met later. */
static void test_a_line_reaches_later_batches(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "dsv3-total"};
    struct tb_step_line lines[TB_MAX_STAGES];
    struct tb_stage_known known[TB_MAX_STAGES];
    struct bench b;
    build(&b, &request);
    draw(&b, "sft.batch_tokens", 0.1, 5.0);
    b.tables = tb_stage_tables_new(b.s, b.drawn, b.n);
    struct tb_values values = b.s->central;
    const int last = b.s->n_stages - 1;
    for (double times = 4.7; times > 0.1; times *= 0.31) {
        write(input(&b, "sft.batch_tokens"), &values, times);
        assert_true(tb_stage_tables_meet(b.tables, &values));
        tb_stage_tables_find(b.tables, &values, lines, known);
        assert_non_null(known[last].line);
        assert_false(tb_step_line_short(known[last].line, tb_scenario_batch(&values, last)));
    }
    take_down(&b);
}

/* Beyond two numbers, and for ranges that no node can hold, every step is worked out. */
static void test_what_is_too_much_is_not_lined_up(void **state)
{
    (void)state;
    const struct tb_request request = {.preset = "v4pro-post", .chip = "910c"};
    struct tb_step_axes axes;
    struct bench b;
    build(&b, &request);
    draw(&b, "train.chips", 0.9, 1.1);
    draw(&b, "chip.memory.bandwidth", 0.9, 1.1);
    tb_step_axes_find(b.s, 0, b.drawn, b.n, &axes);
    assert_true(axes.lined && axes.n == 2);
    draw(&b, "chip.peak.bf16", 0.9, 1.1);
    tb_step_axes_find(b.s, 0, b.drawn, b.n, &axes);
    assert_false(axes.lined);
    b.n = 0;
    draw(&b, "train.chips", 1e-6, 1e6);
    tb_step_axes_find(b.s, 0, b.drawn, b.n, &axes);
    assert_false(axes.lined);
    b.n = 0;
    draw(&b, "train.chips", 0.5, 3.0); /* 2.6 doublings: 8 + 12 + 2 nodes */
    tb_step_axes_find(b.s, 0, b.drawn, b.n, &axes);
    assert_true(axes.lined && axes.n == 1 && axes.axis[0].n == 22);
    draw(&b, "chip.peak.bf16", 0.4, 2.1); /* 2.4 doublings: 21 nodes, 462 together */
    tb_step_axes_find(b.s, 0, b.drawn, b.n, &axes);
    assert_false(axes.lined);
    b.n = 0;
    draw(&b, "train.goodput", 0.8, 1.0);
    tb_step_axes_find(b.s, 0, b.drawn, b.n, &axes);
    assert_true(axes.lined && axes.n == 0 && !axes.batch);
    take_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_between_nodes_are_those_worked_out),
        cmocka_unit_test(test_small_batches_are_read_off_knots),
        cmocka_unit_test(test_a_line_reaches_later_batches),
        cmocka_unit_test(test_what_is_too_much_is_not_lined_up),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
