/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/read_arch.h"

#include "base/text.h"
#include "preset/layout.h"
#include "preset/value.h"

#include <math.h>
#include <string.h>

static const char *attn_word(int i)
{
    static const char *const words[] = {[TB_ATTN_NONE] = "none",
                                        [TB_ATTN_SOFTMAX] = "softmax",
                                        [TB_ATTN_MLA] = "mla",
                                        [TB_ATTN_DSA] = "dsa",
                                        [TB_ATTN_COMPRESSED] = "compressed",
                                        [TB_ATTN_GATED_DELTA] = "gated_delta",
                                        [TB_ATTN_LINEAR] = "linear",
                                        [TB_ATTN_MAMBA1] = "mamba1",
                                        [TB_ATTN_MAMBA2] = "mamba2"};
    return i >= 0 && (size_t)i < sizeof words / sizeof *words ? words[i] : NULL;
}

#define ROW(key, type, at)                                                                         \
    {                                                                                              \
        key, type, false, at, 0, NULL                                                              \
    }
#define OTHER(key) ROW(key, TB_FIELD_OTHER, 0)
#define COUNT(type, member) ROW(#member, TB_FIELD_COUNT, offsetof(struct type, member))
#define SIGNED(type, member) ROW(#member, TB_FIELD_SIGNED, offsetof(struct type, member))
#define FLAG(type, member) ROW(#member, TB_FIELD_BOOL, offsetof(struct type, member))

static const struct tb_field attn_fields[] = {
    {"kind", TB_FIELD_WORD, true, offsetof(struct tb_attn, kind), 0, attn_word},
    COUNT(tb_attn, n_heads),
    COUNT(tb_attn, n_kv_heads),
    COUNT(tb_attn, head_dim),
    COUNT(tb_attn, v_head_dim),
    COUNT(tb_attn, window),
    COUNT(tb_attn, chunk),
    FLAG(tb_attn, qkv_bias),
    FLAG(tb_attn, o_bias),
    FLAG(tb_attn, qk_norm),
    FLAG(tb_attn, qk_norm_full),
    FLAG(tb_attn, sinks),
    COUNT(tb_attn, gate_width),
    COUNT(tb_attn, q_rank),
    COUNT(tb_attn, kv_rank),
    COUNT(tb_attn, rope_dim),
    COUNT(tb_attn, index_heads),
    COUNT(tb_attn, index_dim),
    COUNT(tb_attn, index_topk),
    COUNT(tb_attn, compress_ratio),
    COUNT(tb_attn, o_groups),
    COUNT(tb_attn, o_rank),
    COUNT(tb_attn, k_heads),
    COUNT(tb_attn, k_dim),
    COUNT(tb_attn, v_heads),
    COUNT(tb_attn, v_dim),
    COUNT(tb_attn, conv_kernel),
    COUNT(tb_attn, state_dim),
    COUNT(tb_attn, n_groups),
    COUNT(tb_attn, inner_dim),
    COUNT(tb_attn, dt_rank),
    SIGNED(tb_attn, extra_vector),
    SIGNED(tb_attn, extra_matmul),
};
static const struct tb_layout attn_layout = {.fields = attn_fields,
                                             .n_fields = sizeof attn_fields / sizeof *attn_fields};

static const struct tb_field ffn_fields[] = {
    FLAG(tb_ffn, gated),          FLAG(tb_ffn, bias),         COUNT(tb_ffn, d_ff),
    COUNT(tb_ffn, n_experts),     COUNT(tb_ffn, top_k),       COUNT(tb_ffn, d_expert),
    COUNT(tb_ffn, d_shared),      FLAG(tb_ffn, shared_gate),  FLAG(tb_ffn, expert_bias),
    FLAG(tb_ffn, router_bias),    FLAG(tb_ffn, hash_routed),  COUNT(tb_ffn, latent_dim),
    COUNT(tb_ffn, route_groups),  COUNT(tb_ffn, route_limit), SIGNED(tb_ffn, extra_vector),
    SIGNED(tb_ffn, extra_matmul),
};
static const struct tb_layout ffn_layout = {.fields = ffn_fields,
                                            .n_fields = sizeof ffn_fields / sizeof *ffn_fields};

