/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "shapes.h"

/* Constants of a machine without losses. */
static void make_ideal(struct setup *s)
{
    struct tb_perf *p = &s->perf;
    p->gemm16 = p->attn_forward = p->attn_backward = 1.0;
    p->gemm_half = p->attn_head = 0.0;
    p->slowness = p->attn_slowness = 1.0;
    p->traffic = p->host_layer = p->host_step = p->optimizer = p->scale_loss = 0.0;
    s->chip.memory_bandwidth = 1e30;
    s->chip.link_bandwidth = s->chip.nic_bandwidth = 1e30;
    p->up_latency = p->out_latency = 0.0;
}

static double sum_of(const struct tb_step_time *t)
{
    return t->gemm + t->attention + t->memory + t->tp + t->cp + t->ep + t->pp + t->recompute +
           t->host + t->bubble + t->dp + t->optimizer + t->fixed + t->scale;
}

static void test_step_on_an_ideal_machine_is_flops_over_peak(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(24, 6144, 48, 51200), 1, 3, 32768);
    make_ideal(&s);
    struct tb_flops f;
    tb_flops_forward(&s.model, &s.in.lengths, TB_KEYS_EXACT, &f);
    /* Three forwards of the products, 3.5 of the flash core. */
    double tokens = 3.0 * 32768.0;
    double flops = tokens * (3.0 * (f.total - f.core) + 3.5 * f.core);
    struct tb_step_out out = run(&s);
    assert_rel(out.time.total, flops / 312e12, 0.01);
    assert_rel(out.tokens_per_s_per_chip, tokens / out.time.total, 1e-12);
}

static void test_parts_add_up(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, moe(26, 3072, 24, 48), 96, 384, 4096);
    s.plan.tp = 2;
    s.plan.sp = true;
    s.plan.pp = 4;
    s.plan.vpp = 2;
    s.plan.dp = 12;
    s.plan.ep = 8;
    s.plan.again = TB_AGAIN_NORM | TB_AGAIN_MOE_ACT;
    struct tb_step_out out = run(&s);
    assert_rel(sum_of(&out.time), out.time.total, 1e-12);
    const struct tb_step_memory *m = &out.memory;
    assert_rel(m->weights + m->gradients + m->optimizer + m->residual + m->attention + m->ffn +
                   m->experts + m->logits + m->buffers + m->reserve,
               m->total, 1e-12);
    assert_rel(m->total - m->reserve, m->allocated, 1e-12);
}

static void test_bubble_of_1f1b(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model model = gpt(24, 4096, 32, 1000);
    model.no_head = true;
    set_up(&s, model, 8, 44, 2048);
    s.plan.pp = 8;
    s.plan.dp = 1;
    s.perf.host_layer = 0.0;
    struct tb_step_out out = run(&s);
    /* All stages alike: p - 1 = 7 stage times idle, of 44 + 7. */
    assert_rel(out.time.bubble, 7.0 * (out.forward + out.backward), 1e-9);
    s.plan.vpp = 3;
    struct tb_step_out chunks = run(&s);
    assert_rel(chunks.time.bubble, out.time.bubble / 3.0, 1e-9);
}

static void test_bubble_of_zero_bubble_and_dualpipe(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model model = gpt(32, 4096, 32, 1000);
    model.no_head = true;
    set_up(&s, model, 16, 64, 2048);
    s.plan.pp = 16;
    s.plan.dp = 1;
    s.perf.host_layer = 0.0;
    struct tb_step_out plain = run(&s);
    s.plan.schedule = TB_SCHED_ZB_H1;
    struct tb_step_out zero = run(&s);
    /* (p - 1)(F + B - 2W) */
    double w = (plain.time.bubble - zero.time.bubble) / 30.0;
    assert_in(w / plain.backward, 0.3, 0.5);
    s.plan.schedule = TB_SCHED_DUALPIPE;
    struct tb_step_out dual = run(&s);
    /* (p/2 - 1)(F + 2B - 3W) */
    assert_rel(dual.time.bubble, 7.0 * (plain.forward + 2.0 * plain.backward - 3.0 * w), 1e-6);
}

