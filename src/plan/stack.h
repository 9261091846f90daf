/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_STACK_H
#define TB_PLAN_STACK_H

#include "plan/plan.h"

/** Training software of a year: what it does differently and where its constants are kept. */
struct tb_stack {
    const char *id; /**< key of the fitted constants; several rows may share it */
    const char *framework;
    double year;
    bool fused_attention;
    bool fused_loss;
    bool interleaves; /**< several chunks of layers a stage where the plan does not say */
    double reduce_bytes;
    enum tb_recipe recipe;
    const char *title;
    const char *text, *place; /**< how its tables are recognised */
};

/** @return the stack of row `i` of the table, or NULL past the end. The last is "generic". */
const struct tb_stack *tb_stack_at(size_t i);

/** The stack with this id, or NULL. */
const struct tb_stack *tb_stack_find(const char *id);

/** The stack a table of measurements belongs to, by its source; "generic" when none is named. */
const struct tb_stack *tb_stack_of_source(const char *title, const char *address,
                                          const char *place);

/** Takes from a stack what a plan leaves open: attention, loss, bytes on the wire, recipe. */
void tb_plan_apply_stack(struct tb_plan *plan, const struct tb_stack *stack);

#endif
