/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_expr.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

static const struct {
    const char *name;
    double value;
} names[] = {
    {"softmax", TB_HF_SOFTMAX},
    {"mla", TB_HF_MLA},
    {"compressed", TB_HF_COMPRESSED},
    {"gated_delta", TB_HF_GATED_DELTA},
    {"kda", TB_HF_KDA},
    {"lightning", TB_HF_LIGHTNING},
    {"mamba1", TB_HF_MAMBA1},
    {"mamba2", TB_HF_MAMBA2},
    {"short_conv", TB_HF_SHORT_CONV},
    {"rg_lru", TB_HF_RG_LRU},
    {"none", TB_HF_MIX_NONE},
    {"full", TB_HF_MIX_FULL},
    {"sliding", TB_HF_MIX_SLIDING},
    {"chunked", TB_HF_MIX_CHUNKED},
    {"linear_mix", TB_HF_MIX_LINEAR},
};

static void skip_space(struct tb_hf_reader *r)
{
    while (*r->p == ' ' || *r->p == '\n') {
        r->p++;
    }
}

void tb_hf_expr_complain(struct tb_hf_reader *r, enum tb_code code, const char *message)
{
    char accepted[120];
    const struct tb_hf_slot_info *s = tb_hf_slot_info(r->slot);
    snprintf(accepted, sizeof accepted, "a whole number from %.0f to %.0f (%s)", s->least, s->most,
             s->meaning);
    tb_hf_complain(r->ctx, code, r->path, accepted, message);
}

/** The element of a list that belongs to the layer at hand. */
static json_t *element(struct tb_hf_reader *r, json_t *list)
{
    struct tb_hf_ctx *ctx = r->ctx;
    size_t n = json_array_size(list);
    ctx->per_layer = true;
    if (n == 0 || (ctx->n_layers > 0 && n < (size_t)ctx->n_layers)) {
        tb_hf_expr_complain(r, TB_INCONSISTENT, "the list is shorter than the model has layers");
        return NULL;
    }
    return json_array_get(list, (size_t)ctx->layer < n ? (size_t)ctx->layer : n - 1);
}

static struct tb_hf_term number_of(struct tb_hf_reader *r, json_t *v)
{
    struct tb_hf_term t = {0.0, true, false};
    if (json_is_array(v)) {
        v = element(r, v);
        if (!v) {
            return t;
        }
    }
    if (json_is_null(v)) {
        r->null_seen = true;
        return t;
    }
    if (json_is_string(v) && strcmp(json_string_value(v), "auto") == 0) {
        return t;
    }
    if (!json_is_number(v) && !json_is_boolean(v)) {
        tb_hf_expr_complain(r, TB_NUMBER_SYNTAX, "a number is needed here");
        return t;
    }
    t.absent = false;
    t.flag = json_is_boolean(v);
    t.value = t.flag ? (double)json_is_true(v) : json_number_value(v);
    return t;
}

static struct tb_hf_term read_compare(struct tb_hf_reader *r, json_t *v)
{
    v = json_is_array(v) ? element(r, v) : v;
    struct tb_hf_term t = {0.0, !v || !json_is_string(v), true};
    r->p++;
    size_t n = tb_hf_word_length(r->p);
    if (n == 0) {
        r->fault = "a word must follow =";
    }
    if (!t.absent) {
        const char *s = json_string_value(v);
        t.value = (double)(strlen(s) == n && memcmp(s, r->p, n) == 0);
    }
    r->p += n;
    return t;
}

static struct tb_hf_term read_field(struct tb_hf_reader *r)
{
    struct tb_hf_term t = {0.0, true, false};
    const char *word = r->p;
    size_t n = tb_hf_word_length(word);
    if (n == 0) {
        r->fault = "a field, number or slot is missing";
        return t;
    }
    r->p += n;
    char path[96];
    json_t *v = r->ctx ? tb_hf_lookup(r->ctx, word, n, path) : NULL;
    if (v) {
        memcpy(r->path, path, sizeof r->path);
    }
    if (*r->p == '=') {
        return read_compare(r, v);
    }
    if (!v) {
        return t;
    }
    return number_of(r, v);
}

static struct tb_hf_term read_length(struct tb_hf_reader *r)
{
    struct tb_hf_term t = {0.0, true, false};
    r->p++;
    size_t n = tb_hf_word_length(r->p);
    char path[96];
    json_t *v = r->ctx ? tb_hf_lookup(r->ctx, r->p, n, path) : NULL;
    if (json_is_array(v) || json_is_string(v)) {
        memcpy(r->path, path, sizeof r->path);
        t.value = json_is_array(v) ? (double)json_array_size(v) : (double)json_string_length(v);
        t.absent = false;
    }
    r->p += n;
    return t;
}

static struct tb_hf_term read_slot(struct tb_hf_reader *r)
{
    struct tb_hf_term t = {0.0, true, false};
    r->p++;
    size_t n = tb_hf_word_length(r->p);
    int slot = tb_hf_slot_find(r->p, n);
    if (slot < 0) {
        r->fault = "unknown slot";
    } else if (r->ctx) {
        t.absent = !tb_hf_value(r->ctx, (enum tb_hf_slot)slot, &t.value);
    }
    r->p += n;
    return t;
}

