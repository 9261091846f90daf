/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _POSIX_C_SOURCE 200809L

#include "fixture.h"
#include "near.h"
#include "scratch.h"

#define CHIP(id, more) "id: " id "\nname: Chip " id "\nvendor: V\n" more

static const struct tb_pos here = {"command line", 0, 0};

/* Two chips, as the generator would write them. */
static const struct {
    const char *name, *text;
} texts[] = {
    {"presets/chips/k1.yaml", CHIP("k1", "dies: 3\n")},
    {"presets/chips/k2.yaml",
     CHIP("k2", "dies: {value: 3, exact: true, grade: B, source: [other]}\n")},
    {"presets/sources.yaml", "first: {title: Not this}\nother: {title: Other, author: O, type: "
                             "misc, read: primary}\n"},
};
static const struct tb_builtin_name names[] = {
    {"k1", NULL, 0},
    {"k2", NULL, 1},
    {"Kilo", NULL, 0},
    {"kilo-two", NULL, 1},
    {"k", "'k' names no bin: read as k2", 1},
    {"Chip k1", NULL, 0},
    {"Chip k2", NULL, 1},
    {"kx", NULL, 0},
    {"kx", NULL, 1},
};

struct fixture {
    struct tb_builtin_file files[3];
    struct tb_builtin_source sources[2];
    struct tb_pack pack;
    struct tb_builtin builtin;
    struct scratch scratch;
    tb_diags *diags;
};

static void pack_builtin(struct fixture *f)
{
    tb_arena *arena = tb_arena_new();
    for (int i = 0; i < 3; i++) {
        const struct tb_yaml_text in = {texts[i].name, texts[i].text, strlen(texts[i].text), 0};
        f->files[i].name = texts[i].name;
        assert_true(tb_pack_tree(&f->pack, tb_yaml_parse(arena, &in, NULL), &f->files[i].tree));
    }
    tb_arena_free(arena);
    f->sources[0] = (struct tb_builtin_source){"first", f->files[2].tree + 1};
    f->sources[1] = (struct tb_builtin_source){"other", f->files[2].tree + 3};
    f->builtin = (struct tb_builtin){
        .version = "7",
        .layout = "1",
        .digest = "d",
        .nodes = f->pack.nodes,
        .texts = f->pack.texts,
        .files = f->files,
        .n_files = 3,
        .first = {0, 2, 4, 5, 7, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9},
        .names = names,
        .sources = f->sources,
        .n_sources = 2,
        .sources_file = 2,
        .priors_file = -1};
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    pack_builtin(f);
    f->diags = tb_diags_new();
    scratch_open(&f->scratch);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    scratch_close(&f->scratch);
    tb_diags_free(f->diags);
    tb_pack_free(&f->pack);
    free(f);
    return 0;
}

static tb_data *open_builtin(struct fixture *f)
{
    tb_data *data = tb_store_open(&f->builtin, NULL, 0, f->diags);
    assert_non_null(data);
    return data;
}

static tb_data *open_user(struct fixture *f)
{
    const char *const dirs[] = {f->scratch.dir};
    tb_data *data = tb_store_open(&f->builtin, dirs, 1, f->diags);
    assert_non_null(data);
    return data;
}

static void test_lookup_by_id_and_alias_in_any_case(void **state)
{
    struct fixture *f = *state;
    tb_data *data = open_builtin(f);
    const struct tb_chip_preset *k2 = tb_data_chip(data, "k2", here, f->diags);
    assert_non_null(k2);
    assert_string_equal(k2->entity.id, "k2");
    assert_true(k2->entity.builtin);
    assert_ptr_equal(tb_data_chip(data, "K2", here, f->diags), k2); /* read once */
    assert_ptr_equal(tb_data_chip(data, "KILO-Two", here, f->diags), k2);
    fixture_expect(&f->diags, "");
    tb_data_close(data);
}

static void test_lookup_of_an_assumed_name_warns_once(void **state)
{
    struct fixture *f = *state;
    tb_data *data = open_builtin(f);
    assert_string_equal(tb_data_chip(data, "K", here, f->diags)->entity.id, "k2");
    assert_non_null(tb_data_chip(data, "k", here, f->diags));
    fixture_expect(&f->diags, "command line: warning[TB1050]: 'k' names no bin: read as k2\n");
    tb_data_close(data);
}

static void test_lookup_by_the_full_name(void **state)
{
    struct fixture *f = *state;
    scratch_mkdir(&f->scratch, "chips");
    scratch_write(&f->scratch, "chips/k3.yaml", CHIP("k3", ""));
    tb_data *data = open_user(f);
    assert_string_equal(tb_data_chip(data, "chip K2", here, f->diags)->entity.id, "k2");
    assert_string_equal(tb_data_chip(data, "Chip k3", here, f->diags)->entity.id, "k3");
    fixture_expect(&f->diags, "");
    tb_data_close(data);
}

