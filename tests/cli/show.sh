# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
"$TB" show chip h800 --tsv | head -n 1
"$TB" show h800 | head -n 1
"$TB" show h800 --json | sed -n 's/^  "\(schema\|id\)": \(.*\),/\1 \2/p'
"$TB" show model deepseek-v3 --json | sed -n 's/^  "\([a-z_]*\)".*/\1/p'
for kind in run:dsv3-pretrain cluster:cloudmatrix384 model:llama-3.1-8b; do
    "$TB" show ${kind%:*} ${kind#*:} | head -n 1
done
# Every preset can be shown.
for kind in run model chip cluster; do
    "$TB" list ${kind}s --tsv | tail -n +2 | cut -f1 | while read -r id; do
        "$TB" -q show $kind "$id" --json >shown || echo "cannot show $kind $id"
    done
done
# What a sheet prints can be typed again: no digit of a stated number is lost.
"$TB" show chip 910c | grep -c '707\.8 TFLOP/s'
"$TB" show cluster cloudmatrix384 | grep -o '1\.825 kW'
# One number: what follows an input is its own.
"$TB" explain steps --preset v4pro-post 2>findings | grep -c 'train.goodput\|rent' || true
