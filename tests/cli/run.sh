#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# run.sh [NAME...]          runs the tests of this folder
# run.sh --bless NAME...    writes what the command prints now as what it should print
#
# A test is NAME.sh, run by sh in an empty scratch folder with TB the command and SRC the top of the
# sources. NAME.out is the expected stdout, NAME.err the expected stderr (absent: nothing), NAME.exit
# the expected status (absent: 0). A line of them that begins with "~" is a shell pattern for one
# line of output. NAME.skip, a shell script, may print why the test cannot run here.
set -u
here=$(cd "$(dirname "$0")" && pwd)
SRC=$(cd "$here/../.." && pwd)
TB=${TB:-$SRC/${BUILD:-build}/trainbudget}
scratch=$(mktemp -d) || exit 5
trap 'rm -rf "$scratch"' EXIT
unset TRAINBUDGET_PATH XDG_DATA_HOME XDG_DATA_DIRS XDG_CONFIG_HOME XDG_CACHE_HOME
LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=80
export TB SRC LC_ALL NO_COLOR COLUMNS

# Lines of the actual text against lines of the expected one.
matches() # expected actual
{
    cmp -s "$1" "$2" && return 0
    grep -q '^~' "$1" || return 1
    [ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ] || return 1
    exec 3<"$1" 4<"$2"
    while IFS= read -r want <&3; do
        IFS= read -r got <&4
        case $want in
        '~'*)
            pattern=${want#?}
            # A pattern is what the line is for.
            # shellcheck disable=SC2254
            case $got in $pattern) ;; *) return 1 ;; esac
            ;;
        "$got") ;;
        *) return 1 ;;
        esac
    done
    return 0
}

execute() # name: leaves out, err and exit in $scratch
{
    rm -rf "$scratch/work"
    mkdir "$scratch/work"
    (cd "$scratch/work" && timeout 120 sh "$here/$1.sh") \
        >"$scratch/out" 2>"$scratch/err" </dev/null
    echo $? >"$scratch/exit"
    chmod -R u+rwx "$scratch/work"
}

expected() # name suffix: the recorded file, or what its absence stands for
{
    if [ -f "$here/$1.$2" ]; then
        cat "$here/$1.$2"
    elif [ "$2" = exit ]; then
        echo 0
    fi
}

bless()
{
    execute "$1"
    for suffix in out err exit; do
        cp "$scratch/$suffix" "$here/$1.$suffix"
    done
    [ -s "$here/$1.err" ] || rm "$here/$1.err"
    [ "$(cat "$here/$1.exit")" != 0 ] || rm "$here/$1.exit"
    echo "blessed $1"
}

judge() # name: 0 passed, 1 failed, 2 skipped
{
    if [ -f "$here/$1.skip" ]; then
        reason=$(sh "$here/$1.skip")
        [ -z "$reason" ] || { echo "skip $1: $reason"; return 2; }
    fi
    execute "$1"
    verdict=0
    for suffix in exit out err; do
        expected "$1" "$suffix" >"$scratch/expected"
        matches "$scratch/expected" "$scratch/$suffix" && continue
        [ $verdict -eq 1 ] || echo "FAIL $1"
        echo "--- $suffix: expected, then found"
        diff "$scratch/expected" "$scratch/$suffix"
        verdict=1
    done
    return $verdict
}

if [ "${1:-}" = --bless ]; then
    shift
    for name in "$@"; do
        bless "${name%.sh}"
    done
    exit 0
fi
if [ $# -eq 0 ]; then
    for file in "$here"/*.sh; do
        name=$(basename "$file" .sh)
        [ "$name" = run ] || set -- "$@" "$name"
    done
fi
passed=0 failed=0 skipped=0
for name in "$@"; do
    judge "${name%.sh}"
    case $? in
    0) passed=$((passed + 1)) ;;
    2) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
done
echo "cli: $passed passed, $failed failed, $skipped skipped"
[ -z "${TALLY:-}" ] || echo "cli $passed $failed $skipped" >>"$TALLY"
[ "$failed" -eq 0 ]
