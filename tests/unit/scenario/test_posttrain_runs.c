/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "open.h"
#include "scenario/scenario.h"
#include "trainbudget/validate.h"

/* What the published runs of post-training are held to. */

/* A disclosed figure of a run; the caller knows that it is there. */
static struct tb_estimate_disclosed disclosed(const char *run, const char *what, const char *stage)
{
    struct tb_estimate_disclosed found = {0};
    const struct tb_request request = {.preset = run};
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = tb_estimate_new(data, &request, diags);
    assert_non_null(e);
    for (size_t i = 0; i < e->n_disclosed; i++) {
        const struct tb_estimate_disclosed *d = &e->disclosed[i];
        bool there = stage ? d->stage && strcmp(d->stage, stage) == 0 : !d->stage;
        if (there && strcmp(d->what, what) == 0)
            found = *d;
    }
    tb_estimate_free(e);
    tb_diags_free(diags);
    assert_true(found.value > 0.0);
    return found;
}

static void test_instructgpt_by_its_preset(void **state)
{
    (void)state;
    assert_in(disclosed("instructgpt-175b", "pfs_days", "sft").ratio, 0.9, 1.1);
    assert_in(disclosed("instructgpt-175b", "pfs_days", "ppo-ptx").ratio, 0.9, 1.1);
}

static void test_runs_within_their_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *run, *what, *stage;
    } figures[] = {{"r1-zero", "chip_hours", NULL},
                   {"r1-zero", "wall_clock", NULL},
                   {"r1-total", "chip_hours", NULL},
                   {"r1-total", "chip_hours", "rl"},
                   {"minimax-m1-rl", "chip_hours", NULL},
                   {"dsv3-post", "chip_hours", NULL},
                   {"dsv3-post", "pretraining_hours_share", NULL},
                   {"dsv32-post", "pretraining_hours_share", NULL},
                   {"s1-32b", "chip_hours", NULL},
                   {"zephyr-7b", "wall_clock", "sft"}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        struct tb_estimate_disclosed d =
            disclosed(figures[i].run, figures[i].what, figures[i].stage);
        if (!d.inside)
            print_error("%s %s: %g outside %g to %g\n", figures[i].run, d.what, d.value, d.low,
                        d.high);
        assert_true(d.inside);
    }
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static json_t *validate(const char *text)
{
    tb_diags *diags = tb_diags_new();
    const struct tb_fit_table table = {"runs.csv", text, strlen(text)};
    char *json = tb_validate_posttrain(data, &table, TB_FORM_JSON, diags);
    tb_diags_free(diags);
    assert_non_null(json);
    json_t *root = json_loads(json, 0, NULL);
    free(json);
    return root;
}

static double of_group(const json_t *root, const char *group, const char *key)
{
    const json_t *list = json_object_get(root, "summary");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(row, "group")), group) == 0)
            return json_number_value(json_object_get(row, key));
    }
    return (double)NAN;
}

/* One set of constants for all rows, and those that have not seen the publication. */
static void test_errors_of_the_published_table(void **state)
{
    (void)state;
    char *text = read_file("presets/observations/posttrain_runs.csv");
    json_t *root = validate(text);
    assert_in(of_group(root, "DeepSpeed-Chat blog", "rms_factor_fitted"), 1.0, 1.25);
    assert_in(of_group(root, "disclosed length", "rms_factor_fitted"), 1.0, 1.25);
    assert_in(of_group(root, "synchronous", "rms_factor_fitted"), 1.0, 1.4);
    assert_in(of_group(root, "synchronous", "rms_factor"), 1.0, 1.4);
    assert_in(of_group(root, "disclosed length", "coverage"), 0.85, 1.0);
    json_decref(root);
    free(text);
}

/* verl with a 7B model on H20: the step falls to about a half from 32 to 64 chips, less and less
 * after that, and from 1,024 to 2,048 hardly: the longest response is left. */
static void test_a_floor_that_chips_do_not_lower(void **state)
{
    (void)state;
    char text[4096] = "run_id,model,stage,n_params_total,n_params_active,chip,n_chips,"
                      "prompts_per_step,group_size,max_response_tokens,engine,placement,"
                      "step_time_s\n";
    for (int chips = 32; chips <= 2048; chips *= 2)
        snprintf(
            text + strlen(text), sizeof text - strlen(text),
            "c%d,Qwen2.5-Math-7B DAPO,grpo,7.6e9,7.6e9,H20,%d,512,16,28672,verl FSDP2,sync,1\n",
            chips, chips);
    json_t *root = validate(text);
    const json_t *list = json_object_get(root, "rows");
    double step[7];
    for (size_t i = 0; i < 7; i++)
        step[i] = json_number_value(json_object_get(json_array_get(list, i), "predicted"));
    for (size_t i = 2; i < 7; i++)
        assert_true(step[i] / step[i - 1] > step[i - 1] / step[i - 2]);
    assert_in(step[1] / step[0], 0.5, 0.65);
    assert_in(step[6] / step[5], 0.9, 1.0);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instructgpt_by_its_preset),
        cmocka_unit_test(test_runs_within_their_ranges),
        cmocka_unit_test(test_errors_of_the_published_table),
        cmocka_unit_test(test_a_floor_that_chips_do_not_lower),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
