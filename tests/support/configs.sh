#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# configs.sh DIR: `show model FILE` for every config.json below DIR. A refusal with exit 3 is an
# answer; anything else but 0 is a failure.
set -u
dir=${1:-}
if [ ! -d "$dir" ]; then
    echo "usage: make check-configs DIR=folder-of-config.json-files" >&2
    exit 2
fi
errors=$(mktemp) || exit 5
trap 'rm -f "$errors"' EXIT
find "$dir" -name '*config.json' | sort | {
    counted=0 refused=0 failed=0
    while IFS= read -r file; do
        "$TB" show model "$file" --json >/dev/null 2>"$errors"
        status=$?
        case $status in
        0) counted=$((counted + 1)) ;;
        3)
            refused=$((refused + 1))
            sed -n 's/^/refused: /p' "$errors" | head -n 1
            ;;
        *)
            failed=$((failed + 1))
            echo "FAIL $file (exit $status)"
            cat "$errors"
            ;;
        esac
    done
    echo "configs: $counted counted, $refused refused, $failed failed"
    [ "$failed" -eq 0 ] && [ "$((counted + refused))" -gt 0 ]
}
