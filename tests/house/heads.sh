# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. tests/house/lib.inc

find src include tests presets Makefile .ci -type f \( -name '*.[ch]' -o -name '*.def' -o \
    -name '*.sh' -o -name '*.inc' -o -name '*.yaml' -o -name Makefile -o -path '.ci/*' \) ! -path 'tests/*/bad/*' \
    ! -path 'tests/data/*' ! -path 'tests/cli/*' |
    sort | while IFS= read -r file; do
    head -n 4 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$file"
done | verdict 'every source file begins with its licence'

find src include -name '*.h' | sort | while IFS= read -r file; do
    guard=$(sed -n 's/^#ifndef \([A-Z0-9_]*\)$/\1/p' "$file" | head -n 1)
    [ -n "$guard" ] && grep -q "^#define $guard\$" "$file" || echo "$file"
done | verdict 'every header has an include guard'

find src include -name '*.h' -exec sed -n 's/^#ifndef \(T[A-Z0-9_]*\)$/\1/p' {} + | sort | uniq -d |
    verdict 'no two headers share a guard'

# A public function has a comment that ends on the line before it, or stands in a run of
# declarations under one.
find include -name '*.h' | sort | while IFS= read -r file; do
    awk -v file="$file" '
    /\*\// { commented = 1; if ($0 !~ /^[a-z].*;/) next }
    /^$/ { commented = 0 }
    /^[a-z].*tb_[a-z0-9_]*\(/ && !commented { print file ":" FNR ": " $0 }' "$file"
done | verdict 'every public function has a comment'

blank='[[:space:]]$'
grep -rnIE "$(printf '\t')|$blank" src include --include='*.[ch]' --include='*.def' |
    verdict 'no tabs and no trailing blanks in sources'

grep -rnoE '^.{101,}$' src include tests --include='*.[ch]' | cut -c1-80 |
    verdict 'no line is longer than 100 columns'
