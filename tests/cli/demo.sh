# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
"$TB" --preset v4pro-post --chip 910c >text 2>findings || exit
settle <text
cat findings >&2
