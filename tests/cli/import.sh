# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Models from a config.json: as a file, on stdin, imported; and what is no model.
. "$SRC/tests/cli/try.inc"
cp "$SRC/tests/data/configs/ernie-4.5-vl-28b-a3b.json" ernie.json
cp "$SRC/tests/data/configs/jamba-v0.1.json" 'my model.json'

try import ernie.json
try import ernie.json -o mine.yaml
head -n 5 mine.yaml
try check mine.yaml
mkdir -p own/models && cp mine.yaml own/models/
try -q show model mine --preset-dir own | head -n 7
try -q show model ernie.json | head -n 7
try -q show model - <ernie.json | head -n 7
try -q --model ernie.json --chip h100 --chips 512 --set tokens=2T --get params_total,params_active
try -q --model - --chip h100 --chips 512 --set tokens=2T --get params_total,params_active <ernie.json
try -q --model mine --preset-dir own --chip h100 --chips 512 --set tokens=2T --get params_total,params_active
try -q --preset dsv3-pretrain --model ernie.json --get params_total,params_active

# The line that repeats an estimate is a command of the shell.
"$TB" --model 'my model.json' --chip h100 --chips 64 --set tokens=1T 2>/dev/null >first
line=$(tail -n 1 first)
echo "$line"
eval "'$TB'${line#trainbudget}" 2>/dev/null | cmp - first && echo same

echo '{"model_type": "rwkv6", "hidden_size": 64}' >unknown.json
echo '{"model_type": "llama", "hidden_size": 64,}' >broken.json
echo '{"model_type": "bert", "hidden_size": 64}' >encoder.json
mkdir folder.json
head -c 2000000 /dev/zero | tr '\0' ' ' >huge.json
for file in unknown broken encoder folder huge absent; do
    try --model $file.json --chip h100 --chips 512 --set tokens=2T
    try import $file.json
done
echo '{}' | try show model -
