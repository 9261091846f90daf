/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "preset/yaml.h"

struct parsed {
    tb_arena *arena;
    tb_diags *diags;
    const struct tb_node *root;
};

static struct parsed parse_n(const char *text, size_t length, int line_offset)
{
    struct parsed p = {tb_arena_new(), tb_diags_new(), NULL};
    const struct tb_yaml_text in = {"t.yaml", text, length, line_offset};
    p.root = tb_yaml_parse(p.arena, &in, p.diags);
    return p;
}

static struct parsed parse(const char *text)
{
    return parse_n(text, strlen(text), 0);
}

static void done(struct parsed *p)
{
    tb_arena_free(p->arena);
    tb_diags_free(p->diags);
}

static void expect_refused(const char *text, const char *finding)
{
    struct parsed p = parse(text);
    assert_null(p.root);
    fixture_expect(&p.diags, finding);
    done(&p);
}

static void assert_at(const struct tb_node *node, int line, int column)
{
    assert_non_null(node);
    assert_int_equal(node->line, line);
    assert_int_equal(node->column, column);
}

static void test_parse_keeps_positions_and_order(void **state)
{
    (void)state;
    struct parsed p = parse("# head\nzeta: 7\nalpha:\n  - {b: 'x y', c: [1, 2.5]}\n  -   last\n");
    assert_non_null(p.root);
    assert_int_equal(p.root->kind, TB_NODE_MAP);
    assert_int_equal(p.root->n, 2);
    assert_at(p.root, 2, 1);
    assert_string_equal(p.root->first->key, "zeta");
    const struct tb_node *alpha = tb_node_get(p.root, "alpha");
    assert_int_equal(alpha->kind, TB_NODE_LIST);
    assert_int_equal(alpha->key_line, 3);
    assert_int_equal(alpha->key_column, 1);
    const struct tb_node *b = tb_node_get(alpha->first, "b");
    assert_string_equal(b->text, "x y");
    assert_at(b, 4, 9);
    assert_at(tb_node_get(alpha->first, "c")->first->next, 4, 23);
    assert_at(alpha->first->next, 5, 7);
    assert_null(tb_node_get(p.root, "beta"));
    assert_null(tb_node_get(alpha, "b"));
    assert_null(tb_node_get(NULL, "b"));
    done(&p);
}

static void test_parse_counts_columns_in_characters(void **state)
{
    (void)state;
    struct parsed p =
        parse("a: {\xC3\xA9\xE8\x8F\xAF: 1, b: 2}\r\n"); /* e acute, a Han character */
    assert_at(tb_node_get(tb_node_get(p.root, "a"), "b"), 1, 15);
    done(&p);
}

static void test_parse_adds_the_line_offset(void **state)
{
    (void)state;
    struct parsed p = parse_n("k: v\n", 5, 41);
    assert_at(tb_node_get(p.root, "k"), 42, 4);
    done(&p);
    p = parse_n("k: [v\nm: w", 10, 41);
    assert_int_equal(tb_diags_at(p.diags, 0)->pos.line, 43);
    done(&p);
}

static void test_node_path_names_keys_and_indices(void **state)
{
    (void)state;
    struct tb_text path = {0};
    struct parsed p = parse("a: [x, {b: {c: [1, 2, 3]}}]\n");
    const struct tb_node *item = tb_node_get(p.root, "a")->first->next;
    tb_node_path(tb_node_get(tb_node_get(item, "b"), "c")->first->next->next, &path);
    assert_string_equal(path.data, "a[1].b.c[2]");
    tb_text_free(&path);
    done(&p);
}

static void test_parse_reports_every_duplicate_key(void **state)
{
    (void)state;
    expect_refused("a: 1\nb: {c: 1, d: 2, c: 3}\na: 4\na: 5\n",
                   "t.yaml:2:17: error[TB2002]: b.c: the key 'c' stands twice; "
                   "the first is in line 2\n"
                   "t.yaml:3:1: error[TB2002]: a: the key 'a' stands twice; "
                   "the first is in line 1\n"
                   "t.yaml:4:1: error[TB2002]: a: the key 'a' stands twice; "
                   "the first is in line 3\n");
}

static void test_parse_finds_a_duplicate_among_many_keys(void **state)
{
    (void)state;
    struct tb_text text = {0};
    for (int i = 0; i < 60000; i++) {
        tb_text_addf(&text, "k%d: v\n", i == 59999 ? 31 : i);
    }
    struct parsed p = parse(text.data);
    assert_null(p.root);
    fixture_expect(&p.diags, "t.yaml:60000:1: error[TB2002]: k31: the key 'k31' stands twice; "
                             "the first is in line 32\n");
    done(&p);
    tb_text_free(&text);
}

