/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_STAGES_H
#define TB_TEST_STAGES_H

#include "generation.h"
#include "run/rlstage.h"

/** Stages of post-training for tests, by hand. */

/* Nothing known but what the tests set. */
static inline struct tb_stage blank(enum tb_stage_kind kind)
{
    struct tb_stage s = {.kind = kind, .precision = TB_BF16};
    double *const numbers[] = {
        &s.tokens,
        &s.steps,
        &s.seq_len,
        &s.global_batch,
        &s.batch_tokens,
        &s.batch_start,
        &s.ramp_tokens,
        &s.rl.prompts_per_step,
        &s.rl.group_size,
        &s.rl.response_mean,
        &s.rl.response_cap,
        &s.rl.response_cv,
        &s.rl.prompt_mean,
        &s.rl.inner_epochs,
        &s.rl.steps_per_rollout,
        &s.rl.old_logprobs,
        &s.rl.reference,
        &s.rl.reference_kept,
        &s.rl.reward,
        &s.rl.pass_rate,
        &s.rl.oversample,
        &s.rl.teachers,
        &s.rl.full_vocabulary,
        &s.rl.ptx_tokens,
        &s.rl.judge_tokens,
        &s.rl.verifier_seconds,
        &s.rl.verifier_workers,
        &s.rl.tool_seconds,
        &s.rl.rollout_share,
        &s.rl.staleness,
        &s.rl.replica_chips,
        &s.rl.weight_bytes,
        &s.rl.kv_bytes,
        &s.rl.memory_share,
        &s.rl.max_live,
        &s.rl.draft,
        &s.rl.accepted,
        &s.rl.sync_bandwidth,
        &s.rl.offload_bandwidth,
        &s.rl.gathered,
        &s.rl.adapter_share,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = NAN;
    s.share = s.epochs = s.packing = 1.0;
    s.chips = 16.0;
    return s;
}

static inline struct tb_stage group_stage(enum tb_stage_kind kind)
{
    struct tb_stage s = blank(kind);
    s.steps = 7.0;
    s.rl.prompts_per_step = 33.0;
    s.rl.group_size = 8.0;
    s.rl.response_mean = 900.0;
    s.rl.response_cap = 4096.0;
    s.rl.response_cv = 0.7;
    s.rl.prompt_mean = 150.0;
    return s;
}

static inline enum tb_status evaluate(const struct tb_stage *s, struct tb_rl_stage_out *out)
{
    static const struct tb_rl_constants zero;
    struct tb_rl_constants constants = zero;
    struct tb_model m = dense_7b();
    struct tb_chip chip = chip_80g();
    tb_rl_constants_start(&constants);
    const struct tb_rl_stage_in in = {.model = &m,
                                      .chip = &chip,
                                      .stage = s,
                                      .constants = &constants,
                                      .update_rate = NAN,
                                      .forward_rate = NAN};
    return tb_rl_stage_evaluate(&in, out);
}

#endif
