/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "open.h"
#include "trainbudget/estimate.h"

/* What a bad request is answered with, word by word. */

static void expect(const struct tb_request *request, enum tb_status status, const char *text)
{
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = tb_estimate_new(data, request, diags);
    assert_null(e);
    assert_int_equal(tb_diags_status(diags), status);
    char *found = NULL;
    for (size_t i = 0; !found && i < tb_diags_count(diags, TB_NOTE); i++)
        if (tb_diags_at(diags, i)->severity == TB_ERROR)
            found = tb_diag_text(tb_diags_at(diags, i));
    assert_string_equal(found, text);
    free(found);
    tb_diags_free(diags);
}

static void expect_setting(const char *preset, const char *setting, enum tb_status status,
                           const char *text)
{
    const struct tb_setting settings[] = {{setting, {"command line", 0, 0}}};
    const struct tb_request request = {.preset = preset, .settings = settings, .n_settings = 1};
    expect(&request, status, text);
}

#define POST "v4pro-post"
#define COUNT_UNITS "K, k, M, B, T or a bare number"

static void test_setting_errors(void **state)
{
    (void)state;
    expect_setting(POST, "stesp=3", TB_E_USAGE,
                   "command line: error[TB1012]: unknown input 'stesp'; accepted: "
                   "steps; `trainbudget list params` shows all");
    expect_setting(POST, "chip.peak.bf61=3", TB_E_USAGE,
                   "command line: error[TB1012]: unknown input 'chip.peak.bf61'; "
                   "accepted: chip.peak.bf16, chip.peak.tf32, chip.peak.fp16; "
                   "`trainbudget list params` shows all");
    expect_setting(POST, "steps", TB_E_USAGE,
                   "command line: error[TB1002]: --set needs a key and a value; found steps; "
                   "accepted: KEY=VALUE, KEY=LOW..HIGH");
    expect_setting(POST, "=3", TB_E_USAGE,
                   "command line: error[TB1002]: --set needs a key and a value; found =3; "
                   "accepted: KEY=VALUE, KEY=LOW..HIGH");
    expect_setting(POST, "steps=", TB_E_INPUT,
                   "command line: error[TB3001]: steps: not a number; found nothing; "
                   "accepted: " COUNT_UNITS);
    expect_setting(POST, "steps=12 apples", TB_E_INPUT,
                   "command line: error[TB3002]: steps: a unit of the wrong kind or unknown; found "
                   "12 apples; accepted: " COUNT_UNITS);
    expect_setting(POST, "steps=nan", TB_E_INPUT,
                   "command line: error[TB3001]: steps: not a number; found nan; "
                   "accepted: " COUNT_UNITS);
    expect_setting(POST, "steps=inf", TB_E_INPUT,
                   "command line: error[TB3001]: steps: not a number; found inf; "
                   "accepted: " COUNT_UNITS);
    expect_setting(POST, "steps=1e400", TB_E_INPUT,
                   "command line: error[TB3001]: steps: not a number; found 1e400; "
                   "accepted: " COUNT_UNITS);
    expect_setting(POST, "steps=-7", TB_E_INPUT,
                   "command line: error[TB3003]: steps: outside its range; found -7; accepted: a "
                   "whole number, 1 to 1e+12");
    expect_setting(POST, "steps=1500.5", TB_E_INPUT,
                   "command line: error[TB3003]: steps: outside its range; found 1500.5; accepted: "
                   "a whole number, 1 to 1e+12");
    expect_setting(POST, "chips=900.25..1100", TB_E_INPUT,
                   "command line: error[TB3003]: chips: outside its range; found 900.25; accepted: "
                   "a whole number, 1 to 100000000");
    expect_setting(POST, "steps=..", TB_E_INPUT,
                   "command line: error[TB3001]: steps: an end of the range is missing; found ..; "
                   "accepted: LOW..HIGH");
    expect_setting(POST, "steps=1500..", TB_E_INPUT,
                   "command line: error[TB3001]: steps: an end of the range is missing; found "
                   "1500..; accepted: LOW..HIGH");
    expect_setting(POST, "goodput=0", TB_E_INPUT,
                   "command line: error[TB3003]: goodput: outside its range; found 0; accepted: "
                   "0.01 to 1");
    expect_setting(POST, "steps=2000..1400", TB_E_INPUT,
                   "command line: error[TB3004]: steps: low is not below high; found 2000..1400; "
                   "accepted: LOW..HIGH with LOW below HIGH");
    expect_setting(POST, "nostage.steps=3", TB_E_USAGE,
                   "command line: error[TB1012]: unknown input 'nostage.steps'; "
                   "accepted: steps; `trainbudget list params` shows all");
}

