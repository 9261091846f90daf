# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
run="--model llama-3.1-405b --chip h100 --chips 16384 --set tokens=1T --set mfu=0.4 --set idle=0.03"
run="$run --set seq_len=8192 --get goodput"
# shellcheck disable=SC2086
failing()
{
    try $run "$@"
}
failing --set 'cluster.mtbf=10 h'
failing --set 'checkpoint.interval=1 s'
failing --set 'cluster.storage.bandwidth=0.001 MB/s'
failing --set 'cluster.mtbf=-3 h'
failing --set checkpoint.overlap=1.2
failing --set evaluation=0.95
failing --set luck=2
failing --set cluster.pue=0.9
failing --set 'chip.price.rent=-1 USD/h'
failing --set 'chip.price.rent=1 CNY/h'
failing --set 'chip.price.purchase=28000 EUR'
failing --set 'cluster.carbon_intensity=-1 g/kWh'
failing --set cluster.failure_shape=0.1
failing --set 'chip.price.rent=14 XYZ/h @ 7.1'
failing --set 'chip.price.rent=14 CNY/h @ -7.1'
failing --set 'chip.price.rent=14 CNY/h @ 1e300'
failing --set 'cluster.electricity_price=-0.1 USD/kWh'
failing --set 'cluster.storage.price=-1 USD/TB/month'
failing --set 'cluster.network.price=-1 USD/h'
failing --rent weekly
failing --set 'chip.price.rent=12 CNY/h..16 CNY/h @ 7.1'
# What is said to help is what is wrong.
failing --set 'checkpoint.interval=1e8 s'
failing --set 'cluster.detection=1e7 s'
failing --set 'checkpoint.snapshot=1e6 s'
failing --set checkpoint.overlap=0 --set 'cluster.storage.bandwidth=0.01 MB/s' \
    --set 'checkpoint.interval=100 s'
failing --set evaluation=0.6 --set idle=0.4
failing --set evaluation=0.5 --set idle=0.49
# A basis that comes from billed hours is no excuse: a chosen plan, and a prior.
try --model llama-3.1-8b --chip h100 --chips 256 --set tokens=2T --set 'cluster.mtbf=1 h'
try --model llama-3.1-8b --chip h100 --chips 256 --set tokens=2T --basis prior \
    --set 'cluster.mtbf=1 h' --get chip_hours
# Whoever sets what does not move such hours is told.
try --model llama-3.1-8b --chip h100 --chips 256 --set tokens=2T --set seq_len=4096 \
    --set batch_tokens=4M --no-uncertainty --basis prior --set goodput=0.5 --get goodput
try --model llama-3.1-8b --chip h100 --chips 256 --set tokens=2T --set seq_len=4096 \
    --set batch_tokens=4M --no-uncertainty --set mfu=0.4 --set goodput=0.5 --get goodput
try --model llama-3.1-8b --chip h100 --chips 256 --set tokens=2T --set seq_len=4096 \
    --set batch_tokens=4M --no-uncertainty --basis prior --set 'warm_up=30 d' --set luck=0.99 \
    --get chip_hours
try --model llama-3.1-8b --chip h100 --chips 256 --set tokens=2T --set seq_len=4096 \
    --set batch_tokens=4M --no-uncertainty --basis prior --set straggler=3 --get chip_hours
# An interval between checkpoints longer than the whole run costs what a run without any does.
for interval in 10 100 1000; do
    try --preset v4pro-post --no-uncertainty --get goodput,chip_hours,checkpoint_interval \
        --set "checkpoint.interval=$interval h"
done
