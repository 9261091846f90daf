/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/layer.h"

#include <math.h>

#include "base/pick.h"

static void product(const struct tb_layer_setting *s, struct tb_layer_tally *t, double n, double k)
{
    t->gemm += tb_gemm_time(s->device, s->tokens, n, k, true);
    t->inputs += s->tokens * k;
    t->outputs += s->tokens * n;
    if (n * k > t->widest) {
        t->widest = n * k;
        t->widest_out = n;
    }
}

static double width_of_values(const struct tb_attn *attn)
{
    return attn->v_head_dim > 0.0 ? attn->v_head_dim : attn->head_dim;
}

static void softmax_projections(const struct tb_layer_setting *s, const struct tb_attn *a,
                                struct tb_layer_tally *t)
{
    double h = s->model->d_model;
    double tp = s->plan->tp;
    /* Fewer KV heads than ranks: each rank keeps a copy of one. */
    double kv = tb_larger(a->n_kv_heads / tp, 1.0);
    double qkv =
        a->head_dim * (a->n_heads / tp + kv) + width_of_values(a) * kv + a->gate_width / tp;
    product(s, t, qkv, h);
    product(s, t, h, a->n_heads * width_of_values(a) / tp);
    t->bytes += 4.0 * s->tokens * qkv;
}

static void latent_projections(const struct tb_layer_setting *s, const struct tb_attn *a,
                               struct tb_layer_tally *t)
{
    double h = s->model->d_model;
    double heads = a->n_heads / s->plan->tp;
    double before = t->gemm;
    double expanded = heads * (a->head_dim - a->rope_dim + width_of_values(a));
    if (a->q_rank > 0.0)
        product(s, t, heads * a->head_dim, a->q_rank);
    product(s, t, expanded, a->kv_rank);
    t->mla_up = t->gemm - before;
    product(s, t, a->q_rank > 0.0 ? a->q_rank : heads * a->head_dim, h);
    product(s, t, a->kv_rank + a->rope_dim, h);
    product(s, t, h, heads * width_of_values(a));
    /* Split, rotate and join: queries and keys are rewritten whole. */
    t->bytes += s->tokens * (4.0 * heads * (2.0 * a->head_dim + width_of_values(a)) +
                             8.0 * (a->q_rank + a->kv_rank));
    t->passes += 4.0;
}

/* Kinds without a shape rule of their own: their weights as two products. */
static void other_projections(const struct tb_layer_setting *s, const struct tb_attn *a,
                              double matmul, struct tb_layer_tally *t)
{
    double h = s->model->d_model;
    double inner = a->inner_dim > 0.0 ? a->inner_dim : a->v_heads * a->v_dim;
    if (!(inner > 0.0))
        inner = a->n_heads * width_of_values(a);
    inner /= s->plan->tp;
    double rest = matmul / h / s->plan->tp;
    product(s, t, tb_larger(rest - inner, h / s->plan->tp), h);
    product(s, t, h, inner);
    /* Convolution, gates and the norm before the output, each read and written. */
    t->bytes += 40.0 * s->tokens * inner;
    t->passes += 6.0;
}

static void attention_blocks(const struct tb_layer_setting *s, const struct tb_attn *a,
                             double matmul, struct tb_layer_tally *t)
{
    if (a->kind == TB_ATTN_NONE)
        return;
    if (a->kind == TB_ATTN_SOFTMAX) {
        softmax_projections(s, a, t);
        return;
    }
    if (a->kind == TB_ATTN_MLA) {
        latent_projections(s, a, t);
        return;
    }
    other_projections(s, a, matmul, t);
}

static void dense_ffn(const struct tb_layer_setting *s, bool gated, double width,
                      struct tb_layer_tally *t)
{
    if (!(width > 0.0))
        return;
    double h = s->model->d_model;
    double f = width / s->plan->tp;
    product(s, t, gated ? 2.0 * f : f, h);
    product(s, t, h, f);
    t->bytes += (gated ? 6.0 : 4.0) * s->tokens * f;
    t->passes += 1.0;
}

