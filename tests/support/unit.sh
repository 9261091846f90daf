#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs cmocka programs and counts their tests. TALLY, when set, is a file that gets one line
# "unit PASSED FAILED SKIPPED". WRAP is a command to run them under.
set -u
unset TRAINBUDGET_PATH XDG_DATA_HOME XDG_DATA_DIRS
passed=0 failed=0 skipped=0
log=$BUILD/unit.log

# A comma locale for the tests of numbers, where the system has its source but not the locale.
if command -v localedef >/dev/null 2>&1 && ! locale -a 2>/dev/null | grep -q '^de_DE\.utf8$'; then
    locales=$(cd "$BUILD" && pwd)/locale
    if [ -d "$locales/de_DE.UTF-8" ] || { mkdir -p "$locales" &&
        localedef -i de_DE -f UTF-8 "$locales/de_DE.UTF-8" >/dev/null 2>&1; }; then
        LOCPATH=$locales
        export LOCPATH
    fi
fi

sum()
{
    sed -n "s/^\[  $1 *\] \([0-9]*\) test(s).*/\1/p" "$log" | awk '{n += $1} END {print n + 0}'
}

for program in "$@"; do
    name=${program#*tests/unit/}
    env LC_ALL=C.UTF-8 timeout 600 ${WRAP:-} "$program" >"$log" 2>&1
    status=$?
    p=$(sum PASSED) f=$(sum FAILED) s=$(sum SKIPPED)
    [ $status -ne 0 ] && [ "$f" -eq 0 ] && f=1
    if [ $status -eq 0 ] && [ "$((p + s))" -eq 0 ]; then
        f=1
        echo "no test ran" >>"$log"
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if [ "$f" -ne 0 ]; then
        echo "FAIL $name (exit $status)"
        grep -v '^\[ RUN  \|^\[       OK' "$log"
    elif [ "$s" -ne 0 ]; then
        echo "ok   $name ($p, $s skipped)"
        grep -h '^skip: ' "$log"
    else
        echo "ok   $name ($p)"
    fi
    [ "${V:-0}" = 0 ] || cat "$log"
done
echo "unit: $passed passed, $failed failed, $skipped skipped"
[ -z "${TALLY:-}" ] || echo "unit $passed $failed $skipped" >>"$TALLY"
[ "$failed" -eq 0 ]
