/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf.h"

#include <math.h>
#include <string.h>

#include "model/params.h"
#include "preset/hf_find.h"
#include "preset/hf_layer.h"

static bool flag(struct tb_hf_ctx *ctx, enum tb_hf_slot slot)
{
    return tb_hf_get(ctx, slot) != 0.0;
}

static void read_global(struct tb_hf_ctx *ctx, struct tb_model *m)
{
    m->d_model = tb_hf_need(ctx, TB_HF_D_MODEL);
    m->vocab = tb_hf_need(ctx, TB_HF_VOCAB);
    m->max_seq_len = tb_hf_get(ctx, TB_HF_MAX_POS);
    m->tied_embeddings = flag(ctx, TB_HF_TIE);
    double none;
    m->no_head = tb_hf_value(ctx, TB_HF_NO_HEAD, &none) ? none != 0.0 : ctx->headless;
    m->head_bias = flag(ctx, TB_HF_HEAD_BIAS);
    m->norm_bias = flag(ctx, TB_HF_NORM_BIAS);
    m->norm_free = flag(ctx, TB_HF_NORM_FREE);
    m->final_norms = tb_hf_get(ctx, TB_HF_FINAL_NORMS);
    m->learned_positions = tb_hf_get(ctx, TB_HF_LEARNED_POS);
    m->embedding_dim = tb_hf_get(ctx, TB_HF_EMB_DIM);
    m->hc_mult = tb_hf_get(ctx, TB_HF_HC_MULT);
    m->extra_vector = tb_hf_get(ctx, TB_HF_MODEL_VECTOR);
    m->extra_matmul = tb_hf_get(ctx, TB_HF_MODEL_MATMUL);
    m->embedding_dim = m->embedding_dim == m->d_model ? 0.0 : m->embedding_dim;
    m->extra_matmul += m->no_head ? ctx->labels * m->d_model : 0.0;
}

/** Number of the kind equal to this layer, adding it when new; -1 when the table is full. */
static int kind_of(struct tb_model *m, const struct tb_layer *layer)
{
    for (int k = 0; k < m->n_kinds; k++) {
        if (memcmp(&m->kind[k], layer, sizeof *layer) == 0) {
            return k;
        }
    }
    if (m->n_kinds == TB_MAX_LAYER_KINDS) {
        return -1;
    }
    memcpy(&m->kind[m->n_kinds], layer, sizeof *layer);
    return m->n_kinds++;
}

static void add_layer(struct tb_hf_ctx *ctx, struct tb_model *m)
{
    struct tb_layer layer;
    memset(&layer, 0, sizeof layer); /* padding too: kinds are compared as bytes */
    tb_hf_build_layer(ctx, tb_hf_plan_layer(ctx), &layer);
    if (ctx->layer_fn) {
        ctx->layer_fn(ctx, ctx->layer, &layer);
    }
    int kind = kind_of(m, &layer);
    if (kind < 0 || m->n_layers >= TB_MAX_LAYERS) {
        tb_hf_complain(ctx, TB_INCONSISTENT, ctx->slot[TB_HF_N_LAYERS].path,
                       "at most 512 layers of 32 kinds",
                       "more kinds of layers than can be counted");
        return;
    }
    m->layer_kind[m->n_layers++] = (unsigned char)kind;
}

static void read_layers(struct tb_hf_ctx *ctx, struct tb_model *m)
{
    double n = tb_hf_need(ctx, TB_HF_N_LAYERS);
    ctx->n_layers = n >= 1.0 ? (int)n : 1; /* one, to learn what else is missing */
    for (int i = 0; i < ctx->n_layers && ctx->status == TB_OK; i++) {
        ctx->layer = i;
        int parts = tb_hf_get(ctx, TB_HF_PARTS) > 1.0 ? 2 : 1;
        for (ctx->part = 0; ctx->part < parts && ctx->status == TB_OK; ctx->part++) {
            add_layer(ctx, m);
        }
    }
    ctx->part = 0;
    ctx->layer = 0;
}

/** A prediction module is a layer with full attention, and with experts where the model has them,
 *  whatever the pattern of the layers. Lists by layer may hold an entry for it behind the last one.
 *  Its projection is known to the arithmetic, its norms come from the rules. */
static void read_mtp(struct tb_hf_ctx *ctx, struct tb_model *m)
{
    m->n_mtp = tb_hf_get(ctx, TB_HF_MTP);
    if (m->n_mtp > 0.0 && ctx->status == TB_OK) {
        bool sparse = tb_hf_get(ctx, TB_HF_N_EXPERTS) > 0.0 && !flag(ctx, TB_HF_MTP_DENSE);
        struct tb_hf_plan plan = {TB_HF_MIX_FULL, !sparse, sparse};
        ctx->layer = ctx->n_layers;
        tb_hf_build_layer(ctx, plan, &m->mtp);
        m->mtp.n_norms += flag(ctx, TB_HF_PER_BLOCK) ? 1.0 : 0.0;
        m->mtp_extra_vector = tb_hf_get(ctx, TB_HF_MTP_VECTOR);
        m->mtp_own_embedding = flag(ctx, TB_HF_MTP_OWN);
        ctx->layer = 0;
    }
}