/* Rows that arrive at the experts of a rank with `load` times the mean. */
static double expert_rows(const struct tb_layer_setting *s, const struct tb_ffn *f, double load)
{
    const struct tb_plan *p = s->plan;
    double split = p->ep > 1.0 || p->sp ? p->tp : 1.0;
    return s->tokens / split * p->etp * f->top_k * load;
}

static void routed_ffn(const struct tb_layer_setting *s, const struct tb_ffn *f,
                       struct tb_layer_tally *t)
{
    const struct tb_plan *p = s->plan;
    double h = f->latent_dim > 0.0 ? f->latent_dim : s->model->d_model;
    double groups = f->n_experts / p->ep;
    double rows = expert_rows(s, f, s->load);
    double width = f->d_expert / p->etp;
    double each = rows / groups;
    double up = f->gated ? 2.0 * width : width;
    double forward = tb_grouped_gemm_time(s->device, each, groups, up, h, true) +
                     tb_grouped_gemm_time(s->device, each, groups, h, width, true);
    t->grouped += forward;
    /* The sum of a weight gradient runs over the rows: few of them leave it twice as slow again
     * (0.08 to 0.09 of peak against 0.12 to 0.23 at 128 to 154 rows). */
    t->grouped_grad += forward * (1.0 + 0.7 * s->device->grouped_half / (each + 1.0) /
                                            (1.0 + s->device->grouped_half / (each + 1.0)));
    t->inputs += rows * (h + width);
    t->outputs += rows * (up + h);
    /* Permuted on arrival and before leaving, weighted and summed at home. */
    t->sorting += 12.0 * rows * h + 16.0 * s->tokens * f->n_experts;
    t->bytes += rows * (f->gated ? 6.0 : 4.0) * width;
    /* Biased experts clamp and scale before they multiply: a chain of passes instead of one (up:
     * add, clamp; half of it: sigmoid, two products), and one more over the output. */
    if (f->expert_bias)
        t->bytes += rows * (8.0 * up + 10.0 * width + 4.0 * h);
    t->passes += 10.0;
    if (f->latent_dim > 0.0) {
        product(s, t, f->latent_dim / p->tp, s->model->d_model);
        product(s, t, s->model->d_model, f->latent_dim / p->tp);
    }
}

static void ffn_blocks(const struct tb_layer_setting *s, const struct tb_ffn *f,
                       struct tb_layer_tally *t)
{
    dense_ffn(s, f->gated, f->d_ff, t);
    if (f->n_experts > 0.0) {
        routed_ffn(s, f, t);
        dense_ffn(s, f->gated, f->d_shared, t);
    }
}

/* A norm reads and writes; the residual is read twice and written once after each half; each
 * further stream is read and written in each half. */
static void residual_blocks(const struct tb_layer_setting *s, const struct tb_layer *layer,
                            struct tb_layer_tally *t)
{
    double streams = s->model->hc_mult > 1.0 ? s->model->hc_mult : 1.0;
    t->bytes += s->tokens * s->model->d_model *
                (4.0 * layer->n_norms + 12.0 + 7.0 * (streams - 1.0)) / s->spread;
    t->passes += layer->n_norms + 2.0;
}

static void add_tally(struct tb_layer_tally *t, const struct tb_layer_tally *more)
{
    t->gemm += more->gemm;
    t->grouped += more->grouped;
    t->grouped_grad += more->grouped_grad;
    t->inputs += more->inputs;
    t->outputs += more->outputs;
    t->bytes += more->bytes;
    t->sorting += more->sorting;
    t->passes += more->passes;
    t->mla_up += more->mla_up;
    if (more->widest > t->widest) {
        t->widest = more->widest;
        t->widest_out = more->widest_out;
    }
}

/* ---- attention core ---------------------------------------------------------------------------
 */

static bool is_linear(enum tb_attn_kind kind)
{
    return kind == TB_ATTN_GATED_DELTA || kind == TB_ATTN_LINEAR || kind == TB_ATTN_MAMBA1 ||
           kind == TB_ATTN_MAMBA2;
}

