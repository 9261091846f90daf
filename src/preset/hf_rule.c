/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_rule.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

struct slot_info {
    const char *key;
    double least, most;
    int dimension;
    const char *meaning;
};

static const struct slot_info slots[TB_HF_SLOT_COUNT] = {
#define TB_HF_SLOT(name, key, least, most, dimension, meaning)                                     \
    [TB_HF_##name] = {#key, least, most, dimension, meaning},
#include "preset/hf_slots.def"
#undef TB_HF_SLOT
};

static const struct {
    const char *name;
    double value;
} names[] = {
    {"softmax", TB_HF_SOFTMAX},         {"mla", TB_HF_MLA},
    {"compressed", TB_HF_COMPRESSED},   {"gated_delta", TB_HF_GATED_DELTA},
    {"kda", TB_HF_KDA},                 {"lightning", TB_HF_LIGHTNING},
    {"mamba1", TB_HF_MAMBA1},           {"mamba2", TB_HF_MAMBA2},
    {"short_conv", TB_HF_SHORT_CONV},   {"rg_lru", TB_HF_RG_LRU},
    {"none", TB_HF_MIX_NONE},           {"full", TB_HF_MIX_FULL},
    {"sliding", TB_HF_MIX_SLIDING},     {"chunked", TB_HF_MIX_CHUNKED},
    {"linear_mix", TB_HF_MIX_LINEAR},
};

/** What a piece of a rule came to. */
struct term {
    double value;
    bool absent;
    bool flag; /**< straight from true or false */
};

struct reader {
    struct tb_hf_ctx *ctx; /**< NULL: only the text is checked */
    const char *p;
    enum tb_hf_slot slot;
    bool null_seen, defaulted;
    char path[96];
    const char *fault;
};

static void skip_space(struct reader *r)
{
    while (*r->p == ' ' || *r->p == '\n') {
        r->p++;
    }
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '^';
}

static size_t word_length(const char *p)
{
    size_t n = 0;
    while (is_word(p[n])) {
        n++;
    }
    return n;
}

/** Place of a word in the hash table of used fields: its own, or the empty one it would take. */
static size_t used_slot(const struct tb_hf_ctx *ctx, const char *word, size_t n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ (unsigned char)word[i]) * 16777619u;
    }
    size_t slot = hash % TB_HF_USED_SLOTS;
    while (ctx->used[slot].text && (ctx->used[slot].length != n ||
                                    memcmp(ctx->used[slot].text, word, n) != 0)) {
        slot = (slot + 1) % TB_HF_USED_SLOTS;
    }
    return slot;
}

static void mark_word(struct tb_hf_ctx *ctx, const char *word, size_t n)
{
    size_t slot = used_slot(ctx, word, n);
    if (!ctx->used[slot].text && ctx->n_used < TB_HF_USED_SLOTS / 2) {
        ctx->used[slot] = (struct tb_hf_word){word, n};
        ctx->n_used++;
    }
}

static void mark_used(struct tb_hf_ctx *ctx, const char *word, size_t n)
{
    const char *dot = memchr(word, '.', n);
    mark_word(ctx, word, n);
    if (dot) {
        mark_word(ctx, word, (size_t)(dot - word));
    }
}

bool tb_hf_is_used(const struct tb_hf_ctx *ctx, const char *key)
{
    return ctx->used[used_slot(ctx, key, strlen(key))].text != NULL;
}

/** Copies a field's name out of the rule, marks it, and finds its value (NULL: absent). */
static json_t *lookup(struct tb_hf_ctx *ctx, const char *word, size_t n, char path[96])
{
    n = n < 95 ? n : 95;
    memcpy(path, word, n);
    path[n] = '\0';
    mark_used(ctx, word, n);
    return path[0] == '^' ? tb_hf_at(ctx->doc.root, path + 1) : tb_hf_at(ctx->object, path);
}

json_t *tb_hf_field(struct tb_hf_ctx *ctx, const char *path)
{
    char copy[96];
    return lookup(ctx, path, strlen(path), copy);
}

