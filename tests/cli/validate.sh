# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# Predictions beside measurements.
table=$SRC/presets/observations/throughput.csv
"$TB" validate throughput "$table" --json | tr '{' '\n' >json || exit
grep -m1 '"schema"' json
grep -c '"status":"ok"' json | awk '{ print ($1 > 2000) ? "most rows predicted" : "too few rows" }'
tail -n +2 "$table" | wc -l
grep -c '"status":' json
# A row's columns suffice without a preset of the model; a row without a length says why it is skipped.
{
    echo "row,model,chip,n_chips,seq_len,n_layers,d_model,n_heads,d_ff,vocab,tp,pp,dp,micro_batch,global_batch,tokens_per_s_per_chip"
    echo "1,my-own,h100,8,4096,24,2048,16,8192,50304,1,1,8,4,512,30000"
    echo "2,my-own,h100,8,,24,2048,16,8192,50304,1,1,8,4,512,30000"
    echo "3,my-own,h100,8,4096,24,2048,16,8192,50304,5,1,8,4,512,30000"
} >own.csv
"$TB" validate throughput own.csv --json | tr '{' '\n' |
    sed -nE 's/.*("row":[0-9]+).*("status":"[a-z]*","reason":"[^"]*").*/\1 \2/p'
"$TB" validate throughput - <own.csv | grep -c "^all "
"$TB" validate | grep -c '^dsv3-pretrain '
try validate speed own.csv
try validate throughput
try validate throughput missing.csv
try validate pretrain own.csv
printf 'row,model,chip\n1,my-\325own,h100\n' >bytes.csv
try validate throughput bytes.csv
try validate pretrain bytes.csv
# Shapes and words that cannot be are no predictions.
{
    echo "row,model,chip,n_chips,seq_len,n_layers,d_model,n_heads,n_kv_heads,d_ff,vocab,n_experts,top_k,global_batch,recompute,tokens_per_s_per_chip"
    echo "1,my-own,h100,8,4096,24,2048,16,7,8192,50304,,,512,none,30000"
    echo "2,my-own,h100,8,4096,24.5,2048,16,,8192,50304,,,512,none,30000"
    echo "3,my-own,h100,8,4096,24,2048,16,,1024,50304,8,20,512,none,30000"
    echo "4,my-own,h100,8,4096.5,24,2048,16,,8192,50304,,,512,none,30000"
    echo "5,my-own,h100,8,4096,24,2048,16,,8192,50304,,,512,sometimes,30000"
    echo "6,my-own,h100,8,4096,24,2048,16,4,8192,50304,,,512,none,30000"
} >shapes.csv
"$TB" validate throughput shapes.csv --json | tr '{' '\n' |
    sed -nE 's/.*("row":[0-9]+).*("status":"[a-z]*","reason":"[^"]*").*/\1 \2/p'
