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
# The default rests on the step model, and the measurement stands beside it; and the other way.
for basis in predicted measured; do
    "$TB" -q --preset dsv3-pretrain --basis $basis --no-uncertainty | grep -E '^  (time|beside) '
done
# What has no prediction rests on the next basis, and says why; asked for, it has no answer.
next="--model llama-3.1-8b --chip h100 --chips 512 --set tokens=1T --no-uncertainty"
for given in '' '--precision fp32' '--set batch_tokens=4M' '--mfu 0.4' '--set prior_mfu=0.3' \
    '--set batch_tokens=4M --set measured.step_time=2' '--set global_batch=7'; do
    echo "given: $given"
    # shellcheck disable=SC2086
    "$TB" $next $given | grep -E '^  time |^ +from|^Warning: pretrain' -A1 | grep -v '^--'
done 2>/dev/null
try $next --precision fp32 --basis predicted --get chip_hours
# --basis measured takes what was published for every stage, and is refused where nothing was.
try --preset dsv3-total --basis measured --no-uncertainty --get chip_hours
try --preset gpt3-pretrain --basis measured --no-uncertainty --get chip_hours
# A chosen plan may leave chips idle; a given one must use all.
"$TB" -q --preset v4pro-post --no-uncertainty | grep -o '[0-9,]* of 1,000 chips work, [0-9]* stand by'
try -q --preset v4pro-post --plan ep=192,dp=1920 --no-uncertainty --get step_time
own="--preset llama31-405b-pretrain --no-uncertainty -q --get memory_fits"
for plan in tp=8,pp=16,recompute=full tp=8,pp=16,recompute=selective,schedule=zb-h1,sp=0; do
    try $own --plan "$plan"
done
for plan in tp=6 tp=8,pp=128 ep=4 tp=8,pp=16,dp=100 tp=8,pp=16,dp=128,micro_batch=3 tp=1,pp=1 \
    tp=0 tp=x tp xp=3 tp=1,tp=2 schedule=gpip recompute=some zero=4 ''; do
    try $own --plan "$plan"
done
try $own --basis predicted --precision fp32
# Who states experiments finds them in the short report.
"$TB" -q --preset v4pro-post --set ablations=0.5 | tr -s ' \n' '  ' | grep -o 'with ablations and failed runs'
# Whatever luck is assumed, half of such runs end when half of them do.
for luck in 0 0.9 0.2..0.3; do
    "$TB" -q --preset llama31-405b-pretrain --set "luck=$luck" | grep 'calendar'
done