static const char *full_path(struct tb_hf_ctx *ctx, const char *path)
{
    if (path[0] == '^' || ctx->prefix[0] == '\0') {
        return path + (path[0] == '^');
    }
    const char *full = tb_arena_printf(ctx->arena, "%s.%s", ctx->prefix, path);
    return full ? full : path;
}

void tb_hf_complain(struct tb_hf_ctx *ctx, enum tb_code code, const char *path,
                    const char *accepted, const char *message)
{
    const char *full = full_path(ctx, path);
    for (size_t i = 0; i < ctx->n_failed; i++) {
        if (strcmp(ctx->failed[i], full) == 0) {
            return;
        }
    }
    if (ctx->n_failed < sizeof ctx->failed / sizeof ctx->failed[0]) {
        const char *kept = tb_arena_strdup(ctx->arena, full);
        ctx->failed[ctx->n_failed++] = kept ? kept : "";
    }
    json_t *value = path[0] == '^' ? tb_hf_at(ctx->doc.root, path + 1) : tb_hf_at(ctx->object, path);
    char *found = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    if (found && strlen(found) > 60) {
        memcpy(found + 57, "...", 4);
    }
    struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, full), .path = full, .found = found,
                           .accepted = accepted};
    enum tb_status status = tb_diag_add(ctx->diags, code, &f, "%s", message);
    free(found); /* jansson's allocator is malloc unless a program changes it, which none here does */
    if (ctx->status == TB_OK) {
        ctx->status = status;
    }
}

static void complain_number(struct reader *r, enum tb_code code, const char *message)
{
    char accepted[120];
    const struct slot_info *s = &slots[r->slot];
    snprintf(accepted, sizeof accepted, "a whole number from %.0f to %.0f (%s)", s->least, s->most,
             s->meaning);
    tb_hf_complain(r->ctx, code, r->path, accepted, message);
}

/** The element of a list that belongs to the layer at hand. */
static json_t *element(struct reader *r, json_t *list)
{
    struct tb_hf_ctx *ctx = r->ctx;
    size_t n = json_array_size(list);
    ctx->per_layer = true;
    if (n == 0 || (ctx->n_layers > 0 && n < (size_t)ctx->n_layers)) {
        complain_number(r, TB_INCONSISTENT, "the list is shorter than the model has layers");
        return NULL;
    }
    return json_array_get(list, (size_t)ctx->layer < n ? (size_t)ctx->layer : n - 1);
}

static struct term number_of(struct reader *r, json_t *v)
{
    struct term t = {0.0, true, false};
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
        complain_number(r, TB_NUMBER_SYNTAX, "a number is needed here");
        return t;
    }
    t.absent = false;
    t.flag = json_is_boolean(v);
    t.value = t.flag ? (double)json_is_true(v) : json_number_value(v);
    return t;
}

