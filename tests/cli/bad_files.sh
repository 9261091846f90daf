# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# Every way in which a preset can be unreadable or wrong, with its position.
mkdir chips
chip() { cat >chips/bad.yaml; try check chips/bad.yaml; }
peak() { printf 'id: bad\nname: Bad\nvendor: Nobody\npeak:\n  bf16: {%s}\n' "$1" | chip; }
peak 'value: 700 TFLOP/s, low: 900 TFLOP/s, high: 950 TFLOP/s, grade: D, note: made up'
peak 'value: 700 TFLOP/s, grade: B, source: [nobody-2026]'
peak 'value: 700 GB, grade: D, note: made up'
peak 'value: 700 TFLOP/s and more, grade: D, note: made up'
peak 'value: -700 TFLOP/s, grade: D, note: made up'
peak 'value: 0, grade: D, note: made up'
peak 'value: .nan, grade: D, note: made up'
peak 'value: 1e400, grade: D, note: made up'
peak 'value: 700 TFLOP/s, grad: D, note: made up'
printf 'id: bad\nname: [unclosed\n' | chip
printf 'id: bad\nname: Bad\nname: Worse\n' | chip
printf 'id: bad\n\tname: Bad\n' | chip
printf '' | chip
head -c 4096 "$TB" | chip
mkdir folder.yaml
try check folder.yaml
try check missing.yaml
# A pipe that nobody writes to is refused and not waited for.
mkdir -p mine/chips
mkfifo mine/chips/pipe.yaml
try check mine/chips/pipe.yaml
