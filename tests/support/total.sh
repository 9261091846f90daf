#!/bin/sh
# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Adds up the lines "SUITE PASSED FAILED SKIPPED" of a tally and closes the run. A suite that ended
# badly without a failed test of its own ("SUITE 0 0 0 failed" alone) counts as one failure.
awk '
$5 == "failed" { broken[$1] = 1; next }
{ passed += $2; failed += $3; skipped += $4; bad[$1] += $3 }
END {
    for (suite in broken)
        if (!bad[suite]) { print suite ": the suite itself failed"; failed++ }
    line = (passed + 0) " passed, " (failed + 0) " failed"
    if (skipped) line = line ", " skipped " skipped"
    print line
    exit failed || !passed
}' "$1"