static void core_work(const struct tb_layer_setting *s, const struct tb_layer *layer,
                      double indexer, struct tb_attn_work *work)
{
    const struct tb_attn *a = &layer->attn;
    double seq = s->lengths.seq_len;
    double heads = a->n_heads > 0.0 ? a->n_heads : tb_larger(a->v_heads, 1.0);
    double visible = a->window > 0.0 ? tb_smaller(seq, 2.0 * a->window) : seq;
    if (a->chunk > 0.0)
        visible = tb_smaller(visible, a->chunk);
    double scan = is_linear(a->kind) ? s->perf->scan : 1.0;
    double flops = tb_flops_mixing(a, &s->lengths, TB_KEYS_EXACT) + 2.0 * indexer;
    work->flops = scan * flops * s->tokens / s->plan->tp;
    work->heads = heads / s->plan->tp;
    work->sequences = s->plan->micro_batch;
    work->queries = seq / s->plan->cp;
    work->keys = visible;
    work->width = 0.5 * (a->head_dim + width_of_values(a));
    if (!(work->width > 0.0))
        work->width = a->v_dim > 0.0 ? a->v_dim : 64.0;
    work->fused = !s->plan->unfused_attention || is_linear(a->kind);
}

/* Share of tensor traffic that still delays when it is pipelined with the products: async TP gains
 * 9 to 16 % at TP 8, which is somewhat less than half of it. */
#define ASYNC_SHARE 0.6
/* Share of dispatch that still delays when a schedule pairs it with the products of another
 * microbatch: planning values are 10 to 30 %, DualPipe reports none. */
#define PAIRED_SHARE 0.1
/* The same where a pipeline runs several microbatches and the dispatch leaves the scale-up domain:
 * the rounds of a stage overlap, less well than pairs do (planning values up to 30 %). */
#define PIPELINED_SHARE 0.3
/* Element-wise traffic of eager execution over that of compiled kernels. */
#define EAGER_TRAFFIC 1.7

/* ---- communication -----------------------------------------------------------------------------
 */

static void tensor_traffic(const struct tb_layer_setting *s, const struct tb_layer *layer,
                           struct tb_layer_cost *out)
{
    const struct tb_plan *p = s->plan;
    if (p->tp <= 1.0)
        return;
    double bytes = 2.0 * s->tokens * s->model->d_model;
    double halves = layer->attn.kind != TB_ATTN_NONE ? 1.0 : 0.0;
    if (layer->ffn.d_ff > 0.0 || layer->ffn.d_shared > 0.0 || p->etp > 1.0)
        halves += 1.0;
    double one = tb_all_gather_time(s->fabric, (struct tb_group){p->tp, 1.0}, bytes);
    double exposed = s->perf->tp_exposed * (p->async_tp ? ASYNC_SHARE : 1.0);
    out->forward.tp = exposed * 2.0 * halves * one;
    /* With sequence parallelism the inputs are gathered once more for the weight gradients. */
    out->backward.tp = out->forward.tp * (p->sp ? 1.5 : 1.0);
}

static void context_traffic(const struct tb_layer_setting *s, const struct tb_layer *layer,
                            const struct tb_layer_seconds *core, struct tb_layer_cost *out)
{
    const struct tb_plan *p = s->plan;
    const struct tb_attn *a = &layer->attn;
    if (p->cp <= 1.0 || a->kind == TB_ATTN_NONE)
        return;
    double kv = a->kind == TB_ATTN_MLA ? a->n_heads : tb_larger(a->n_kv_heads, p->tp);
    double bytes = 2.0 * s->tokens * p->cp * kv / p->tp * (a->head_dim + width_of_values(a));
    double one = tb_all_gather_time(s->fabric, (struct tb_group){p->cp, p->tp}, bytes);
    /* What exceeds the attention it overlaps is exposed in full. */
    out->forward.cp = tb_larger(s->perf->cp_exposed * one, one - core->attention);
    out->backward.cp = 2.0 * out->forward.cp;
}

