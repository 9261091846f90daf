/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/plan_keys.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "preset/layout.h"

enum kind { WHOLE, REAL, LEVEL, FLAG, SCHEDULE, GEMM, RECOMPUTE, STACK };

static const struct row {
    const char *id;
    enum kind kind;
    size_t at, size;
    double least, most;
} rows[TB_PLAN_KEY_COUNT] = {
#define TB_PLAN_KEY(NAME, id, kind, member, least, most, title)                                    \
    {id,    kind, offsetof(struct tb_plan, member), sizeof(((struct tb_plan *)0)->member),         \
     least, most},
#include "preset/plan_keys.def"
#undef TB_PLAN_KEY
};

const char *tb_plan_key_id(int i)
{
    return i >= 0 && i < TB_PLAN_KEY_COUNT ? rows[i].id : NULL;
}

bool tb_plan_key_find(const char *id, enum tb_plan_key *out)
{
    for (int i = 0; i < TB_PLAN_KEY_COUNT; i++) {
        if (strcmp(rows[i].id, id) == 0) {
            *out = (enum tb_plan_key)i;
            return true;
        }
    }
    return false;
}

static const char *schedule_word(int i)
{
    const struct tb_schedule_info *info = i >= 0 ? tb_schedule_info((enum tb_schedule)i) : NULL;
    return info ? info->id : NULL;
}

static const char *gemm_word(int i)
{
    return i >= 0 && i < TB_GEMM_MODE_COUNT ? tb_gemm_mode_id((enum tb_gemm_mode)i) : NULL;
}

static const char *stack_word(int i)
{
    const struct tb_stack *stack = i >= 0 ? tb_stack_at((size_t)i) : NULL;
    return stack ? stack->id : NULL;
}

static const char *flag_word(int i)
{
    static const char *const words[] = {"false", "true", "0", "1"};
    return i >= 0 && i < 4 ? words[i] : NULL;
}

/* The i-th word of a table; NULL past the end. */
typedef const char *word_at(int i);

/* The table of words of a kind; NULL: numbers. */
static word_at *words_of(enum kind kind)
{
    static word_at *const tables[] = {[FLAG] = flag_word,
                                      [SCHEDULE] = schedule_word,
                                      [GEMM] = gemm_word,
                                      [STACK] = stack_word,
                                      [RECOMPUTE] = tb_recompute_word};
    return tables[kind];
}

static bool find_word(word_at *word, const char *text, int *out)
{
    const char *w;
    for (int i = 0; (w = word(i)) != NULL; i++) {
        if (strcmp(w, text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static void set_word(struct tb_given_plan *given, const struct row *row, int word)
{
    char *at = (char *)&given->plan + row->at;
    bool flag = word % 2 == 1;
    switch (row->kind) {
    case FLAG:
        memcpy(at, &flag, sizeof flag);
        break;
    case RECOMPUTE:
        given->recompute = word;
        break;
    case STACK:
        given->stack = tb_stack_find(stack_word(word));
        break;
    default:
        memcpy(at, &word, row->size);
    }
}

static bool set_number(struct tb_given_plan *given, const struct row *row, const char *text)
{
    double value;
    const char *end;
    if (!tb_number_read(text, &value, &end) || *end != '\0' || value < row->least ||
        value > row->most || (row->kind != REAL && value != floor(value)))
        return false;
    int level = (int)value;
    char *at = (char *)&given->plan + row->at;
    if (row->kind == LEVEL)
        memcpy(at, &level, sizeof level);
    else
        memcpy(at, &value, sizeof value);
    return true;
}

bool tb_plan_key_set(struct tb_given_plan *given, enum tb_plan_key key, const char *text)
{
    const struct row *row = &rows[key];
    word_at *word = words_of(row->kind);
    int index = 0;
    if (word ? !find_word(word, text, &index) : !set_number(given, row, text))
        return false;
    if (word)
        set_word(given, row, index);
    given->given[key] = true;
    return true;
}

void tb_plan_key_accepts(enum tb_plan_key key, struct tb_text *out)
{
    const struct row *row = &rows[key];
    word_at *word = words_of(row->kind);
    const char *before = "";
    const char *w;
    if (!word) {
        tb_text_addf(out, "%s, %g to %g", row->kind == REAL ? "a number" : "a whole number",
                     row->least, row->most);
        return;
    }
    for (int i = 0; (w = word(i)) != NULL; i++) {
        /* Several rows of a table may share a word. */
        if (strcmp(w, before) != 0)
            tb_text_addf(out, "%s%s", i ? ", " : "", w);
        before = w;
    }
}

void tb_given_plan_apply(const struct tb_given_plan *given, struct tb_plan *plan)
{
    for (int i = 0; i < TB_PLAN_KEY_COUNT; i++) {
        if (given->given[i] && rows[i].kind != RECOMPUTE && rows[i].kind != STACK)
            memcpy((char *)plan + rows[i].at, (const char *)&given->plan + rows[i].at,
                   rows[i].size);
    }
}

bool tb_given_plan_any(const struct tb_given_plan *given)
{
    for (int i = 0; i < TB_PLAN_KEY_COUNT; i++) {
        if (given->given[i])
            return true;
    }
    return false;
}

static const struct again_word {
    unsigned bit;
    const char *word;
} again_words[] = {
    {TB_AGAIN_CORE, "attention core"}, {TB_AGAIN_NORM, "norms"},
    {TB_AGAIN_ACT, "activations"},     {TB_AGAIN_MLA_UP, "latent expansion"},
    {TB_AGAIN_MLP, "feed-forward"},    {TB_AGAIN_MOE_ACT, "expert activations"},
    {TB_AGAIN_MOE, "experts"},         {TB_AGAIN_FULL, "whole layers"},
};

static void write_again(const struct tb_plan *plan, struct tb_text *out)
{
    const char *between = "; recomputed: ";
    for (size_t i = 0; i < sizeof again_words / sizeof *again_words; i++) {
        if (plan->again & again_words[i].bit) {
            tb_text_addf(out, "%s%s", between, again_words[i].word);
            between = ", ";
        }
    }
    if (plan->again & TB_AGAIN_FULL && plan->full_share > 0.0)
        tb_text_addf(out, " (%.0f %% of them)", 100.0 * plan->full_share);
}

void tb_plan_write(const struct tb_plan *plan, struct tb_text *out)
{
    const struct {
        const char *name;
        double degree;
    } degrees[] = {{"TP", plan->tp}, {"CP", plan->cp},   {"PP", plan->pp}, {"VPP", plan->vpp},
                   {"EP", plan->ep}, {"ETP", plan->etp}, {"DP", plan->dp}};
    for (size_t i = 0; i < sizeof degrees / sizeof *degrees; i++) {
        if (degrees[i].degree > 1.0)
            tb_text_addf(out, "%s%g ", degrees[i].name, degrees[i].degree);
    }
    if (plan->sp && plan->tp > 1.0)
        tb_text_add(out, "SP ");
    tb_text_addf(out, "ZeRO-%d, microbatch %g", plan->zero, plan->micro_batch);
    if (plan->pp > 1.0)
        tb_text_addf(out, ", %s", tb_schedule_info(plan->schedule)->id);
    tb_text_addf(out, ", %s%s products", tb_gemm_mode_id(plan->mode),
                 plan->mode == TB_GEMM_16 ? "-bit" : "");
    write_again(plan, out);
}
