/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "model/params.h"
#include "scenario/run_case.h"

/* Eq. 8.9: transformers are 128 times as wide as they are deep, and a layer holds 12 width^2. */
#define ASPECT 128.0
#define LAYER_WEIGHTS 12.0
#define HEAD 128.0
#define BROAD 4096.0
#define BROAD_GRAIN 512.0
#define NARROW 2048.0
#define NARROW_HEAD 64.0
#define USUAL_VOCAB 64000.0
#define USUAL_EXPERTS 128.0
#define USUAL_TOP_K 8.0
#define GRAIN 64.0
#define GATED_RATIO (8.0 / 3.0)
enum { MOST_EVERY = 4 };

static double whole(double value, double grain)
{
    return fmax(floor(value / grain + 0.5), 1.0) * grain;
}

static void assume(double *field, double value, const char *name, struct tb_text *defaults)
{
    if (*field > 0.0)
        return;
    *field = value;
    tb_text_addf(defaults, "%s%s=%g", defaults->length ? ", " : "", name, value);
}

static double attention_weights(const struct tb_run_shape *f)
{
    return 2.0 * f->width * f->head_dim * (f->heads + f->kv_heads);
}

static void assume_experts(struct tb_run_shape *f, struct tb_text *defaults)
{
    assume(&f->experts, USUAL_EXPERTS, "n_experts", defaults);
    assume(&f->top_k, fmin(USUAL_TOP_K, f->experts), "top_k", defaults);
    double idle = (f->total - f->active) / (f->experts - f->top_k) / f->layers;
    if (f->experts > f->top_k && idle > 0.0)
        assume(&f->expert, whole(idle / (3.0 * f->width), GRAIN), "d_ff_expert", defaults);
}

static void complete(struct tb_run_shape *f, struct tb_text *defaults)
{
    const double size = f->active > 0.0 ? f->active : f->total;
    const double layer = LAYER_WEIGHTS * f->width * f->width;
    const double depth =
        f->width > 0.0 ? size / layer : cbrt(size / LAYER_WEIGHTS) / cbrt(ASPECT) / cbrt(ASPECT);
    assume(&f->layers, whole(depth, 1.0), "n_layers", defaults);
    double width = sqrt(size / (LAYER_WEIGHTS * f->layers));
    assume(&f->width, whole(width, width < BROAD ? HEAD : BROAD_GRAIN), "d_model", defaults);
    double head = f->head_dim > 0.0 ? f->head_dim : f->width < NARROW ? NARROW_HEAD : HEAD;
    assume(&f->heads, fmax(floor(f->width / head), 1.0), "n_heads", defaults);
    assume(&f->kv_heads, f->heads, "n_kv_heads", defaults);
    if (!(f->head_dim > 0.0))
        f->head_dim = f->width / f->heads;
    assume(&f->vocab, USUAL_VOCAB, "vocab", defaults);
    if (f->moe)
        assume_experts(f, defaults);
    else if (size > 0.0) {
        double rest = (size - 2.0 * f->vocab * f->width) / f->layers - attention_weights(f);
        if (rest > 0.0)
            assume(&f->d_ff, whole(rest / (3.0 * f->width), GRAIN), "d_ff", defaults);
    }
    if (!f->moe)
        assume(&f->d_ff, whole(GATED_RATIO * f->width, GRAIN), "d_ff", defaults);
}

/* What no column says and the count of parameters does. */
struct variant {
    bool gated, tied;
    int every; /* experts in every so many layers */
};

static void build(const struct tb_run_shape *f, const struct variant *v, struct tb_model *m)
{
    *m = (struct tb_model){.d_model = f->width,
                           .vocab = f->vocab,
                           .final_norms = 1.0,
                           .n_kinds = f->moe ? 2 : 1,
                           .n_layers = (int)f->layers,
                           .tied_embeddings = v->tied};
    struct tb_layer *plain = &m->kind[0];
    plain->attn = (struct tb_attn){.kind = TB_ATTN_SOFTMAX,
                                   .n_heads = f->heads,
                                   .n_kv_heads = f->kv_heads,
                                   .head_dim = f->head_dim,
                                   .v_head_dim = f->head_dim};
    plain->n_norms = 2.0;
    plain->ffn = (struct tb_ffn){.gated = v->gated, .d_ff = f->d_ff};
    if (!f->moe)
        return;
    m->kind[1] = *plain;
    if (!(f->d_ff > 0.0))
        plain->ffn.d_ff = f->top_k * f->expert;
    m->kind[1].ffn = (struct tb_ffn){.gated = v->gated,
                                     .n_experts = f->experts,
                                     .top_k = f->top_k,
                                     .d_expert = f->expert,
                                     .d_shared = f->shared > 0.0 ? f->shared * f->expert : 0.0};
    for (int i = 0; i < m->n_layers; i++)
        m->layer_kind[i] = i % v->every == v->every - 1;
}

