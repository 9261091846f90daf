# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
mkdir chips
awk 'BEGIN { for (i = 0; i < 131072; ++i) printf "note%07d: %s\n", i, "sixty-four bytes of a note that says nothing at all to anybody." }' \
    >chips/huge.yaml
try check chips/huge.yaml
awk 'BEGIN { printf "id: deep\nnote: "; for (i = 0; i < 10000; ++i) printf "["; for (i = 0; i < 10000; ++i) printf "]"; print "" }' \
    >chips/deep.yaml
try check chips/deep.yaml
