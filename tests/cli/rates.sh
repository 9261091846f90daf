# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# A price in another currency: the range of its rate is one of the cost.
run() { "$TB" -q --model llama-3.1-8b --chip h100 --chips 256 --mfu 0.4 --set tokens=2T \
    --set seq_len=8192 --set batch_tokens=4M --set goodput=0.95 "$@"; }
ends() { run --csv --set "chip.price.rent=$1" | awk -F, -v what="$1" '
    $1 == "chip_hours" { hours = $3 }
    $1 == "cost_usd" { printf "%s: %.4f, %.4f to %.4f USD/h\n", what, $3 / hours, $4 / hours, $5 / hours }'; }
ends '14 CNY/h @ 7.1'
ends '14 CNY/h @ 7.0..7.3'
ends '12 CNY/h..16 CNY/h @ 7.1'
ends '12 CNY/h..16 CNY/h @ 6.4..8'
ends '12..16 CNY/h @ 7.1'
ends '12..16 CNY/h @ 6.4..8'
ends '12 CNY/h @ 7.1..16 CNY/h @ 7.2'
ends '0.5 EUR/h@0.90 .. 0.95'
price() { try --preset v4pro-post --get cost_usd --set "chip.price.rent=$1"; }
price '14 CNY/h @ 7.3..7.0'
price '14 CNY/h @ 0..7.0'
price '14 CNY/h @ -7.1..7.0'
price '14 XYZ/h @ 7.0..7.3'
price '14 CNY/h @ 7.0..'
price '14 CNY/h @ 7.0..high'
price '14 USD/h @ 7.0..7.3'
