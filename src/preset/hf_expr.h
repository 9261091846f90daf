/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_HF_EXPR_H
#define TB_PRESET_HF_EXPR_H

#include "preset/hf_rule.h"

/** The parts of reading a rule: for hf_ctx.c, hf_expr.c and hf_rule.c alone. */

struct tb_hf_slot_info {
    const char *key;
    double least, most;
    int dimension;
    const char *meaning;
};

const struct tb_hf_slot_info *tb_hf_slot_info(enum tb_hf_slot slot);
/** A slot by its key of n bytes; -1 when there is none. */
int tb_hf_slot_find(const char *word, size_t n);

/** Bytes of the word at p: a field or the name of a slot; 0 when none begins there. */
size_t tb_hf_word_length(const char *p);
/** Marks a field as known. The word must outlive the context: it is a piece of a rule. */
void tb_hf_mark_used(struct tb_hf_ctx *ctx, const char *word, size_t n);
/** Copies a field's name out of a rule, marks it, and finds its value (NULL: absent). */
json_t *tb_hf_lookup(struct tb_hf_ctx *ctx, const char *word, size_t n, char path[96]);

/** What a piece of a rule came to. */
struct tb_hf_term {
    double value;
    bool absent;
    bool flag; /**< straight from true or false */
};

struct tb_hf_reader {
    struct tb_hf_ctx *ctx; /**< NULL: only the text is checked */
    const char *p;
    enum tb_hf_slot slot;
    bool null_seen, defaulted;
    char path[96]; /**< the field read last */
    const char *fault;
};

/** Reads a whole rule from r->p on: the value of the first alternative that has one. */
struct tb_hf_term tb_hf_expr_read(struct tb_hf_reader *r);
/** Reads one alternative and stops at the '|' or ';' behind it. */
struct tb_hf_term tb_hf_expr_alternative(struct tb_hf_reader *r);
/** Passes over one alternative, marking its fields. */
void tb_hf_expr_skip(struct tb_hf_reader *r);
/** Reports the field read last, with what the slot accepts. */
void tb_hf_expr_complain(struct tb_hf_reader *r, enum tb_code code, const char *message);

#endif
