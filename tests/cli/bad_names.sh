# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
try --preset v4pro-pots
try --preset v4pro-post --chip h80
try --preset v4pro-post --chip 950
try --preset v4pro-post --model deepseek-v5
try --preset v4pro-post --cluster cloudmatrix
try --preset v4pro-post --set stepz=4
try --preset v4pro-post --set steps
try -q --preset v4pro-post --get chip_hour
try --preset v4pro-post --mfu-convention 6m
try --preset v4pro-post --precision bf17
try --preset v4pro-post --basis guess
