# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# The priors of the data come out of the published runs again.
cd "$SRC/presets/observations" || exit
"$TB" fit mfu pretrain_runs.csv ascend_runs.csv >"$OLDPWD/priors" || exit
cd "$OLDPWD" || exit
diff priors "$SRC/presets/priors.yaml" && echo "as recorded"
try fit
try fit mfu
try fit speed runs.csv
try fit mfu missing.csv
try fit mfu .
printf "a,b\n1,2\n" >other.csv
try fit mfu other.csv