static void test_bare_key_of_several_stages(void **state)
{
    (void)state;
    /* What stages add up is not meant for each of them. */
    expect_setting("llama31-405b-pretrain", "reserved_hours=2000", TB_E_USAGE,
                   "command line: error[TB1011]: 'reserved_hours' could mean several stages; "
                   "accepted: pretrain/1.reserved_hours, pretrain/2.reserved_hours, "
                   "long-context.reserved_hours, *.reserved_hours");
    expect_setting("dsv3-context-extension", "seq_len=8192", TB_E_USAGE,
                   "command line: error[TB1011]: 'seq_len' could mean several stages; "
                   "accepted: extend/1.seq_len, extend/2.seq_len, *.seq_len");
}

static void test_request_errors(void **state)
{
    (void)state;
    const struct tb_request nothing = {0};
    expect(&nothing, TB_E_USAGE,
           "command line: error[TB1014]: nothing to estimate; give --preset RUN, or --model MODEL "
           "with --chip, --chips and --set tokens=N");
    const struct tb_request no_chip = {.model = "llama-3.1-8b"};
    expect(&no_chip, TB_E_USAGE,
           "command line: error[TB1014]: no chip is named; give --chip CHIP or --cluster CLUSTER");
    const struct tb_request no_tokens = {.model = "llama-3.1-8b", .chip = "h100", .chips = 8.0};
    expect(&no_tokens, TB_E_USAGE,
           "command line: error[TB1014]: pretrain: the number of tokens is not known; give --set "
           "tokens=N, or --set steps=N and --set batch_tokens=N");
    const struct tb_setting tokens = {"tokens=1T", {"command line", 0, 0}};
    const struct tb_request no_chips = {
        .model = "llama-3.1-8b", .chip = "h100", .settings = &tokens, .n_settings = 1};
    expect(&no_chips, TB_E_USAGE,
           "command line: error[TB1014]: pretrain: the number of chips is not known; give --chips "
           "N");
    const struct tb_request precision = {.preset = POST, .precision = "bf61"};
    expect(&precision, TB_E_USAGE,
           "command line: error[TB1002]: --precision: unknown precision 'bf61'; "
           "accepted: fp32, tf32, fp16, bf16, fp8, int8, fp4");
    const struct tb_request convention = {.preset = POST, .mfu_convention = "casual"};
    expect(&convention, TB_E_USAGE,
           "command line: error[TB1002]: --mfu-convention: unknown name 'casual'; "
           "accepted: causal");
    const struct tb_request peak = {.preset = POST, .peak = "sparse"};
    expect(&peak, TB_E_USAGE,
           "command line: error[TB1002]: --peak: unknown name 'sparse'; accepted: "
           "matrix, headline");
    const struct tb_request conflict = {.preset = POST, .cluster = "dgx-h100", .chip = "a100-80g"};
    expect(&conflict, TB_E_USAGE,
           "command line: error[TB1004]: cluster 'dgx-h100' is made of 'h100'; found a100-80g; "
           "accepted: h100; give only one of --chip and --cluster");
    const struct tb_request basis = {.preset = "gpt3-pretrain", .basis = "measured"};
    expect(&basis, TB_E_ANSWER,
           "command line: error[TB4002]: pretrain: stage 'pretrain' has nothing to base a time on "
           "'measured'");
    const struct tb_request chips = {.preset = POST, .chips = -4.0};
    expect(&chips, TB_E_USAGE,
           "command line: error[TB1002]: --chips is outside its range; found -4; accepted: a whole "
           "number, 1 to 100000000");
    const struct tb_request half = {.preset = POST, .chips = 1000.5};
    expect(&half, TB_E_USAGE,
           "command line: error[TB1002]: --chips is outside its range; found 1000.5; accepted: a "
           "whole number, 1 to 100000000");
    const struct tb_request fast = {.preset = POST, .mfu = 0.99};
    expect(&fast, TB_E_ANSWER,
           "command line: error[TB4001]: train: executed FLOPs would be 1.371 times the peak of "
           "the chips; a smaller batch, a longer step, a lower --mfu, or less recomputation");
    const struct tb_setting wide = {"batch_tokens=10B", {"command line", 0, 0}};
    const struct tb_request huge = {
        .preset = POST, .basis = "measured", .settings = &wide, .n_settings = 1};
    expect(&huge, TB_E_ANSWER,
           "command line: error[TB4001]: train: executed FLOPs would be 225.2 times the peak of "
           "the chips; a smaller batch, a longer step, a lower --mfu, or less recomputation");
    const struct tb_request level = {.preset = POST, .level = 1.0};
    expect(
        &level, TB_E_USAGE,
        "command line: error[TB1002]: level is outside its range; accepted: above 0 and below 1");
}

