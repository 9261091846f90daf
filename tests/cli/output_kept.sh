# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# A file that is replaced keeps its mode, and a link stays a link.
umask 022
echo old >real
chmod 640 real
ln -s real link
ln -s made dangling
for file in link dangling fresh; do
    "$TB" -q --preset v4pro-post --no-uncertainty --csv -o $file
    head -n 1 $file
done
ls -l | sed -n 's/^\([-lrwx]*\) .* \([a-z]*\|[a-z]* -> [a-z]*\)$/\1 \2/p'
# A limit of size is an error like a full disk, and leaves nothing behind.
(ulimit -f 1; exec "$TB" -q --preset v4pro-post --json -o big.json 2>findings) || echo "exit $?"
cat findings
ls -A
# Streams that end in one file do not say the same twice.
"$TB" --preset v4pro-post --no-uncertainty >log 2>&1
grep -ci 'not published: ' log
"$TB" --preset v4pro-post --no-uncertainty 2>findings >log
grep -ci 'not published: ' log findings