static void test_chunks_of_uneven_layers(void **state)
{
    (void)state;
    /* 126 layers on 16 stages: 128 with embedding and head, 8 each. */
    for (double i = 0; i < 16; i++)
        assert_exact(tb_chunk_layers(126, 16, i, 1.2), i == 0 || i == 15 ? 7.0 : 8.0);
    /* 61 layers and a head of 4.1 layers on 16: (61 + 4.1) / 16 = 4.07, so the last keeps none;
     * 61 over 15: 4 each and one of 5 before it. */
    assert_exact(tb_chunk_layers(61, 16, 15, 4.1), 0.0);
    assert_exact(tb_chunk_layers(61, 16, 14, 4.1), 5.0);
    assert_exact(tb_chunk_layers(61, 16, 0, 4.1), 4.0);
    /* An even cut stays even, whatever the head. */
    assert_exact(tb_chunk_layers(80, 20, 19, 3.0), 4.0);
    for (double chunks = 1; chunks <= 61; chunks++) {
        double sum = 0.0;
        for (double i = 0; i < chunks; i++)
            sum += tb_chunk_layers(61, chunks, i, 2.6);
        assert_exact(sum, 61.0);
    }
}

static void test_time_falls_with_bandwidth(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, moe(32, 4096, 32, 64), 64, 256, 4096);
    s.plan.tp = 2;
    s.plan.sp = true;
    s.plan.cp = 2;
    s.plan.pp = 2;
    s.plan.dp = 8;
    s.plan.ep = 16;
    double *bandwidths[] = {&s.chip.memory_bandwidth, &s.chip.link_bandwidth, &s.chip.nic_bandwidth,
                            &s.chip.peak[TB_BF16]};
    double before = run(&s).time.total;
    for (size_t i = 0; i < sizeof bandwidths / sizeof bandwidths[0]; i++) {
        *bandwidths[i] *= 1.7;
        double after = run(&s).time.total;
        assert_true(after < before);
        before = after;
    }
}

/* Seconds of exposed dispatch of a step on 64 chips in domains of 8. */
static double dispatch(double ep, double pp, double inside, double outside)
{
    struct setup s;
    set_up(&s, moe(32, 4096, 32, 64), 64, 256, 4096);
    s.plan.pp = pp;
    s.plan.vpp = pp > 1.0 ? 2.0 : 1.0;
    s.plan.dp = 64.0 / pp;
    s.plan.ep = ep;
    s.perf.ep_exposed = inside;
    s.perf.ep_out_exposed = outside;
    return run(&s).time.ep;
}

static void test_dispatch_that_leaves_the_domain_has_its_own_share(void **state)
{
    (void)state;
    assert_rel(dispatch(8, 1, 0.46, 0.9), 2.0 * dispatch(8, 1, 0.23, 0.3), 1e-12);
    assert_rel(dispatch(16, 1, 0.46, 0.9), 3.0 * dispatch(16, 1, 0.23, 0.3), 1e-12);
    /* Pipelines leave at most 0.3 of what leaves, and inside change nothing. */
    assert_rel(dispatch(16, 2, 0.46, 0.9), 1.5 * dispatch(16, 2, 0.46, 0.2), 1e-12);
    assert_rel(dispatch(8, 2, 0.46, 0.9), 2.0 * dispatch(8, 2, 0.23, 0.9), 1e-12);
}

static void test_biased_experts_pass_more_often(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, moe(1, 1024, 8, 8), 1, 2, 2048);
    s.perf.traffic = 1.3;
    double before = run(&s).time.memory;
    s.model.kind[0].ffn.expert_bias = true;
    double after = run(&s).time.memory;
    /* Rows: 2 sequences x 2048 x top-4 = 16384; first product 2 x 512 columns, activation 512,
     * output 1024: 16384 x (8 x 1024 + 10 x 512 + 4 x 1024) = 285 212 672 B forward, twice that
     * backward, times 1.3, over 0.75 x 2.039 TB/s. */
    assert_rel(after - before, 3.0 * 1.3 * 285212672.0 / (0.75 * 2.039e12), 1e-6);
}