/* All findings at once, not the first. */
static void test_all_settings_are_judged(void **state)
{
    (void)state;
    const struct tb_setting settings[] = {{"steps=-7", {"command line", 0, 0}},
                                          {"goodput=3", {"command line", 0, 0}},
                                          {"nope=3", {"command line", 0, 0}}};
    const struct tb_request request = {.preset = POST, .settings = settings, .n_settings = 3};
    tb_diags *diags = tb_diags_new();
    assert_null(tb_estimate_new(data, &request, diags));
    assert_int_equal(tb_diags_count(diags, TB_ERROR), 3);
    tb_diags_free(diags);
}

static bool warned(const struct tb_request *request, const char *code, const char *part)
{
    bool found = false;
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = tb_estimate_new(data, request, diags);
    assert_non_null(e);
    for (size_t i = 0; i < tb_diags_count(diags, TB_WARNING); i++) {
        const struct tb_diag *d = tb_diags_at(diags, i);
        found = found || (strcmp(d->code, code) == 0 && strstr(d->message, part));
    }
    tb_estimate_free(e);
    tb_diags_free(diags);
    return found;
}

static void test_warnings(void **state)
{
    (void)state;
    const struct tb_request chip = {
        .preset = "dsv3-pretrain", .chip = "a100-80g", .basis = "prior", .no_uncertainty = true};
    assert_true(warned(&chip, "TB1051", "the published speed no longer applies, the chip"));
    assert_true(warned(&chip, "TB1051", "no fp8 peak is on record"));
    const struct tb_request undisclosed = {.preset = "v4flash-pretrain", .no_uncertainty = true};
    assert_true(warned(&undisclosed, "TB1052", "was not disclosed"));
    const struct tb_request named = {
        .preset = "v4flash-pretrain", .chip = "910c", .no_uncertainty = true};
    assert_false(warned(&named, "TB1052", "was not disclosed"));
    const struct tb_request chips = {
        .preset = "dsv3-pretrain", .chips = 1000.0, .basis = "measured", .no_uncertainty = true};
    assert_true(warned(&chips, "TB1054", "measured on 2048 chips"));
    const struct tb_setting one = {"global_batch=1", {"command line", 0, 0}};
    const struct tb_request tiny = {.preset = "dsv3-pretrain",
                                    .basis = "measured",
                                    .settings = &one,
                                    .n_settings = 1,
                                    .no_uncertainty = true};
    assert_true(warned(&tiny, "TB1054", "measured on steps of 62914560 tokens"));
    assert_true(warned(&tiny, "TB1054", "1 sequences a step are fewer than the 2048 chips"));
    const struct tb_request fast = {.preset = POST, .mfu = 0.7};
    assert_false(warned(&fast, "TB1054", "times the peak"));
    const struct tb_setting wide = {"mfu=0.5..0.9", {"command line", 0, 0}};
    const struct tb_request faster = {.preset = POST, .settings = &wide, .n_settings = 1};
    assert_true(warned(&faster, "TB1054", "times the peak"));
    /* What a preset says of its measurement holds only where the measurement is used. */
    const struct tb_request post = {.preset = POST, .basis = "measured", .no_uncertainty = true};
    assert_true(warned(&post, "TB1055", "chip-hours do not"));
    assert_true(warned(&post, "TB1055", "27 s is the step time at the end"));
    const struct tb_request moved = {.preset = POST, .chip = "h800", .no_uncertainty = true};
    assert_false(warned(&moved, "TB1055", "chip-hours do not"));
    assert_false(warned(&moved, "TB1055", "27 s is the step time at the end"));
    assert_true(warned(&moved, "TB1055", "chip-hours move with it"));
    const struct tb_setting steps = {"steps=1000", {"command line", 0, 0}};
    const struct tb_request few = {
        .preset = "dsv3-pretrain", .settings = &steps, .n_settings = 1, .no_uncertainty = true};
    assert_true(warned(&few, "TB1051", "tokens no longer apply"));
}

