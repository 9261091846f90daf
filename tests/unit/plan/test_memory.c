/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/params.h"
#include "shapes.h"

/* Activation bytes of one layer against the published closed forms (Korthikanti et al. 2022):
 * s b h (10 + 24/t + 5 a s/(h t)), with sequence parallelism all of 34 over t. */
struct published {
    double hidden, heads, seq_len, batch, tp;
};

static const struct published shapes[] = {
    {6144, 64, 2048, 4, 8},
    {12288, 96, 2048, 1, 8},
    {20480, 128, 2048, 1, 8},
    {25600, 160, 2048, 1, 8},
};

static double layer_total(const struct published *p, bool sp, unsigned again)
{
    struct setup s;
    struct tb_device device = {.bytes_low = 2.0};
    struct tb_layer_bytes bytes;
    set_up(&s, gpt(8, p->hidden, p->heads, 51200), 8, p->batch, p->seq_len);
    s.plan.tp = p->tp;
    s.plan.dp = 1;
    s.plan.sp = sp;
    s.plan.micro_batch = p->batch;
    s.plan.again = again;
    s.plan.unfused_attention = true;
    struct tb_layer_setting setting = {.model = &s.model,
                                       .plan = &s.plan,
                                       .perf = &s.perf,
                                       .device = &device,
                                       .lengths = s.in.lengths,
                                       .tokens = p->batch * p->seq_len,
                                       .spread = sp ? p->tp : 1.0,
                                       .load = 1.0,
                                       .held = 1.0};
    tb_layer_bytes(&setting, &s.model.kind[0], &bytes);
    return bytes.total;
}

static void test_activations_follow_the_published_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct published *p = &shapes[i];
        double sbh = p->seq_len * p->batch * p->hidden;
        double scores = 5.0 * p->heads * p->seq_len / p->hidden;
        assert_rel(layer_total(p, false, 0), sbh * (10.0 + (24.0 + scores) / p->tp), 1e-12);
        assert_rel(layer_total(p, true, 0), sbh * (34.0 + scores) / p->tp, 1e-12);
        assert_rel(layer_total(p, true, TB_AGAIN_CORE), sbh * 34.0 / p->tp, 1e-12);
        assert_rel(layer_total(p, false, TB_AGAIN_FULL), 2.0 * sbh, 1e-12);
    }
}

static void test_state_of_a_small_model(void **state)
{
    (void)state;
    struct setup s;
    /* Layer of h = 2048: 12 h^2 + 4 h for two norms without bias... counted by the model part. */
    set_up(&s, gpt(16, 2048, 16, 32000), 16, 32, 1024);
    struct tb_layer_params layer;
    tb_layer_params_count(&s.model, &s.model.kind[0], &layer);
    double params = 16.0 * layer.total + 32000.0 * 2048.0;
    s.plan.zero = 1;
    struct tb_step_out out = run(&s);
    assert_rel(out.memory.weights, 2.0 * params, 1e-12);
    assert_rel(out.memory.gradients, 4.0 * params, 1e-12);
    assert_rel(out.memory.optimizer, 12.0 * params / 16.0, 1e-12);
    s.plan.zero = 3;
    out = run(&s);
    assert_rel(out.memory.weights, 2.0 * params / 16.0, 1e-12);
    /* The fp32 copy of fp16 gradients goes with the optimizer: 2 + 2 + (4 + 4 + 8) / d. */
    s.plan.zero = 1;
    s.plan.recipe = TB_RECIPE_ADAMW_FP16;
    out = run(&s);
    assert_rel(out.memory.gradients, 2.0 * params, 1e-12);
    assert_rel(out.memory.optimizer, 16.0 * params / 16.0, 1e-12);
}

/* Under an adapter of 3 % the base stays in 4 bits with scales, 0.55 bytes a weight; gradients (4)
 * and optimizer (12, over 16 replicas) are those of the adapter. 3.3 GB that read stand on 16
 * ranks.
 */
