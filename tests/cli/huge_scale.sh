# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Where failures stop a part of the points: ranges without an end, one warning, no number that is none.
run() { "$TB" --model llama-3.1-405b --chip h100 --mfu 0.4 --set tokens=15T --set seq_len=8192 \
    --set batch_tokens=16M --set idle=0.03 "$@"; }
few() { run --chips 100000 --set 'cluster.mtbf=10000 h..1000000 h' "$@"; }
many() { run --chips 400000 --set 'cluster.mtbf=1000 h..10000000 h' "$@"; }
for scale in few many; do
    $scale 2>/dev/null | tr '\n' ' ' | tr -s ' ' >text
    grep -o 'Warning: goodput: at [0-9.]* % of the points, for cluster.mtbf' text | sed 's/[0-9.]* %/S %/'
    grep -c 'without an upper end: chip_hours, wall_clock, energy' text
    grep -c 'without a range' text
    grep -oE '(chip-hours|wall-clock) [^-]* no end' text | sed 's/ [0-9].* no end/ ... no end/'
    $scale --json 2>/dev/null >json
    grep -c '"open": true' json
    grep -iE '[: ]-?(nan|inf)' json
    grep -B4 '"open": true' json | grep -c '"high": null'
done
many -q --csv | sed -n 's/^\(chip_hours\),.*,,\([0-9.]*,[A-D],.*\)/\1 ... \2/p'
# The median itself may have none: it is not printed as a number.
run -q --chips 400000 --set 'cluster.mtbf=1000 h..30000 h' --set cluster.restart=60 --get chip_hours 2>&1
echo "status $?"
run -q --chips 400000 --set 'cluster.mtbf=1000 h..30000 h' --set cluster.restart=60 --get goodput --require 'wall_clock < 1e9' 2>&1 | sed 's/^[0-9.]*$/N/'
# A plan is chosen for more chips than a batch can feed in no time: those have nothing to do.
idle() { timeout 2 "$TB" -q --preset palm-540b-pretrain --chip 910c --set 'cluster.mtbf=1e12 s' \
    --no-uncertainty "$@"; }
idle --chips 100000000 --json | grep -c '"chips_working"'
