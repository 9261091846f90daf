# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# A run whose stages stand on different chips, clusters and numbers of them: the total is the sum of
# its stages alone, each with its own failures, power and price.
mkdir -p mine/runs
stage() # id chip cluster chips tokens
{
    cat <<YAML
  - id: $1
    kind: pretrain
    precision: bf16
    recipe: adamw-bf16
    recompute: selective
    chip: $2
    cluster: $3
    tokens: {value: $5, exact: true, grade: D, note: made up}
    seq_len: {value: 4096, exact: true, grade: D, note: made up}
    global_batch: {value: 1024, exact: true, grade: D, note: made up}
    chips: {value: $4, exact: true, grade: D, note: made up}
    warm_up: {value: 700 s, grade: D, note: made up}
YAML
}
run() # id, stages on stdin
{
    {
        printf 'id: %s\nname: %s\nmodel: llama-3.1-70b\nchip: h100\ncluster: dgx-h100\nstages:\n' "$1" "$1"
        cat
    } >"mine/runs/$1.yaml"
}
stage first h100 dgx-h100 1032 1.3T | run one
stage second 910c cloudmatrix384 520 0.21T | run two
{ stage first h100 dgx-h100 1032 1.3T; stage second 910c cloudmatrix384 520 0.21T; } | run both
"$TB" check mine && echo checked
metrics=chip_hours,chip_hours_steady,wall_clock,failures,energy,carbon,cost_usd,chip_hours_project
get() # run, price
{
    "$TB" -q --preset-dir mine --preset "$1" --set '*.mfu=0.37' --set '*.ablations=0.2' \
        --set "$2" --no-uncertainty --get $metrics
}
{
    get one '*.warm_up=700 s' # as it is stated
    get two 'chip.price.rent=9 CNY/h @ 7.2'
    get both 'chip:910c.price.rent=9 CNY/h @ 7.2'
} | awk -v names=$metrics '
    { for (i = 1; i <= NF; i++) v[NR, i] = $i; n = NF }
    END {
        split(names, name, ",")
        for (i = 1; i <= n; i++) {
            off = v[3, i] / (v[1, i] + v[2, i]) - 1
            print name[i], off * off < 1e-20 ? "is the sum" : "is off by " off
        }
    }'
# Whose price is missing is said by the name that --set understands.
for price in chip.price.rent chip:910c.price.rent; do
    "$TB" -q --preset-dir mine --preset both --set '*.mfu=0.37' --get cost_usd --no-uncertainty 2>&1
    "$TB" -q --preset-dir mine --preset both --set '*.mfu=0.37' --set "$price=2 USD/h" \
        --no-uncertainty --require 'cost_usd > 0' --get chips 2>&1
done
