/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scenario/fit_constants.h"

const struct tb_constant *tb_constants_find(const struct tb_constants *constants,
                                            enum tb_perf_id id, const char *key)
{
    for (size_t i = constants->last[id]; i > 0; i = constants->item[i - 1].before) {
        if (strcmp(constants->item[i - 1].key, key) == 0)
            return &constants->item[i - 1];
    }
    return NULL;
}

/* Stacks so many years apart are half as much alike (e^-1/2), of another framework so much less. */
#define STACK_YEARS 1.5
#define OTHER_FRAMEWORK 0.3

/* How much alike a stack is to one that has rows; 0: it is not in the table. */
static double alike(const struct tb_stack *stack, const struct tb_stack *other)
{
    if (!stack || !other)
        return 0.0;
    double apart = (other->year - stack->year) / STACK_YEARS;
    bool same = stack->framework[0] == '\0' || strcmp(stack->framework, other->framework) == 0;
    return exp(-0.5 * apart * apart) * (same ? 1.0 : OTHER_FRAMEWORK);
}

/* The stack of a key "stack" or "stack@generation". */
static const struct tb_stack *stack_of(const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(key, "@"), key);
    return tb_stack_find(name);
}

/* A stack is like those of its time and framework, each counting by how well it is known; with a
 * generation, by what they did on it. The entry of `but` (NULL: none) is not asked. NaN: none has
 * rows. */
static double mean_of_stacks(const struct tb_constants *constants, enum tb_perf_id id,
                             const struct tb_stack *stack, const char *generation, const char *but)
{
    double spread = tb_perf_info(id)->spread;
    const struct tb_constant *all = tb_constants_find(constants, id, "default");
    /* Where few stacks tell, what all share holds. */
    double weights = all ? 1.0 / (spread * spread) : 0.0;
    double sum = all ? weights * log(all->value) : 0.0;
    for (size_t i = 0; i < constants->n; i++) {
        const struct tb_constant *c = &constants->item[i];
        const char *at = strchr(c->key, '@');
        if (c->id != id || (generation && (!at || strcmp(at + 1, generation) != 0)) ||
            (but && strcmp(c->key, but) == 0))
            continue;
        double weight = alike(stack, stack_of(c->key)) / (c->sd_ln * c->sd_ln + spread * spread);
        sum += weight * log(c->value);
        weights += weight;
    }
    return exp(sum / weights);
}

double tb_constants_of_others(const struct tb_constants *constants, enum tb_perf_id id,
                              const char *key)
{
    const char *at = strchr(key, '@');
    return mean_of_stacks(constants, id, stack_of(key), at ? at + 1 : NULL, key);
}

/* A constant of software: the stack's own entry, else the mean of those like it. NaN: none. */
static double of_stack(const struct tb_constants *constants, enum tb_perf_id id,
                       const struct tb_constant_keys *k, bool *known)
{
    bool kernel = tb_perf_info(id)->scope == TB_PERF_KERNEL;
    char pair[128];
    snprintf(pair, sizeof pair, "%s@%s", k->stack, k->generation);
    const struct tb_constant *c = tb_constants_find(constants, id, kernel ? pair : k->stack);
    *known = c != NULL;
    if (c)
        return c->value;
    const struct tb_stack *stack = tb_stack_find(k->stack);
    double value = mean_of_stacks(constants, id, stack, kernel ? k->generation : NULL, NULL);
    if (isnan(value) && kernel)
        value = mean_of_stacks(constants, id, stack, NULL, NULL);
    c = tb_constants_find(constants, id, "default");
    return isnan(value) && c ? c->value : value;
}

/* A constant of a chip or its network: of the nearest of chip, generation, maker and all. Of a
 * chip's own best measured product a share is better known than of its peak from others. NaN: none.
 */
static double of_chip(const struct tb_constants *constants, enum tb_perf_id id,
                      const struct tb_constant_keys *k, bool *known)
{
    const char *const keys[] = {k->chip, k->generation, k->vendor, "default"};
    size_t n = tb_perf_start_is_measured(k->data_sheet, id) ? 3 : 4;
    *known = false;
    for (size_t i = 0; i < n; i++) {
        const struct tb_constant *c = tb_constants_find(constants, id, keys[i]);
        *known = c && i == 0;
        if (c)
            return c->value;
    }
    return (double)NAN;
}

int tb_constants_perf(const struct tb_constants *constants, const struct tb_constant_keys *keys,
                      struct tb_perf *perf)
{
    bool chip_known = false;
    bool stack_known = false;
    tb_perf_start_for(perf, keys->data_sheet);
    for (int i = 0; i < TB_PERF_COUNT; i++) {
        enum tb_perf_id id = (enum tb_perf_id)i;
        enum tb_perf_scope scope = tb_perf_info(id)->scope;
        bool software = scope == TB_PERF_STACK || scope == TB_PERF_KERNEL;
        bool known;
        double value =
            software ? of_stack(constants, id, keys, &known) : of_chip(constants, id, keys, &known);
        if (!isnan(value))
            *tb_perf_field(perf, id) = value;
        if (known && id == TB_PERF_ID_gemm16)
            chip_known = true;
        if (known && id == TB_PERF_ID_slowness)
            stack_known = true;
    }
    return (chip_known ? 0 : 1) + (stack_known ? 0 : 1);
}

void tb_constants_range(const struct tb_constants *constants, const struct tb_range_key *key,
                        double *low, double *high)
{
    *low = 0.6;
    *high = 1.6;
    for (size_t i = 0; i < constants->n_bands; i++) {
        const struct tb_error_band *b = &constants->band[i];
        if (b->moe == key->moe && b->known == key->known) {
            *low = exp(b->low * key->stray);
            *high = exp(b->high * key->stray);
        }
    }
}

static struct tb_constant_keys keys_of_case(const struct tb_case *c)
{
    return (struct tb_constant_keys){c->chip_id, c->generation, c->vendor, c->stack->id, &c->chip};
}

int tb_case_perf(const struct tb_constants *constants, const struct tb_case *c,
                 struct tb_perf *perf)
{
    struct tb_constant_keys keys = keys_of_case(c);
    return tb_constants_perf(constants, &keys, perf);
}
