# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# Whole numbers of the model do not move with the data of the run.
try -q --preset dsv3-pretrain --no-uncertainty --get params_total,params_active,tokens
try -q --preset dsv3-pretrain --no-uncertainty --get tokens,chip_hour,wallclock
try -q --preset dsv3-pretrain --get 'tokens,'
try -q --preset dsv3-pretrain --get tokens --get steps
try -q --preset dsv3-pretrain --get tokens --json
# A share of time is never above one, not even by its last digit.
for chips in 49 97 333; do
    "$TB" -q --model llama-3.1-8b --chip h100 --chips $chips --set tokens=1.7T --set seq_len=8192 \
        --set batch_tokens=4M --set mfu=0.37 --set goodput=1 --no-uncertainty --get goodput
done
