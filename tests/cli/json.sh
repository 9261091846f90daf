# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# The keys of the contract, in their order, and one line for --jsonl.
"$TB" -q --preset v4pro-post --chip 910c --json >estimate.json || exit
sed -n 's/^  "\([a-z_]*\)".*/\1/p' estimate.json
sed -n '2p' estimate.json
"$TB" -q --preset v4pro-post --chip 910c --jsonl | wc -l | tr -d ' '
"$TB" -q --preset v4pro-post --chip 910c --json=1 | cmp - estimate.json && echo same
grep -ciE '[:,] *-?(nan|inf)' estimate.json
awk '/^  "metrics"/ { on = 1 } /^  "breakdown"/ { on = 0 } on && /"id":/ { print $2 }' estimate.json |
    tr -d '",' >ids
"$TB" list metrics --tsv | tail -n +2 | cut -f1 | cmp - ids && echo "every metric, in the order of the table"