static void test_state_of_an_adapter(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(16, 2048, 16, 32000), 16, 32, 1024);
    s.plan.zero = 1;
    const struct tb_step_memory full = run(&s).memory;
    s.plan.adapter = 0.03;
    s.plan.frozen_bytes = 0.55;
    s.plan.readers = 3.3e9;
    const struct tb_step_memory m = run(&s).memory;
    assert_rel(m.weights, full.weights / 2.0 * (0.55 + 0.03 * 2.0) + 3.3e9 / 16.0, 1e-12);
    assert_rel(m.gradients, 0.03 * full.gradients, 1e-12);
    assert_rel(m.optimizer, 0.03 * full.optimizer, 1e-12);
    assert_rel(m.ffn, full.ffn, 1e-12);
}

static void test_expert_state_is_sharded_over_its_own_group(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, moe(8, 1024, 8, 32), 64, 128, 1024);
    s.plan.ep = 16;
    struct tb_layer_params layer;
    tb_layer_params_count(&s.model, &s.model.kind[0], &layer);
    double dense = 8.0 * (layer.total - layer.routed) + 50000.0 * 1024.0;
    double expert = 8.0 * layer.routed / 16.0;
    struct tb_step_out out = run(&s);
    /* 64 ranks hold the dense optimizer, 64 / 16 = 4 that of each expert shard. */
    assert_rel(out.memory.weights, 2.0 * (dense + expert), 1e-12);
    assert_rel(out.memory.optimizer, 12.0 * (dense / 64.0 + expert / 4.0), 1e-12);
}

static void test_sharding_more_never_needs_more(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(32, 4096, 32, 51200), 32, 128, 2048);
    double before = HUGE_VAL;
    for (int zero = 0; zero <= 2; zero++) {
        s.plan.zero = zero;
        double total = run(&s).memory.total;
        assert_true(total < before);
        before = total;
    }
    s.plan.zero = 1;
    double one = run(&s).memory.total;
    s.plan.zero = 3;
    assert_true(run(&s).memory.total <= one);
}

static void test_memory_grows_with_the_microbatch(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(32, 4096, 32, 51200), 8, 512, 2048);
    double before = 0.0;
    for (double b = 1; b <= 16; b *= 2) {
        s.plan.micro_batch = b;
        double total = run(&s).memory.total;
        assert_true(total > before);
        before = total;
    }
}

static void test_first_stage_holds_most_microbatches(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model model = gpt(32, 4096, 32, 1000);
    model.no_head = true;
    set_up(&s, model, 8, 64, 2048);
    s.plan.pp = 8;
    s.plan.dp = 1;
    struct tb_step_out out = run(&s);
    assert_exact(out.memory.stage, 0.0);
    double eight = out.memory.ffn;
    s.in.global_batch = 3; /* never more microbatches alive than there are */
    assert_rel(run(&s).memory.ffn, eight * 3.0 / 8.0, 1e-12);
    /* DualPipe: p + 1 microbatches and a second copy of the weights. */
    s.in.global_batch = 64;
    s.plan.schedule = TB_SCHED_DUALPIPE;
    struct tb_step_out dual = run(&s);
    assert_rel(dual.memory.ffn, eight * 9.0 / 8.0, 1e-12);
}

/* 26 layers on 8 stages: 3 3 3 3 3 4 4 3. Device 2 holds stages 2 and 5 and keeps 8 - 2 = 6
 * microbatches of the one, 3 of the other: 6 x 3 + 3 x 4 = 30 layers; device 1: 7 x 3 + 2 x 4 = 29.
 */
