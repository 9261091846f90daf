# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
try explain mfu
"$TB" list metrics --tsv | tail -n +2 | cut -f1 | while read -r id; do
    "$TB" explain "$id" >text || echo "cannot explain $id"
    [ "$(wc -l <text)" -ge 6 ] || cat text
done
"$TB" -q explain chip_hours --preset dsv3-pretrain | grep -cE '^  (value|inputs) '
