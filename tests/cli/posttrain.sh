# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# Published runs of post-training: predictions, reasons, and constants fitted to them.
table=$SRC/presets/observations/posttrain_runs.csv
"$TB" validate posttrain "$table" --json | tr '{' '\n' >json || exit
grep -m1 '"schema"' json
tail -n +2 "$table" | wc -l
grep -c '"status": "' json
# A row of the table is predicted by constants that have not seen its publication.
grep -A12 '"row": "dschat-13b-8a100-80"' json | grep '"left_out"'
grep -A12 '"row": "ds-r1-zero-grpo"' json | grep '"filled"'
{
    echo "run_id,model,stage,n_params_total,n_params_active,chip,n_chips,prompts_per_step,group_size,mean_response_tokens,max_response_tokens,placement,step_time_s,source_title"
    echo "a1,Qwen3-8B,grpo,8.2e9,8.2e9,H100,16,64,16,1000,4096,sync,50,one"
    echo "a2,Qwen3-8B,grpo,8.2e9,8.2e9,H100,32,64,16,1000,4096,sync,30,one"
    echo "b1,Qwen3-32B,grpo,32.8e9,32.8e9,H100,64,64,16,1500,4096,sync,70,two"
    echo "c1,Qwen3-32B,grpo,32.8e9,32.8e9,abacus,,64,16,1500,4096,sync,70,two"
    echo "c2,Qwen3-32B,grpo,32.8e9,32.8e9,H100,64,64,16,5000,4096,sync,70,two"
} >own.csv
"$TB" validate posttrain own.csv --csv | sed -E 's/,[0-9.]+,[0-9.]+,[0-9.]+,[0-9.]+,ok/,...,ok/'
"$TB" fit posttrain own.csv >posttrain.yaml || exit
grep -c 'constant: ' posttrain.yaml
sed -n 's/^  - without: \(.*\)/\1/p; s/^    runs: //p' posttrain.yaml
"$TB" check posttrain.yaml && echo "a preset"
# In a directory of presets it takes the place of the built-in one.
mkdir own && mv posttrain.yaml own
"$TB" validate posttrain own.csv --preset-dir own | grep -c "^one "
sed 's/constant: factor/constant: fudge/' own/posttrain.yaml >posttrain.yaml
try check posttrain.yaml
sed 's/constant: factor, value: [0-9.]*/constant: factor, value: 40/' own/posttrain.yaml >posttrain.yaml
try check posttrain.yaml
head -2 own.csv >few.csv
try fit posttrain few.csv
try fit posttrain
printf 'run,chip\n1,h100\n' >other.csv
try fit posttrain other.csv
try validate posttrain other.csv
printf 'run_id,stage,chip\n1,grpo,\325\n' >bytes.csv
try validate posttrain bytes.csv
"$TB" validate posttrain own.csv | sed -n '/^skipped/p'
head -1 own.csv >shape.csv
echo "d1,Unheard-9B,grpo,,,H100,16,64,16,1000,4096,sync,50,one" >>shape.csv
"$TB" validate posttrain shape.csv --json | grep '"filled"'
cut -d, -f1-3 own.csv >narrow.csv
try validate posttrain narrow.csv
sed -e 's/a2,Qwen3-8B,grpo,8.2e9/a2,Qwen3-8B,grpo,8B/' -e 's/abacus,,64/abacus,many,0/' own.csv >bad.csv
try validate posttrain bad.csv
try fit posttrain bad.csv
