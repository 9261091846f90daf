/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each term of a step (docs/model.md 9.4 to 9.7) against its closed form on a machine of 300 GB/s
 * in a node of eight and 25 GB/s between nodes, without latencies. F and B are the forward and
 * backward seconds of a microbatch on a stage, P its parameters. */
#include "shapes.h"

#define UP 300e9
#define OUT 25e9

/* Sets up `chips` chips that deliver what the data sheet says, and hosts that cost nothing. */
static void plain(struct setup *s, struct tb_model model, double chips, double batch)
{
    set_up(s, model, chips, batch, 2048);
    struct tb_perf *p = &s->perf;
    p->up_share = p->out_share = p->out_dispatch = 1.0;
    p->up_latency = p->out_latency = 0.0;
    p->host_layer = p->host_step = p->scale_loss = 0.0;
    p->memory = 0.8;
    p->optimizer = 1.7;
    p->tp_exposed = 0.6;
    p->cp_exposed = 0.35;
    p->ep_exposed = 0.45;
    p->pp_exposed = 0.55;
    p->dp_exposed = 0.25;
    p->fsdp_exposed = 0.2;
}

static struct tb_model headless(double layers, double hidden, double heads)
{
    struct tb_model m = gpt(layers, hidden, heads, 1000);
    m.no_head = true;
    return m;
}

/* A gather of S bytes over 16 ranks, 8 a node: 7/8 of it inside, 1/16 between. */
static double gather16(double bytes)
{
    return bytes * (7.0 / 8.0 / UP + 1.0 / 16.0 / OUT);
}

static void test_gradients_hide_behind_the_last_backward(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 16, 64);
    struct tb_step_out out = run(&s);
    double params = out.memory.weights / 2.0;
    double reduce = gather16(4.0 * params);
    double back = gather16(2.0 * params);
    assert_true(reduce < out.backward && back < out.forward);
    assert_rel(out.time.dp, 0.25 * (reduce + back), 1e-12);
    /* Without sharding the reduced gradients come back in four bytes. */
    s.plan.zero = 0;
    assert_rel(run(&s).time.dp, 0.25 * 2.0 * reduce, 1e-12);
    /* A thousandth of the network: all but three quarters of what it could hide behind. */
    s.chip.link_bandwidth = UP / 1e3;
    s.chip.nic_bandwidth = OUT / 1e3;
    s.plan.zero = 1;
    out = run(&s);
    assert_rel(out.time.dp, 1e3 * (reduce + back) - 0.75 * (out.backward + out.forward), 1e-12);
}

static void test_sharded_weights_are_gathered_for_each_microbatch(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 16, 64);
    double params = run(&s).memory.weights / 2.0;
    s.plan.zero = 3;
    struct tb_step_out out = run(&s);
    double in = gather16(2.0 * params);
    double scatter = gather16(4.0 * params);
    assert_exact(out.micro_batches, 4.0);
    assert_true(in < out.forward && in + scatter < out.backward);
    assert_rel(out.time.dp, 4.0 * 0.2 * (in + in + scatter), 1e-12);
}

static void test_a_smaller_shard_group_stays_in_its_node(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 16, 64);
    double params = run(&s).memory.weights / 2.0;
    s.plan.zero = 3;
    s.plan.shard = 8;
    struct tb_step_out out = run(&s);
    double in = 2.0 * params * 7.0 / 8.0 / UP;
    double scatter = 2.0 * in;
    /* Two groups reduce an eighth of the gradients: twice half of 4 P / 8 over the NIC. */
    double across = 2.0 * 0.5 * 4.0 * params / 8.0 / OUT;
    assert_rel(out.time.dp, 4.0 * 0.2 * (2.0 * in + scatter) + 0.25 * across, 1e-12);
    assert_rel(out.memory.weights, 2.0 * params / 8.0, 1e-12);
}

