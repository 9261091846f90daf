# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Published figures come out again.
near() # name value expected tolerance
{
    echo "$2" | awk -v name="$1" -v want="$3" -v most="$4" '{
        off = $1 / want - 1; if (off < 0) off = -off
        print name, (off <= most) ? "agrees" : "is off: " $1 " for " want }'
}
near dsv3-pretrain "$("$TB" -q --preset dsv3-pretrain --get chip_hours)" 2.664e6 0.02
near dsv3-total "$("$TB" -q --preset dsv3-total --get chip_hours)" 2.788e6 0.03
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
