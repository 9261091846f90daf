# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. tests/house/lib.inc

find src include tests -name '*.c' -exec wc -l {} + | awk '$2 != "total" && $1 > 600 { print $2 ": " $1 }' |
    verdict 'no file is longer than 600 lines'
find src include tests -name '*.h' -exec wc -l {} + | awk '$2 != "total" && $1 > 250 { print $2 ": " $1 }' |
    verdict 'no header is longer than 250 lines'

# A function is what opens with "{" in the first column and closes with "}" there; its lines are
# those of the head, too.
find src -name '*.c' | sort | while IFS= read -r file; do
    awk -v file="$file" '
    /^[A-Za-z_].*\(/ && !open { head = FNR; name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    /^\{/ { open = 1 }
    /^\}/ && open {
        if (FNR - head + 1 > 60) print file ":" head ": " name " has " FNR - head + 1 " lines"
        open = 0
    }' "$file"
done | verdict 'no function is longer than 60 lines'

# The parameters of a definition or a declaration: commas outside nested parentheses.
code_of src include | awk '
{
    at = index($0, ":"); rest = substr($0, at + 1); at2 = index(rest, ":")
    place = substr($0, 1, at + at2 - 1); text = substr(rest, at2 + 1)
    if (text ~ /^[a-z].*[a-z_0-9]\(/ && text !~ /^(return|else|if|for|while|switch|typedef)[^a-z_]/) {
        collecting = 1; all = ""; where = place; depth = 0; commas = 0; done = 0
        sub(/^[^(]*/, "", text)
    }
    if (!collecting) next
    for (i = 1; i <= length(text) && !done; i++) {
        c = substr(text, i, 1)
        if (c == "(") depth++
        else if (c == ")") { if (--depth == 0) done = 1 }
        else if (c == "," && depth == 1) commas++
    }
    if (done) { collecting = 0; if (commas > 6) print where ": " commas + 1 " parameters" }
}' | verdict 'no function has more than 7 parameters'

# 4 spaces a level: 5 levels within a function are "if" within "for" within "for", and one more.
code_of src | grep -E ':( {4}){4}(if|for|while|switch|do)[ ({]' |
    verdict 'control flow nests at most 3 deep'

if command -v pmccabe >/dev/null 2>&1; then
    find src -name '*.c' -exec pmccabe {} + | awk '$1 > 12 { print $6 " " $7 ": complexity " $1 }' |
        verdict 'no function has a cyclomatic complexity above 12'
else
    echo 'skip: cyclomatic complexity: pmccabe is not installed'
fi
