/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_GENERATION_H
#define TB_TEST_GENERATION_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/decode.h"
#include "run/rollout.h"

/** A model, a chip and constants for tests of generation, built by hand. */

static inline struct tb_model dense_7b(void)
{
    struct tb_model m = {.d_model = 3584.0, .vocab = 152064.0, .final_norms = 1.0};
    m.kind[0] = (struct tb_layer){.attn = {.kind = TB_ATTN_SOFTMAX,
                                           .n_heads = 28.0,
                                           .n_kv_heads = 4.0,
                                           .head_dim = 128.0,
                                           .v_head_dim = 128.0},
                                  .ffn = {.gated = true, .d_ff = 18944.0},
                                  .n_norms = 2.0};
    m.n_kinds = 1;
    m.n_layers = 28;
    memset(m.layer_kind, 0, sizeof m.layer_kind);
    return m;
}

/** 48 layers of 128 experts, 8 used. */
static inline struct tb_model sparse_30b(void)
{
    struct tb_model m = {.d_model = 2048.0, .vocab = 151936.0, .final_norms = 1.0};
    m.kind[0] = (struct tb_layer){
        .attn = {.kind = TB_ATTN_SOFTMAX,
                 .n_heads = 32.0,
                 .n_kv_heads = 4.0,
                 .head_dim = 128.0,
                 .v_head_dim = 128.0},
        .ffn = {.gated = true, .n_experts = 128.0, .top_k = 8.0, .d_expert = 768.0},
        .n_norms = 2.0};
    m.n_kinds = 1;
    m.n_layers = 48;
    memset(m.layer_kind, 0, sizeof m.layer_kind);
    return m;
}

static inline struct tb_chip chip_80g(void)
{
    struct tb_chip c;
    for (int i = 0; i < TB_DTYPE_COUNT; i++)
        c.peak[i] = c.headline_peak[i] = c.matmul[i] = NAN;
    c.peak[TB_BF16] = 989.4e12;
    c.peak[TB_FP8] = 1978.9e12;
    c.dies = 1.0;
    c.memory_capacity = 80e9;
    c.memory_bandwidth = 3.35e12;
    c.link_bandwidth = 450e9;
    c.link_domain = 8.0;
    c.nic_bandwidth = 50e9;
    c.tdp = c.server_power = c.rent = c.year = NAN;
    return c;
}

static inline struct tb_infer_constants usual_constants(void)
{
    return (struct tb_infer_constants){.eta_bandwidth = 0.55,
                                       .eta_compute = 0.45,
                                       .eta_prefill = 0.40,
                                       .step_fixed = 4e-3,
                                       .reduce_near = 15e-6,
                                       .reduce_far = 40e-6,
                                       .dispatch_near = 60e-6,
                                       .dispatch_far = 120e-6,
                                       .eta_link = 0.7};
}

static inline struct tb_infer_plan one_chip(void)
{
    return (struct tb_infer_plan){.chips = 1.0,
                                  .tp = 1.0,
                                  .ep = 1.0,
                                  .kv_copies = 1.0,
                                  .weight_bytes = 2.0,
                                  .kv_bytes = 2.0,
                                  .usable = 0.8,
                                  .accepted = 1.0,
                                  .compute = TB_BF16};
}

/** Uniform numbers in (0,1). */
static inline double next_uniform(unsigned long long *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/** The slow way: every response has a whole number of tokens, every replica takes one step after
 *  the other, a slot that ends takes the next response of the common queue. */
struct oracle {
    double *length; /**< of each response, in the order of the queue */
    size_t n, next;
    size_t slots, replicas;
    size_t *live;        /**< of each replica */
    double *done, *want; /**< of its live responses, packed */
    double *clock;
    unsigned long long state; /**< of the chance that a draft is accepted */
};

/** Tokens that one sequence gains in one step: whole ones, on average what the decoder accepts. */
static inline double oracle_gain(struct oracle *o, double accepted)
{
    double whole = floor(accepted);
    return accepted > 1.0 ? whole + (next_uniform(&o->state) < accepted - whole) : 1.0;
}

static inline void oracle_start(struct oracle *o, size_t replica)
{
    size_t at = replica * o->slots + o->live[replica]++;
    o->want[at] = o->length[o->next++];
    o->done[at] = 0.0;
}

static inline void oracle_step(struct oracle *o, size_t replica, const struct tb_rollout_in *in)
{
    double *done = o->done + replica * o->slots, *want = o->want + replica * o->slots;
    size_t n = o->live[replica];
    double context = 0.0;
    for (size_t s = 0; s < n; s++)
        context += in->prompt + done[s] + 0.5;
    o->clock[replica] +=
        in->decoder->accepted * tb_decode_time(in->decoder, (double)n, context / (double)n);
    for (size_t s = n; s-- > 0;) {
        if ((done[s] += oracle_gain(o, in->decoder->accepted)) >= want[s]) {
            n--;
            done[s] = done[n];
            want[s] = want[n];
        }
    }
    o->live[replica] = n;
}

/** Seconds of decoding until the last replica ends: the replica that is behind steps next. */
static inline double oracle_run(struct oracle *o, const struct tb_rollout_in *in)
{
    double last = 0.0;
    for (size_t r = 0; r < o->replicas; r++) {
        o->live[r] = 0;
        o->clock[r] = 0.0;
    }
    for (size_t s = 0; s < o->slots; s++) /* the first ones are dealt round and round */
        for (size_t r = 0; r < o->replicas && o->next < o->n; r++)
            oracle_start(o, r);
    for (;;) {
        size_t behind = o->replicas;
        for (size_t r = 0; r < o->replicas; r++)
            if (o->live[r] > 0 && (behind == o->replicas || o->clock[r] < o->clock[behind]))
                behind = r;
        if (behind == o->replicas)
            return last;
        oracle_step(o, behind, in);
        while (o->live[behind] < o->slots && o->next < o->n)
            oracle_start(o, behind);
        last = fmax(last, o->clock[behind]);
    }
}

/** Mean over `draws` sets of random lengths. */
static inline double oracle_mean(const struct tb_rollout_in *in, size_t slots, int draws)
{
    struct oracle o = {
        .state = 77ULL, .n = (size_t)in->samples, .slots = slots, .replicas = (size_t)in->replicas};
    o.length = malloc(o.n * sizeof *o.length);
    o.done = malloc(o.slots * o.replicas * sizeof *o.done);
    o.want = malloc(o.slots * o.replicas * sizeof *o.want);
    o.live = malloc(o.replicas * sizeof *o.live);
    o.clock = malloc(o.replicas * sizeof *o.clock);
    unsigned long long state = 20261122ULL;
    double sum = 0.0;
    for (int d = 0; d < draws; d++) {
        for (size_t i = 0; i < o.n; i++)
            o.length[i] =
                fmax(1.0, round(tb_responses_quantile(in->lengths, next_uniform(&state))));
        o.next = 0;
        sum += oracle_run(&o, in);
    }
    free(o.length);
    free(o.done);
    free(o.want);
    free(o.live);
    free(o.clock);
    return sum / draws;
}

#endif
