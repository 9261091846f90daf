# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# A closed pipe: the status says so, and nothing is printed.
{ sleep 1; "$TB" --help; echo "exit $?" >&2; } | true
