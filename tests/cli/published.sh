# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Published figures come out again.
near() # name value expected tolerance
{
    echo "$2" | awk -v name="$1" -v want="$3" -v most="$4" '{
        off = $1 / want - 1; if (off < 0) off = -off
        print name, (off <= most) ? "agrees" : "is off: " $1 " for " want }'
}
hours() # preset basis expected tolerance
{
    near "$1 $2" "$("$TB" -q --preset "$1" --basis "$2" --get chip_hours)" "$3" "$4"
}
hours dsv3-pretrain measured 2.664e6 0.02
hours dsv3-pretrain predicted 2.664e6 0.1
hours dsv3-total measured 2.788e6 0.03
hours dsv3-total predicted 2.788e6 0.1
count() # model
{
    "$TB" show model "$1" --json | sed -n 's/^  "\(params_total[a-z_]*\)": \([0-9]*\),.*/\1 \2/p' |
        sed "s/^/$1 /"
}
for model in deepseek-v3 deepseek-v4-pro deepseek-v4-flash llama-3.1-405b llama-3.1-70b \
    llama-3.1-8b; do
    count $model
done
flops() # model key expected tolerance
{
    near "$1 $2" "$("$TB" show model "$1" --json --seq-len "$5" |
        sed -n "s/^    \"$2\": \([0-9.e+]*\),.*/\1/p")" "$3" "$4"
}
flops llama-3.1-405b training 2.523956e12 1e-5 8192
flops deepseek-v3 training 2.498121e11 1e-5 4096
flops deepseek-v3 training_with_mtp 2.599930e11 1e-5 4096
