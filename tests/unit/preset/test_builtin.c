/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"
#include "preset/constants.h"
#include "preset/make.h"

static const struct tb_pos here = {"here", 0, 0};

static int open_data(void **state)
{
    *state = tb_data_open(NULL, 0, NULL);
    return *state == NULL;
}

static int close_data(void **state)
{
    tb_data_close(*state);
    return 0;
}

static void test_builtin_data_have_no_finding(void **state)
{
    tb_diags *diags = tb_diags_new();
    assert_int_equal(tb_data_check(*state, NULL, diags), TB_OK);
    fixture_expect(&diags, "");
    tb_diags_free(diags);
}

static void test_builtin_versions_and_digest(void **state)
{
    (void)state;
    assert_int_equal(strlen(tb_data_digest()), 64);
    assert_int_equal(strspn(tb_data_digest(), "0123456789abcdef"), 64);
    assert_true(strlen(tb_data_version()) >= 7); /* year.month */
    assert_string_equal(tb_builtin.layout, "1");
    assert_int_equal(tb_data_user_files(*state), 0);
}

static void test_builtin_index_is_sorted_and_complete(void **state)
{
    (void)state;
    for (int slot = 0; slot < TB_BUILTIN_KINDS * TB_BUILTIN_ROLES; slot++) {
        for (unsigned i = tb_builtin.first[slot] + 1; i < tb_builtin.first[slot + 1]; i++) {
            assert_true(tb_name_compare(tb_builtin.names[i - 1].name, tb_builtin.names[i].name) <=
                        0);
        }
    }
    for (size_t i = 1; i < tb_builtin.n_sources; i++) {
        assert_true(strcmp(tb_builtin.sources[i - 1].key, tb_builtin.sources[i].key) < 0);
    }
    assert_int_equal(TB_BUILTIN_KINDS, TB_ENTITY_KIND_COUNT);
    assert_int_equal(TB_BUILTIN_ROLES, TB_NAME_ROLES);
}

/* A name's kind must be that of the folder of its file. */
static void test_builtin_names_lead_to_their_files(void **state)
{
    for (int slot = 0; slot < TB_BUILTIN_KINDS * TB_BUILTIN_ROLES; slot++) {
        enum tb_entity_kind kind = (enum tb_entity_kind)(slot / TB_BUILTIN_ROLES);
        for (unsigned i = tb_builtin.first[slot]; i < tb_builtin.first[slot + 1]; i++) {
            struct tb_target target;
            const char *file = tb_builtin.files[tb_builtin.names[i].file].name;
            assert_non_null(strstr(file, tb_kind_folder(kind)));
            if (slot % TB_BUILTIN_ROLES != TB_NAME_FAMILY) {
                assert_true(tb_store_find(*state, kind, tb_builtin.names[i].name, &target));
                assert_string_equal(target.file, file);
            }
        }
    }
}

static void test_builtin_sources_are_read_one_by_one(void **state)
{
    assert_true(tb_builtin.n_sources > 50);
    for (size_t i = 0; i < tb_builtin.n_sources; i++) {
        const struct tb_source *source = tb_data_source(*state, tb_builtin.sources[i].key);
        assert_non_null(source);
        assert_string_equal(source->key, tb_builtin.sources[i].key);
    }
}

static void test_builtin_source_is_the_entry_of_its_file(void **state)
{
    tb_data *data = *state;
    const struct tb_builtin_file *file = &tb_builtin.files[tb_builtin.sources_file];
    const struct tb_node *root = tb_store_builtin_tree(data, file->tree, NULL);
    assert_int_equal(root->n, tb_builtin.n_sources);
    for (size_t i = 0; i < tb_builtin.n_sources; i++) {
        const char *key = tb_builtin.sources[i].key;
        assert_string_equal(tb_data_source(data, key)->title,
                            tb_node_get(tb_node_get(root, key), "title")->text);
    }
}

static void test_builtin_presets_can_all_be_read(void **state)
{
    const char *id = NULL;
    tb_diags *diags = tb_diags_new();
    for (size_t i = 0; (id = tb_data_id(*state, TB_ENTITY_CHIP, i)) != NULL; i++) {
        assert_string_equal(tb_data_chip(*state, id, here, diags)->entity.id, id);
    }
    for (size_t i = 0; (id = tb_data_id(*state, TB_ENTITY_CLUSTER, i)) != NULL; i++) {
        assert_string_equal(tb_data_cluster(*state, id, here, diags)->entity.id, id);
    }
    for (size_t i = 0; (id = tb_data_id(*state, TB_ENTITY_MODEL, i)) != NULL; i++) {
        assert_string_equal(tb_data_model(*state, id, here, diags)->entity.id, id);
    }
    for (size_t i = 0; (id = tb_data_id(*state, TB_ENTITY_RUN, i)) != NULL; i++) {
        assert_string_equal(tb_data_run(*state, id, here, diags)->entity.id, id);
    }
    fixture_expect(&diags, "");
    tb_diags_free(diags);
}

/* What is read of files that were checked is what is read of all others. */
static void test_builtin_files_are_read_alike_without_checks(void **state)
{
    tb_data *data = *state;
    tb_diags *diags = tb_diags_new();
    struct tb_reader reader = {.arena = data->arena, .diags = diags, .file = "constants.yaml"};
    const struct tb_node *root =
        tb_store_builtin_tree(data, tb_builtin.files[tb_builtin.constants_file].tree, diags);
    const struct tb_constants *plain = tb_read_constants(&reader, root);
    const struct tb_constants *quick = tb_data_constants(data, diags);
    assert_non_null(plain);
    assert_non_null(quick);
    assert_true(plain->n > 100);
    assert_int_equal(plain->n, quick->n);
    for (size_t i = 0; i < plain->n; i++) {
        const struct tb_constant *a = &plain->item[i], *b = &quick->item[i];
        assert_string_equal(a->key, b->key);
        assert_true(a->id == b->id && a->value == b->value && a->sd_ln == b->sd_ln &&
                    a->rows == b->rows);
    }
    tb_diags_free(diags);
}

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static void test_make_of_a_chip_is_that_of_its_preset(void **state)
{
    const char *id;
    for (size_t i = 0; (id = tb_data_id(*state, TB_ENTITY_CHIP, i)) != NULL; i++) {
        struct tb_chip_make make = {NULL, NULL};
        assert_true(tb_data_chip_make(*state, id, &make));
        const struct tb_chip_preset *chip =
            tb_data_chip(*state, id, (struct tb_pos){"", 0, 0}, NULL);
        assert_string_equal(or_nothing(make.vendor), or_nothing(chip->vendor));
        assert_string_equal(or_nothing(make.generation), or_nothing(chip->generation));
    }
    struct tb_chip_make make;
    assert_false(tb_data_chip_make(*state, "no-such-chip", &make));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make_of_a_chip_is_that_of_its_preset),
        cmocka_unit_test(test_builtin_data_have_no_finding),
        cmocka_unit_test(test_builtin_versions_and_digest),
        cmocka_unit_test(test_builtin_index_is_sorted_and_complete),
        cmocka_unit_test(test_builtin_names_lead_to_their_files),
        cmocka_unit_test(test_builtin_sources_are_read_one_by_one),
        cmocka_unit_test(test_builtin_source_is_the_entry_of_its_file),
        cmocka_unit_test(test_builtin_files_are_read_alike_without_checks),
        cmocka_unit_test(test_builtin_presets_can_all_be_read),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
