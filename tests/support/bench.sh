#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# bench.sh PROGRAM...: whole processes with hyperfine, then the programs that time parts of one.
set -u
if command -v hyperfine >/dev/null 2>&1; then
    hyperfine --style basic -N --warmup 20 --runs 200 \
        "$TB --preset v4pro-post --chip 910c" \
        "$TB --preset v4pro-post --chip 910c --no-uncertainty" \
        "$TB --preset dsv3-pretrain --get chip_hours" \
        "$TB --preset dsv3-total" \
        "$TB --preset llama31-405b-pretrain" \
        "$TB --preset v4pro-post-grpo" \
        "$TB --version"
else
    echo "bench: hyperfine is not installed; whole processes are not timed" >&2
fi
for program in "$@"; do
    "$program" || exit 1
done
