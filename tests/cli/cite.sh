# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Nothing but entries: a line outside of one would break a .bib file.
"$TB" -q cite --preset v4pro-post --chip 910c >all.bib || exit
awk '/^@/ { if (open) print "unclosed before " $0; open = 1; n++ } /^}/ { open = 0; next }
     !open && $0 != "" { print "outside: " $0 } END { print (n > 5) ? "entries" : "too few" }' all.bib
sed -n 's/^@[a-z]*{\(.*\),$/\1/p' all.bib | sort | uniq -d
"$TB" cite | sed 's/digest [0-9a-f]*/digest DIGEST/'