static void test_metric_find_suggests(void **state)
{
    (void)state;
    size_t index = 0;
    tb_diags *diags = tb_diags_new();
    assert_true(tb_metric_find("chip_hours", (struct tb_pos){0}, &index, diags));
    assert_false(tb_metric_find("chip_hour", (struct tb_pos){"command line", 0, 0}, &index, diags));
    char *text = tb_diag_text(tb_diags_at(diags, 0));
    assert_string_equal(text, "command line: error[TB1013]: unknown metric 'chip_hour'; "
                              "accepted: chip_hours, chip_hours_steady, "
                              "chip_hours_reserved; `trainbudget list metrics` shows all");
    free(text);
    tb_diags_free(diags);
}

/* An input as a setting leaves it. */
static struct tb_estimate_input set_input(const char *setting, const char *path)
{
    const struct tb_setting settings[] = {{setting, {"command line", 0, 0}}};
    const struct tb_request request = {
        .preset = "llama31-405b-pretrain", .settings = settings, .n_settings = 1};
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = tb_estimate_new(data, &request, diags);
    assert_non_null(e);
    struct tb_estimate_input found = {0};
    for (size_t i = 0; i < e->n_inputs; i++)
        if (strcmp(e->inputs[i].path, path) == 0)
            found = e->inputs[i];
    assert_non_null(found.path);
    tb_estimate_free(e);
    tb_diags_free(diags);
    return found;
}

static void expect_ends(const char *setting, const char *path, double low, double high)
{
    const struct tb_estimate_input input = set_input(setting, path);
    assert_rel(input.low, low, 1e-12);
    assert_rel(input.high, high, 1e-12);
}

/* The middle of a range of whole numbers is one, too: plans are chosen for it. */
static void test_middle_of_whole_numbers(void **state)
{
    (void)state;
    assert_exact(set_input("chips=15000..16400", "*.chips").value, 15684.0);
    assert_rel(set_input("evaluation=0.01..0.09", "*.evaluation").value, 0.03, 1e-12);
}

static void test_ends_of_a_range_share_a_unit(void **state)
{
    (void)state;
    expect_ends("checkpoint.interval=1..10 h", "*.checkpoint.interval", 3600.0, 36000.0);
    expect_ends("checkpoint.interval=30 min..10 h", "*.checkpoint.interval", 1800.0, 36000.0);
    expect_ends("checkpoint.interval=600..36000", "*.checkpoint.interval", 600.0, 36000.0);
    expect_ends("evaluation=1..5 %", "*.evaluation", 0.01, 0.05);
    expect_ends("chip.price.rent=12..16 CNY/h @ 8", "chip.price.rent", 1.5, 2.0);
    /* A multiple is no unit. */
    expect_ends("chips=15000..16.4K", "*.chips", 15000.0, 16400.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_of_a_range_share_a_unit),
        cmocka_unit_test(test_middle_of_whole_numbers),
        cmocka_unit_test(test_setting_errors),
        cmocka_unit_test(test_bare_key_of_several_stages),
        cmocka_unit_test(test_request_errors),
        cmocka_unit_test(test_all_settings_are_judged),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_metric_find_suggests),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
