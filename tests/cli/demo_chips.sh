# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# The same run on other chips answers too, and the disclosed chip-hours lie inside the range.
for chip in 910c h800 950dt a100-80g 910b2 h100 tpu-v5p; do
    "$TB" -q --preset v4pro-post --chip $chip --get chip_hours |
        awk -v chip=$chip '{ print chip, ($1 > 1e3 && $1 < 1e6) ? "answers" : "strange " $1 }'
done
"$TB" -q --preset v4pro-post --chip 910c --csv | awk -F, '
    $1 == "chip_hours" { print "median", ($3 > 9e3 && $3 < 3e4) ? "as expected" : $3
                         print "11250", ($4 <= 11250 && 11250 <= $5) ? "inside" : "outside" }
    $1 == "memory_fits" { print "fits", $3 }'
