/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_PLAN_KEYS_H
#define TB_PRESET_PLAN_KEYS_H

#include "base/text.h"
#include "plan/stack.h"

/** A parallel plan as somebody states it: some keys, the rest left open. */

enum tb_plan_key {
#define TB_PLAN_KEY(NAME, ...) TB_PLAN_KEY_##NAME,
#include "preset/plan_keys.def"
#undef TB_PLAN_KEY
    TB_PLAN_KEY_COUNT
};

struct tb_given_plan {
    bool given[TB_PLAN_KEY_COUNT];
    struct tb_plan plan; /**< the members of given keys but the next two */
    int recompute;       /**< enum tb_recompute */
    const struct tb_stack *stack;
};

/** The i-th key; NULL past the end. */
const char *tb_plan_key_id(int i);

bool tb_plan_key_find(const char *id, enum tb_plan_key *out);

/** Sets a key from text. @return false when the text is not what the key accepts. */
bool tb_plan_key_set(struct tb_given_plan *given, enum tb_plan_key key, const char *text);

/** What the key accepts: "a whole number, 1 to 256", "none, selective, full". */
void tb_plan_key_accepts(enum tb_plan_key key, struct tb_text *out);

/** Copies the members of all given keys that struct tb_plan holds. */
void tb_given_plan_apply(const struct tb_given_plan *given, struct tb_plan *plan);

bool tb_given_plan_any(const struct tb_given_plan *given);

/** "tp=8, pp=16": the keys of a plan in which it differs from one without any, and all degrees
 *  above 1. */
void tb_plan_write(const struct tb_plan *plan, struct tb_text *out);

#endif
