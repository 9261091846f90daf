# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# One's own logs: the columns that are needed and no more, steps a quarter slower than the built-in
# constants say.
{
    echo "model,chip,n_chips,tp,pp,seq_len,global_batch,tokens_per_s_per_chip,step_time_s"
    echo "llama-3.1-8b,h100,8,1,1,8192,128,5420,"
    echo "llama-3.1-8b,h100,16,2,1,8192,128,,9.9"
    echo "llama-3.1-8b,h100,64,2,1,8192,512,6500,"
    echo "llama-3.1-70b,h100,64,8,2,8192,128,760,"
    echo "llama-3.1-70b,h100,64,8,4,8192,128,,22.6"
    echo "llama-3.1-70b,h100,128,8,4,8192,256,740,"
} >logs.csv
row() { "$TB" validate throughput logs.csv "$@" | awk '$1 == "all" { print ($4 < 4) ? "near" : "far", ($10 > 12) ? "too fast" : "unbiased" }'; }
row
mkdir mine
"$TB" fit throughput logs.csv -o mine/constants.yaml || exit
row --preset-dir mine
grep -c 'constant: slowness, key: "generic"' mine/constants.yaml
# None is held by a bound, where nothing is known of how well it is known.
grep '"generic' mine/constants.yaml | grep -c 'sd: [0-9.]*e-'
# What is known of other chips and software stays, and so do the errors where the rows are few.
grep -c 'key: "tpu-v5p"' mine/constants.yaml
grep -A 6 '^errors:' mine/constants.yaml >a
grep -A 6 '^errors:' "$SRC/presets/constants.yaml" | diff a - && echo "ranges as built in"
# A prediction for the cluster rests on it.
ask() { "$TB" --model llama-3.1-70b --chip h100 --chips 64 --set tokens=1e12 --set batch_tokens=1048576 --set seq_len=8192 --plan tp=8,pp=2 --no-uncertainty "$@"; }
ask --preset-dir mine 2>err | grep -A 1 '^  time'
echo "$(ask --get tokens_per_s_per_chip 2>err) $(ask --get tokens_per_s_per_chip --preset-dir mine 2>err)" |
    awk '{ print ($2 < 0.9 * $1) ? "slower" : "as before" }'
# Tables as spreadsheets write them; rows that are too long; a table that teaches nothing.
sed 's/$/\r/' logs.csv >lines.csv
"$TB" fit throughput lines.csv | diff - mine/constants.yaml && echo "the same"
sed 's/8192,128,760/8192,128,1,760/' logs.csv >shifted.csv
try fit throughput shifted.csv
sed '1s/step_time_s/model/' logs.csv >twice.csv
try fit throughput twice.csv
sed 's/h100/h1000/' logs.csv >other.csv
try fit throughput other.csv
head -1 logs.csv >header.csv
try fit throughput header.csv