static void test_opposite_pipelines_share_devices(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model model = gpt(26, 4096, 32, 1000);
    model.no_head = true;
    set_up(&s, model, 1, 1, 2048);
    double layer = run(&s).memory.ffn / 26.0;
    double weights = run(&s).memory.weights - 2.0 * 1000.0 * 4096.0;
    s.in.chips = 8;
    s.in.global_batch = 64;
    s.plan.pp = 8;
    s.plan.schedule = TB_SCHED_DUALPIPE;
    struct tb_step_out out = run(&s);
    assert_exact(out.memory.stage, 2.0);
    assert_rel(out.memory.ffn, 30.0 * layer, 1e-12);
    assert_rel(out.memory.weights, weights * 7.0 / 26.0, 1e-9);
    /* Six microbatches are three a direction: 3 x 3 + 3 x 4. */
    s.in.global_batch = 6;
    assert_rel(run(&s).memory.ffn, 21.0 * layer, 1e-12);
}

/* 126 layers on 16 stages are 7, 8, ..., 8, 7: the first keeps 16 x 7 = 112, the second 15 x 8 =
 * 120 layers of microbatches. A long vocabulary makes the first the fullest all the same. */
static void test_fullest_of_uneven_stages(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(1, 4096, 32, 1000), 1, 1, 2048);
    double layer = run(&s).memory.ffn;
    s.model.n_layers = 126;
    s.in.chips = s.plan.pp = 16;
    s.in.global_batch = 64;
    struct tb_step_out out = run(&s);
    assert_exact(out.memory.stage, 1.0);
    assert_rel(out.memory.ffn, 120.0 * layer, 1e-12);
    s.model.vocab = 400000;
    s.model.no_head = true;
    out = run(&s);
    assert_exact(out.memory.stage, 0.0);
    assert_rel(out.memory.ffn, 112.0 * layer, 1e-12);
    /* Interleaved four times, 64 chunks of two layers, of one at the ends: more than 16 are kept
     * unless there are no more: (2 x 14 + 3 x 16 + 1) / 4 = 19.25 of the second stage. */
    s.model.vocab = 1000;
    s.plan.vpp = 4;
    assert_rel(run(&s).memory.ffn, 19.25 * 8.0 * layer, 1e-12);
    s.in.global_batch = 16;
    assert_rel(run(&s).memory.ffn, 16.0 * 8.0 * layer, 1e-12);
}

/* A layer of DeepSeek-V3 in tiles of FP8 (1.03 bytes an element, scales included), with norms,
 * latent expansion and SwiGLU computed again and their inputs kept in 8 bits, bytes a token:
 *   norm inputs        4 x 7168                                        28,672
 *   attention          2 (1536 + 512 + 64) + 1.5 x 128 x 128 + 4 x 128 29,312
 *   experts            8 x 1.03 x (2 x 2048 + 7168) + 8 x 256          94,863.36
 *   shared expert      1.03 x 2 x 2048                                  4,218.88 */
static void test_activations_of_low_precision_experts(void **state)
{
    (void)state;
    struct setup s;
    struct tb_layer_bytes bytes;
    struct tb_device device = {.bytes_low = 1.03};
    set_up(&s, moe(4, 7168, 128, 256), 64, 64, 4096);
    struct tb_layer *layer = &s.model.kind[0];
    layer->attn = (struct tb_attn){.kind = TB_ATTN_MLA,
                                   .n_heads = 128,
                                   .n_kv_heads = 128,
                                   .head_dim = 192,
                                   .v_head_dim = 128,
                                   .q_rank = 1536,
                                   .kv_rank = 512,
                                   .rope_dim = 64};
    layer->ffn.top_k = 8;
    layer->ffn.d_expert = layer->ffn.d_shared = 2048;
    s.plan.ep = 64;
    s.plan.keep_low = true;
    s.plan.again = TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP;
    struct tb_layer_setting setting = {.model = &s.model,
                                       .plan = &s.plan,
                                       .perf = &s.perf,
                                       .device = &device,
                                       .lengths = s.in.lengths,
                                       .tokens = 4096.0,
                                       .spread = 1.0,
                                       .load = 1.0,
                                       .held = 1.0};
    tb_layer_bytes(&setting, layer, &bytes);
    assert_rel(bytes.residual, 4096.0 * 28672.0, 1e-12);
    assert_rel(bytes.attention, 4096.0 * 29312.0, 1e-12);
    assert_rel(bytes.experts, 4096.0 * 94863.36, 1e-12);
    assert_rel(bytes.ffn, 4096.0 * 4218.88, 1e-12);
    /* In 16 bits: SwiGLU inputs 8 x 4 x 2048 + 8 x 1.03 x 7168, attention output 2 x 16384. */
    s.plan.keep_low = false;
    tb_layer_bytes(&setting, layer, &bytes);
    assert_rel(bytes.experts, 4096.0 * (8.0 * (8192.0 + 7383.04) + 2048.0), 1e-12);
    assert_rel(bytes.attention, 4096.0 * (29312.0 + 8192.0), 1e-12);
    assert_rel(bytes.total, bytes.residual + bytes.attention + bytes.ffn + bytes.experts, 1e-12);
}

