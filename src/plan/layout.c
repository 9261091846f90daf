/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/pick.h"
#include "plan/parts.h"

/* How layers are cut into chunks: those from `from` to the one before the last hold one more than
 * `base`; first and last have counts of their own. */
struct cut {
    double first, base, last;
    double from;
};

static struct cut cut_layers(double layers, double chunks, double head)
{
    double ends = layers + 2.0;
    if (chunks <= 1.0 || fmod(layers, chunks) == 0.0)
        return (struct cut){layers / chunks, layers / chunks, layers / chunks, chunks};
    if (fmod(ends, chunks) == 0.0) {
        double each = ends / chunks;
        return (struct cut){each - 1.0, each, each - 1.0, chunks};
    }
    double last = tb_larger(floor((layers + head) / chunks - head + 0.5), 0.0);
    double rest = layers - last;
    double base = floor(rest / (chunks - 1.0));
    /* The longer chunks stand behind the first ones, which hold the embedding. */
    double from = (base + 1.0) * (chunks - 1.0) - rest;
    return (struct cut){base + (from <= 0.0 ? 1.0 : 0.0), base, last, from};
}

static double cut_at(const struct cut *cut, double chunks, double index)
{
    if (index == 0.0)
        return cut->first;
    if (index == chunks - 1.0)
        return cut->last;
    return cut->base + (index >= cut->from ? 1.0 : 0.0);
}

double tb_chunk_layers(double layers, double chunks, double index, double head)
{
    struct cut cut = cut_layers(layers, chunks, head);
    return cut_at(&cut, chunks, index);
}

static void add_layers(struct tb_step_work *w, int stage, int kind, double count)
{
    const struct tb_layer_cost *c = &w->cost[kind];
    const struct tb_layer_bytes *b = &w->bytes[kind];
    struct tb_stage_load *s = &w->stage[stage];
    const struct tb_layer_seconds *f = &c->forward;
    const struct tb_layer_seconds *g = &c->backward;
    s->forward += count * (f->gemm + f->attention + f->memory + f->tp + f->cp + f->ep);
    s->backward += count * (g->gemm + g->attention + g->memory + g->tp + g->cp + g->ep + c->again);
    s->weight_grad += count * c->weight_grad;
    s->again += count * c->again;
    s->again_traffic += count * c->again_traffic;
    s->host += count * c->kernels;
    s->parts.gemm += count * (f->gemm + g->gemm);
    s->parts.attention += count * (f->attention + g->attention);
    s->parts.memory += count * (f->memory + g->memory);
    s->parts.tp += count * (f->tp + g->tp);
    s->parts.cp += count * (f->cp + g->cp);
    s->parts.ep += count * (f->ep + g->ep);
    s->weights += count * c->weights;
    s->expert_weights += count * c->expert_weights;
    s->layers += count;
    struct tb_stage_kept *kept = &w->kept[stage];
    kept->residual += count * b->residual;
    kept->attention += count * b->attention;
    kept->ffn += count * b->ffn;
    kept->experts += count * b->experts;
    if (c->transient > kept->transient)
        kept->transient = c->transient;
}

static void add_head(struct tb_step_work *w, int stage, double times)
{
    struct tb_stage_load *s = &w->stage[stage];
    s->forward += times * (w->head + w->head_passes);
    s->backward += times * (2.0 * w->head + w->head_passes);
    s->weight_grad += times * w->head;
    s->parts.gemm += times * 3.0 * w->head;
    s->parts.memory += times * 2.0 * w->head_passes;
    s->host += 0.5 * times;
}

/* Head and MTP in layers, by the time they take. */
static double head_in_layers(const struct tb_step_work *w)
{
    const struct tb_model *model = w->in->model;
    const struct tb_layer_cost *last = &w->cost[model->layer_kind[model->n_layers - 1]];
    double layer = last->forward.gemm + last->forward.attention + last->forward.memory;
    double head = (w->head + w->head_passes) / layer;
    double depth = w->in->train_mtp ? model->n_mtp : 0.0;
    return head + depth * (1.0 + head);
}