/* Most nodes that the experts of a token stand on, 0: any. Groups of the router lie on nodes one
 * after another: where there are more nodes than groups, a group spans several. */
static double node_limit(const struct tb_layer_setting *s, const struct tb_ffn *f,
                         struct tb_group group)
{
    if (s->plan->node_limit >= 0.0)
        return s->plan->node_limit;
    if (!(f->route_groups > 0.0))
        return 0.0;
    double nodes = tb_group_domains(s->fabric, group) / f->route_groups;
    return f->route_limit * tb_larger(nodes, 1.0);
}

/* Share of dispatch and return that delays. */
static double dispatch_exposed(const struct tb_layer_setting *s)
{
    const struct tb_plan *p = s->plan;
    bool leaves = p->ep * p->etp > s->fabric->level[0].ranks;
    double exposed = leaves ? s->perf->ep_out_exposed : s->perf->ep_exposed;
    if (tb_schedule_info(p->schedule)->hides)
        return tb_smaller(exposed, PAIRED_SHARE);
    if (leaves && p->pp > 1.0)
        return tb_smaller(exposed, PIPELINED_SHARE);
    return exposed;
}

static void expert_traffic(const struct tb_layer_setting *s, const struct tb_layer *layer,
                           struct tb_layer_cost *out)
{
    const struct tb_plan *p = s->plan;
    const struct tb_ffn *f = &layer->ffn;
    if (p->ep <= 1.0 || !(f->n_experts > 0.0))
        return;
    double h = f->latent_dim > 0.0 ? f->latent_dim : s->model->d_model;
    double tokens = s->tokens / p->tp * p->etp * s->load;
    struct tb_group group = {p->ep, p->etp};
    double limit = node_limit(s, f, group);
    struct tb_dispatch there = {p->dispatch_bytes * tokens * h, f->top_k, limit};
    struct tb_dispatch back = {2.0 * tokens * h, f->top_k, limit};
    double go = tb_dispatch_time(s->fabric, group, &there);
    double home = go;
    if (p->dispatch_bytes < 2.0)
        home = tb_dispatch_time(s->fabric, group, &back);
    double exposed = dispatch_exposed(s);
    out->forward.ep = exposed * (go + home);
    /* Gradients of the combined rows go out and those of the inputs come home, in 16 bits. */
    out->backward.ep = exposed * 2.0 * home;
}

/* Launches in units of a dense layer's. Experts quantise and unpack one by one; scales in blocks
 * need a second kernel for the transposed copy. */
static double launches(const struct tb_layer_setting *s, const struct tb_layer *layer)
{
    double units = layer->attn.kind != TB_ATTN_NONE ? 1.0 : 0.5;
    if (layer->ffn.n_experts > 0.0) {
        double each = s->plan->mode == TB_GEMM_16 ? 0.1 : 0.5;
        units += 1.0 + s->perf->host_expert * each * layer->ffn.n_experts / s->plan->ep;
    }
    return units;
}

/* Attention: its products, and the seconds of its core. */
static void attention_part(const struct tb_layer_setting *s, const struct tb_layer *layer,
                           const struct tb_layer_facts *facts, struct tb_layer_cost *out)
{
    struct tb_attn_work work;
    attention_blocks(s, &layer->attn, facts->mixer_matmul, &out->attn);
    core_work(s, layer, facts->params.indexer, &work);
    out->forward.attention = s->perf->slowness * tb_attn_forward_time(s->device, s->perf, &work);
    out->backward.attention = s->perf->slowness * tb_attn_backward_time(s->device, s->perf, &work);
}

static void copy_attention(const struct tb_layer_cost *from, struct tb_layer_cost *out)
{
    out->attn = from->attn;
    out->forward.attention = from->forward.attention;
    out->backward.attention = from->backward.attention;
}

static void copy_ffn(const struct tb_layer_cost *from, struct tb_layer_cost *out)
{
    out->ffn = from->ffn;
    out->forward.ep = from->forward.ep;
    out->backward.ep = from->backward.ep;
}

