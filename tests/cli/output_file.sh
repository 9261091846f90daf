# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
try -q --preset v4pro-post --chip 910c -o report.txt
"$TB" -q --preset v4pro-post --chip 910c | cmp - report.txt && echo same
ls
try -q --preset v4pro-post --chip 910c -o missing/report.txt
try -q --preset v4pro-post --chip 910c -o .
echo old >old.txt
try -q --preset v4pro-pots -o old.txt
cat old.txt
ls