static void test_lookup_of_a_family_lists_its_members(void **state)
{
    struct fixture *f = *state;
    tb_data *data = open_builtin(f);
    assert_null(tb_data_chip(data, "KX", here, f->diags));
    assert_int_equal(tb_diags_status(f->diags), TB_E_USAGE);
    fixture_expect(&f->diags, "command line: error[TB1011]: the chip name 'KX' means several; "
                              "accepted: k1, k2\n");
    tb_data_close(data);
}

static void test_lookup_of_an_unknown_name_suggests(void **state)
{
    struct fixture *f = *state;
    tb_data *data = open_builtin(f);
    assert_null(tb_data_chip(data, "kilo-tow", here, f->diags));
    assert_null(tb_data_chip(data, "zzzzzzzz", here, f->diags));
    assert_null(tb_data_run(data, "k1", here, f->diags));
    assert_int_equal(tb_diags_status(f->diags), TB_E_USAGE);
    fixture_expect(&f->diags,
                   "command line: error[TB1010]: unknown chip 'kilo-tow'; did you mean kilo-two, "
                   "Kilo?\n"
                   "command line: error[TB1010]: unknown chip 'zzzzzzzz'; 'trainbudget list chips' "
                   "lists them\n"
                   "command line: error[TB1010]: unknown run 'k1'; 'trainbudget list runs' lists "
                   "them\n");
    tb_data_close(data);
}

static void test_lookup_of_a_broken_preset_reports_each_time(void **state)
{
    struct fixture *f = *state;
    tb_data *data = open_builtin(f);
    const char *finding = "presets/chips/k1.yaml:4:7: error[TB2003]: dies: a number needs its "
                          "grade and source; found 3; write {value: ..., grade: ..., source: "
                          "[...]}\n";
    assert_null(tb_data_chip(data, "k1", here, f->diags));
    fixture_expect(&f->diags, finding);
    assert_null(tb_data_chip(data, "k1", here, f->diags));
    fixture_expect(&f->diags, finding);
    tb_data_close(data);
}

static void test_source_is_read_alone(void **state)
{
    struct fixture *f = *state;
    tb_data *data = open_builtin(f);
    const struct tb_source *other = tb_data_source(data, "other");
    assert_non_null(other);
    assert_string_equal(other->title, "Other");
    assert_ptr_equal(tb_data_source(data, "other"), other);
    assert_null(tb_data_source(data, "first")); /* lacks its author */
    assert_null(tb_data_source(data, "third"));
    tb_data_close(data);
}

static void test_user_file_shadows_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct tb_text expected = {0};
    scratch_mkdir(&f->scratch, "chips");
    const char *path =
        scratch_write(&f->scratch, "chips/k2.yaml",
                      CHIP("k2", "dies: {value: 5, exact: true, grade: B, source: [mine]}\n"));
    scratch_write(&f->scratch, "sources.yaml",
                  "mine: {title: Mine, author: Me, type: misc, read: primary}\n");
    tb_data *data = open_user(f);
    assert_int_equal(tb_data_user_files(data), 1);
    const struct tb_chip_preset *k2 = tb_data_chip(data, "kilo-two", here, f->diags);
    assert_non_null(k2); /* an alias of the built-in file leads to the user's */
    assert_exact(k2->chip.dies, 5);
    assert_false(k2->entity.builtin);
    assert_string_equal(tb_data_source(data, "mine")->title, "Mine");
    assert_string_equal(tb_data_source(data, "other")->title, "Other");
    tb_text_addf(&expected,
                 "%s: warning[TB1053]: the chip 'k2' is taken from this file and not from the "
                 "built-in data\n",
                 path);
    fixture_expect(&f->diags, expected.data);
    tb_text_free(&expected);
    tb_data_close(data);
}

static void test_user_file_adds_an_alias_and_a_family_member(void **state)
{
    struct fixture *f = *state;
    scratch_mkdir(&f->scratch, "chips");
    scratch_write(&f->scratch, "chips/k9.yaml",
                  CHIP("k9", "aliases: [Nine]\nfamily_names: [kx, solo]\nassumed_for: [{name: "
                             "k9z, warning: read as k9}]\n"));
    tb_data *data = open_user(f);
    assert_string_equal(tb_data_chip(data, "nine", here, f->diags)->entity.id, "k9");
    assert_string_equal(tb_data_chip(data, "K9Z", here, f->diags)->entity.id, "k9");
    assert_null(tb_data_chip(data, "kx", here, f->diags));
    assert_null(tb_data_chip(data, "solo", here, f->diags));
    fixture_expect(&f->diags, "command line: warning[TB1050]: read as k9\n"
                              "command line: error[TB1011]: the chip name 'kx' means several; "
                              "accepted: k1, k2, k9\n"
                              "command line: error[TB1011]: the chip name 'solo' means several; "
                              "accepted: k9\n");
    assert_string_equal(tb_data_id(data, TB_ENTITY_CHIP, 0), "k1");
    assert_string_equal(tb_data_id(data, TB_ENTITY_CHIP, 2), "k9");
    assert_null(tb_data_id(data, TB_ENTITY_CHIP, 3));
    assert_null(tb_data_id(data, TB_ENTITY_RUN, 0));
    tb_data_close(data);
}

