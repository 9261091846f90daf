# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Stages that cannot generate: the reason, and what would do.
. "$SRC/tests/cli/try.inc"
dapo()
{
    try --preset dapo-32b -q --samples 64 --get chips "$@"
}
dapo --set response.cap=3000
dapo --set response.cv=0
dapo --set group_size=0
dapo --set prompts_per_step=0
dapo --set group_size=1 --set pass_rate=0.4
dapo --set judge_tokens=500 --set roles.judge=deepseek-v3 --chips 16
dapo --set judge_tokens=500 --set roles.judge=deepseek-v3 --set roles.judge.precision=fp8 --chips 16
dapo --set engine.chips=1 --set response.cap=64Ki
dapo --set engine.chips=1 --set engine.memory_share=0.5
dapo --chips 1 --set roles.reward=deepseek-v3
dapo --chips 8 --set offload_bandwidth=0
dapo --chips 16 --set roles.reward=deepseek-v3
dapo --set engine.chips=256
# a hard cap close to the mean, and at it
dapo --set response.cap=4001
dapo --set response.cap=4000 --no-uncertainty
# two pools: each has chips, and one a copy of the engine; one pool has no shares
dapo --set placement=async --set rollout_share=0.01
dapo --set placement=split --set rollout_share=0.996
try --preset dapo-32b --samples 64 --get chips --set rollout_share=0.3
try --preset dapo-32b --samples 64 --get chips --set placement=split --set rollout_share=0.3 --set staleness=2
dapo --set engine.draft=3 --set engine.accepted=4.1
dapo --set engine.draft=3 --set engine.accepted=4
