# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Other models beside the trained one: in a preset and on the command line.
. "$SRC/tests/cli/try.inc"
mkdir -p mine/runs
cat >mine/runs/tuned.yaml <<'END'
id: tuned
name: A policy with a small critic
aliases: []
model: llama-2-7b
cluster: dgx-a100
stages:
  - id: rl
    kind: ppo
    title: PPO
    precision: bf16
    recipe: adamw-bf16
    recompute: full
    roles: {critic: opt-1.3b, reward: {model: opt-6.7b, precision: int8}}
    steps: {value: 100, exact: true, grade: D, note: a test}
    prompts_per_step: {value: 512, exact: true, grade: D, note: a test}
    group_size: {value: 1, exact: true, grade: D, note: a test}
    response:
      mean: {value: 500, exact: true, grade: D, note: a test}
      cap: {value: 2048, exact: true, grade: D, note: a test}
    prompt_mean: {value: 200, exact: true, grade: D, note: a test}
    chips: {value: 64, exact: true, grade: D, note: a test}
END
run="--preset tuned --preset-dir mine"
flops()
{
    # shellcheck disable=SC2086
    try $run --get flops_model,state_bytes "$@"
}
"$TB" show run tuned --preset-dir mine | grep roles
flops
flops --set roles.critic=llama-2-7b
flops --set rl.roles.reward=opt-1.3b
flops --set roles.reward.precision=fp16
flops --set roles.judge=llama-2-7b
flops --set roles.crtic=opt-1.3b
flops --set roles.critic=opt-1.4b
flops --set roles.critic.precision=fp8
flops --set roles.reward.precision=fp9
flops --set placement=elsewhere
flops --set adapter=lora
flops --set adapter=qlora
sed 's/critic: opt-1.3b/critic: opt-1.4b/' mine/runs/tuned.yaml >mine/runs/wrong.yaml
sed -i 's/^id: tuned/id: wrong/' mine/runs/wrong.yaml
try --preset wrong --preset-dir mine
# lengths as they were counted, until the user states others
sed -e 's/^id: tuned/id: counted/' -e '/response:/,/cap:/d' mine/runs/tuned.yaml >mine/runs/counted.yaml
sed -i 's/^    prompt_mean/    response_lengths: {values: [90, 120, 400, 1500], grade: D, note: a test}\n&/' mine/runs/counted.yaml
try --preset counted --preset-dir mine -q --get tokens
try --preset counted --preset-dir mine -q --get tokens --set response.mean=500
# what is mixed in has to be said
sed -e 's/^id: tuned/id: mixed/' -e 's/kind: ppo/kind: ppo-ptx/' mine/runs/tuned.yaml >mine/runs/mixed.yaml
try --preset mixed --preset-dir mine -q --get tokens
try --preset mixed --preset-dir mine -q --get tokens --set ptx_tokens=7e6
