# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# The command that ends a report gives the same estimate again, byte for byte, in any shell.

replay()
{
    "$TB" -q "$@" >report || { echo "failed: $*"; return; }
    command=$(tail -n 1 report)
    printf '%s\n' "$command"
    "$TB" -q "$@" --json >one
    eval "\"\$TB\" ${command#trainbudget} -q --json" >two && cmp one two
}

mkdir -p mine/chips 'other data/chips' "it's \$HOME/chips"
sed -n '/^```yaml chips\/mychip.yaml$/,/^```$/p' "$SRC/README.md" | grep -v '^```' >mine/chips/mychip.yaml
sed 's/800 TFLOP/790 TFLOP/' mine/chips/mychip.yaml >'other data/chips/mychip.yaml'
sed 's/mychip/third/' mine/chips/mychip.yaml >"it's \$HOME/chips/third.yaml"
mkdir -p -- --odd/chips
cp mine/chips/mychip.yaml ./--odd/chips/third.yaml
sed -i 's/mychip/third/' ./--odd/chips/third.yaml
cp "$SRC/tests/data/configs/apertus-8b.json" 'a model.json'

replay --preset v4pro-post
replay --preset v4pro-post --chip 910c --precision fp8 --chips 1k
replay --preset dsv3-pretrain --basis measured --peak headline --mfu-convention palm
replay --preset dsv3-pretrain --basis prior --level 57 --samples 512 --seed 9007199254740992
replay --preset llama31-405b-pretrain --plan 'tp=8,pp=16,recompute=selective' --rent spot --level 99.9
replay --preset llama3-8b-pretrain --chip h100 --cluster meta-h100 --set 'tokens=1 T..2 T' --set 'chip.price.rent=14 CNY/h @ 7.0..7.3'
replay --preset llama3-8b-pretrain --mfu '35 %' --no-uncertainty --level 80 --samples 64 --seed 77
replay --preset tulu3-8b --set 'roles.reward=llama-3.1-8b' --set 'luck=0.5' --set 'sft.epochs=3'
replay --model 'a model.json' --chip h100 --chips 64 --set 'tokens=1T'
replay --preset v4pro-post --chip mychip --preset-dir mine
replay --preset v4pro-post --chip mychip --preset-dir mine --preset-dir 'other data'
replay --preset v4pro-post --chip mychip --preset-dir 'other data' --preset-dir mine --preset-dir mine
replay --preset v4pro-post --chip third --preset-dir "it's \$HOME"

replay --preset v4pro-post --chip third --preset-dir=--odd

# A directory of the environment is named too: the command holds without it.
export TRAINBUDGET_PATH=mine:'other data'
replay --preset v4pro-post --chip mychip --preset-dir mine
export TRAINBUDGET_PATH=mine
"$TB" -q --preset v4pro-post --chip mychip >report || exit
"$TB" -q --preset v4pro-post --chip mychip --json >one || exit
unset TRAINBUDGET_PATH
eval "\"\$TB\" $(tail -n 1 report | cut -d ' ' -f 2-) -q --json" | cmp - one && tail -n 1 report
