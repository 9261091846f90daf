/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/read_evidence.h"

#include "preset/layout.h"
#include "preset/value.h"

#include <math.h>
#include <string.h>

/* A number without provenance of its own, at its place in a struct. */
struct number {
    const char *key;
    size_t at;
    struct tb_value_spec spec;
};

#define VARIANCE                                                                                   \
    {                                                                                              \
        .dim = TB_DIM_RATIO, .least = 0, .most = 100                                               \
    }
#define AT(member) offsetof(struct tb_evidence_kernel, member)
static const struct number kernel_numbers[] = {
    {"mfu", AT(mfu), {.dim = TB_DIM_RATIO, .least = 0.0001, .most = 1}},
    {"size", AT(size), VARIANCE},
    {"generation", AT(generation), VARIANCE},
    {"reach", AT(reach), {.dim = TB_DIM_RATIO, .least = 0.01, .most = 100}},
    {"kind", AT(kind), VARIANCE},
    {"expert", AT(expert), VARIANCE},
    {"tokens", AT(tokens), VARIANCE},
    {"length", AT(length), VARIANCE},
    {"team", AT(team), VARIANCE},
    {"scope", AT(scope), VARIANCE},
    {"noise", AT(noise), {.dim = TB_DIM_RATIO, .least = 1e-9, .most = 100}},
    {"spread", AT(spread), {.dim = TB_DIM_RATIO, .least = 0.1, .most = 10}},
    {"server", AT(server), VARIANCE},
    {"slope", AT(slope), {.dim = TB_DIM_RATIO, .least = 0, .most = 2}},
};
/* All but the last two must be there. */
enum { KERNEL_KEYS = sizeof kernel_numbers / sizeof *kernel_numbers, MAY_LACK = 2 };
#undef AT

#define AT(member) offsetof(struct tb_evidence_run, member)
static const struct number run_numbers[] = {
    {"active", AT(active), {.dim = TB_DIM_COUNT, .least = 1, .most = 1e18}},
    {"expert", AT(expert), {.dim = TB_DIM_COUNT, .least = 0, .most = 1e9}},
    {"tokens", AT(tokens), {.dim = TB_DIM_COUNT, .least = 0, .most = 1e18}},
    {"length", AT(length), {.dim = TB_DIM_LENGTH, .least = 0, .most = 1e9}},
    {"mfu", AT(mfu), {.dim = TB_DIM_RATIO, .least = 0.0001, .most = 1}},
    {"best", AT(best), {.dim = TB_DIM_RATIO, .least = 0, .most = 2}},
    {"doubt", AT(doubt), {.dim = TB_DIM_RATIO, .least = 1, .most = 1e6}},
};

static const char *kind_word(int i)
{
    static const char *const words[] = {"dense", "moe"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

static const struct tb_field run_fields[] = {
    {"run", TB_FIELD_TEXT, true, AT(run), 0, NULL},
    {"team", TB_FIELD_TEXT, true, AT(team), 0, NULL},
    {"generation", TB_FIELD_TEXT, true, AT(generation), 0, NULL},
    {"kind", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"calendar", TB_FIELD_BOOL, false, AT(calendar), 0, NULL},
    {"steady", TB_FIELD_BOOL, false, AT(steady), 0, NULL},
    {"server", TB_FIELD_BOOL, false, AT(server), 0, NULL},
    {"active", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"expert", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"tokens", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"length", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"mfu", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"best", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"doubt", TB_FIELD_OTHER, false, 0, 0, NULL},
};
#undef AT

static const struct tb_layout run_layout = {.fields = run_fields,
                                            .n_fields = sizeof run_fields / sizeof *run_fields};

static void read_numbers(struct tb_reader *r, const struct tb_node *map,
                         const struct number *numbers, size_t n, void *base)
{
    for (size_t i = 0; i < n; i++) {
        const struct tb_node *node = tb_node_get(map, numbers[i].key);
        double value = NAN;
        if (node != NULL && tb_number_node_read(r, node, &numbers[i].spec, &value)) {
            memcpy((char *)base + numbers[i].at, &value, sizeof value);
        }
    }
}

static void read_kernel(struct tb_reader *r, const struct tb_node *map,
                        struct tb_evidence_kernel *kernel)
{
    enum { N = KERNEL_KEYS };
    const char *keys[N];
    if (map == NULL || !tb_reader_is(r, map, TB_NODE_MAP)) {
        return;
    }
    for (size_t i = 0; i < N; i++) {
        keys[i] = kernel_numbers[i].key;
        if (tb_node_get(map, keys[i]) == NULL && i + MAY_LACK < N) {
            struct tb_at at = {.node = map};
            tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "the key %s is missing", keys[i]);
        }
    }
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        bool known = false;
        for (size_t i = 0; i < N; i++) {
            known = known || tb_node_get(map, keys[i]) == entry;
        }
        if (!known) {
            tb_reader_unknown_key(r, entry, keys, N);
        }
    }
    read_numbers(r, map, kernel_numbers, N, kernel);
}

