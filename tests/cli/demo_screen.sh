# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# One screen: no line is wider than 80 columns, and there are not many.
"$TB" --preset v4pro-post --chip 910c -q >text || exit
awk '/^trainbudget --preset/ { next } length($0) > 80 { print "wide: " $0 }' text
[ "$(wc -l <text)" -le 65 ] || wc -l text
"$TB" --preset v4pro-post --chip 910c -q --color=always | grep -c "$(printf '\033')\[1m"
"$TB" --preset v4pro-post --chip 910c -q --color=never | grep -c "$(printf '\033')" || true
for run in $("$TB" list runs --tsv | tail -n +2 | cut -f1); do
    "$TB" -q --preset "$run" --samples 64 2>findings |
        awk -v run="$run" '/^trainbudget --preset/ { next }
                           length($0) > 80 { print "wide: " run ": " $0 }'
done
