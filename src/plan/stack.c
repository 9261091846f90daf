/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/stack.h"

#include <string.h>

static const struct tb_stack stacks[] = {
#define TB_STACK(name, id, framework, year, fused, loss, interleaves, reduce, recipe, title, text, \
                 place)                                                                            \
    {id, framework, year, fused, loss, interleaves, reduce, TB_RECIPE_##recipe, title, text, place},
#include "plan/stack.def"
#undef TB_STACK
};

enum { STACKS = sizeof stacks / sizeof stacks[0] };

const struct tb_stack *tb_stack_at(size_t i)
{
    return i < STACKS ? &stacks[i] : NULL;
}

const struct tb_stack *tb_stack_find(const char *id)
{
    for (size_t i = 0; i < STACKS; i++) {
        if (strcmp(stacks[i].id, id) == 0)
            return &stacks[i];
    }
    return NULL;
}

const struct tb_stack *tb_stack_of_source(const char *title, const char *address, const char *place)
{
    for (size_t i = 0; i + 1 < STACKS; i++) {
        const struct tb_stack *s = &stacks[i];
        if ((strstr(title, s->text) || strstr(address, s->text)) && strstr(place, s->place))
            return s;
    }
    return &stacks[STACKS - 1];
}

void tb_plan_apply_stack(struct tb_plan *plan, const struct tb_stack *stack)
{
    plan->unfused_attention = !stack->fused_attention;
    plan->fused_loss = stack->fused_loss;
    plan->reduce_bytes = stack->reduce_bytes;
    plan->recipe = stack->recipe;
}
