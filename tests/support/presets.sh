#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The built-in data and the folder they come from must both pass the command's own check.
set -u
unset TRAINBUDGET_PATH XDG_DATA_HOME XDG_DATA_DIRS
passed=0 failed=0
judge()
{
    if "$TB" check "$@"; then
        echo "ok   check $*"
        passed=$((passed + 1))
    else
        echo "FAIL check $*"
        failed=$((failed + 1))
    fi
}
judge
judge presets
echo "presets: $passed passed, $failed failed"
[ -z "${TALLY:-}" ] || echo "presets $passed $failed 0" >>"$TALLY"
[ "$failed" -eq 0 ]
