# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/output.md lists every diagnostic code with the title of the table, and no other.
sed -n 's/^TB_DIAG([A-Z_0-9]*, "\(TB[0-9]*\)", TB_\([A-Z]*\), [A-Z_]*, "\(.*\)")/\1|\2|\3/p' \
    "$SRC/src/base/diag.def" | tr 'A-Z' 'a-z' | sort >table
sed -n 's/^| `\(TB[0-9]*\)` | \([a-z]*\) | \(.*\) |$/\1|\2|\3/p' "$SRC/docs/output.md" |
    tr 'A-Z' 'a-z' | sort >page
diff table page && echo "docs/output.md has every code"
