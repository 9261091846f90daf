#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# valgrind.sh PROGRAM...: the unit tests, then some commands, under valgrind.
set -u
command -v valgrind >/dev/null 2>&1 || { echo "check-valgrind needs valgrind" >&2; exit 1; }
# libgomp keeps its thread pool until the process ends, hence no "possible" leaks.
grind='valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect
       --errors-for-leak-kinds=definite,indirect'
WRAP=$grind BUILD=$BUILD TALLY='' sh "$(dirname "$0")/unit.sh" "$@"
failed=$?

# Expected exit status, then the command.
while read -r expected arguments; do
    # shellcheck disable=SC2086
    $grind "$TB" $arguments >/dev/null 2>"$BUILD/valgrind.log" </dev/null
    status=$?
    if [ "$status" -eq "$expected" ]; then
        echo "ok   trainbudget $arguments"
    else
        echo "FAIL trainbudget $arguments (exit $status, expected $expected)"
        cat "$BUILD/valgrind.log"
        failed=1
    fi
done <<END
0 --preset v4pro-post --chip 910c --samples 256
0 --preset dsv3-pretrain --json --samples 256
0 show model deepseek-v3
0 list
0 explain mfu
0 cite
2 --preset no-such-run
2
END
exit $failed