void tb_layer_cost(const struct tb_layer_setting *s, const struct tb_layer *layer,
                   const struct tb_layer_facts *facts, const struct tb_layer_known *known,
                   struct tb_layer_cost *out)
{
    const struct tb_perf *perf = s->perf;
    *out = (struct tb_layer_cost){0};
    if (known->attn)
        copy_attention(known->attn, out);
    else
        attention_part(s, layer, facts, out);
    if (known->ffn) {
        copy_ffn(known->ffn, out);
    } else {
        ffn_blocks(s, &layer->ffn, &out->ffn);
        expert_traffic(s, layer, out);
    }
    struct tb_layer_tally t = out->attn;
    add_tally(&t, &out->ffn);
    residual_blocks(s, layer, &t);
    double slow = perf->slowness;
    double traffic = perf->traffic * (s->plan->eager ? EAGER_TRAFFIC : 1.0);
    double bytes = traffic * t.bytes + perf->moe_traffic * t.sorting;
    double cast = s->device->cast_bytes;
    out->forward.gemm = slow * (t.gemm + t.grouped);
    out->backward.gemm = slow * (2.0 * t.gemm + t.grouped + t.grouped_grad);
    out->forward.memory = tb_pass_time(s->device, bytes + cast * t.inputs, t.passes);
    out->backward.memory = tb_pass_time(s->device, 2.0 * bytes + cast * t.outputs, 2.0 * t.passes);
    out->weight_grad = slow * (t.gemm + t.grouped_grad);
    out->kernels = launches(s, layer);
    tensor_traffic(s, layer, out);
    context_traffic(s, layer, &out->forward, out);
    /* The gradient of a matrix stands in fp32 before it is added up, beside that of its output. */
    out->transient = 4.0 * t.widest + 2.0 * s->tokens * t.widest_out;
    out->weights = (facts->params.total - facts->params.routed) / s->plan->tp;
    out->expert_weights = facts->params.routed / (s->plan->ep * s->plan->etp);
}

/* ---- recomputation -----------------------------------------------------------------------------
 */

void tb_layer_again(const struct tb_layer_setting *s, const struct tb_layer *layer,
                    struct tb_layer_cost *out)
{
    const struct tb_plan *p = s->plan;
    const struct tb_layer_seconds *f = &out->forward;
    double work = 0.0;
    double traffic = 0.0;
    if (p->again & TB_AGAIN_FULL) {
        double share = p->full_share > 0.0 ? p->full_share : 1.0;
        work = share * (f->gemm + f->attention + f->memory);
        traffic = share * (f->tp + f->cp + f->ep);
    } else {
        double moe = layer->ffn.n_experts > 0.0 ? 1.0 : 0.0;
        if (p->again & TB_AGAIN_CORE)
            work += f->attention;
        if (p->again & (TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT))
            work += 0.3 * f->memory;
        if (p->again & TB_AGAIN_MLA_UP)
            work += s->perf->slowness * out->attn.mla_up;
        if (moe > 0.0 && (p->again & TB_AGAIN_MOE)) {
            work += s->perf->slowness * out->ffn.grouped + 0.5 * f->memory;
            traffic += f->ep;
        }
        if (moe < 1.0 && (p->again & TB_AGAIN_MLP))
            work += 0.66 * f->gemm;
    }
    out->again = work + traffic;
    out->again_traffic = traffic;
}

/* ---- memory ------------------------------------------------------------------------------------
 */

/* Bytes of an element of the attention output where plans keep it in fewer bits: 12, because its
 * own backward pass reads it too. */
#define LOW_ATTENTION_OUT 1.5

