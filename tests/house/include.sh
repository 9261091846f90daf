# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Who may include whom. The rows are the ones of docs/design.md.
. tests/house/lib.inc

allowed='
base
numeric base
model base
machine base
plan base model machine
run base model machine plan
preset base model machine plan run
scenario base numeric model machine plan run preset
report base numeric model machine plan run preset scenario
cli
'

includes()
{
    code_of src include | sed -n 's/^\([^:]*:[0-9]*\):[ \t]*#[ \t]*include[ \t]*\([<"][^>"]*[>"]\).*/\1 \2/p'
}

includes | awk -v rows="$allowed" '
BEGIN {
    n = split(rows, row, "\n")
    for (i = 1; i <= n; i++) {
        m = split(row[i], word, " ")
        for (j = 1; j <= m; j++) may[word[1], word[j]] = 1
        if (m) floor[word[1]] = 1
    }
}
$1 ~ /^src\// && $2 ~ /^"/ {
    split($1, place, "/"); from = place[2]
    target = substr($2, 2, length($2) - 2)
    split(target, part, "/")
    if (part[1] == "trainbudget") next
    if (target !~ /\//) { print $1 ": " $2 " lacks its folder"; next }
    # A generator is a program of its own that may read with its own floor and base.
    if (!((from, part[1]) in may)) print $1 ": " from " includes " target
    if (!(part[1] in floor)) print $1 ": unknown folder in " target
}' | verdict 'a file includes only from its own folder or a lower row'

includes | awk '$1 ~ /^include\// && $2 ~ /^"/ && $2 !~ /^"trainbudget\// { print $1 ": " $2 }' |
    verdict 'the public headers include only each other'

includes | awk '$2 ~ /^<gsl\// && $1 !~ /^src\/numeric\// { print $1 ": " $2 }' |
    verdict 'GSL is included in src/numeric only'

includes | awk '$1 ~ /^src\/(model|machine|plan|run)\// && $2 ~ /^<(stdio|stdlib|unistd|time|locale|errno|yaml|jansson|csv)[.]h>/ {
    print $1 ": " $2 }' |
    verdict 'the pure floors include nothing that allocates, reads or writes'
