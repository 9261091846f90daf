/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_PRESET_FIXTURE_H
#define TB_TEST_PRESET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "preset/store.h"

/* Tests run in the repository's root. */
#define GOOD "tests/data/good"
#define BAD "tests/data/bad"

/** Built-in data with nothing in it, so that no test depends on the real data. */
static inline const struct tb_builtin *fixture_empty(void)
{
    static const struct tb_builtin_name names[] = {{NULL, NULL, 0}};
    static const struct tb_builtin empty = {.version = "0",
                                            .layout = "1",
                                            .digest = "0",
                                            .names = names,
                                            .sources_file = -1,
                                            .priors_file = -1};
    return &empty;
}

/** A store of the presets in tests/data/good alone. */
static inline tb_data *fixture_open(tb_diags *diags)
{
    const char *const dirs[] = {GOOD};
    tb_data *data = tb_store_open(fixture_empty(), dirs, 1, diags);
    assert_non_null(data);
    return data;
}

/** All findings, one a line; to be freed. */
static inline char *fixture_text(const tb_diags *diags)
{
    struct tb_text out = {0};
    for (size_t i = 0; tb_diags_at(diags, i) != NULL; i++) {
        char *line = tb_diag_text(tb_diags_at(diags, i));
        tb_text_addf(&out, "%s\n", line);
        free(line);
    }
    return tb_text_take(&out);
}

/** Compares all findings, then forgets them. */
static inline void fixture_expect(tb_diags **diags, const char *expected)
{
    char *text = fixture_text(*diags);
    assert_string_equal(text, expected);
    free(text);
    tb_diags_free(*diags);
    *diags = tb_diags_new();
}

#endif