static const struct tb_field model_fields[] = {
    {"d_model", TB_FIELD_COUNT, true, offsetof(struct tb_model, d_model), 0, NULL},
    {"vocab", TB_FIELD_COUNT, true, offsetof(struct tb_model, vocab), 0, NULL},
    {"tied_embeddings", TB_FIELD_BOOL, true, offsetof(struct tb_model, tied_embeddings), 0, NULL},
    FLAG(tb_model, no_head),
    FLAG(tb_model, head_bias),
    FLAG(tb_model, norm_bias),
    FLAG(tb_model, norm_free),
    COUNT(tb_model, final_norms),
    COUNT(tb_model, learned_positions),
    COUNT(tb_model, embedding_dim),
    COUNT(tb_model, hc_mult),
    COUNT(tb_model, max_seq_len),
    SIGNED(tb_model, extra_vector),
    SIGNED(tb_model, extra_matmul),
    OTHER("grade"),
    OTHER("source"),
    OTHER("where"),
    OTHER("note"),
    {"attention", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"ffn", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"layers", TB_FIELD_OTHER, true, 0, 0, NULL},
    OTHER("mtp"),
};
static const struct tb_layout model_layout = {
    .fields = model_fields, .n_fields = sizeof model_fields / sizeof *model_fields};

static const struct tb_field layer_fields[] = {
    OTHER("attention"),
    OTHER("ffn"),
    COUNT(tb_layer, n_norms),
    SIGNED(tb_layer, extra_vector),
};
static const struct tb_layout layer_layout = {
    .fields = layer_fields, .n_fields = sizeof layer_fields / sizeof *layer_fields};

/* The fields without which a kind cannot be counted; 0 ends a row. */
#define NAMED(name, at)                                                                            \
    {                                                                                              \
        name, at                                                                                   \
    }
#define NEED(member) NAMED(#member, offsetof(struct tb_attn, member))
static const struct need {
    const char *name;
    size_t at;
} needs[][9] = {
    [TB_ATTN_SOFTMAX] = {NEED(n_heads), NEED(n_kv_heads), NEED(head_dim)},
    [TB_ATTN_MLA] = {NEED(n_heads), NEED(head_dim), NEED(v_head_dim), NEED(kv_rank),
                     NEED(rope_dim)},
    [TB_ATTN_DSA] = {NEED(n_heads), NEED(head_dim), NEED(v_head_dim), NEED(kv_rank), NEED(rope_dim),
                     NEED(index_heads), NEED(index_dim), NEED(index_topk)},
    [TB_ATTN_COMPRESSED] = {NEED(n_heads), NEED(head_dim), NEED(q_rank), NEED(o_groups),
                            NEED(o_rank)},
    [TB_ATTN_GATED_DELTA] = {NEED(k_heads), NEED(k_dim), NEED(v_heads), NEED(v_dim)},
    [TB_ATTN_LINEAR] = {NEED(k_heads), NEED(k_dim), NEED(v_heads), NEED(v_dim)},
    [TB_ATTN_MAMBA1] = {NEED(inner_dim), NEED(state_dim), NEED(dt_rank)},
    [TB_ATTN_MAMBA2] = {NEED(inner_dim), NEED(state_dim), NEED(n_groups), NEED(n_heads)},
};

static void missing(struct tb_reader *r, const struct tb_node *node, const char *name,
                    const char *of)
{
    struct tb_at at = {.node = node};
    tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "the key %s is missing or 0; %s needs it", name,
                   of);
}

static void check_attn(struct tb_reader *r, const struct tb_node *node, const struct tb_attn *attn)
{
    size_t n = sizeof needs / sizeof *needs;
    for (size_t i = 0; (size_t)attn->kind < n && needs[attn->kind][i].name != NULL; i++) {
        const struct need *need = &needs[attn->kind][i];
        double value = 0;
        memcpy(&value, (const char *)attn + need->at, sizeof value);
        /* a 0 that is written out is meant: a layer without keys of its own reads another's */
        bool meant = need->at == offsetof(struct tb_attn, n_kv_heads) &&
                     tb_node_get(node, need->name) != NULL;
        if (value == 0 && !meant) {
            missing(r, node, need->name, attn_word((int)attn->kind));
        }
    }
    if (attn->n_kv_heads > 0 && fmod(attn->n_heads, attn->n_kv_heads) != 0) {
        struct tb_at at = {.node = node};
        tb_reader_fail(r, TB_INCONSISTENT, &at, "n_heads %.15g is no multiple of n_kv_heads %.15g",
                       attn->n_heads, attn->n_kv_heads);
    }
    if (attn->rope_dim > attn->head_dim) {
        struct tb_at at = {.node = node};
        tb_reader_fail(r, TB_INCONSISTENT, &at, "rope_dim %.15g is part of head_dim %.15g",
                       attn->rope_dim, attn->head_dim);
    }
}