static void test_twice_the_chips_are_as_fast_without_communication(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(24, 3072, 24, 51200), 16, 64, 2048);
    s.chip.link_bandwidth = s.chip.nic_bandwidth = 1e30;
    s.perf.up_latency = s.perf.out_latency = 0.0;
    s.perf.scale_loss = 0.0;
    double before = run(&s).tokens_per_s_per_chip;
    s.plan.dp = 32;
    s.in.chips = 32;
    s.in.global_batch = 128;
    assert_true(run(&s).tokens_per_s_per_chip >= before * (1.0 - 1e-9));
    /* With a network they are slower, or as fast. */
    s.chip.nic_bandwidth = 25e9;
    assert_true(run(&s).tokens_per_s_per_chip < before);
}

static void test_recompute_costs_a_forward(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(24, 3072, 24, 51200), 8, 64, 2048);
    struct tb_step_out none = run(&s);
    s.plan.again = TB_AGAIN_FULL;
    struct tb_step_out full = run(&s);
    assert_exact(none.time.recompute, 0.0);
    assert_in(full.time.total / none.time.total, 1.2, 4.0 / 3.0 + 0.01);
    s.plan.full_share = 0.25;
    assert_rel(run(&s).time.recompute, 0.25 * full.time.recompute, 1e-9);
}

static void test_free_routing_is_slower(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, moe(32, 4096, 32, 64), 32, 256, 4096);
    s.plan.ep = 8;
    double even = run(&s).time.total;
    s.plan.free_routing = true;
    assert_true(run(&s).time.total > even);
}

/* A router that chooses among groups of experts first limits the nodes that a token goes to; what
 * the plan says goes before it. */
static void test_router_limits_the_nodes_of_a_token(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, moe(32, 4096, 32, 64), 64, 256, 4096);
    s.model.kind[0].ffn.top_k = 8;
    s.plan.ep = 64; /* 8 nodes of 8 */
    double any = run(&s).time.ep;
    s.model.kind[0].ffn.route_groups = 8;
    s.model.kind[0].ffn.route_limit = 3;
    double routed = run(&s).time.ep;
    assert_true(routed < any);
    s.plan.node_limit = 3;
    assert_exact(run(&s).time.ep, routed);
    s.plan.node_limit = 0;
    assert_exact(run(&s).time.ep, any);
    /* Four groups on eight nodes: two nodes a group. */
    s.plan.node_limit = 2;
    double two = run(&s).time.ep;
    s.plan.node_limit = -1;
    s.model.kind[0].ffn.route_groups = 4;
    s.model.kind[0].ffn.route_limit = 1;
    assert_exact(run(&s).time.ep, two);
    /* Sixteen groups, two a node: six groups are at most six nodes, more than are touched. */
    s.model.kind[0].ffn.route_groups = 16;
    s.model.kind[0].ffn.route_limit = 6;
    assert_exact(run(&s).time.ep, any);
}

static void test_unknown_numbers_have_no_answer(void **state)
{
    (void)state;
    struct setup s;
    struct tb_step_out out;
    set_up(&s, gpt(24, 3072, 24, 51200), 8, 64, 2048);
    s.plan.mode = TB_GEMM_FP8;
    assert_int_equal(tb_step_evaluate(&s.in, &out), TB_E_ANSWER);
    s.plan.mode = TB_GEMM_16;
    s.chip.memory_bandwidth = (double)NAN;
    assert_int_equal(tb_step_evaluate(&s.in, &out), TB_E_ANSWER);
    set_up(&s, gpt(24, 3072, 24, 51200), 8, 64, 2048);
    s.plan.pp = 1000;
    assert_int_equal(tb_step_evaluate(&s.in, &out), TB_E_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_on_an_ideal_machine_is_flops_over_peak),
        cmocka_unit_test(test_parts_add_up),
        cmocka_unit_test(test_bubble_of_1f1b),
        cmocka_unit_test(test_bubble_of_zero_bubble_and_dualpipe),
        cmocka_unit_test(test_chunks_of_uneven_layers),
        cmocka_unit_test(test_time_falls_with_bandwidth),
        cmocka_unit_test(test_dispatch_that_leaves_the_domain_has_its_own_share),
        cmocka_unit_test(test_biased_experts_pass_more_often),
        cmocka_unit_test(test_twice_the_chips_are_as_fast_without_communication),
        cmocka_unit_test(test_recompute_costs_a_forward),
        cmocka_unit_test(test_free_routing_is_slower),
        cmocka_unit_test(test_router_limits_the_nodes_of_a_token),
        cmocka_unit_test(test_unknown_numbers_have_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
