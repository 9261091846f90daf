/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _POSIX_C_SOURCE 200809L

#include "fixture.h"
#include "preset/file.h"
#include "scratch.h"

static int set_up(void **state)
{
    tb_diags *diags = tb_diags_new();
    *state = fixture_open(diags);
    tb_diags_free(diags);
    return 0;
}

static int tear_down(void **state)
{
    tb_data_close(*state);
    return 0;
}

static enum tb_status expect_findings(tb_data *data, const char *path, const char *expected)
{
    tb_diags *diags = tb_diags_new();
    enum tb_status status = tb_data_check(data, path, diags);
    fixture_expect(&diags, expected);
    tb_diags_free(diags);
    return status;
}

static char *read_all(const char *path)
{
    struct tb_text text = {0};
    char buffer[4096];
    size_t n = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("%s is missing", path);
        return NULL;
    }
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0) {
        tb_text_add_n(&text, buffer, n);
    }
    fclose(file);
    return tb_text_take(&text);
}

/* Every file NAME.yaml of the corpus has its findings in NAME.txt. */
static void test_check_of_the_bad_corpus(void **state)
{
    struct tb_file_names names;
    tb_arena *arena = tb_arena_new();
    assert_true(tb_file_list(arena, BAD, ".yaml", false, &names, NULL));
    assert_true(names.n >= 65);
    for (size_t i = 0; i < names.n; i++) {
        char path[256], text[256];
        snprintf(path, sizeof path, "%s/%s", BAD, names.names[i]);
        snprintf(text, sizeof text, "%.*s.txt", (int)(strlen(path) - strlen(".yaml")), path);
        char *expected = read_all(text);
        assert_true(strlen(expected) > 0);
        assert_int_equal(expect_findings(*state, path, expected), TB_E_INPUT);
        free(expected);
    }
    tb_arena_free(arena);
}

static void test_check_of_good_files(void **state)
{
    assert_int_equal(expect_findings(*state, GOOD, ""), TB_OK);
    assert_int_equal(expect_findings(*state, GOOD "/", ""), TB_OK);
    assert_int_equal(expect_findings(*state, GOOD "/chips/", ""), TB_OK);
    assert_int_equal(expect_findings(*state, GOOD "/runs/tiny-pretrain.yaml", ""), TB_OK);
    assert_int_equal(expect_findings(*state, GOOD "/sources.yaml", ""), TB_OK);
    assert_int_equal(expect_findings(*state, GOOD "/priors.yaml", ""), TB_OK);
    assert_int_equal(expect_findings(*state, NULL, ""), TB_OK); /* built-in data: none here */
}

/* The neighbours of a checked file are known without being named as a preset directory. */
static void test_check_sees_the_neighbours(void **state)
{
    tb_data *data = tb_store_open(fixture_empty(), NULL, 0, NULL);
    (void)state;
    assert_int_equal(expect_findings(data, GOOD, ""), TB_OK);
    assert_int_equal(expect_findings(data, GOOD "/chips", ""), TB_OK);
    assert_int_equal(expect_findings(data, GOOD "/runs/tiny-pretrain.yaml", ""), TB_OK);
    tb_data_close(data);
}

static void test_check_of_a_directory_reports_every_file(void **state)
{
    struct scratch s;
    struct tb_text expected = {0};
    scratch_open(&s);
    scratch_mkdir(&s, "chips");
    const char *one = scratch_write(&s, "chips/one.yaml",
                                    "id: one\nname: One\nvendor: V\naliases: [both]\ndies: 1\n");
    const char *two =
        scratch_write(&s, "chips/two.yaml", "id: two\nname: Two\nvendor: V\naliases: [Both]\n");
    const char *sources = scratch_write(&s, "sources.yaml", "k: {title: T}\nl: text\n");
    tb_text_addf(&expected,
                 "%s:1:4: error[TB2005]: k: the key author is missing\n"
                 "%s:1:4: error[TB2005]: k: the key type is missing\n"
                 "%s:1:4: error[TB2005]: k: the key read is missing\n"
                 "%s:2:4: error[TB2003]: l: a mapping is needed here; found text; accepted: "
                 "mapping\n",
                 sources, sources, sources, sources);
    tb_text_addf(&expected,
                 "%s:5:7: error[TB2003]: dies: a number needs its grade and source; found 1; write "
                 "{value: ..., grade: ..., source: [...]}\n"
                 "%s:4:11: error[TB3016]: aliases[0]: the name also stands in %s; found both\n"
                 "%s:4:11: error[TB3016]: aliases[0]: the name also stands in %s; found Both\n",
                 one, one, two, two, one);
    assert_int_equal(expect_findings(*state, s.dir, expected.data), TB_E_INPUT);
    tb_text_free(&expected);
    scratch_close(&s);
}

