/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/convention.h"

#include <string.h>

#include "model/count.h"
#include "model/params.h"
#include "model/weights.h"

/* Equations 3.10 to 3.17 of docs/model.md; training FLOPs per token. A convention is a row of
 * `rules`: either 3 x forward blocks with some parts in or out, or a multiple of a parameter count
 * with an attention term. */

enum {
    ROUTER = 1u << 0,
    MIXERS = 1u << 1,
    MTP = 1u << 2,
    DENSE = 1u << 3,         /* attention over the whole row: no window, chunk, selection */
    LOOKUP = 1u << 4,        /* embedding lookup as a product, and the softmax itself */
    ABSORBED = 1u << 5,      /* sparse attention over the latent */
    INDEX_FORWARD = 1u << 6, /* the indexer is not trained */
    RECOMPUTED = 1u << 7,    /* one forward of the layers again, always */
    RECOMPUTE = 1u << 8      /* what the run recomputed */
};

/** Which parameters a "6N" means. */
enum count_of { ACTIVE, LAYERS_ONLY, NO_LOOKUP, ONE_TABLE, ONE_TABLE_NO_POSITIONS };

/** Which attention term stands beside it. */
enum term { NO_TERM, CAUSAL_TERM, FULL_TERM, WIDTH_TERM, RANK_TERM };

struct rule;
typedef double count_fn(const struct rule *rule, const struct tb_model *model,
                        const struct tb_lengths *lengths, enum tb_recompute recompute);

struct rule {
    count_fn *count;
    enum tb_keys keys; /* blocks */
    unsigned parts;    /* blocks */
    double factor;     /* multiples of N */
    enum count_of n;
    enum term term;
};

/** Sum over layers of attention that mixes `keys` keys. `rank`: compressed kinds at the width of
 *  their query rank. */
static double dense_core(const struct tb_model *model, double keys, bool rank)
{
    double counts[TB_MAX_LAYER_KINDS];
    double sum = 0.0;
    tb_model_kind_counts(model, counts);
    for (int k = 0; k < model->n_kinds; k++) {
        const struct tb_attn *a = &model->kind[k].attn;
        sum += counts[k] * tb_dense_core(a, keys, rank ? a->q_rank : 0.0);
    }
    return sum;
}

static bool is_softmax(const struct tb_attn *a)
{
    return a->kind == TB_ATTN_SOFTMAX || a->kind == TB_ATTN_MLA || a->kind == TB_ATTN_DSA ||
           a->kind == TB_ATTN_COMPRESSED;
}

/** Sum over layers with a softmax: their number, or their heads. */
static double softmax_layers(const struct tb_model *model, bool heads)
{
    double counts[TB_MAX_LAYER_KINDS];
    double sum = 0.0;
    tb_model_kind_counts(model, counts);
    for (int k = 0; k < model->n_kinds; k++) {
        const struct tb_attn *a = &model->kind[k].attn;
        if (is_softmax(a)) {
            sum += counts[k] * (heads ? a->n_heads : 1.0);
        }
    }
    return sum;
}

/** What a count of executed work adds to three forwards. */
static double recomputed(const struct tb_model *model, const struct tb_flops *f, unsigned parts,
                         enum tb_recompute recompute)
{
    bool full = (parts & RECOMPUTED) != 0 || recompute == TB_RECOMPUTE_FULL;
    if ((parts & (RECOMPUTED | RECOMPUTE)) == 0) {
        return 0.0;
    }
    if (full) {
        return tb_flops_layers(model, f, false) - f->router - f->hyper;
    }
    return recompute == TB_RECOMPUTE_SELECTIVE ? f->core : 0.0;
}

static double count_blocks(const struct rule *rule, const struct tb_model *model,
                           const struct tb_lengths *lengths, enum tb_recompute recompute)
{
    const unsigned parts = rule->parts;
    const struct tb_count_how how = {rule->keys, (parts & ABSORBED) != 0};
    struct tb_flops f;
    tb_flops_count(model, lengths, how, &f);
    double forward = f.total - f.router - f.hyper;
    if ((parts & DENSE) != 0) {
        forward += dense_core(model, lengths->seq_len, false) - f.core;
    }
    forward += (parts & ROUTER) != 0 ? f.router : 0.0;
    forward += (parts & MIXERS) != 0 ? f.hyper : 0.0;
    if ((parts & MTP) != 0) {
        forward += f.mtp;
        forward -= (parts & ROUTER) != 0 ? 0.0 : f.mtp_router;
    }
    double flops = 3.0 * forward;
    if ((parts & LOOKUP) != 0) {
        flops += 6.0 * model->vocab * model->d_model;
        flops += 9.0 * softmax_layers(model, true) * lengths->seq_len;
    }
    if ((parts & INDEX_FORWARD) != 0) {
        flops -= 2.0 * f.indexer;
    }
    return flops + recomputed(model, &f, parts, recompute);
}

static double counted_parameters(enum count_of n, const struct tb_model *model)
{
    struct tb_params p;
    tb_params_count(model, &p);
    double table = model->tied_embeddings ? tb_head_matmul(model) : 0.0;
    double positions = model->learned_positions * model->d_model;
    double once = p.active_without_embedding + table;
    switch (n) {
    case LAYERS_ONLY:
        return p.active_without_embedding - p.head - p.router;
    case NO_LOOKUP:
    case ONE_TABLE_NO_POSITIONS:
        return once;
    case ONE_TABLE:
        return once + positions;
    default:
        return p.active;
    }
}

