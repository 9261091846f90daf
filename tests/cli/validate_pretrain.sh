# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# Runs that nobody has seen, and rows that say too little or take their hours back.
{
    echo "run_id,model,kind,n_params_total,n_params_active,n_layers,d_model,n_heads,d_ff,vocab,seq_len,tokens,chip,n_chips,precision,chip_hours,wall_clock_days,what_chip_hours_include,source_title,note"
    echo "plain,own-13b,dense,13e9,13e9,40,5120,40,13824,32000,4096,2e12,A100-80GB-SXM,512,bf16,300000,,total GPU time,One,basis=run"
    echo "days,own-7b,dense,7e9,7e9,,,,,,,1e12,H100-SXM,256,bf16,,9,,Two,basis=run"
    echo "rate,own-8b,dense,8e9,8e9,32,4096,32,14336,128256,8192,1e12,H100-SXM,1024,bf16,,,none,Three,basis=throughput; tps_chip=8200"
    echo "moe,own-moe,moe,200e9,20e9,,,,,,4096,8e12,H800,2048,,1100000,,accounted,Four,basis=run"
    echo "bound,own-9b,dense,9e9,9e9,,,,,,4096,2e12,H100-SXM,512,,120000,,two weeks (upper bound),Five,basis=run"
    echo "conflict,own-9b,dense,9e9,9e9,,,,,,4096,2e12,H100-SXM,512,,240000,,all,Five,basis=run; sources conflict"
    echo "no-tokens,own-9b,dense,9e9,9e9,,,,,,4096,,H100-SXM,512,,240000,,all,Five,basis=run"
    echo "no-hours,own-9b,dense,9e9,9e9,,,,,,4096,2e12,H100-SXM,512,,,,none,Five,basis=mfu_only"
    echo "no-chip,own-9b,dense,9e9,9e9,,,,,,4096,2e12,Z9000,512,,240000,,all,Five,basis=run"
    echo "too-fast,own-9b,dense,9e9,9e9,,,,,,4096,2e12,H100-SXM,512,,20000,,all,Five,basis=run"
    echo "no-fit,own-600b,dense,600e9,600e9,,,,,,4096,1e12,A100-80GB-SXM,8,,9000000,,all,Six,basis=run"
} >own.csv
"$TB" validate pretrain own.csv --json | tr '{' '\n' |
    sed -nE 's/.*"row":"([^"]*)".*"status":"([a-z]*)","reason":"([^"]*)".*/\1 \2 \3/p'
# Predictions move with the constants; that they are of the right size does not.
"$TB" validate pretrain own.csv --csv | awk -F, '$7 == "ok" && $1 != "no-fit" { print $1, ($6 > 0.5 && $6 < 2 && $4 < $3 && $3 < $5) ? "near" : "far: " $0 }'
"$TB" validate pretrain own.csv | cut -c1-45
"$TB" validate pretrain - <own.csv | grep -c "^billed "
# As a spreadsheet saves it: a byte order mark, CR LF.
"$TB" validate pretrain own.csv >plain.txt
{
    printf '\357\273\277'
    awk '{ printf "%s\r\n", $0 }' own.csv
} | "$TB" validate pretrain - | cmp - plain.txt && echo "the same"
{
    printf '\357\273\277model,chip,n_chips,tp,pp,seq_len,global_batch_sequences,tokens_per_s_per_chip\r\n'
    printf 'llama-3.1-8b,H100-SXM,8,1,1,8192,128,9000\r\n'
} | "$TB" validate throughput - --json | grep -c '"status":"ok"'
# Hours that are no number are an error, all of them; no other column is read as one.
head -1 own.csv >bad.csv
{
    echo "text,own-13b,dense,13e9,13e9,40,5120,40,13824,32000,4096,2e12,A100-80GB-SXM,512,bf16,about 300000,,,One,"
    echo "free,~13b,dense,13e9,13e9,,,,,,,2e12,A100-80GB-SXM,512,,300000,,2 weeks,One,3"
    echo "minus,own-13b,dense,13e9,13e9,,,,,,,2e12,A100-80GB-SXM,512,,-300000,30,,One,"
    echo "days,own-13b,dense,13e9,13e9,,,,,,,2 T,A100-80GB-SXM,512,,nan,0,,One,"
} >>bad.csv
try validate pretrain bad.csv
try fit mfu bad.csv
# A name that stands twice is said with both lines; the table is read all the same.
{
    sed -n 1,2p own.csv
    sed -n 2p own.csv | sed 's/300000/310000/'
} >twice.csv
"$TB" validate pretrain twice.csv 2>&1 >checked.txt
"$TB" fit mfu twice.csv "$SRC/presets/observations/pretrain_runs.csv" 2>&1 >fitted.yaml
{
    echo "run_id,model,stage,chip"
    echo "a,own,rl,h100"
    echo "a,own,rl,h100"
} >post.csv
"$TB" validate posttrain post.csv 2>&1 >checked.txt
{
    echo "row,model,chip,n_chips,seq_len,global_batch_sequences,tokens_per_s_per_chip"
    echo "1,llama-3.1-8b,H100-SXM,8,8192,128,9000"
    echo "1,llama-3.1-8b,H100-SXM,8,8192,128,9100"
} >rates.csv
"$TB" validate throughput rates.csv 2>&1 >checked.txt