static void expect_unreadable(tb_data *data, const char *path, const char *why)
{
    struct tb_text expected = {0};
    tb_text_addf(&expected, "%s: error[TB5001]: %s\n", path, why);
    assert_int_equal(expect_findings(data, path, expected.data), TB_E_IO);
    tb_text_free(&expected);
}

static void test_check_of_what_cannot_be_read(void **state)
{
    struct scratch s;
    struct tb_text why = {0};
    scratch_open(&s);
    tb_text_addf(&why,
                 "%s: error[TB2009]: there is no preset in this directory; accepted: files that "
                 "end in .yaml\n",
                 s.dir);
    assert_int_equal(expect_findings(*state, s.dir, why.data), TB_E_INPUT);
    tb_text_free(&why);
    expect_unreadable(*state, "-",
                      "cannot read '-': a preset is read from a file, not from "
                      "standard input");
    expect_unreadable(*state, "no/file.yaml",
                      "cannot read 'no/file.yaml': No such file or directory");
    scratch_mkdir(&s, "chips");
    const char *dir = scratch_mkdir(&s, "chips/dir.yaml");
    tb_text_addf(&why, "%s: error[TB5001]: cannot read '%s': it is a directory\n", dir, dir);
    assert_int_equal(expect_findings(*state, s.dir, why.data), TB_E_IO);
    tb_text_free(&why);
    scratch_close(&s);
}

/* Root may read everything, so it stops being root for the moment. */
static void test_check_without_read_permission(void **state)
{
    struct scratch s;
    struct tb_text why = {0};
    const uid_t nobody = 65534, own = geteuid();
    tb_data *data = tb_store_open(fixture_empty(), NULL, 0, NULL);
    (void)state;
    scratch_open(&s);
    const char *path = scratch_write(&s, "secret.yaml", "id: secret\n");
    assert_int_equal(chmod(s.dir, 0755), 0);
    assert_int_equal(chmod(path, 0), 0);
    bool possible = own != 0 || seteuid(nobody) == 0;
    if (possible) {
        tb_text_addf(&why, "cannot read '%s': Permission denied", path);
        expect_unreadable(data, path, why.data);
    }
    assert_int_equal(seteuid(own), 0);
    tb_text_free(&why);
    scratch_close(&s);
    tb_data_close(data);
    if (!possible) {
        print_message("root cannot become nobody here\n");
        skip();
    }
}

static void test_check_of_a_large_file(void **state)
{
    struct scratch s;
    struct tb_text expected = {0};
    scratch_open(&s);
    const char *path = scratch_write(&s, "large.yaml", "id: large\n");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 10 * 1024; i++) { /* 10 MiB */
        assert_int_equal(fprintf(file, "%-1023s\n", "# filler"), 1024);
    }
    assert_int_equal(fclose(file), 0);
    tb_text_addf(&expected,
                 "%s: error[TB2006]: the file is too large for a preset; accepted: at "
                 "most 1 MiB\n",
                 path);
    assert_int_equal(expect_findings(*state, path, expected.data), TB_E_INPUT);
    tb_text_free(&expected);
    scratch_close(&s);
    expect_findings(*state, "/dev/zero",
                    "/dev/zero: error[TB2006]: the file is too large for a "
                    "preset; accepted: at most 1 MiB\n");
}

static void test_check_of_a_deep_file(void **state)
{
    struct scratch s;
    struct tb_text text = {0}, expected = {0};
    scratch_open(&s);
    for (int i = 0; i < 10000; i++) {
        tb_text_add(&text, "[");
    }
    const char *path = scratch_write(&s, "deep.yaml", text.data);
    tb_text_addf(&expected,
                 "%s:1:33: error[TB2007]: nested too deeply; accepted: at most 32 "
                 "levels\n",
                 path);
    assert_int_equal(expect_findings(*state, path, expected.data), TB_E_INPUT);
    tb_text_free(&expected);
    tb_text_free(&text);
    scratch_close(&s);
}

static void test_check_returns_the_class_of_its_own_first_error(void **state)
{
    tb_diags *diags = tb_diags_new();
    tb_diag_add(diags, TB_USAGE_OPTION, NULL, "earlier");
    assert_int_equal(tb_data_check(*state, "no/file.yaml", diags), TB_E_IO);
    assert_int_equal(tb_data_check(*state, GOOD, diags), TB_OK);
    tb_diags_free(diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_of_the_bad_corpus),
        cmocka_unit_test(test_check_of_good_files),
        cmocka_unit_test(test_check_sees_the_neighbours),
        cmocka_unit_test(test_check_of_a_directory_reports_every_file),
        cmocka_unit_test(test_check_of_what_cannot_be_read),
        cmocka_unit_test(test_check_without_read_permission),
        cmocka_unit_test(test_check_of_a_large_file),
        cmocka_unit_test(test_check_of_a_deep_file),
        cmocka_unit_test(test_check_returns_the_class_of_its_own_first_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
