# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Fine-tuning and preferences with and without adapters rest on the step model: what a step takes,
# and what the fullest chip holds.
. "$SRC/tests/cli/try.inc"
mkdir -p mine/runs
cat >mine/runs/pairs.yaml <<'END'
id: pairs
name: Preference pairs
aliases: []
model: llama-2-7b
cluster: dgx-a100
stages:
  - id: tune
    kind: dpo
    precision: bf16
    recipe: adamw-bf16
    recompute: none
    tokens: {value: 300M, exact: true, grade: D, note: a test}
    seq_len: {value: 2048, exact: true, grade: D, note: a test}
    global_batch: {value: 96, exact: true, grade: D, note: a test}
    chips: {value: 24, exact: true, grade: D, note: a test}
END
sed -e 's/^id: pairs/id: tuned/' -e 's/kind: dpo/kind: sft/' mine/runs/pairs.yaml >mine/runs/tuned.yaml
tune()
{
    try --preset-dir mine -q --no-uncertainty --get step_time,memory_per_chip "$@"
}
plan()
{
    "$TB" --preset-dir mine -q --no-uncertainty "$@" | grep -A 2 '^  plan'
}
split=tp=4,dp=6,zero=1,recompute=none
tune --preset tuned --plan "$split"
tune --preset tuned --set adapter=lora --plan "$split"
tune --preset tuned --set adapter=qlora --plan "$split"
tune --preset pairs --plan "$split"
tune --preset pairs --set epochs=2 --set reference_kept=1 --plan "$split"
tune --preset pairs --set adapter=lora --plan "$split"
tune --preset pairs --set roles.reference=opt-1.3b --plan "$split"
# on one server only an adapter has room
tune --preset tuned --model llama-2-70b --chips 8 --plan tp=8
tune --preset tuned --model llama-2-70b --chips 8 --plan tp=8 --set adapter=lora
plan --preset pairs
