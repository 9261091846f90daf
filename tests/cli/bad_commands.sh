# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
try lst
try estimate
try show
try show 910c h800 a100
try show gpu 910c
try show 950
try show h80
try list gpus
try explain chip_hour
try help lst
try help completion-tcsh
