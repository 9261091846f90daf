#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# run.sh [NAME...]: the laws of docs/design.md, each a script NAME.sh of this folder that runs at the
# top of the sources and prints lines "ok: ...", "not ok: ..." or "skip: ...".
set -u
cd "$(dirname "$0")/../.." || exit 5
LC_ALL=C.UTF-8
export LC_ALL
if [ $# -eq 0 ]; then
    for file in tests/house/*.sh; do
        name=$(basename "$file" .sh)
        [ "$name" = run ] || set -- "$@" "$name"
    done
fi
found=$(mktemp) || exit 5
trap 'rm -f "$found"' EXIT
passed=0 failed=0 skipped=0
for name in "$@"; do
    sh "tests/house/$name.sh" >"$found" 2>&1
    status=$?
    p=$(grep -c '^ok: ' "$found") f=$(grep -c '^not ok: ' "$found") s=$(grep -c '^skip: ' "$found")
    if [ $((p + f + s)) -eq 0 ] || { [ $status -ne 0 ] && [ "$f" -eq 0 ]; }; then
        echo "not ok: house/$name ended with $status" >>"$found"
        f=$((f + 1))
    fi
    grep -v '^ok: ' "$found"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "house: $passed passed, $failed failed, $skipped skipped"
[ -z "${TALLY:-}" ] || echo "house $passed $failed $skipped" >>"$TALLY"
[ "$failed" -eq 0 ]
