# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# A wrong preset of the user's is reported when it is used, and nothing is computed.
mkdir -p mine/chips
cat >mine/chips/mychip.yaml <<'YAML'
id: mychip
name: My chip
vendor: Me
peak:
  bf16: {value: 700 TFLOP/s, low: 900 TFLOP/s, high: 950 TFLOP/s, grade: D, note: a guess}
YAML
try --preset v4pro-post --chip mychip --preset-dir mine
try --preset v4pro-post --preset-dir nowhere