static void test_experts_reduce_over_their_own_replicas(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model m = moe(4, 1024, 8, 16);
    m.no_head = true;
    plain(&s, m, 16, 64);
    s.plan.ep = 8;
    struct tb_step_out out = run(&s);
    /* P = dense + expert; the optimizer holds 12 (dense / 16 + expert / 2). */
    double both = out.memory.weights / 2.0;
    double expert = (out.memory.optimizer / 12.0 - both / 16.0) / (0.5 - 1.0 / 16.0);
    double dense = both - expert;
    /* Two expert replicas, eight ranks apart: half of it between nodes. */
    double once = gather16(1.0) * dense + expert * 0.5 / OUT;
    assert_rel(out.time.dp, 0.25 * (4.0 + 2.0) * once, 1e-9);
}

static void test_optimizer_streams_its_state(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 16, 64);
    double bandwidth = 0.8 * 2.039e12;
    struct tb_step_out out = run(&s);
    double params = out.memory.weights / 2.0;
    /* 30 bytes a parameter of a sixteenth, and the norm of all gradients. */
    double sharded = (1.7 * 30.0 * params / 16.0 + 4.0 * params) / bandwidth;
    assert_rel(out.time.optimizer, sharded, 1e-12);
    s.plan.zero = 0;
    assert_rel(run(&s).time.optimizer, (1.7 * 30.0 + 4.0) * params / bandwidth, 1e-12);
    s.plan.zero = 1;
    s.plan.offload = true;
    out = run(&s);
    assert_rel(out.time.optimizer, sharded + 0.5 * 30.0 * params / 16.0 / 20e9, 1e-12);
    assert_exact(out.memory.optimizer, 0.0);
}

static void test_stages_send_what_leaves_them(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 16, 24);
    s.plan.tp = 2;
    s.plan.sp = true;
    s.plan.pp = 4;
    s.plan.dp = 2;
    /* 12 microbatches; neighbours stand 2 x 2 ranks apart, in one node. */
    double one = 2.0 * 2048.0 * 2048.0 / 2.0 / UP;
    assert_rel(run(&s).time.pp, 0.55 * 2.0 * 12.0 * one, 1e-12);
    s.plan.vpp = 3;
    assert_rel(run(&s).time.pp, 3.0 * 0.55 * 2.0 * 12.0 * one, 1e-12);
    /* Sixteen replicas put a node between them. */
    s.plan.vpp = 1;
    s.plan.dp = 4;
    s.in.chips = 32;
    s.in.global_batch = 48;
    assert_rel(run(&s).time.pp, 0.55 * 2.0 * 12.0 * one * UP / OUT, 1e-12);
}

static void test_tensor_ranks_gather_and_scatter(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 4, 6);
    s.plan.tp = 4;
    s.plan.dp = 1;
    /* Two gathers and two scatters of 2 T h each way: 3/4 of it over the links. */
    double one = 2.0 * 2048.0 * 2048.0 * 0.75 / UP;
    assert_rel(run(&s).time.tp, 0.6 * 6.0 * 12.0 * (4.0 + 4.0) * one, 1e-12);
    s.plan.sp = true; /* inputs are gathered once more for weight gradients */
    assert_rel(run(&s).time.tp, 0.6 * 6.0 * 12.0 * (4.0 + 6.0) * one, 1e-12);
    s.plan.async_tp = true;
    assert_rel(run(&s).time.tp, 0.6 * 0.6 * 6.0 * 12.0 * 10.0 * one, 1e-12);
}

static void test_context_ranks_gather_keys_and_values(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 4, 6);
    s.plan.cp = 4;
    s.plan.dp = 1;
    /* Keys and values of the whole sequence, 2 x 2048 wide; forward, and twice that backward. */
    double one = 2.0 * 2048.0 * 2.0 * 2048.0 * 0.75 / UP;
    struct tb_step_out out = run(&s);
    assert_true(0.65 * one < out.time.attention / (6.0 * 12.0) / 3.6);
    assert_rel(out.time.cp, 0.35 * 6.0 * 12.0 * 3.0 * one, 1e-12);
}