static struct tb_hf_term read_name(struct tb_hf_reader *r)
{
    struct tb_hf_term t = {0.0, false, false};
    r->p++;
    size_t n = tb_hf_word_length(r->p);
    size_t count = sizeof names / sizeof names[0];
    size_t i = 0;
    while (i < count && !(strlen(names[i].name) == n && memcmp(names[i].name, r->p, n) == 0)) {
        i++;
    }
    if (i == count) {
        r->fault = "unknown kind";
    } else {
        t.value = names[i].value;
    }
    r->p += n;
    return t;
}

static struct tb_hf_term read_number(struct tb_hf_reader *r)
{
    struct tb_hf_term t = {0.0, false, false};
    const char *end = r->p;
    if (!tb_number_read(r->p, &t.value, &end)) {
        r->fault = "a number is missing";
    }
    r->p = end;
    return t;
}

static struct tb_hf_term read_factor(struct tb_hf_reader *r)
{
    skip_space(r);
    if (*r->p == '!') {
        r->p++;
        struct tb_hf_term t = read_factor(r);
        t.value = (double)(t.value == 0.0);
        t.flag = true;
        return t;
    }
    if (*r->p == '@') {
        r->p++;
        struct tb_hf_term t = read_number(r);
        t.absent = r->null_seen || (r->ctx && r->ctx->no_defaults);
        r->defaulted = r->defaulted || !t.absent;
        return t;
    }
    if (*r->p == '$') {
        return read_slot(r);
    }
    if (*r->p == '#') {
        return read_name(r);
    }
    if (*r->p == '&') {
        return read_length(r);
    }
    return isdigit((unsigned char)*r->p) ? read_number(r) : read_field(r);
}

static struct tb_hf_term combine(struct tb_hf_term a, char op, struct tb_hf_term b)
{
    struct tb_hf_term t = {0.0, a.absent || b.absent, false};
    if (t.absent) {
        return t;
    }
    switch (op) {
    case '*':
        t.value = a.value * b.value;
        break;
    case '+':
        t.value = a.value + b.value;
        break;
    case '-':
        t.value = a.value - b.value;
        break;
    default:
        t.absent = b.value == 0.0;
        t.value = t.absent ? 0.0 : a.value / b.value;
        t.value = op == '~' ? ceil(t.value) : t.value;
        break;
    }
    return t;
}

static struct tb_hf_term read_product(struct tb_hf_reader *r)
{
    struct tb_hf_term t = read_factor(r);
    skip_space(r);
    while (!r->fault && (*r->p == '*' || *r->p == '/' || *r->p == '~')) {
        char op = *r->p++;
        t = combine(t, op, read_factor(r));
        skip_space(r);
    }
    return t;
}

static struct tb_hf_term read_sum(struct tb_hf_reader *r)
{
    struct tb_hf_term t = read_product(r);
    while (!r->fault && (*r->p == '+' || *r->p == '-')) {
        char op = *r->p++;
        t = combine(t, op, read_product(r));
    }
    return t;
}

/** Leaves r->p behind the alternative, marking the fields of what is not evaluated. */
void tb_hf_expr_skip(struct tb_hf_reader *r)
{
    while (*r->p && *r->p != '|' && *r->p != ';') {
        size_t n = tb_hf_word_length(r->p);
        if (n > 0 && r->ctx && !isdigit((unsigned char)*r->p)) {
            tb_hf_mark_used(r->ctx, r->p, n);
        }
        if (*r->p == '$' || *r->p == '#' || *r->p == '@' || *r->p == '=') {
            n = tb_hf_word_length(r->p + 1) + 1;
        }
        r->p += n > 0 ? n : 1;
    }
}

struct tb_hf_term tb_hf_expr_alternative(struct tb_hf_reader *r)
{
    struct tb_hf_term t = read_sum(r);
    skip_space(r);
    if (!r->fault && *r->p == '?') {
        r->p++;
        if (r->ctx && (t.absent || t.value == 0.0)) {
            tb_hf_expr_skip(r);
            t.absent = true;
        } else {
            t = read_sum(r);
        }
    }
    skip_space(r);
    if (!r->fault && *r->p && *r->p != '|' && *r->p != ';') {
        r->fault = "an operator is missing";
    }
    return t;
}

/** The rule's value: that of the first alternative that has one. */
struct tb_hf_term tb_hf_expr_read(struct tb_hf_reader *r)
{
    struct tb_hf_term t = {0.0, true, false};
    while (!r->fault && t.absent) {
        r->defaulted = false;
        t = tb_hf_expr_alternative(r);
        if (*r->p != '|') {
            break;
        }
        r->p++;
    }
    while (!r->fault && *r->p && *r->p != ';') {
        tb_hf_expr_skip(r);
        r->p += *r->p == '|';
    }
    return t;
}
