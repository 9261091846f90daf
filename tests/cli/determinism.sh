# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Same inputs, same bytes, on any number of threads and in any locale.
for form in --json --csv -v; do
    OMP_NUM_THREADS=1 "$TB" -q --preset v4pro-post --chip 910c $form >one || exit
    OMP_NUM_THREADS=2 "$TB" -q --preset v4pro-post --chip 910c $form >two || exit
    OMP_NUM_THREADS=5 LC_ALL=de_DE.UTF-8 "$TB" -q --preset v4pro-post --chip 910c $form >three || exit
    cmp one two && cmp one three && echo "$form: same bytes"
done
"$TB" -q --preset v4pro-post --chip 910c --seed 77 --csv >other
cmp -s one other || echo "another seed, other bytes"
