# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Options are declared once: what help, man page and completions say agrees with it.
"$TB" --help | grep -oE '^  (-., )?--?[a-z-]+' | grep -oE '\-\-?[a-z-]+$' | sort >help
page=$SRC/docs/man/trainbudget.1
awk '/^\.It Fl/ { sub(/^\.It Fl . , /, ".It "); if ($2 " " $3 == "Fl Fl") print "--" $4; else print "-" $3 }' "$page" |
    sort >man
diff help man && echo "the man page has every option and no other"
for shell in bash zsh fish; do
    "$TB" help completion-$shell | cmp - "$SRC/docs/completion/trainbudget.$shell" &&
        echo "$shell: as recorded"
done
bash -n "$SRC/docs/completion/trainbudget.bash" 2>&1
for command in $("$TB" --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    grep -q "^\.It Ic $command\b" "$page" || echo "the man page lacks $command"
done
