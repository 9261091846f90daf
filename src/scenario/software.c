/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/software.h"

#include "preset/make.h"
#include "scenario/build.h"

#include <string.h>

/* The stack of a key "stack@generation"; NULL: another kind of key, or another generation. */
static const struct tb_stack *stack_on(const char *key, const char *generation)
{
    const char *at = strchr(key, '@');
    const struct tb_stack *stack;
    if (!at || strcmp(at + 1, generation) != 0)
        return NULL;
    size_t length = (size_t)(at - key);
    for (size_t i = 0; (stack = tb_stack_at(i)) != NULL; i++)
        if (strncmp(stack->id, key, length) == 0 && stack->id[length] == '\0')
            return stack;
    return NULL;
}

/* Of equal years the first of the table. */
static bool is_newer(const struct tb_stack *a, const struct tb_stack *b)
{
    return !b || a->year > b->year || (a->year == b->year && a < b);
}

/* The newest software that was measured on this generation; NULL: none was. Software without a name
 * has constants from a table of one's own only, and is then what is run. */
static const struct tb_stack *newest(const struct tb_constants *constants, const char *generation)
{
    const struct tb_stack *best = NULL;
    for (size_t i = 0; generation && i < constants->n; i++) {
        const struct tb_stack *stack = stack_on(constants->item[i].key, generation);
        if (stack && stack->text[0] == '\0')
            return stack;
        if (stack && is_newer(stack, best))
            best = stack;
    }
    return best;
}

/* Else on any chip of the vendor. */
static const struct tb_stack *newest_of_vendor(tb_data *data, const struct tb_constants *constants,
                                               const char *vendor)
{
    const struct tb_stack *best = NULL;
    const char *id;
    for (size_t i = 0; vendor && (id = tb_data_id(data, TB_ENTITY_CHIP, i)) != NULL; i++) {
        struct tb_chip_make make;
        if (!tb_data_chip_make(data, id, &make) || !make.vendor || strcmp(make.vendor, vendor) != 0)
            continue;
        const struct tb_stack *one = newest(constants, make.generation);
        if (one && (!best || one->year > best->year))
            best = one;
    }
    return best;
}

const struct tb_stack *tb_newest_stack(tb_data *data, const struct tb_constants *constants,
                                       const struct tb_chip_preset *chip)
{
    const struct tb_stack *stack = newest(constants, chip->generation);
    if (!stack)
        stack = newest_of_vendor(data, constants, chip->vendor);
    return stack ? stack : tb_stack_find("generic");
}