static void test_expert_ranks_dispatch_and_return(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model m = moe(4, 1024, 8, 16);
    m.no_head = true;
    plain(&s, m, 8, 8);
    s.plan.ep = 8;
    /* Four copies of each token; 7/8 of them leave, at 0.85 of the links. There and back forward,
     * both again backward. */
    double one = 2.0 * 2048.0 * 1024.0 * 4.0 * 7.0 / 8.0 / (0.85 * UP);
    assert_rel(run(&s).time.ep, 0.45 * 4.0 * 4.0 * one, 1e-12);
    s.plan.dispatch_bytes = 1.0; /* there in eight bits, the other three in sixteen */
    assert_rel(run(&s).time.ep, 0.45 * 4.0 * 3.5 * one, 1e-12);
}

/* Idle of 16 equal stages in units of (F, B, W): W is what zero bubble saves twice of. */
static void test_bubbles_of_all_schedules(void **state)
{
    (void)state;
    static const struct {
        enum tb_schedule schedule;
        double f, b, w; /* stages x weights of F, B, W */
    } rows[] = {
        {TB_SCHED_1F1B, 15, 15, 0},
        {TB_SCHED_GPIPE, 15, 15, 0},
        {TB_SCHED_ZB_H1, 15, 15, -30},
        {TB_SCHED_ZB_H2, 15 * 0.1667, 15 * 0.1667, 0},
        {TB_SCHED_ZB_V, 15 * 0.1667, 15 * 0.1667, 0},
        {TB_SCHED_V_HALF, 15 * 0.55, 15 * 0.55, 0},
        {TB_SCHED_V_MIN, 15 * 1.5, 15 * 1.5, 0},
        {TB_SCHED_DUALPIPE, 7, 14, -21},
        {TB_SCHED_DUALPIPE_V, 7, 14, -21},
    };
    struct setup s;
    plain(&s, headless(32, 4096, 32), 16, 64);
    s.plan.pp = 16;
    s.plan.dp = 1;
    struct tb_step_out out = run(&s);
    s.plan.schedule = TB_SCHED_ZB_H1;
    double weight = (15.0 * (out.forward + out.backward) - run(&s).time.bubble) / 30.0;
    assert_int_equal(sizeof rows / sizeof rows[0], TB_SCHEDULE_COUNT);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s.plan.schedule = rows[i].schedule;
        double idle = rows[i].f * out.forward + rows[i].b * out.backward + rows[i].w * weight;
        assert_rel(run(&s).time.bubble, idle, 1e-9);
    }
}

static void test_host_and_device_share_the_clock(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 1, 3);
    struct tb_step_out quiet = run(&s);
    s.perf.host_layer = 500e-6;
    /* 12 layers of 0.5 ms forward, both ends half a layer; 1.6 times that backward, as the root of
     * squares: 6.25 and 10 ms. */
    double forward = sqrt(quiet.forward * quiet.forward + 39.0625e-6) - quiet.forward;
    double launch = 10e-3;
    double backward = sqrt(quiet.backward * quiet.backward + launch * launch) - quiet.backward;
    assert_rel(run(&s).time.host, 3.0 * (forward + backward), 1e-9);
    s.plan.graphs = true; /* a fifth of the launches */
    assert_true(run(&s).time.host < 3.0 * (forward + backward) / 5.0);
}

static void test_many_chips_lose_a_share_a_doubling(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 64, 64);
    double before = run(&s).time.total;
    s.perf.scale_loss = 0.013;
    s.perf.host_step = 0.25;
    struct tb_step_out out = run(&s);
    /* 64 chips are three doublings of eight. */
    assert_rel(out.time.total, (before + 0.25) * 1.039, 1e-12);
    assert_exact(out.time.fixed, 0.25);
}

