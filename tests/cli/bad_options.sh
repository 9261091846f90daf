# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
try
try --chp 910c
try -x=5
try -o=file --preset v4pro-post
try -preset v4pro-post
try '–preset' v4pro-post
try --chip
try --chip --json
try --chip=
try ''
try --csv=1 --preset v4pro-post
try --json=2 --preset v4pro-post
try --json --csv --preset v4pro-post
try --color=sometimes --preset v4pro-post
try --peak nominal --preset v4pro-post
try --get chips --get steps --preset v4pro-post
try --chips 1000
try --seq-len 4096 --preset v4pro-post
try list runs --mfu 0.3
try --preset v4pro-post --preset dsv3-pretrain
try --preset v4pro-post --chip h800 --chip 910c
try show chip
