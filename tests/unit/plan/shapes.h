/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_PLAN_SHAPES_H
#define TB_TEST_PLAN_SHAPES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "plan/step.h"

/** A chip of 312 TFLOP/s and 2 TB/s with 8 chips at 300 GB/s and a NIC of 25 GB/s. */
static inline struct tb_chip plain_chip(void)
{
    struct tb_chip chip = {.dies = 1.0,
                           .memory_capacity = 80e9,
                           .memory_bandwidth = 2.039e12,
                           .link_bandwidth = 300e9,
                           .link_domain = 8.0,
                           .nic_bandwidth = 25e9};
    for (int i = 0; i < TB_DTYPE_COUNT; i++)
        chip.peak[i] = (double)NAN;
    chip.peak[TB_BF16] = 312e12;
    chip.peak[TB_FP16] = 312e12;
    return chip;
}

/** A GPT of `layers` layers: `hidden` wide, heads of 128, feed-forward four times as wide. */
static inline struct tb_model gpt(double layers, double hidden, double heads, double vocab)
{
    struct tb_model m = {.d_model = hidden,
                         .vocab = vocab,
                         .tied_embeddings = true,
                         .final_norms = 1.0,
                         .n_kinds = 1,
                         .n_layers = (int)layers};
    struct tb_layer *l = &m.kind[0];
    l->attn.kind = TB_ATTN_SOFTMAX;
    l->attn.n_heads = l->attn.n_kv_heads = heads;
    l->attn.head_dim = l->attn.v_head_dim = hidden / heads;
    l->ffn.d_ff = 4.0 * hidden;
    l->n_norms = 2.0;
    return m;
}

/** The same with experts in every layer. */
static inline struct tb_model moe(double layers, double hidden, double heads, double experts)
{
    struct tb_model m = gpt(layers, hidden, heads, 50000.0);
    m.kind[0].ffn = (struct tb_ffn){
        .gated = true, .n_experts = experts, .top_k = 4.0, .d_expert = 0.5 * hidden};
    return m;
}

struct setup {
    struct tb_chip chip;
    struct tb_model model;
    struct tb_plan plan;
    struct tb_perf perf;
    struct tb_step_in in;
};

static inline void set_up(struct setup *s, struct tb_model model, double chips, double batch,
                          double seq_len)
{
    s->chip = plain_chip();
    s->model = model;
    tb_plan_init(&s->plan);
    s->plan.dp = chips;
    tb_perf_start(&s->perf);
    s->in = (struct tb_step_in){.model = &s->model,
                                .chip = &s->chip,
                                .plan = &s->plan,
                                .perf = &s->perf,
                                .chips = chips,
                                .global_batch = batch,
                                .lengths = {.seq_len = seq_len}};
}

static inline struct tb_step_out run(const struct setup *s)
{
    struct tb_step_out out;
    assert_int_equal(tb_step_evaluate(&s->in, &out), TB_OK);
    return out;
}

#endif
