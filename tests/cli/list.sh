# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Every kind lists something in every form, and the first column is unique.
for kind in runs models chips clusters metrics conventions params sources recipes; do
    "$TB" list $kind >text || echo "$kind fails"
    "$TB" list $kind --csv >csv || echo "$kind fails"
    "$TB" list $kind --json >json || echo "$kind fails"
    [ "$(wc -l <csv)" -gt 5 ] || echo "$kind is short"
    cut -d, -f1 csv | sort | uniq -d
    awk 'length($0) > 80 { print "wide: " $0 }' text
done
"$TB" list
"$TB" list recipes --tsv | head -n 2
