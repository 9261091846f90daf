/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_expr.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static bool in_range(struct tb_hf_reader *r, struct tb_hf_term t)
{
    const struct tb_hf_slot_info *s = tb_hf_slot_info(r->slot);
    bool flag_slot = s->least == 0.0 && s->most == 1.0;
    if (t.flag && !flag_slot && s->least >= 0.0) {
        tb_hf_expr_complain(r, TB_NUMBER_SYNTAX, "a number is needed here");
        return false;
    }
    if (!(t.value >= s->least && t.value <= s->most)) {
        tb_hf_expr_complain(r, TB_NUMBER_RANGE, "outside what a model can have");
        return false;
    }
    if (t.value != floor(t.value)) {
        tb_hf_expr_complain(r, TB_INCONSISTENT, "does not come to a whole number");
        return false;
    }
    return true;
}

/** Slots whose rule is, at the root, a list of names and nothing else. */
static const enum tb_hf_slot plain[TB_HF_PLAIN] = {TB_HF_D_MODEL, TB_HF_N_LAYERS, TB_HF_N_HEADS,
                                                   TB_HF_D_FF, TB_HF_VOCAB};

/** A file that leaves a plain dimension out under the family's name may give it under another usual
 *  one (n_layer for num_hidden_layers): that comes before a default. */
static struct tb_hf_term read_alias(struct tb_hf_reader *r, struct tb_hf_term otherwise)
{
    for (size_t i = 0; i < TB_HF_PLAIN; i++) {
        if (plain[i] == r->slot && r->ctx->usual[i]) {
            struct tb_hf_reader alias = {.ctx = r->ctx, .p = r->ctx->usual[i], .slot = r->slot};
            struct tb_hf_term t = tb_hf_expr_read(&alias);
            if (!t.absent) {
                *r = alias;
                return t;
            }
        }
    }
    return otherwise;
}

static void evaluate(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, struct tb_hf_value *out)
{
    struct tb_hf_reader r = {.ctx = ctx, .p = ctx->rule[slot], .slot = slot};
    *out = (struct tb_hf_value){.known = false};
    if (!r.p || ctx->depth > 8) {
        return;
    }
    ctx->depth++;
    struct tb_hf_term t = tb_hf_expr_read(&r);
    t = r.defaulted || t.absent ? read_alias(&r, t) : t;
    ctx->depth--;
    if (t.absent || r.fault || ctx->status != TB_OK || !in_range(&r, t)) {
        return;
    }
    out->value = t.value;
    out->known = true;
    memcpy(out->path, r.path, sizeof out->path);
    ctx->defaulted[slot] = r.defaulted && tb_hf_slot_info(slot)->dimension;
}

bool tb_hf_value(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, double *out)
{
    struct tb_hf_value *v = &ctx->slot[slot];
    if (!v->cached) {
        bool outer = ctx->per_layer;
        ctx->per_layer = false;
        evaluate(ctx, slot, v);
        v->cached = !ctx->per_layer;
        ctx->per_layer = ctx->per_layer || outer;
    }
    *out = v->known ? v->value : 0.0;
    return v->known;
}

double tb_hf_get(struct tb_hf_ctx *ctx, enum tb_hf_slot slot)
{
    double value;
    (void)tb_hf_value(ctx, slot, &value);
    return value;
}

double tb_hf_need(struct tb_hf_ctx *ctx, enum tb_hf_slot slot)
{
    double value;
    if (!tb_hf_value(ctx, slot, &value) && ctx->status == TB_OK) {
        ctx->missing[slot] = 1;
    }
    return value;
}

/** Points into `rule` at the rules of one family that are not set yet. */
static void bind_one(const struct tb_hf_family *family, const char *rule[TB_HF_SLOT_COUNT])
{
    const char *p = family->rules;
    while (*p) {
        p += strspn(p, " \n;");
        size_t n = tb_hf_word_length(p);
        int slot = tb_hf_slot_find(p, n);
        if (slot >= 0 && !rule[slot]) {
            rule[slot] = p + n + 1;
        }
        p += strcspn(p, ";");
    }
}

