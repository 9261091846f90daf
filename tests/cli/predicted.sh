# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# The step model: published plans, plans of one's own, plans that cannot be.
for run in dsv3-pretrain llama31-405b-pretrain; do
    "$TB" -q --preset $run --basis predicted --no-uncertainty |
        sed -n '/^  time/,/^$/p; /^  plan/,/^  energy/p' | grep -v '^  energy'
done
"$TB" -q --preset dsv3-pretrain --basis predicted --json --no-uncertainty | tr -d ' \n' |
    grep -oE '"(from|stack|unknown|tp|pp|ep|dp|zero)":("[a-z0-9-]*"|[0-9]+)' | tr '\n' ' '
echo
# A published plan is for its own machine.
try --preset dsv3-pretrain --chip h100 --basis predicted --no-uncertainty --get step_time >/dev/null
"$TB" --preset dsv3-pretrain --chip h100 --basis predicted --no-uncertainty --get step_time 2>&1 >/dev/null |
    grep -c 'published plan is for another'
# The default rests on the measurement; the step model stands beside it on request.
"$TB" -q --preset dsv3-pretrain | grep -c 'step model'
"$TB" -q -v --preset dsv3-pretrain | grep -c 'step model'
own="--preset llama31-405b-pretrain --no-uncertainty -q --get memory_fits"
for plan in tp=8,pp=16,recompute=full tp=8,pp=16,recompute=selective,schedule=zb-h1,sp=0; do
    try $own --plan "$plan"
done
for plan in tp=6 tp=8,pp=128 ep=4 tp=8,pp=16,dp=100 tp=8,pp=16,dp=128,micro_batch=3 tp=1,pp=1 \
    tp=0 tp=x tp xp=3 tp=1,tp=2 schedule=gpip recompute=some zero=4 ''; do
    try $own --plan "$plan"
done
try $own --basis predicted --precision fp32
