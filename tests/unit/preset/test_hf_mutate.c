/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mutated configurations: each is either counted or refused with a place. Deterministic: the same
 * seed makes the same files. TB_MUTATIONS=N in the environment makes more of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "config_table.h"
#include "trainbudget/import.h"

#define CONFIGS "tests/data/configs"

static uint64_t seed = 0x9e3779b97f4a7c15u;

/** splitmix64 */
static uint64_t draw(uint64_t below)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

static json_t *deep(void)
{
    json_t *v = json_integer(1);
    for (uint64_t i = draw(60); i > 0; i--) {
        json_t *outer = json_array();
        json_array_append_new(outer, v);
        v = outer;
    }
    return v;
}

static json_t *strange(json_t *old)
{
    switch (draw(14)) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_false();
    case 3:
        return json_string("seven");
    case 4:
        return json_string("");
    case 5:
        return json_integer(0);
    case 6:
        return json_integer(-(json_int_t)draw(100000));
    case 7:
        return json_integer((json_int_t)(UINT64_C(1) << draw(63)));
    case 8:
        return json_real(1e300 / (double)(1 + draw(7)));
    case 9:
        return json_real((double)draw(10000) / 7.0);
    case 10:
        return json_pack("[O]", old);
    case 11:
        return json_pack("{s:O}", "inner", old);
    case 12:
        return json_array();
    default:
        return deep();
    }
}

/** Changes, removes or copies one entry of an object, possibly of one inside it. */
static void mutate_tree(json_t *object)
{
    size_t n = json_object_size(object);
    if (n == 0) {
        return;
    }
    void *it = json_object_iter(object);
    for (uint64_t i = draw(n); i > 0; i--) {
        it = json_object_iter_next(object, it);
    }
    json_t *v = json_object_iter_value(it);
    if (json_is_object(v) && draw(4) > 0) {
        mutate_tree(v);
    } else if (json_is_array(v) && json_array_size(v) > 0 && draw(2) > 0) {
        size_t at = (size_t)draw(json_array_size(v));
        json_array_set_new(v, at, strange(json_array_get(v, at)));
    } else if (draw(5) == 0) {
        char key[64];
        snprintf(key, sizeof key, "%.60s", json_object_iter_key(it));
        json_object_del(object, key);
    } else {
        json_object_iter_set_new(object, it, strange(v));
    }
}

static char *mutated_tree(const char *text, size_t length)
{
    json_t *root = json_loadb(text, length, 0, NULL);
    assert_non_null(root);
    for (uint64_t i = draw(4) + 1; i > 0; i--) {
        mutate_tree(root);
    }
    char *out = json_dumps(root, draw(2) ? JSON_INDENT(2) : 0);
    json_decref(root);
    return out;
}

static char *mutated_bytes(const char *text, size_t length)
{
    static const char bytes[] = "{}[]\",:0123456789-+.eE\\ntf\x01\x7f\xc3\xff ";
    char *out = malloc(length + 1);
    assert_non_null(out);
    memcpy(out, text, length);
    for (uint64_t i = draw(6) + 1; i > 0; i--) {
        out[draw(length)] = bytes[draw(sizeof bytes - 1)];
    }
    out[draw(8) == 0 ? draw(length) : length] = '\0';
    return out;
}

static bool has_place(const tb_diags *diags)
{
    for (size_t i = 0; tb_diags_at(diags, i); i++) {
        const struct tb_diag *d = tb_diags_at(diags, i);
        if (d->severity == TB_ERROR) {
            return d->pos.file && d->pos.line > 0 && d->pos.column > 0 && d->message[0] != '\0';
        }
    }
    return false;
}

/** @return whether it was counted. */
static bool check_one(const char *text, size_t length)
{
    struct tb_config_counts c;
    tb_diags *diags = tb_diags_new();
    bool counted = tb_config_count(text, length, "mutated.json", &c, diags) == TB_OK;
    bool good = counted ? tb_diags_count(diags, TB_ERROR) == 0 : has_place(diags);
    if (counted) {
        good = good && c.params_total >= 1.0 && c.params_total < 9007199254740992.0 &&
               c.params_active > 0.0 && c.params_active <= c.params_total && c.params_mtp >= 0.0;
    }
    if (!good) {
        print_error("%.*s\n%zu findings\n", (int)length, text, tb_diags_count(diags, TB_NOTE));
    }
    assert_true(good);
    tb_diags_free(diags);
    return counted;
}

static void test_mutated_files_are_counted_or_refused_with_a_place(void **state)
{
    (void)state;
    struct config_table table;
    char path[256];
    size_t counted = 0;
    const char *asked = getenv("TB_MUTATIONS");
    unsigned long n = asked ? strtoul(asked, NULL, 10) : 10000;
    assert_true(config_table_read(CONFIGS "/counts.csv", &table));
    for (unsigned long i = 0; i < n; i++) {
        size_t length;
        snprintf(path, sizeof path, CONFIGS "/%s", table.rows[i % table.n].file);
        char *text = config_file_read(path, &length);
        char *mutated = i % 4 == 3 ? mutated_bytes(text, length) : mutated_tree(text, length);
        counted += check_one(mutated, strlen(mutated));
        free(mutated);
        free(text);
    }
    config_table_free(&table);
    print_message("%lu mutated files, %zu counted\n", n, counted);
    assert_in_range(counted, n / 20, n - n / 20); /* both ends are exercised */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutated_files_are_counted_or_refused_with_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