/* 1.3 times the mean for one layer; of 24 layers x 1 microbatch kept together 1 + 0.3 / sqrt(24).
 */
static void test_uneven_experts_average_over_what_is_kept(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, moe(24, 2048, 16, 32), 8, 64, 2048);
    s.plan.ep = 8;
    double router = 24.0 * 2048.0 * 8.0 * 32.0;
    double even = run(&s).memory.experts - router;
    s.plan.free_routing = true;
    s.perf.imbalance = 1.3;
    assert_rel(run(&s).memory.experts - router, even * (1.0 + 0.3 / sqrt(24.0)), 1e-12);
}

static void test_capacity_is_what_the_driver_shows(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, gpt(8, 1024, 8, 32000), 1, 1, 1024);
    assert_exact(run(&s).memory.capacity, 80e9);
    s.chip.memory_visible = 85520809984.0; /* 81,559 MiB */
    assert_exact(run(&s).memory.capacity, 85520809984.0);
    s.chip.memory_visible = (double)NAN;
    assert_exact(run(&s).memory.capacity, 80e9);
}

/* The module: its own logits, the 2 d x d projection, and a copy of the embedding where the first
 * stage is on another device. */
static void test_prediction_module_adds_its_own(void **state)
{
    (void)state;
    struct setup s;
    struct tb_model model = gpt(8, 2048, 16, 32000);
    model.tied_embeddings = false;
    set_up(&s, model, 1, 4, 1024);
    struct tb_layer_params layer;
    tb_layer_params_count(&s.model, &s.model.kind[0], &layer);
    struct tb_step_out without = run(&s);
    s.model.n_mtp = 1.0;
    s.model.mtp = s.model.kind[0];
    s.in.train_mtp = true;
    struct tb_step_out with = run(&s);
    assert_rel(with.memory.weights - without.memory.weights,
               2.0 * (layer.total + 2.0 * 2048.0 * 2048.0), 1e-12);
    assert_rel(with.memory.logits, 2.0 * without.memory.logits, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activations_follow_the_published_forms),
        cmocka_unit_test(test_state_of_a_small_model),
        cmocka_unit_test(test_state_of_an_adapter),
        cmocka_unit_test(test_expert_state_is_sharded_over_its_own_group),
        cmocka_unit_test(test_sharding_more_never_needs_more),
        cmocka_unit_test(test_memory_grows_with_the_microbatch),
        cmocka_unit_test(test_first_stage_holds_most_microbatches),
        cmocka_unit_test(test_opposite_pipelines_share_devices),
        cmocka_unit_test(test_fullest_of_uneven_stages),
        cmocka_unit_test(test_activations_of_low_precision_experts),
        cmocka_unit_test(test_uneven_experts_average_over_what_is_kept),
        cmocka_unit_test(test_capacity_is_what_the_driver_shows),
        cmocka_unit_test(test_prediction_module_adds_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