/** Names what is missing, with all the fields it could stand in. */
static void report_missing(struct tb_hf_ctx *ctx)
{
    char *list = NULL;
    for (int s = 0; s < TB_HF_SLOT_COUNT; s++) {
        if (ctx->missing[s]) {
            const char *fields = tb_hf_slot_fields(ctx, (enum tb_hf_slot)s);
            list = list ? tb_arena_printf(ctx->arena, "%s; %s", list, fields)
                        : tb_arena_strdup(ctx->arena, fields);
        }
    }
    if (list && ctx->status == TB_OK) {
        struct tb_finding f = {.pos = tb_hf_locate(&ctx->doc, ctx->prefix), .path = ctx->prefix};
        f.path = ctx->prefix[0] ? ctx->prefix : NULL;
        f.accepted = "a config.json of a decoder with all its dimensions";
        ctx->status = tb_diag_add(ctx->diags, TB_MODEL_FIELD_MISSING, &f,
                                  "the model cannot be counted without: %s", list);
    }
}

static void check_total(struct tb_hf_ctx *ctx, const struct tb_model *m, bool *moe)
{
    struct tb_params p;
    tb_params_count(m, &p);
    *moe = p.routed > 0.0;
    if (!(p.total >= 1.0 && p.total_with_mtp < 9007199254740992.0 && p.active <= p.total &&
          p.active > 0.0)) {
        struct tb_finding f = {.pos = {ctx->doc.file, 1, 1}};
        ctx->status = tb_diag_add(ctx->diags, TB_INCONSISTENT, &f,
                                  "the dimensions do not make a model: its parameters cannot be "
                                  "counted");
    }
}

static void read_model(struct tb_hf_ctx *ctx, struct tb_model_preset *out)
{
    read_global(ctx, &out->model);
    read_layers(ctx, &out->model);
    read_mtp(ctx, &out->model);
    if (ctx->model_fn && ctx->status == TB_OK) {
        ctx->model_fn(ctx, &out->model);
    }
    report_missing(ctx);
    if (ctx->status == TB_OK) {
        check_total(ctx, &out->model, &out->moe);
    }
    if (ctx->status == TB_OK) {
        tb_hf_report(ctx);
    }
}

static void fill_entity(struct tb_hf_ctx *ctx, struct tb_model_preset *out)
{
    json_t *name = json_object_get(ctx->doc.root, "_name_or_path");
    out->entity.kind = TB_ENTITY_MODEL;
    out->entity.file = ctx->doc.file;
    out->entity.id = tb_hf_id(ctx->arena, ctx->doc.file);
    out->entity.name = out->entity.id;
    if (json_is_string(name) && json_string_length(name) > 0) {
        out->entity.name = tb_arena_strdup(ctx->arena, json_string_value(name));
    }
    out->official_total = (double)NAN;
    out->official_active = (double)NAN;
    out->prov.known = true;
    out->prov.grade = TB_GRADE_C;
    out->prov.dist = TB_DIST_EXACT;
    out->prov.low = out->prov.high = (double)NAN;
    out->prov.pos = (struct tb_pos){ctx->doc.file, 1, 1};
    out->prov.note = tb_arena_printf(ctx->arena, "read from %s as model_type %s", ctx->doc.file,
                                     ctx->family->id);
    if (!out->entity.id || !out->entity.name || !out->prov.note) {
        ctx->status = tb_diag_add(ctx->diags, TB_NO_MEMORY, NULL, "out of memory");
    }
}

enum tb_status tb_hf_read(const char *text, size_t length, const char *file, tb_arena *arena,
                          struct tb_model_preset *out, tb_diags *diags)
{
    struct tb_hf_ctx *ctx = tb_arena_alloc(arena, sizeof *ctx);
    char *kept = tb_arena_strdup(arena, file);
    if (!ctx || !kept) {
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    }
    memset(out, 0, sizeof *out);
    ctx->arena = arena;
    ctx->diags = diags;
    ctx->status = tb_hf_doc_read(text, length, kept, arena, &ctx->doc, diags);
    if (ctx->status == TB_OK && tb_hf_choose(ctx)) {
        read_model(ctx, out);
    }
    if (ctx->status == TB_OK) {
        fill_entity(ctx, out);
    }
    json_decref(ctx->doc.root);
    return ctx->status;
}
