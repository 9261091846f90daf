# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
mkdir chips
printf 'id: closed\n' >chips/closed.yaml
chmod 000 chips/closed.yaml
try check chips/closed.yaml
