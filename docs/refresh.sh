# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# TB=build/trainbudget sh docs/refresh.sh FILE.md...
# Writes what the commands of the console blocks print now below them. The line of an estimate that
# names the digest of the data becomes "...", which stands for any lines. Commands that build or
# install are left as they are.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$(realpath "${TB:-build/trainbudget}")" "$work/trainbudget"
PATH=$work:$PATH
LC_ALL=C.UTF-8 NO_COLOR=1
export PATH LC_ALL NO_COLOR
unset TRAINBUDGET_PATH XDG_DATA_HOME XDG_DATA_DIRS

run() # runs the command that is waiting, if any
{
    [ -s "$work/command" ] || return 0
    sh "$work/command" 2>&1 </dev/null | sed 's/^trainbudget [0-9.]*, data .*/.../' || true
    : >"$work/command"
}

for file in "$@"; do
    inside=no
    keep=yes
    : >"$work/command"
    while IFS= read -r line || [ -n "$line" ]; do
        case $inside$line in
        'no```console') inside=yes keep=yes ;;
        'yes```')
            run
            inside=no keep=yes
            ;;
        'yes$ make'* | 'yes$ sudo'* | 'yes$ git'*)
            run
            keep=yes
            ;;
        'yes$ '*)
            run
            printf '%s\n' "${line#??}" >"$work/command"
            printf '%s\n' "$line"
            keep=no
            continue
            ;;
        'yes> '*) printf '%s\n' "${line#??}" >>"$work/command"; keep=no; printf '%s\n' "$line"; continue ;;
        esac
        [ $keep = no ] || printf '%s\n' "$line"
    done <"$file" >"$work/new"
    cp "$work/new" "$file"
done