/* DualPipe runs stages i and p - 1 - i on the same devices, half of the microbatches through each.
 */
static void fold_stages(struct tb_step_work *w)
{
    for (int i = 0; i < w->stages / 2; i++) {
        int other = w->stages - 1 - i;
        struct tb_stage_load *a = &w->stage[i];
        struct tb_stage_load *b = &w->stage[other];
        double *x = (double *)a;
        double *y = (double *)b;
        w->same[i] = w->same[i] && w->same[other + 1];
        if (w->same[i]) {
            *a = *b = w->stage[i - 1];
            continue;
        }
        for (size_t k = 0; k < sizeof *a / sizeof *x; k++)
            x[k] = y[k] = 0.5 * (x[k] + y[k]);
    }
    for (int i = w->stages / 2; i < w->stages; i++)
        w->same[i] = false;
}

/* Layers of each kind on each stage, gathered over its chunks. */
static void count_layers(const struct tb_step_work *w, double head,
                         double count[][TB_MAX_LAYER_KINDS])
{
    const struct tb_model *model = w->in->model;
    double chunks = w->in->plan->pp * w->in->plan->vpp;
    struct cut cut = cut_layers(model->n_layers, chunks, head);
    int layer = 0;
    int stage = 0;
    for (double c = 0.0; c < chunks; c += 1.0) {
        int end = layer + (int)cut_at(&cut, chunks, c);
        end = end < model->n_layers ? end : model->n_layers;
        if (model->n_kinds == 1)
            count[stage][0] += end - layer;
        for (; model->n_kinds > 1 && layer < end; layer++)
            count[stage][model->layer_kind[layer]] += 1.0;
        layer = end;
        stage = stage + 1 == w->stages ? 0 : stage + 1;
    }
}

static void add_ends(struct tb_step_work *w)
{
    const struct tb_model *model = w->in->model;
    int last = w->stages - 1;
    w->stage[0].weights += w->embedding_weights;
    add_head(w, last, 1.0);
    if (!model->tied_embeddings || w->stages > 1)
        w->stage[last].weights += w->head_weights;
    if (w->in->train_mtp && model->n_mtp > 0.0) {
        add_layers(w, last, TB_MTP_KIND, model->n_mtp);
        add_head(w, last, model->n_mtp);
        /* The projection that joins embedding and state. */
        w->stage[last].weights +=
            model->n_mtp * 2.0 * model->d_model * model->d_model / w->in->plan->tp;
        /* First and last stage of two opposite pipelines share a device and its embedding. */
        if (w->stages > 1 && tb_schedule_info(w->in->plan->schedule)->copies <= 1.0)
            w->stage[last].weights += w->embedding_weights;
    }
}

static bool equal_counts(const double *a, const double *b, int n)
{
    for (int k = 0; k < n; k++) {
        if (a[k] != b[k])
            return false;
    }
    return true;
}

/* Stages between the ends that are made up alike cost alike: the first of a run is worked out. */
void tb_step_lay_out(struct tb_step_work *w)
{
    const struct tb_model *model = w->in->model;
    double count[TB_MAX_PIPELINE][TB_MAX_LAYER_KINDS];
    for (int i = 0; i < w->stages; i++) {
        for (int k = 0; k < model->n_kinds; k++)
            count[i][k] = 0.0;
    }
    count_layers(w, head_in_layers(w), count);
    for (int i = 0; i < w->stages; i++) {
        w->same[i] =
            i > 1 && i < w->stages - 1 && equal_counts(count[i], count[i - 1], model->n_kinds);
        if (w->same[i]) {
            w->stage[i] = w->stage[i - 1];
            w->kept[i] = w->kept[i - 1];
            continue;
        }
        w->stage[i] = (struct tb_stage_load){0};
        w->kept[i] = (struct tb_stage_kept){0};
        for (int k = 0; k < model->n_kinds; k++) {
            if (count[i][k] > 0.0)
                add_layers(w, i, k, count[i][k]);
        }
    }
    add_ends(w);
    if (tb_schedule_info(w->in->plan->schedule)->copies > 1.0)
        fold_stages(w);
}