void tb_hf_bind(struct tb_hf_ctx *ctx, const struct tb_hf_family *family)
{
    const char *usual[TB_HF_SLOT_COUNT] = {NULL};
    ctx->family = family;
    for (int hops = 0; family && hops < 8; hops++) {
        bind_one(family, ctx->rule);
        ctx->layer_fn = ctx->layer_fn ? ctx->layer_fn : family->layer_fn;
        ctx->model_fn = ctx->model_fn ? ctx->model_fn : family->model_fn;
        family = family->base ? tb_hf_family_find(family->base) : NULL;
    }
    bind_one(tb_hf_family_at(0), usual); /* the root of the table */
    for (size_t i = 0; i < TB_HF_PLAIN; i++) {
        ctx->usual[i] = usual[plain[i]];
    }
}

void tb_hf_mark_rules(struct tb_hf_ctx *ctx)
{
    for (int s = 0; s < TB_HF_SLOT_COUNT; s++) {
        struct tb_hf_reader r = {.ctx = ctx, .p = ctx->rule[s]};
        while (r.p && *r.p && *r.p != ';') {
            tb_hf_expr_skip(&r);
            r.p += *r.p == '|';
        }
    }
}

/** The next field that a rule names from *p on, with its length; NULL at the rule's end. */
static const char *next_field(const char **p, size_t *n)
{
    while (**p && **p != ';') {
        const char *word = *p;
        *n = tb_hf_word_length(word);
        bool marked = strchr("$#=@", *word) != NULL; /* what follows is no field */
        *p += marked ? 1 + tb_hf_word_length(word + 1) : *n > 0 ? *n : 1;
        if (*n > 0 && !isdigit((unsigned char)*word)) {
            return word;
        }
    }
    return NULL;
}

json_t *tb_hf_list(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, const char **path)
{
    const char *p = ctx->rule[slot] ? ctx->rule[slot] : "";
    const char *word;
    json_t *found = NULL;
    size_t n;
    while (!found && (word = next_field(&p, &n)) != NULL) {
        char name[96];
        json_t *v = tb_hf_lookup(ctx, word, n, name);
        found = v && !json_is_null(v) ? v : NULL;
        *path = found ? tb_arena_strdup(ctx->arena, name) : NULL;
    }
    return found && *path ? found : NULL;
}

const char *tb_hf_slot_fields(struct tb_hf_ctx *ctx, enum tb_hf_slot slot)
{
    const char *p = ctx->rule[slot] ? ctx->rule[slot] : "";
    const char *word;
    char *list = NULL;
    size_t n;
    while ((word = next_field(&p, &n)) != NULL) {
        list = list ? tb_arena_printf(ctx->arena, "%s or %.*s", list, (int)n, word)
                    : tb_arena_printf(ctx->arena, "%.*s", (int)n, word);
    }
    return list ? list : tb_hf_slot_info(slot)->key;
}

static const char *rule_fault(int slot, const char *text)
{
    struct tb_hf_reader r = {.p = text, .slot = (enum tb_hf_slot)slot};
    do {
        r.p += *r.p == '|';
        (void)tb_hf_expr_alternative(&r);
    } while (!r.fault && *r.p == '|');
    return r.fault;
}

const char *tb_hf_family_fault(const struct tb_hf_family *family)
{
    const char *p = family->rules, *fault = NULL;
    if (family->base && !tb_hf_family_find(family->base)) {
        return "unknown base";
    }
    while (*p && !fault) {
        p += strspn(p, " \n;");
        size_t n = tb_hf_word_length(p);
        int slot = tb_hf_slot_find(p, n);
        if (n > 0 && (slot < 0 || p[n] != ':')) {
            return "unknown slot";
        }
        /* slots without a range are lists of fields, which any text can be */
        if (n > 0 && tb_hf_slot_info((enum tb_hf_slot)slot)->most !=
                         tb_hf_slot_info((enum tb_hf_slot)slot)->least) {
            fault = rule_fault(slot, p + n + 1);
        }
        p += strcspn(p, ";");
    }
    return fault;
}
