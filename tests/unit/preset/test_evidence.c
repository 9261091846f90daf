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
#include "preset/read_evidence.h"
#include "preset/yaml.h"

/* Reads a text; *found receives the findings, one a line. */
static const struct tb_evidence *read(tb_arena *arena, const char *text, char *found, size_t room)
{
    tb_diags *diags = tb_diags_new();
    const struct tb_yaml_text in = {.file = "e.yaml", .text = text, .length = strlen(text)};
    struct tb_reader reader = {.arena = arena, .diags = diags, .file = "e.yaml"};
    const struct tb_node *root = tb_yaml_parse(arena, &in, diags);
    assert_non_null(root);
    const struct tb_evidence *evidence = tb_read_evidence(&reader, root);
    found[0] = '\0';
    for (size_t i = 0; i < tb_diags_count(diags, TB_NOTE); i++) {
        char *line = tb_diag_text(tb_diags_at(diags, i));
        strncat(found, line, room - strlen(found) - 2);
        strncat(found, "\n", 2);
        free(line);
    }
    tb_diags_free(diags);
    return evidence;
}

#define KERNEL                                                                                     \
    "kernel: {mfu: 27 %, size: 0.011, generation: 0.043, reach: 1.7, kind: 0.013, expert: 0.12, "  \
    "tokens: 0.019, length: 0.023, team: 0.057, scope: 0.009, noise: 0.031, spread: 1.1}\n"

static void test_read_kernel_and_runs(void **state)
{
    (void)state;
    char found[2048];
    tb_arena *arena = tb_arena_new();
    const struct tb_evidence *e = read(
        arena,
        KERNEL "runs:\n"
               "  - {run: a-1, generation: hopper, kind: moe, active: 2.1e10, expert: 1536, "
               "length: 4Ki, mfu: "
               "0.2389, doubt: 2.5, team: \"A: report\"}\n"
               "  - {run: b, generation: ampere, kind: dense, calendar: true, active: 7e9, mfu: "
               "0.31, team: B}\n",
        found, sizeof found);
    assert_string_equal(found, "");
    assert_non_null(e);
    assert_int_equal(e->n, 2);
    assert_rel(e->kernel.mfu, 0.27, 1e-15);
    assert_exact(e->kernel.reach, 1.7);
    assert_exact(e->kernel.spread, 1.1);
    assert_string_equal(e->run[0].team, "A: report");
    assert_true(e->run[0].moe && !e->run[0].calendar);
    assert_exact(e->run[0].expert, 1536);
    assert_exact(e->run[0].length, 4096);
    assert_exact(e->run[0].tokens, 0);
    assert_exact(e->kernel.length, 0.023);
    assert_exact(e->run[0].doubt, 2.5);
    assert_true(!e->run[1].moe && e->run[1].calendar);
    assert_exact(e->run[1].doubt, 1.0);
    assert_exact(e->run[1].expert, 0.0);
    tb_arena_free(arena);
}

static void expect(const char *text, const char *finding)
{
    char found[2048];
    tb_arena *arena = tb_arena_new();
    assert_null(read(arena, text, found, sizeof found));
    if (!strstr(found, finding))
        fail_msg("no '%s' in\n%s", finding, found);
    tb_arena_free(arena);
}

static void test_errors_are_reported(void **state)
{
    (void)state;
    expect("[1]", "a mapping is needed here");
    expect(KERNEL, "evidence needs the keys kernel and runs");
    expect(KERNEL "runs: []\nrun: 3\n", "unknown key 'run'");
    expect(KERNEL "runs: 7\n", "a list is needed here");
    expect("kernel: {mfu: 0.2}\nruns: []\n", "the key size is missing");
    expect("kernel: {mfu: 0.2, width: 3}\nruns: []\n", "unknown key 'width'");
    expect("kernel: 4\nruns: []\n", "a mapping is needed here");
    expect(KERNEL
           "runs:\n  - {run: a, generation: g, kind: both, active: 1e9, mfu: 0.3, team: t}\n",
           "unknown word 'both'");
    expect(KERNEL "runs:\n  - {run: a, generation: g, kind: moe, active: 1e9, mfu: 1.3, team: t}\n",
           "outside its range");
    expect(KERNEL "runs:\n  - {run: a, kind: moe, active: 1e9, mfu: 0.3, team: t}\n",
           "the key generation is missing");
    expect(KERNEL "runs:\n  - 3\n", "a mapping is needed here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_kernel_and_runs),
        cmocka_unit_test(test_errors_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