static void read_run(struct tb_reader *r, const struct tb_node *map, struct tb_evidence_run *run)
{
    run->doubt = 1.0;
    tb_layout_read(r, map, &run_layout, run);
    read_numbers(r, map, run_numbers, sizeof run_numbers / sizeof *run_numbers, run);
    const struct tb_node *kind = tb_node_get(map, "kind");
    const char *word = kind != NULL ? tb_reader_text(r, kind) : NULL;
    run->moe = word != NULL && strcmp(word, kind_word(1)) == 0;
    if (word != NULL && !run->moe && strcmp(word, kind_word(0)) != 0) {
        const char *const words[] = {kind_word(0), kind_word(1)};
        tb_reader_unknown_word(r, kind, words, 2);
    }
}

/* Kernel and runs; the runs beside their best plans are not realised once more. */
static bool check_keys(struct tb_reader *r, const struct tb_node *map, bool nested)
{
    static const char *const keys[] = {"kernel", "runs", "realised"};
    const size_t n = nested ? 2 : 3;
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        bool known = false;
        for (size_t i = 0; i < n; i++) {
            known = known || tb_node_get(map, keys[i]) == entry;
        }
        if (!known) {
            tb_reader_unknown_key(r, entry, keys, n);
        }
    }
    if (tb_node_get(map, keys[0]) != NULL && tb_node_get(map, keys[1]) != NULL) {
        return true;
    }
    struct tb_at at = {.node = map};
    tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "evidence needs the keys kernel and runs");
    return false;
}

static struct tb_evidence *read_one(struct tb_reader *r, const struct tb_node *map, bool nested)
{
    if (!tb_reader_is(r, map, TB_NODE_MAP) || !check_keys(r, map, nested)) {
        return NULL;
    }
    const struct tb_node *runs = tb_node_get(map, "runs");
    if (!tb_reader_is(r, runs, TB_NODE_LIST)) {
        return NULL;
    }
    struct tb_evidence *evidence = tb_arena_alloc(r->arena, sizeof *evidence);
    struct tb_evidence_run *list = tb_arena_alloc(r->arena, (runs->n + 1) * sizeof *list);
    if (evidence == NULL || list == NULL) {
        tb_reader_no_memory(r);
        return NULL;
    }
    read_kernel(r, tb_node_get(map, "kernel"), &evidence->kernel);
    for (const struct tb_node *row = runs->first; row != NULL; row = row->next) {
        if (tb_reader_is(r, row, TB_NODE_MAP)) {
            read_run(r, row, &list[evidence->n++]);
        }
    }
    evidence->run = list;
    return r->failed ? NULL : evidence;
}

const struct tb_evidence *tb_read_evidence(struct tb_reader *r, const struct tb_node *map)
{
    struct tb_evidence *evidence = read_one(r, map, false);
    const struct tb_node *realised = evidence != NULL ? tb_node_get(map, "realised") : NULL;
    if (realised != NULL) {
        evidence->realised = read_one(r, realised, true);
    }
    return r->failed ? NULL : evidence;
}
