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
                                       .load = 1.0};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activations_follow_the_published_forms),
        cmocka_unit_test(test_state_of_a_small_model),
        cmocka_unit_test(test_expert_state_is_sharded_over_its_own_group),
        cmocka_unit_test(test_sharding_more_never_needs_more),
        cmocka_unit_test(test_memory_grows_with_the_microbatch),
        cmocka_unit_test(test_first_stage_holds_most_microbatches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