static double attention_bytes(const struct tb_layer_setting *s, const struct tb_attn *a)
{
    const struct tb_plan *p = s->plan;
    double heads = a->n_heads / p->tp;
    double v = width_of_values(a);
    double again_core = p->again & TB_AGAIN_CORE ? 0.0 : 1.0;
    double out = (p->keep_low ? LOW_ATTENTION_OUT : 2.0) * heads * v;
    double scores = 4.0 * heads;
    if (p->unfused_attention)
        scores = again_core * 5.0 * heads * s->lengths.seq_len;
    if (a->kind == TB_ATTN_NONE)
        return 0.0;
    if (a->kind == TB_ATTN_MLA || a->kind == TB_ATTN_DSA) {
        double latents = 2.0 * (a->q_rank + a->kv_rank + a->rope_dim);
        double expanded = 2.0 * heads * (2.0 * a->head_dim + v);
        if (p->again & TB_AGAIN_MLA_UP)
            expanded = 0.0;
        return latents + expanded + out + scores;
    }
    double kv = tb_larger(a->n_kv_heads / p->tp, tb_smaller(a->n_kv_heads, 1.0));
    double qkv = 2.0 * (heads * a->head_dim + kv * (a->head_dim + v));
    if (is_linear(a->kind))
        qkv = 2.0 *
              (2.0 * a->inner_dim + 2.0 * a->k_heads * a->k_dim + 3.0 * a->v_heads * a->v_dim) /
              p->tp;
    return qkv + out + scores;
}

/* What enters an activation function is kept in 16 bits, or as the products are multiplied. */
static double activation_bytes(const struct tb_plan *p, bool gated, double low)
{
    return (gated ? 2.0 : 1.0) * (p->keep_low ? low : 2.0);
}

/* What enters a linear layer is kept as it is multiplied: `low` bytes an element. */
static double gated_bytes(const struct tb_plan *p, bool gated, double width, double low)
{
    if (p->again & TB_AGAIN_MLP)
        return 0.0;
    double kept = activation_bytes(p, gated, low);
    if (!(p->again & TB_AGAIN_ACT))
        kept += low;
    return kept * width;
}

static double expert_bytes(const struct tb_layer_setting *s, const struct tb_ffn *f)
{
    const struct tb_plan *p = s->plan;
    if (!(f->n_experts > 0.0))
        return 0.0;
    double rows = expert_rows(s, f, s->held) / s->tokens; /* per token of the rank */
    double h = f->latent_dim > 0.0 ? f->latent_dim : s->model->d_model;
    double width = f->d_expert / p->etp;
    double low = s->device->bytes_low;
    double inside = rows * (activation_bytes(p, f->gated, low) * width + low * h);
    if (!(p->again & TB_AGAIN_MOE_ACT))
        inside += rows * low * width;
    if (p->again & TB_AGAIN_MOE)
        inside = 0.0;
    return inside + 8.0 * f->n_experts / s->spread;
}

void tb_layer_bytes(const struct tb_layer_setting *s, const struct tb_layer *layer,
                    struct tb_layer_bytes *out)
{
    const struct tb_plan *p = s->plan;
    const struct tb_ffn *f = &layer->ffn;
    double h = s->model->d_model * (s->model->hc_mult > 1.0 ? s->model->hc_mult : 1.0);
    double low = s->device->bytes_low;
    double norms = 2.0 * 2.0 + (p->again & TB_AGAIN_NORM ? 0.0 : 2.0 * low);
    double t = s->tokens;
    /* Old stacks drop out after both halves and keep a byte of mask for each element. */
    double masks = p->unfused_attention ? 2.0 : 0.0;
    out->residual = t * (norms + masks) * h / s->spread;
    out->attention = t * attention_bytes(s, &layer->attn);
    out->ffn =
        t * (gated_bytes(p, f->gated, f->d_ff, low) + gated_bytes(p, f->gated, f->d_shared, low)) /
        p->tp;
    out->experts = t * expert_bytes(s, f);
    out->peak = out->residual + out->attention + out->ffn + out->experts;
    out->total = out->peak;
    if (p->again & TB_AGAIN_FULL) {
        double share = p->full_share > 0.0 ? p->full_share : 1.0;
        double inputs = share * 2.0 * t * h / s->spread;
        out->total = inputs + (1.0 - share) * out->peak;
        out->residual = inputs + (1.0 - share) * out->residual;
        out->attention *= 1.0 - share;
        out->ffn *= 1.0 - share;
        out->experts *= 1.0 - share;
    }
}
