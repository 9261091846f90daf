# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Same inputs, same bytes, on any number of threads and in any locale.
for form in --json --csv -v; do
    OMP_NUM_THREADS=1 "$TB" --preset v4pro-post --chip 910c $form >one 2>findings || exit
    OMP_NUM_THREADS=2 "$TB" --preset v4pro-post --chip 910c $form >two 2>findings || exit
    OMP_NUM_THREADS=5 LC_ALL=de_DE.UTF-8 "$TB" --preset v4pro-post --chip 910c $form >three 2>findings || exit
    cmp one two && cmp one three && echo "$form: same bytes"
done
"$TB" -q --preset v4pro-post --chip 910c --seed 77 --csv >other
cmp -s one other || echo "another seed, other bytes"