static struct term read_compare(struct reader *r, json_t *v)
{
    struct term t = {0.0, !v || !json_is_string(v), true};
    r->p++;
    size_t n = word_length(r->p);
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

static struct term read_field(struct reader *r)
{
    struct term t = {0.0, true, false};
    const char *word = r->p;
    size_t n = word_length(word);
    if (n == 0) {
        r->fault = "a field, number or slot is missing";
        return t;
    }
    r->p += n;
    char path[96];
    json_t *v = r->ctx ? lookup(r->ctx, word, n, path) : NULL;
    if (*r->p == '=') {
        return read_compare(r, v);
    }
    if (!v) {
        return t;
    }
    memcpy(r->path, path, sizeof r->path);
    return number_of(r, v);
}

static struct term read_length(struct reader *r)
{
    struct term t = {0.0, true, false};
    r->p++;
    size_t n = word_length(r->p);
    char path[96];
    json_t *v = r->ctx ? lookup(r->ctx, r->p, n, path) : NULL;
    if (json_is_array(v) || json_is_string(v)) {
        memcpy(r->path, path, sizeof r->path);
        t.value = json_is_array(v) ? (double)json_array_size(v) : (double)json_string_length(v);
        t.absent = false;
    }
    r->p += n;
    return t;
}

static int find_key(const char *word, size_t n)
{
    for (int i = 0; i < TB_HF_SLOT_COUNT; i++) {
        if (strlen(slots[i].key) == n && memcmp(slots[i].key, word, n) == 0) {
            return i;
        }
    }
    return -1;
}

static struct term read_slot(struct reader *r)
{
    struct term t = {0.0, true, false};
    r->p++;
    size_t n = word_length(r->p);
    int slot = find_key(r->p, n);
    if (slot < 0) {
        r->fault = "unknown slot";
    } else if (r->ctx) {
        t.absent = !tb_hf_value(r->ctx, (enum tb_hf_slot)slot, &t.value);
    }
    r->p += n;
    return t;
}

static struct term read_name(struct reader *r)
{
    struct term t = {0.0, false, false};
    r->p++;
    size_t n = word_length(r->p);
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

static struct term read_number(struct reader *r)
{
    struct term t = {0.0, false, false};
    const char *end = r->p;
    if (!tb_number_read(r->p, &t.value, &end)) {
        r->fault = "a number is missing";
    }
    r->p = end;
    return t;
}

static struct term read_factor(struct reader *r)
{
    skip_space(r);
    if (*r->p == '!') {
        r->p++;
        struct term t = read_factor(r);
        t.value = (double)(t.value == 0.0);
        t.flag = true;
        return t;
    }
    if (*r->p == '@') {
        r->p++;
        struct term t = read_number(r);
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

static struct term combine(struct term a, char op, struct term b)
{
    struct term t = {0.0, a.absent || b.absent, false};
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

static struct term read_product(struct reader *r)
{
    struct term t = read_factor(r);
    skip_space(r);
    while (!r->fault && (*r->p == '*' || *r->p == '/' || *r->p == '~')) {
        char op = *r->p++;
        t = combine(t, op, read_factor(r));
        skip_space(r);
    }
    return t;
}

static struct term read_sum(struct reader *r)
{
    struct term t = read_product(r);
    while (!r->fault && (*r->p == '+' || *r->p == '-')) {
        char op = *r->p++;
        t = combine(t, op, read_product(r));
    }
    return t;
}

/** Leaves r->p behind the alternative, marking the fields of what is not evaluated. */
static void skip_alternative(struct reader *r)
{
    while (*r->p && *r->p != '|' && *r->p != ';') {
        size_t n = word_length(r->p);
        if (n > 0 && r->ctx && !isdigit((unsigned char)*r->p)) {
            mark_used(r->ctx, r->p, n);
        }
        if (*r->p == '$' || *r->p == '#' || *r->p == '@' || *r->p == '=') {
            n = word_length(r->p + 1) + 1;
        }
        r->p += n > 0 ? n : 1;
    }
}

void tb_hf_mark_rules(struct tb_hf_ctx *ctx)
{
    for (int s = 0; s < TB_HF_SLOT_COUNT; s++) {
        struct reader r = {.ctx = ctx, .p = ctx->rule[s]};
        while (r.p && *r.p && *r.p != ';') {
            skip_alternative(&r);
            r.p += *r.p == '|';
        }
    }
}

static struct term read_alternative(struct reader *r)
{
    struct term t = read_sum(r);
    skip_space(r);
    if (!r->fault && *r->p == '?') {
        r->p++;
        if (r->ctx && (t.absent || t.value == 0.0)) {
            skip_alternative(r);
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
static struct term read_rule(struct reader *r)
{
    struct term t = {0.0, true, false};
    while (!r->fault && t.absent) {
        r->defaulted = false;
        t = read_alternative(r);
        if (*r->p != '|') {
            break;
        }
        r->p++;
    }
    while (!r->fault && *r->p && *r->p != ';') {
        skip_alternative(r);
        r->p += *r->p == '|';
    }
    return t;
}

static bool in_range(struct reader *r, struct term t)
{
    const struct slot_info *s = &slots[r->slot];
    bool flag_slot = s->least == 0.0 && s->most == 1.0;
    if (t.flag && !flag_slot && s->least >= 0.0) {
        complain_number(r, TB_NUMBER_SYNTAX, "a number is needed here");
        return false;
    }
    if (!(t.value >= s->least && t.value <= s->most)) {
        complain_number(r, TB_NUMBER_RANGE, "outside what a model can have");
        return false;
    }
    if (t.value != floor(t.value)) {
        complain_number(r, TB_INCONSISTENT, "does not come to a whole number");
        return false;
    }
    return true;
}

static void evaluate(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, struct tb_hf_value *out)
{
    struct reader r = {.ctx = ctx, .p = ctx->rule[slot], .slot = slot};
    *out = (struct tb_hf_value){.known = false};
    if (!r.p || ctx->depth > 8) {
        return;
    }
    ctx->depth++;
    struct term t = read_rule(&r);
    ctx->depth--;
    if (t.absent || r.fault || ctx->status != TB_OK || !in_range(&r, t)) {
        return;
    }
    out->value = t.value;
    out->known = true;
    memcpy(out->path, r.path, sizeof out->path);
    ctx->defaulted[slot] = r.defaulted && slots[slot].dimension;
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

json_t *tb_hf_list(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, const char **path)
{
    const char *p = ctx->rule[slot];
    json_t *found = NULL;
    while (p && *p && *p != ';') {
        size_t n = word_length(p);
        if (n == 0) {
            p++;
            continue;
        }
        char name[96];
        json_t *v = isdigit((unsigned char)*p) ? NULL : lookup(ctx, p, n, name);
        if (v && !json_is_null(v) && !found) {
            found = v;
            *path = tb_arena_strdup(ctx->arena, name);
        }
        p += n;
    }
    return *path ? found : NULL;
}

void tb_hf_bind(struct tb_hf_ctx *ctx, const struct tb_hf_family *family)
{
    ctx->family = family;
    for (int hops = 0; family && hops < 8; hops++) {
        const char *p = family->rules;
        while (*p) {
            p += strspn(p, " \n;");
            size_t n = word_length(p);
            int slot = find_key(p, n);
            if (slot >= 0 && !ctx->rule[slot]) {
                ctx->rule[slot] = p + n + 1;
            }
            p += strcspn(p, ";");
        }
        family = family->base ? tb_hf_family_find(family->base) : NULL;
    }
}

const char *tb_hf_slot_key(enum tb_hf_slot slot)
{
    return slots[slot].key;
}

const char *tb_hf_slot_fields(struct tb_hf_ctx *ctx, enum tb_hf_slot slot)
{
    const char *p = ctx->rule[slot];
    char *list = NULL;
    while (p && *p && *p != ';') {
        size_t n = word_length(p);
        if (n > 0 && !isdigit((unsigned char)*p)) {
            list = list ? tb_arena_printf(ctx->arena, "%s or %.*s", list, (int)n, p)
                        : tb_arena_printf(ctx->arena, "%.*s", (int)n, p);
        } else if (*p == '$' || *p == '#' || *p == '=' || *p == '@') {
            n = 1 + word_length(p + 1);
        }
        p += n > 0 ? n : 1;
    }
    return list ? list : slots[slot].key;
}

const char *tb_hf_family_fault(const struct tb_hf_family *family)
{
    const char *p = family->rules;
    if (family->base && !tb_hf_family_find(family->base)) {
        return "unknown base";
    }
    while (*p) {
        p += strspn(p, " \n;");
        size_t n = word_length(p);
        int slot = find_key(p, n);
        if (n > 0 && (slot < 0 || p[n] != ':')) {
            return "unknown slot";
        }
        if (n > 0 && slots[slot].most != slots[slot].least) {
            struct reader r = {.p = p + n + 1, .slot = (enum tb_hf_slot)slot};
            do {
                r.p += *r.p == '|';
                (void)read_alternative(&r);
            } while (!r.fault && *r.p == '|');
            if (r.fault) {
                return r.fault;
            }
        }
        p += strcspn(p, ";");
    }
    return NULL;
}