static void read_attn(struct tb_reader *r, const struct tb_node *node, struct tb_attn *attn)
{
    bool failed_before = r->failed;
    r->failed = false;
    tb_layout_read(r, node, &attn_layout, attn);
    if (attn->v_head_dim == 0) {
        attn->v_head_dim = attn->head_dim;
    }
    if (!r->failed) {
        check_attn(r, node, attn);
    }
    r->failed = r->failed || failed_before;
}

static void check_ffn(struct tb_reader *r, const struct tb_node *node, const struct tb_ffn *ffn)
{
    bool moe = ffn->n_experts > 0;
    if (!moe && ffn->d_ff == 0 && ffn->extra_matmul == 0) {
        missing(r, node, "d_ff", "a feed-forward block without experts");
    }
    if (moe && ffn->top_k == 0) {
        missing(r, node, "top_k", "a feed-forward block with experts");
    }
    if (moe && ffn->d_expert == 0) {
        missing(r, node, "d_expert", "a feed-forward block with experts");
    }
    if (ffn->top_k > ffn->n_experts) {
        struct tb_at at = {.node = node};
        tb_reader_fail(r, TB_INCONSISTENT, &at, "top_k %.15g is more than n_experts %.15g",
                       ffn->top_k, ffn->n_experts);
    }
    if (ffn->route_limit > ffn->route_groups ||
        (ffn->route_groups > 0.0 && fmod(ffn->n_experts, ffn->route_groups) != 0.0)) {
        struct tb_at at = {.node = node};
        tb_reader_fail(r, TB_INCONSISTENT, &at,
                       "%.15g of %.15g route_groups cannot be chosen from %.15g experts",
                       ffn->route_limit, ffn->route_groups, ffn->n_experts);
    }
}

static void read_ffn(struct tb_reader *r, const struct tb_node *node, struct tb_ffn *ffn)
{
    bool failed_before = r->failed;
    r->failed = false;
    tb_layout_read(r, node, &ffn_layout, ffn);
    if (!r->failed) {
        check_ffn(r, node, ffn);
    }
    r->failed = r->failed || failed_before;
}

/* The blocks that layers name. Each is read once here for its findings. */
struct blocks {
    const struct tb_node *attention, *ffn;
};

static void check_blocks(struct tb_reader *r, const struct blocks *blocks)
{
    if (blocks->attention != NULL && tb_reader_is(r, blocks->attention, TB_NODE_MAP)) {
        for (const struct tb_node *e = blocks->attention->first; e != NULL; e = e->next) {
            struct tb_attn attn = {0};
            read_attn(r, e, &attn);
        }
    }
    if (blocks->ffn != NULL && tb_reader_is(r, blocks->ffn, TB_NODE_MAP)) {
        for (const struct tb_node *e = blocks->ffn->first; e != NULL; e = e->next) {
            struct tb_ffn ffn = {0};
            read_ffn(r, e, &ffn);
        }
    }
}

/* @return the block that `node` names; NULL when there is none (reported) or no name. */
static const struct tb_node *find_block(struct tb_reader *r, const struct tb_node *node,
                                        const struct tb_node *blocks, const char *what)
{
    const char *name = node != NULL ? tb_reader_text(r, node) : NULL;
    const struct tb_node *block = name != NULL ? tb_node_get(blocks, name) : NULL;
    if (name != NULL && block == NULL) {
        struct tb_text accepted = {0};
        const struct tb_node *entry =
            blocks != NULL && blocks->kind == TB_NODE_MAP ? blocks->first : NULL;
        for (; entry != NULL; entry = entry->next) {
            tb_text_addf(&accepted, "%s%s", accepted.length > 0 ? ", " : "", entry->key);
        }
        struct tb_at at = {.node = node, .accepted = accepted.data};
        tb_reader_fail(r, TB_DANGLING_REFERENCE, &at, "there is no %s block '%s'", what, name);
        tb_text_free(&accepted);
    }
    return block;
}

