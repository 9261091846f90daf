# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# The batch of a step grows: it starts below its end, and reaches it within the tokens of the stage.
run() { try --model llama-3.1-8b --chip h100 --chips 256 --mfu 0.4 --no-uncertainty --get steps --set tokens=2T --set seq_len=8192 --set idle=0.04 "$@"; }
run --set batch_tokens=4194304 --set batch_start=512 --set ramp_tokens=1T
run --set batch_tokens=4194304 --set batch_start=513 --set ramp_tokens=1T
run --set batch_tokens=4M --set batch_start=489
run --set global_batch=100..200 --set batch_start=150 --set ramp_tokens=1T
run --set global_batch=512 --set batch_start=128 --set ramp_tokens=2T
run --set global_batch=512 --set batch_start=128 --set ramp_tokens=4T
# A batch that nobody states holds a ramp to it, too.
try --model llama-3.1-8b --chip h100 --chips 256 --no-uncertainty -q --get steps --set tokens=2T --set seq_len=8192 --set idle=0.04 --set batch_start=9999 --set ramp_tokens=1T
# A preset's ramp gives way to a batch that is asked for; what the preset itself says is checked.
dsv3() { try --preset dsv3-pretrain --mfu 0.4 --no-uncertainty --get steps "$@"; }
dsv3 --set global_batch=2048
dsv3 --set tokens=100B
mkdir -p mine/runs
sed 's/3072, exact/15361, exact/' "$SRC/presets/runs/dsv3-pretrain.yaml" >mine/runs/dsv3-pretrain.yaml
try check mine
dsv3 --preset-dir mine -q
