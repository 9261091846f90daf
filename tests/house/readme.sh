# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the documents show is what the command prints: in a block fenced with ```console a line that
# begins with "$ " is run at the top of the sources, and the lines below it are its output, stderr
# included. A line "..." stands for any lines. Commands that begin with make or sudo are not run.
. tests/house/lib.inc

if [ ! -x "${TB:-}" ]; then
    echo 'skip: examples in the documents: the command is not built'
    exit 0
fi
work=$(mktemp -d) || exit 5
trap 'rm -rf "$work"' EXIT
ln -s "$TB" "$work/trainbudget"
PATH=$work:$PATH
unset TRAINBUDGET_PATH XDG_DATA_HOME XDG_DATA_DIRS
LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=80
export PATH LC_ALL NO_COLOR COLUMNS

matches() # expected actual
{
    awk '
    NR == FNR { want[++n] = $0; next }
    { got[++m] = $0 }
    END {
        i = j = 1; back = 0
        while (j <= m) {
            if (i <= n && want[i] == "...") { back = ++i; from = j }
            else if (i <= n && want[i] == got[j]) { i++; j++ }
            else if (back) { i = back; j = ++from }
            else exit 1
        }
        while (i <= n && want[i] == "...") i++
        exit i <= n
    }' "$1" "$2"
}

compare() # file: judges the command in $work/command against $work/want
{
    [ -s "$work/command" ] || return 0
    case $(head -n 1 "$work/command") in
    make* | sudo* | git* | ./* | cc*) return 0 ;;
    esac
    sh "$work/command" >"$work/got" 2>&1 </dev/null
    if matches "$work/want" "$work/got"; then
        echo "ok: $1: $(head -n 1 "$work/command")"
    else
        echo "not ok: $1: $(head -n 1 "$work/command")"
        diff "$work/want" "$work/got" | sed -e 's/^/    /' -e '30q'
    fi
}

for file in README.md docs/*.md; do
    [ -f "$file" ] || continue
    : >"$work/command"
    inside=no
    while IFS= read -r line || [ -n "$line" ]; do
        case $inside$line in
        'no```console') inside=yes ;;
        'yes```')
            compare "$file"
            : >"$work/command"
            inside=no
            ;;
        'yes$ '*)
            compare "$file"
            printf '%s\n' "${line#??}" >"$work/command"
            : >"$work/want"
            ;;
        'yes> '*) # a command that goes on
            printf '%s\n' "${line#??}" >>"$work/command"
            ;;
        yes*) printf '%s\n' "$line" >>"$work/want" ;;
        esac
    done <"$file"
done >"$work/verdicts"
if [ -s "$work/verdicts" ]; then
    cat "$work/verdicts"
else
    echo 'skip: examples in the documents: there are none'
fi