static double attention_term(enum term term, const struct tb_model *model, double seq_len)
{
    switch (term) {
    case CAUSAL_TERM:
        return 3.0 * dense_core(model, seq_len / 2.0, false);
    case FULL_TERM:
        return 3.0 * dense_core(model, seq_len, false);
    case WIDTH_TERM:
        return 12.0 * softmax_layers(model, false) * model->d_model * seq_len;
    case RANK_TERM:
        return 3.0 * dense_core(model, seq_len, true);
    default:
        return 0.0;
    }
}

static double count_parameters(const struct rule *rule, const struct tb_model *model,
                               const struct tb_lengths *lengths, enum tb_recompute recompute)
{
    double flops = rule->factor * counted_parameters(rule->n, model) +
                   attention_term(rule->term, model, lengths->seq_len);
    if ((rule->parts & RECOMPUTE) != 0 && recompute == TB_RECOMPUTE_FULL) {
        flops *= 4.0 / 3.0;
    }
    return flops;
}

static double count_executed(const struct rule *rule, const struct tb_model *model,
                             const struct tb_lengths *lengths, enum tb_recompute recompute)
{
    (void)rule;
    return tb_flops_hardware(model, lengths, model->n_mtp > 0.0, recompute);
}

#define BLOCKS(keys_, parts_)                                                                      \
    {                                                                                              \
        .count = count_blocks, .keys = TB_KEYS_##keys_, .parts = (parts_)                          \
    }
#define MULTIPLE(factor_, n_, term_)                                                               \
    {                                                                                              \
        .count = count_parameters, .factor = (factor_), .n = (n_), .term = (term_)                 \
    }

static const struct rule rules[TB_CONVENTION_COUNT] = {
    [TB_CONV_CAUSAL] = BLOCKS(CAUSAL, 0),
    [TB_CONV_FULL] = BLOCKS(FULL, 0),
    [TB_CONV_EXACT] = BLOCKS(EXACT, ROUTER | MIXERS),
    [TB_CONV_EXACT_MTP] = BLOCKS(EXACT, ROUTER | MIXERS | MTP),
    [TB_CONV_KAPLAN] = MULTIPLE(6.0, LAYERS_ONLY, NO_TERM),
    [TB_CONV_SIX_N] = MULTIPLE(6.0, ACTIVE, NO_TERM),
    [TB_CONV_CHINCHILLA_F] = BLOCKS(FULL, LOOKUP | DENSE),
    [TB_CONV_PALM] = BLOCKS(FULL, DENSE),
    [TB_CONV_NARAYANAN] = BLOCKS(FULL, RECOMPUTED),
    [TB_CONV_KORTHIKANTI] = BLOCKS(FULL, 0),
    [TB_CONV_KORTHIKANTI_HFU] = BLOCKS(FULL, RECOMPUTE),
    [TB_CONV_MEGATRON] = BLOCKS(CAUSAL, 0),
    [TB_CONV_NEMO] = BLOCKS(FULL, 0),
    [TB_CONV_BRIDGE] = BLOCKS(CAUSAL, MTP | ABSORBED | INDEX_FORWARD),
    [TB_CONV_DEEPSEEK_CAUSAL] = BLOCKS(CAUSAL, 0),
    [TB_CONV_DEEPSEEK_FULL] = BLOCKS(FULL, 0),
    [TB_CONV_TORCHTITAN] = MULTIPLE(6.0, NO_LOOKUP, FULL_TERM),
    [TB_CONV_MAXTEXT] = BLOCKS(CAUSAL, ROUTER),
    [TB_CONV_MAXTEXT_2024] = BLOCKS(FULL, ROUTER | DENSE),
    [TB_CONV_LLMC] = MULTIPLE(6.0, ONE_TABLE, CAUSAL_TERM),
    [TB_CONV_NANOGPT] = MULTIPLE(6.0, ONE_TABLE_NO_POSITIONS, FULL_TERM),
    [TB_CONV_FOUNDRY] = MULTIPLE(6.0, ACTIVE, WIDTH_TERM),
    [TB_CONV_FOUNDRY_HFU] = {.count = count_parameters,
                             .parts = RECOMPUTE,
                             .factor = 6.0,
                             .n = ACTIVE,
                             .term = WIDTH_TERM},
    [TB_CONV_EIGHT_N] = MULTIPLE(8.0, ACTIVE, NO_TERM),
    [TB_CONV_HUAWEI] = MULTIPLE(6.0, NO_LOOKUP, RANK_TERM),
    [TB_CONV_HARDWARE] = {.count = count_executed},
};

static const struct tb_convention_info infos[TB_CONVENTION_COUNT] = {
#define TB_CONVENTION(name, id, title, source) [TB_CONV_##name] = {id, title, source},
#include "model/convention.def"
#undef TB_CONVENTION
};

const struct tb_convention_info *tb_convention_info(enum tb_convention convention)
{
    return &infos[convention];
}

bool tb_convention_find(const char *id, enum tb_convention *out)
{
    for (int i = 0; i < TB_CONVENTION_COUNT; i++) {
        if (strcmp(infos[i].id, id) == 0) {
            *out = (enum tb_convention)i;
            return true;
        }
    }
    return false;
}

double tb_convention_flops(enum tb_convention convention, const struct tb_model *model,
                           const struct tb_lengths *lengths, enum tb_recompute recompute)
{
    const struct rule *rule = &rules[convention];
    return rule->count(rule, model, lengths, recompute);
}
