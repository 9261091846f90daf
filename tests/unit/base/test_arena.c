/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void test_arena_pieces_are_zeroed_aligned_and_apart(void **state)
{
    enum { PIECES = 700 };
    unsigned char *pieces[PIECES];
    tb_arena *arena = tb_arena_new();
    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        size_t size = i * i % 1237 + (i == 300 ? 50000 : 0);
        pieces[i] = tb_arena_alloc(arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i % 251) + 1, size);
    }
    for (size_t i = 0; i < PIECES; i++) {
        size_t size = i * i % 1237 + (i == 300 ? 50000 : 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(pieces[i][k], i % 251 + 1);
    }
    tb_arena_free(arena);
}

static void test_arena_texts(void **state)
{
    tb_arena *arena = tb_arena_new();
    (void)state;
    assert_string_equal(tb_arena_strdup(arena, "910c"), "910c");
    assert_string_equal(tb_arena_strdup(arena, ""), "");
    assert_string_equal(tb_arena_strndup(arena, "v4pro-post", 5), "v4pro");
    assert_string_equal(tb_arena_printf(arena, "%s:%d", "a.yaml", 17), "a.yaml:17");
    char *longer = tb_arena_printf(arena, "%40000s|", "x");
    assert_int_equal(strlen(longer), 40001);
    tb_arena_free(arena);
    tb_arena_free(NULL);
}

static void test_arena_impossible_sizes_are_refused(void **state)
{
    tb_arena *arena = tb_arena_new();
    (void)state;
    assert_null(tb_arena_alloc(arena, SIZE_MAX));
    assert_null(tb_arena_alloc(arena, (size_t)PTRDIFF_MAX));
    assert_null(tb_arena_strndup(arena, "x", SIZE_MAX));
    assert_non_null(tb_arena_alloc(arena, 16)); /* and it still works */
    tb_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_arena_texts),
        cmocka_unit_test(test_arena_impossible_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
