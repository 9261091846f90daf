# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# What several stages of a run share is said once, not once a stage with other figures in it.

once()
{
    "$TB" --no-uncertainty --get tokens "$@" 2>findings >tokens
    sed -E -e 's/^trainbudget: warning(\[[A-Z0-9]*\]): [a-z-]*(\/[0-9])?: /\1 /' -e "s/stage '[^']*'/stage/" \
        -e 's/ [0-9][0-9.e+]*/ N/g' findings | sort | uniq -d >again
    printf '%s: ' "$*"
    if [ -s again ]; then cat findings; else echo "each once"; fi
}

for run in dsv3-total llama31-405b-pretrain r1-total tulu3-8b; do
    once --preset $run --set '*.steps=1000'
    once --preset $run --set '*.tokens=1T'
    once --preset $run --set '*.seq_len=131072'
    once --preset $run --set realisation=0.8
    once --preset $run --set goodput=0.9 --set luck=0.3
    once --preset $run --chip h20 --chips 64
    once --preset $run --set roles.judge=llama-3.1-8b
done
once --preset r1-total --set '*.rollout_share=0.5' --set '*.staleness=2'
"$TB" --preset r1-total --set '*.staleness=2' --no-uncertainty --get tokens 2>&1 | grep staleness
"$TB" --preset tulu3-8b --set roles.critic=llama-3.1-8b --no-uncertainty --get tokens 2>&1 | grep critic
# A published plan ran as it was published; at another length it is only a plan.
"$TB" --preset llama31-405b-pretrain --set pretrain.seq_len=32768 --no-uncertainty --get tokens 2>&1 | grep 'would need'