/* Reads what a layer names; findings inside the blocks were reported by check_blocks. */
static void read_layer(struct tb_reader *r, const struct tb_node *node, const struct blocks *blocks,
                       struct tb_layer *layer)
{
    struct tb_reader quiet = *r;
    const struct tb_node *attention = tb_node_get(node, "attention");
    const struct tb_node *ffn = tb_node_get(node, "ffn");
    if (attention == NULL && ffn == NULL) {
        struct tb_at at = {.node = node};
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "a layer needs attention, ffn or both");
    }
    quiet.diags = NULL;
    attention = find_block(r, attention, blocks->attention, "attention");
    ffn = find_block(r, ffn, blocks->ffn, "ffn");
    if (attention != NULL && attention->kind == TB_NODE_MAP) {
        read_attn(&quiet, attention, &layer->attn);
    }
    if (ffn != NULL && ffn->kind == TB_NODE_MAP) {
        read_ffn(&quiet, ffn, &layer->ffn);
    }
}

/* One entry of `of:`, found again by the nodes it names, so that equal layers share a kind. */
struct kind_key {
    const char *attention, *ffn;
    double n_norms, extra_vector;
};

struct arch {
    struct tb_reader *r;
    struct tb_model *model;
    struct blocks blocks;
    struct kind_key keys[TB_MAX_LAYER_KINDS];
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int find_kind(const struct arch *arch, const struct kind_key *key)
{
    for (int i = 0; i < arch->model->n_kinds; i++) {
        const struct kind_key *old = &arch->keys[i];
        if (same_text(old->attention, key->attention) && same_text(old->ffn, key->ffn) &&
            old->n_norms == key->n_norms && old->extra_vector == key->extra_vector) {
            return i;
        }
    }
    return -1;
}

static int kind_of(struct arch *arch, const struct tb_node *node)
{
    struct tb_layer layer = {.n_norms = 2};
    struct tb_model *model = arch->model;
    if (!tb_reader_is(arch->r, node, TB_NODE_MAP)) {
        return -1;
    }
    tb_layout_read(arch->r, node, &layer_layout, &layer);
    const struct tb_node *attention = tb_node_get(node, "attention");
    const struct tb_node *ffn = tb_node_get(node, "ffn");
    struct kind_key key = {attention != NULL ? attention->text : NULL,
                           ffn != NULL ? ffn->text : NULL, layer.n_norms, layer.extra_vector};
    int kind = find_kind(arch, &key);
    if (kind >= 0) {
        return kind;
    }
    if (model->n_kinds == TB_MAX_LAYER_KINDS) {
        struct tb_at at = {.node = node};
        tb_reader_fail(arch->r, TB_NUMBER_RANGE, &at, "more than %d kinds of layers",
                       TB_MAX_LAYER_KINDS);
        return -1;
    }
    read_layer(arch->r, node, &arch->blocks, &layer);
    arch->keys[model->n_kinds] = key;
    model->kind[model->n_kinds] = layer;
    return model->n_kinds++;
}

static int read_repeat(struct arch *arch, const struct tb_node *run)
{
    const struct tb_value_spec spec = {
        .dim = TB_DIM_COUNT, .least = 1, .most = TB_MAX_LAYERS, .whole = true};
    const struct tb_node *node = tb_node_get(run, "repeat");
    double repeat = 1;
    if (node != NULL) {
        tb_number_node_read(arch->r, node, &spec, &repeat);
    }
    return (int)repeat;
}

static void add_layers(struct arch *arch, const struct tb_node *run, const struct tb_node *of)
{
    struct tb_model *model = arch->model;
    int kinds[TB_MAX_LAYERS];
    int n = 0, repeat = read_repeat(arch, run);
    size_t most = (size_t)(TB_MAX_LAYERS - model->n_layers);
    if (of->n * (size_t)repeat > most) {
        struct tb_at at = {.node = run};
        tb_reader_fail(arch->r, TB_NUMBER_RANGE, &at, "more than %d layers", TB_MAX_LAYERS);
        return;
    }
    for (const struct tb_node *item = of->first; item != NULL; item = item->next) {
        int kind = kind_of(arch, item);
        kinds[n++] = kind >= 0 ? kind : 0;
    }
    for (int i = 0; i < n * repeat; i++) {
        model->layer_kind[model->n_layers++] = (unsigned char)kinds[i % n];
    }
}

static void read_layers(struct arch *arch, const struct tb_node *layers)
{
    static const char *const keys[] = {"repeat", "of"};
    if (layers == NULL || !tb_reader_is(arch->r, layers, TB_NODE_LIST)) {
        return;
    }
    for (const struct tb_node *run = layers->first; run != NULL; run = run->next) {
        const struct tb_node *of = tb_node_get(run, "of");
        if (!tb_reader_is(arch->r, run, TB_NODE_MAP)) {
            continue;
        }
        for (const struct tb_node *entry = run->first; entry != NULL; entry = entry->next) {
            if (strcmp(entry->key, keys[0]) != 0 && entry != of) {
                tb_reader_unknown_key(arch->r, entry, keys, 2);
            }
        }
        if (of == NULL) {
            struct tb_at at = {.node = run};
            tb_reader_fail(arch->r, TB_YAML_MISSING_KEY, &at, "the key of is missing");
        } else if (tb_reader_is(arch->r, of, TB_NODE_LIST)) {
            add_layers(arch, run, of);
        }
    }
    if (arch->model->n_layers == 0 && !arch->r->failed) {
        struct tb_at at = {.node = layers};
        tb_reader_fail(arch->r, TB_YAML_MISSING_KEY, &at, "a model needs at least one layer");
    }
}

static const struct tb_field mtp_fields[] = {
    {"depth", TB_FIELD_COUNT, true, offsetof(struct tb_model, n_mtp), 0, NULL},
    {"own_embedding", TB_FIELD_BOOL, false, offsetof(struct tb_model, mtp_own_embedding), 0, NULL},
    {"extra_vector", TB_FIELD_COUNT, false, offsetof(struct tb_model, mtp_extra_vector), 0, NULL},
    {"n_norms", TB_FIELD_COUNT, false, offsetof(struct tb_model, mtp.n_norms), 0, NULL},
    OTHER("attention"),
    OTHER("ffn"),
};
static const struct tb_layout mtp_layout = {.fields = mtp_fields,
                                            .n_fields = sizeof mtp_fields / sizeof *mtp_fields};

const struct tb_layout *tb_arch_layout(enum tb_arch_part part)
{
    static const struct tb_layout *const layouts[] = {[TB_ARCH_MODEL] = &model_layout,
                                                      [TB_ARCH_ATTENTION] = &attn_layout,
                                                      [TB_ARCH_FFN] = &ffn_layout};
    return layouts[part];
}

void tb_read_architecture(struct tb_reader *reader, const struct tb_node *block,
                          struct tb_model_preset *preset)
{
    struct tb_model *model = &preset->model;
    if (!tb_reader_is(reader, block, TB_NODE_MAP)) {
        return;
    }
    struct arch arch = {.r = reader,
                        .model = model,
                        .blocks = {tb_node_get(block, "attention"), tb_node_get(block, "ffn")}};
    model->final_norms = 1;
    tb_layout_read(reader, block, &model_layout, model);
    tb_origin_read(reader, block, &preset->prov);
    preset->prov.known = true;
    check_blocks(reader, &arch.blocks);
    read_layers(&arch, tb_node_get(block, "layers"));
    const struct tb_node *mtp = tb_node_get(block, "mtp");
    model->mtp.n_norms = 2;
    if (mtp != NULL) {
        tb_layout_read(reader, mtp, &mtp_layout, model);
        read_layer(reader, mtp, &arch.blocks, &model->mtp);
    }
    for (int i = 0; i < model->n_kinds; i++) {
        preset->moe = preset->moe || model->kind[i].ffn.n_experts > 0;
    }
    if (!reader->failed && (model->d_model == 0 || model->vocab == 0)) {
        missing(reader, block, model->d_model == 0 ? "d_model" : "vocab", "every model");
    }
}
