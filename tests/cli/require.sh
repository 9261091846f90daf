# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require 'tokens >= 14.8e12'
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require 'tokens<1e12'
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require memory_fits
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require memory_fit
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require 'tokens~3'
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require 'tokens<3x'
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require 'tokens<'
try -q --preset dsv3-pretrain --no-uncertainty --get tokens --require 'tokens ~ 3'
