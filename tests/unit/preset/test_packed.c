/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "preset/packed.h"

static const struct tb_node *parse(tb_arena *arena, const char *text)
{
    const struct tb_yaml_text in = {"t.yaml", text, strlen(text), 0};
    const struct tb_node *root = tb_yaml_parse(arena, &in, NULL);
    assert_non_null(root);
    return root;
}

static void assert_same_text(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a != NULL && b != NULL) {
        assert_string_equal(a, b);
    }
}

static void assert_same(const struct tb_node *a, const struct tb_node *b, int depth)
{
    assert_true(depth <= TB_YAML_MAX_DEPTH);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->column, b->column);
    assert_int_equal(a->key_line, b->key_line);
    assert_int_equal(a->key_column, b->key_column);
    assert_int_equal(a->n, b->n);
    assert_same_text(a->key, b->key);
    assert_same_text(a->text, b->text);
    const struct tb_node *x = a->first, *y = b->first;
    for (; x != NULL && y != NULL; x = x->next, y = y->next) {
        assert_ptr_equal(y->parent, b);
        assert_same(x, y, depth + 1);
    }
    assert_true(x == NULL && y == NULL);
}

static const char *const texts[] = {
    "just a text",
    "[]",
    "{}",
    "a: {}\nb: []\nc: ''\nd: e\n",
    "a:\n  - {b: [1, [2, 3], {c: d}], e: }\n  - f\nlast: {g: {h: {i: [j]}}, k: l}\n",
};

static void test_unpack_gives_back_what_was_packed(void **state)
{
    enum { N = sizeof texts / sizeof *texts };
    struct tb_pack pack = {0};
    unsigned first[N];
    const struct tb_node *roots[N];
    tb_arena *arena = tb_arena_new();
    (void)state;
    for (int i = 0; i < N; i++) {
        roots[i] = parse(arena, texts[i]);
        assert_true(tb_pack_tree(&pack, roots[i], &first[i]));
    }
    for (int i = 0; i < N; i++) {
        const struct tb_node *root = tb_unpack(arena, pack.nodes + first[i], pack.texts);
        assert_null(root->parent);
        assert_same(roots[i], root, 0);
    }
    tb_arena_free(arena);
    tb_pack_free(&pack);
}

static void test_unpack_of_a_part_is_that_part(void **state)
{
    struct tb_pack pack = {0};
    unsigned first = 0;
    tb_arena *arena = tb_arena_new();
    const struct tb_node *root = parse(arena, "a: {b: 1, c: [2, 3]}\nd: {e: 4}\n");
    (void)state;
    assert_true(tb_pack_tree(&pack, root, &first));
    assert_int_equal(pack.n_nodes, 8); /* root, a, b, c, 2, 3, d, e */
    assert_int_equal(pack.nodes[1].size, 5);
    const struct tb_node *d = tb_unpack(arena, pack.nodes + 1 + pack.nodes[1].size, pack.texts);
    assert_string_equal(d->key, "d");
    assert_string_equal(tb_node_get(d, "e")->text, "4");
    assert_null(d->next);
    assert_null(d->parent);
    tb_arena_free(arena);
    tb_pack_free(&pack);
}

static void test_pack_at_the_depth_limit(void **state)
{
    struct tb_text text = {0};
    struct tb_pack pack = {0};
    unsigned first = 0;
    tb_arena *arena = tb_arena_new();
    (void)state;
    for (int i = 0; i < TB_YAML_MAX_DEPTH; i++) {
        tb_text_add(&text, "[");
    }
    tb_text_add(&text, "x, y");
    for (int i = 0; i < TB_YAML_MAX_DEPTH; i++) {
        tb_text_add(&text, "]");
    }
    const struct tb_node *root = parse(arena, text.data);
    assert_true(tb_pack_tree(&pack, root, &first));
    assert_same(root, tb_unpack(arena, pack.nodes, pack.texts), 0);
    tb_arena_free(arena);
    tb_pack_free(&pack);
    tb_text_free(&text);
}

static void test_pack_refuses_a_position_it_cannot_hold(void **state)
{
    struct tb_text text = {0};
    struct tb_pack pack = {0};
    unsigned first = 0;
    tb_arena *arena = tb_arena_new();
    (void)state;
    tb_text_addf(&text, "a: %*sb", 65533, ""); /* b stands in column 65537 */
    assert_false(tb_pack_tree(&pack, parse(arena, text.data), &first));
    tb_arena_free(arena);
    tb_pack_free(&pack);
    tb_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unpack_gives_back_what_was_packed),
        cmocka_unit_test(test_unpack_of_a_part_is_that_part),
        cmocka_unit_test(test_pack_at_the_depth_limit),
        cmocka_unit_test(test_pack_refuses_a_position_it_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
