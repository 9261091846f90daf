# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The shared library gives away what the public headers declare, all of it and nothing else.
. tests/house/lib.inc

library=${BUILD:-build}/libtrainbudget.so
if [ ! -e "$library" ] || ! command -v nm >/dev/null 2>&1; then
    echo "skip: exported names: no $library or no nm"
    exit 0
fi
work=$(mktemp -d) || exit 5
trap 'rm -rf "$work"' EXIT
nm -D --defined-only "$library" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/given"
code_of include | sed -n 's/.*[ *]\(tb_[a-z0-9_]*\)(.*/\1/p' | sort -u >"$work/declared"
comm -23 "$work/given" "$work/declared" | verdict 'nothing is exported that no public header declares'
comm -13 "$work/given" "$work/declared" | verdict 'everything that a public header declares is exported'

# Each public header can be included first and alone.
for header in include/trainbudget/*.h; do
    printf '#include "%s"\nint main(void) { return 0; }\n' "${header#include/}" |
        ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -x c -fsyntax-only - ||
        echo "$header"
done 2>&1 | verdict 'every public header compiles on its own'
