/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/software.h"

#include "scenario/build.h"

#include <string.h>

static bool has_constants(const struct tb_constants *constants, const struct tb_stack *stack,
                          const char *generation)
{
    size_t length = strlen(stack->id);
    for (size_t i = 0; i < constants->n; i++) {
        const char *key = constants->item[i].key;
        if (strncmp(key, stack->id, length) == 0 && key[length] == '@' &&
            strcmp(key + length + 1, generation) == 0)
            return true;
    }
    return false;
}

/* The newest software that was measured on this generation; NULL: none was. */
static const struct tb_stack *newest(const struct tb_constants *constants, const char *generation)
{
    const struct tb_stack *best = NULL;
    const struct tb_stack *stack;
    for (size_t i = 0; generation && (stack = tb_stack_at(i)) != NULL; i++) {
        if ((!best || stack->year > best->year) && has_constants(constants, stack, generation))
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
        const struct tb_chip_preset *chip = tb_data_chip(data, id, TB_COMMAND_LINE, NULL);
        if (!chip || !chip->vendor || strcmp(chip->vendor, vendor) != 0)
            continue;
        const struct tb_stack *one = newest(constants, chip->generation);
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