static void test_broken_user_file_matters_only_when_a_name_is_unknown(void **state)
{
    struct fixture *f = *state;
    struct tb_text expected = {0};
    scratch_mkdir(&f->scratch, "chips");
    const char *path = scratch_write(&f->scratch, "chips/bad.yaml", "id: [bad\n");
    tb_data *data = open_user(f);
    assert_non_null(tb_data_chip(data, "kilo-two", here, f->diags));
    fixture_expect(&f->diags, "");
    assert_null(tb_data_chip(data, "qqqq", here, f->diags));
    tb_text_addf(&expected,
                 "command line: error[TB1010]: unknown chip 'qqqq'; 'trainbudget list chips' lists "
                 "them\n%s:2:1: error[TB2001]: YAML syntax error: did not find expected ',' or ']' "
                 "while parsing a flow sequence that starts in line 1\n",
                 path);
    fixture_expect(&f->diags, expected.data);
    tb_text_free(&expected);
    tb_data_close(data);
}

static void test_later_directory_wins(void **state)
{
    struct fixture *f = *state;
    scratch_mkdir(&f->scratch, "chips");
    scratch_write(&f->scratch, "chips/c7.yaml", CHIP("c7", "status: later\n"));
    const char *const dirs[] = {GOOD, f->scratch.dir};
    tb_data *data = tb_store_open(&f->builtin, dirs, 2, f->diags);
    assert_string_equal(tb_data_chip(data, "c7", here, f->diags)->status, "later");
    assert_null(tb_data_chip(data, "seven", here, NULL)); /* the shadowed file's alias is gone */
    tb_data_close(data);
    const char *const reversed[] = {f->scratch.dir, GOOD};
    data = tb_store_open(&f->builtin, reversed, 2, f->diags);
    assert_string_equal(tb_data_chip(data, "seven", here, f->diags)->status, "shipping");
    tb_data_close(data);
}

static void test_priors_of_a_user_replace_all(void **state)
{
    struct fixture *f = *state;
    size_t n = 7;
    tb_data *data = open_builtin(f);
    assert_null(tb_data_priors(data, &n, f->diags));
    assert_int_equal(n, 0);
    tb_data_close(data);
    scratch_write(&f->scratch, "priors.yaml",
                  "priors: [{median: 0.3, low: 0.2, high: 0.4, n: 3, grade: D, note: x}]\n");
    const char *const dirs[] = {GOOD, f->scratch.dir};
    data = tb_store_open(&f->builtin, dirs, 2, f->diags);
    assert_rel(tb_data_priors(data, &n, f->diags)[0].median, 0.3, 1e-15);
    assert_int_equal(n, 1);
    fixture_expect(&f->diags, "");
    tb_data_close(data);
}

static void test_open_reports_a_directory_that_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    const char *const missing[] = {GOOD, "no/such/dir"};
    const char *const file[] = {GOOD "/sources.yaml"};
    assert_null(tb_store_open(&f->builtin, missing, 2, f->diags));
    assert_null(tb_store_open(&f->builtin, file, 1, f->diags));
    assert_int_equal(tb_diags_status(f->diags), TB_E_IO);
    fixture_expect(&f->diags,
                   "no/such/dir: error[TB5001]: cannot read 'no/such/dir': No such file or "
                   "directory\n" GOOD "/sources.yaml: error[TB5001]: cannot read '" GOOD
                   "/sources.yaml': Not a directory\n");
}

static void test_kind_words(void **state)
{
    (void)state;
    assert_string_equal(tb_kind_word(TB_ENTITY_CLUSTER), "cluster");
    assert_string_equal(tb_kind_folder(TB_ENTITY_RUN), "runs");
    assert_true(tb_name_compare("A-b", "a-B") == 0);
    assert_true(tb_name_compare("a", "ab") < 0);
    assert_true(tb_name_compare("b", "A") > 0);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_lookup_by_id_and_alias_in_any_case),
        WITH_FIXTURE(test_lookup_of_an_assumed_name_warns_once),
        WITH_FIXTURE(test_lookup_by_the_full_name),
        WITH_FIXTURE(test_lookup_of_a_family_lists_its_members),
        WITH_FIXTURE(test_lookup_of_an_unknown_name_suggests),
        WITH_FIXTURE(test_lookup_of_a_broken_preset_reports_each_time),
        WITH_FIXTURE(test_source_is_read_alone),
        WITH_FIXTURE(test_user_file_shadows_and_says_so),
        WITH_FIXTURE(test_user_file_adds_an_alias_and_a_family_member),
        WITH_FIXTURE(test_broken_user_file_matters_only_when_a_name_is_unknown),
        WITH_FIXTURE(test_later_directory_wins),
        WITH_FIXTURE(test_priors_of_a_user_replace_all),
        WITH_FIXTURE(test_open_reports_a_directory_that_cannot_be_read),
        cmocka_unit_test(test_kind_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
