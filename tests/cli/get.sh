# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# Whole numbers of the model do not move with the data of the run.
try -q --preset dsv3-pretrain --no-uncertainty --get params_total,params_active,tokens
try -q --preset dsv3-pretrain --no-uncertainty --get tokens,chip_hour,wallclock
try -q --preset dsv3-pretrain --get 'tokens,'
try -q --preset dsv3-pretrain --get tokens --get steps
try -q --preset dsv3-pretrain --get tokens --json
