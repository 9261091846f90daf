# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# What is always said of a stage that generates, in words and as metrics.
. "$SRC/tests/cli/try.inc"
grpo="-q --preset v4pro-post-grpo --samples 256"
# the lines of these words, and what goes on below them
# shellcheck disable=SC2016
words='/^  [a-z]+ /  { on = /^  (unknown|step|floor|rates|memory|roles) / && !/^  step time/ }
       /^  [A-Z0-9]/ { on = /^  More/ }
       /^$/          { on = 0 }
       on'
# shellcheck disable=SC2086
{
    "$TB" $grpo | awk "$words"
    "$TB" $grpo --set placement=async --set roles.reference=deepseek-v3 --set reference=1 |
        grep -E '^  roles |chips roll out'
    # the phases of a colocated step sum to it, but for what is fixed
    "$TB" $grpo --no-uncertainty \
        --get rollout_time,forward_time,update_time,sync_time,verify_time,step_time |
        awk '{ rest = $6 - $1 - $2 - $3 - $4 - $5
               print (rest > 0 && rest < 20 ? "sums up" : "rest " rest) }'
    "$TB" $grpo --no-uncertainty --get step_floor,step_time_no_tail,step_time |
        awk '{ print ($1 < $3 && $2 < $3 ? "within the step" : $0) }'
    "$TB" $grpo --json | grep -c -E '"(generations|enough_chips|update_memory|roles)":'
    "$TB" $grpo --json --set response.mean=8000 | grep -A 5 '"unknown":'
    "$TB" $grpo --no-uncertainty --json | grep '"unknown":'
    # 25 to 70 times the chip-hours of the run whose steps it borrows
    grpo_hours=$("$TB" -q --preset v4pro-post-grpo --no-uncertainty --get chip_hours)
    post_hours=$("$TB" -q --preset v4pro-post --chip 910c --basis measured --no-uncertainty --get chip_hours)
    awk "BEGIN { r = $grpo_hours / $post_hours; print (r >= 25 && r <= 70 ? \"25 to 70 times\" : r) }"
}
try explain step_floor
try -q --preset dsv3-pretrain --no-uncertainty --get step_floor
try -q --preset r1-zero --chips 65536 --no-uncertainty --get enough_chips
try --preset r1-zero --chips 16384 --samples 64 --get enough_chips
try -q --preset v4pro-opd --set recipe=adamw --get step_time