static void test_groups_of_recomputation(void **state)
{
    (void)state;
    struct setup s;
    plain(&s, headless(12, 2048, 16), 1, 3);
    s.plan.unfused_attention = true;
    struct tb_step_out none = run(&s);
    s.plan.again = TB_AGAIN_FULL;
    struct tb_step_out full = run(&s);
    s.plan.again = TB_AGAIN_CORE;
    struct tb_step_out core = run(&s);
    s.plan.again = TB_AGAIN_NORM;
    struct tb_step_out norm = run(&s);
    s.plan.again = TB_AGAIN_NORM | TB_AGAIN_ACT;
    /* Everything forward but nothing backward: the core is part of it. */
    assert_rel(full.time.recompute, 3.0 * none.forward, 1e-9);
    assert_true(core.time.recompute > 0.0 && core.time.recompute < full.time.recompute);
    assert_true(norm.time.recompute > 0.0 && norm.time.recompute < core.time.recompute);
    /* One pass over elements serves norms and activations; what they drop adds up. */
    struct tb_step_out both = run(&s);
    assert_exact(both.time.recompute, norm.time.recompute);
    double tokens = 12.0 * 2048.0;
    assert_rel(none.memory.residual - norm.memory.residual, tokens * 4.0 * 2048.0, 1e-12);
    assert_rel(none.memory.ffn - both.memory.ffn, tokens * 2.0 * 4.0 * 2048.0, 1e-12);
    assert_rel(none.memory.attention - core.memory.attention, tokens * 5.0 * 16.0 * 2048.0, 1e-12);
}

/* 61 layers, an untied head of `r` layers forward and one module on 16 stages: the last keeps what
 * makes its head no slower than four layers; 61 = 15 x 4 + 1. */
static void test_slowest_of_uneven_stages(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model model = gpt(1, 4096, 32, 60000);
    model.tied_embeddings = false;
    plain(&s, model, 1, 1);
    double with = run(&s).forward;
    s.model.no_head = true;
    double layer = run(&s).forward;
    double head = with - layer;
    assert_in(head / layer, 1.2, 1.7); /* so head and module are 3.4 to 4.4 layers */
    s.model.no_head = false;
    s.model.n_layers = 61;
    s.model.n_mtp = 1.0;
    s.model.mtp = s.model.kind[0];
    s.in.train_mtp = true;
    s.in.chips = s.plan.pp = 16;
    s.in.global_batch = 64;
    struct tb_step_out out = run(&s);
    assert_exact(out.slowest_stage, 14.0);
    assert_exact(out.layers_most, 5.0);
    assert_rel(out.forward, 5.0 * layer, 1e-9);
    /* A longer vocabulary makes the head the slowest: two heads and the module's layer. */
    s.model.vocab = 500000;
    double doubled = 2.0 * head * 500000.0 / 60000.0;
    out = run(&s);
    assert_exact(out.slowest_stage, 15.0);
    assert_rel(out.forward, layer + doubled, 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_hide_behind_the_last_backward),
        cmocka_unit_test(test_sharded_weights_are_gathered_for_each_microbatch),
        cmocka_unit_test(test_a_smaller_shard_group_stays_in_its_node),
        cmocka_unit_test(test_experts_reduce_over_their_own_replicas),
        cmocka_unit_test(test_optimizer_streams_its_state),
        cmocka_unit_test(test_stages_send_what_leaves_them),
        cmocka_unit_test(test_tensor_ranks_gather_and_scatter),
        cmocka_unit_test(test_context_ranks_gather_keys_and_values),
        cmocka_unit_test(test_expert_ranks_dispatch_and_return),
        cmocka_unit_test(test_bubbles_of_all_schedules),
        cmocka_unit_test(test_host_and_device_share_the_clock),
        cmocka_unit_test(test_many_chips_lose_a_share_a_doubling),
        cmocka_unit_test(test_groups_of_recomputation),
        cmocka_unit_test(test_slowest_of_uneven_stages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