static void closest(const struct tb_run_shape *f, struct tb_model *m)
{
    struct variant best = {true, f->tied == 1.0, 1};
    double nearest = HUGE_VAL;
    for (int i = 0; f->total > 0.0 && i < 4; i++) {
        struct variant v = {(i & 1) == 0, (i & 2) != 0, 1};
        if (f->tied == 0.0 || f->tied == 1.0)
            v.tied = f->tied == 1.0;
        for (; v.every <= (f->moe ? MOST_EVERY : 1); v.every *= 2) {
            struct tb_params params;
            build(f, &v, m);
            tb_params_count(m, &params);
            double away = fabs(log(params.total / f->total));
            if (away < nearest - 1e-9) {
                nearest = away;
                best = v;
            }
        }
    }
    build(f, &best, m);
}

/* Parameters that every token uses and no column explains are shared experts. */
static void share(const struct tb_run_shape *f, struct tb_model *m, struct tb_text *defaults)
{
    struct tb_params params;
    double kinds[TB_MAX_LAYER_KINDS];
    tb_params_count(m, &params);
    tb_model_kind_counts(m, kinds);
    double missing = (f->active - params.active) / (3.0 * f->width * kinds[1]);
    if (!f->moe || f->shared > 0.0 || !(missing >= GRAIN))
        return;
    m->kind[1].ffn.d_shared = whole(missing, GRAIN);
    tb_text_addf(defaults, ", d_ff_shared=%g", m->kind[1].ffn.d_shared);
}

static void take(double *field, double column)
{
    if (column > 0.0)
        *field = column;
}

/* The columns win over the preset, where they speak of the same thing. */
static void override(const struct tb_run_shape *f, struct tb_model *m)
{
    take(&m->vocab, f->vocab);
    for (int k = 0; k < m->n_kinds; k++) {
        struct tb_ffn *ffn = &m->kind[k].ffn;
        if (ffn->n_experts > 0.0) {
            take(&ffn->n_experts, f->experts);
            take(&ffn->top_k, f->top_k);
            take(&ffn->d_expert, f->expert);
        } else if (ffn->d_ff > 0.0) {
            take(&ffn->d_ff, f->d_ff);
        }
    }
}

static const struct tb_model_preset *preset_of(tb_data *data, const struct tb_run_shape *f)
{
    const struct tb_model_preset *preset = NULL;
    if (*f->name)
        preset = tb_data_model(data, f->name, (struct tb_pos){0}, NULL);
    if (!preset && *f->id)
        preset = tb_data_model(data, f->id, (struct tb_pos){0}, NULL);
    return preset;
}

const char *tb_run_model(tb_data *data, const struct tb_run_shape *shape, struct tb_model *out,
                         struct tb_text *defaults)
{
    struct tb_run_shape f = *shape;
    const struct tb_model_preset *preset = preset_of(data, shape);
    if (preset) {
        *out = preset->model;
        override(&f, out);
        return NULL;
    }
    if (!(f.total > 0.0) && !(f.active > 0.0) && !(f.layers > 0.0 && f.width > 0.0))
        return "neither parameters nor layers and width are stated";
    if (f.moe && !(f.active > 0.0))
        return "active parameters are not stated";
    complete(&f, defaults);
    if (f.moe && !(f.expert > 0.0))
        return "the width of the experts cannot be told";
    if (f.layers > TB_MAX_LAYERS)
        return "more layers than are modelled";
    closest(&f, out);
    share(&f, out, defaults);
    return NULL;
}
