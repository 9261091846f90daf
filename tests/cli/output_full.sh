# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
"$TB" -q --preset v4pro-post --chip 910c >/dev/full
echo "exit $?"
"$TB" -q --preset v4pro-post --chip 910c -o /dev/full
echo "exit $?"
"$TB" list chips >/dev/full
echo "exit $?"
