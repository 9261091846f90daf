# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
for value in 1000abc 1000x2 '' ' ' nan inf -inf 1e400 1e-400 -5 0 0x10 1,000; do
    try --preset v4pro-post --chips "$value"
done
try --preset v4pro-post --mfu 1.5
try --preset v4pro-post --mfu 0
try --preset v4pro-post --set steps=3s
try --preset v4pro-post --set 'measured.step_time=3 GB'
try --preset v4pro-post --set 'seq_len=4K'
try --preset v4pro-post --set steps=2000..1000
try --preset v4pro-post --level 0
try --preset v4pro-post --level 100
try --preset v4pro-post --samples 0
try --preset v4pro-post --samples 3.5e3x
try --preset v4pro-post --samples 100.5
try --preset v4pro-post --seed 0
try --preset v4pro-post --seed -1
try show model deepseek-v3 --seq-len 0
