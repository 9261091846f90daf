# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
# A chip of the user's own, by option, by TRAINBUDGET_PATH and by the data home.
mkdir -p mine/chips home/trainbudget/chips
sed -n '/^```yaml chips\/mychip.yaml$/,/^```$/p' "$SRC/README.md" | grep -v '^```' >mine/chips/mychip.yaml
cp mine/chips/mychip.yaml home/trainbudget/chips/
"$TB" check mine/chips/mychip.yaml && echo checked
"$TB" -q --preset v4pro-post --chip mychip --preset-dir mine --get chip_hours >option || exit
TRAINBUDGET_PATH=mine "$TB" -q --preset v4pro-post --chip mychip --get chip_hours | cmp - option && echo same
XDG_DATA_HOME=$PWD/home "$TB" -q --preset v4pro-post --chip mychip --get chip_hours | cmp - option && echo same
"$TB" -q --preset v4pro-post --chip mychip --preset-dir mine | grep -c 'user file'