static void test_parse_refuses_what_presets_do_not_use(void **state)
{
    (void)state;
    expect_refused("a: &x 1\nb: !!int 2\nc: *x\n",
                   "t.yaml:1:4: error[TB2001]: YAML anchors are not accepted in a preset; "
                   "write the value where it is read\n"
                   "t.yaml:2:4: error[TB2001]: YAML tags are not accepted in a preset; "
                   "quote a text that starts with '!'\n"
                   "t.yaml:3:4: error[TB2001]: YAML aliases are not accepted in a preset; "
                   "write the value where it is read\n");
    expect_refused("a: &x [1]\nb: !set {}\n",
                   "t.yaml:1:4: error[TB2001]: YAML anchors are not accepted in a preset; "
                   "write the value where it is read\n"
                   "t.yaml:2:4: error[TB2001]: YAML tags are not accepted in a preset; "
                   "quote a text that starts with '!'\n");
    expect_refused("a: 1\n...\n---\nb: 2\n",
                   "t.yaml:3:1: error[TB2001]: a preset file holds one YAML document; "
                   "remove the second '---'\n");
    expect_refused("a: b\n  \tc: d\n", "t.yaml:2:3: error[TB2001]: YAML syntax error: a tab in the "
                                       "file; found a tab; indent and separate with spaces\n");
    expect_refused("a: \"x\\0y\"\n",
                   "t.yaml:1:4: error[TB2001]: YAML syntax error: a NUL character in a text\n");
}

/* A byte-order mark and line ends of two bytes change neither values nor positions. */
static void test_parse_takes_what_other_editors_write(void **state)
{
    (void)state;
    struct parsed p = parse("\xEF\xBB\xBF"
                            "ab: 1\r\nc: [x, yz]\r\n");
    assert_non_null(p.root);
    const struct tb_node *first = tb_node_get(p.root, "ab");
    assert_string_equal(first->text, "1");
    assert_int_equal(first->column, 5);
    const struct tb_node *list = tb_node_get(p.root, "c");
    assert_int_equal(list->n, 2);
    assert_int_equal(list->line, 2);
    assert_string_equal(list->first->next->text, "yz");
    done(&p);
    expect_refused("\xEF\xBB\xBF", "t.yaml: error[TB2009]: the file is empty\n");
}

static void test_parse_refuses_what_is_empty_or_no_text(void **state)
{
    (void)state;
    expect_refused("", "t.yaml: error[TB2009]: the file is empty\n");
    expect_refused(" \n\n# no\n", "t.yaml: error[TB2009]: the file is empty\n");
    expect_refused("a: \xFF\n", "t.yaml:1:4: error[TB2008]: the file is not UTF-8 text; "
                                "found byte 0xFF\n");
    struct parsed p = parse_n("a: 1\nb\0c", 8, 0);
    fixture_expect(&p.diags, "t.yaml:2:2: error[TB2008]: the file is not UTF-8 text; "
                             "found byte 0x00\n");
    done(&p);
}

static char *nested(int depth)
{
    struct tb_text text = {0};
    for (int i = 0; i < depth; i++) {
        tb_text_add(&text, i % 2 == 0 ? "{a: " : "[");
    }
    tb_text_add(&text, "x");
    for (int i = depth; i-- > 0;) {
        tb_text_add(&text, i % 2 == 0 ? "}" : "]");
    }
    return tb_text_take(&text);
}

static void test_parse_stops_at_the_depth_limit(void **state)
{
    (void)state;
    char *text = nested(32);
    struct parsed p = parse(text);
    assert_non_null(p.root);
    done(&p);
    free(text);
    text = nested(33); /* 16 pairs of 5 characters stand before the 33rd opening */
    expect_refused(text, "t.yaml:1:81: error[TB2007]: nested too deeply; "
                         "accepted: at most 32 levels\n");
    free(text);
    text = nested(10000);
    expect_refused(text, "t.yaml:1:81: error[TB2007]: nested too deeply; "
                         "accepted: at most 32 levels\n");
    free(text);
}

static void test_parse_stops_at_the_depth_limit_of_blocks(void **state)
{
    (void)state;
    struct tb_text text = {0};
    for (int i = 0; i < 1000; i++) {
        tb_text_addf(&text, "%*s", i, "");
        tb_text_add(&text, "a:\n");
    }
    expect_refused(text.data, "t.yaml:33:33: error[TB2007]: nested too deeply; "
                              "accepted: at most 32 levels\n");
    tb_text_free(&text);
}

static void test_parse_stops_at_the_size_limits(void **state)
{
    (void)state;
    struct tb_text text = {0};
    tb_text_add(&text, "[");
    for (int i = 0; i < 200000; i++) {
        tb_text_add(&text, "1,");
    }
    tb_text_add(&text, "]");
    expect_refused(text.data,
                   "t.yaml:1:400000: error[TB2006]: the file has more than 200000 nodes\n");
    for (int i = 0; i < 700000; i++) {
        tb_text_add(&text, " ");
    }
    expect_refused(text.data, "t.yaml: error[TB2006]: the file is too large for a preset; "
                              "accepted: at most 1 MiB\n");
    tb_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_keeps_positions_and_order),
        cmocka_unit_test(test_parse_counts_columns_in_characters),
        cmocka_unit_test(test_parse_adds_the_line_offset),
        cmocka_unit_test(test_node_path_names_keys_and_indices),
        cmocka_unit_test(test_parse_reports_every_duplicate_key),
        cmocka_unit_test(test_parse_finds_a_duplicate_among_many_keys),
        cmocka_unit_test(test_parse_refuses_what_presets_do_not_use),
        cmocka_unit_test(test_parse_takes_what_other_editors_write),
        cmocka_unit_test(test_parse_refuses_what_is_empty_or_no_text),
        cmocka_unit_test(test_parse_stops_at_the_depth_limit),
        cmocka_unit_test(test_parse_stops_at_the_depth_limit_of_blocks),
        cmocka_unit_test(test_parse_stops_at_the_size_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
