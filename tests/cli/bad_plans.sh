# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$SRC/tests/cli/try.inc"
# Plans that cannot be: the reason and the nearest value that can; nothing is rounded.
own="-q --no-uncertainty --get memory_fits"
dense="$own --preset llama31-405b-pretrain"
for plan in tp=3 tp=1024 pp=200 pp=1000 tp=8,pp=17 tp=8,pp=16,vpp=9 tp=8,pp=1,vpp=2 dp=3000 tp=1,dp=16384 \
    tp=8,pp=16,cp=3 tp=8,pp=16,cp=16384 tp=8,pp=16,shard=7 tp=8,pp=16,etp=2 \
    tp=8,pp=16,schedule=zb-h1,vpp=4 tp=8,pp=16,schedule=dualpipe tp=8,pp=16,zero=5 tp=nan tp=inf \
    tp=8.5 tp=-1 micro_batch=0 reduce_bytes=nan 'tp=8,,pp=16' 'tp=8;pp=16' TP=8; do
    try $dense --plan "$plan"
done
# Experts; two opposite pipelines.
experts="$own --preset dsv3-pretrain"
for plan in ep=7,pp=16 ep=512,pp=16 ep=64,etp=4,pp=16 ep=64,etp=3,pp=16 ep=64,pp=16,micro_batch=7 \
    ep=64,pp=15,schedule=dualpipe ep=64,pp=16,schedule=dualpipe,vpp=2 \
    ep=64,pp=16,schedule=dualpipe,micro_batch=8 ep=64,pp=1,schedule=dualpipe \
    ep=64,pp=16,schedule=dualpipe,micro_batch=60 tp=128,pp=16; do
    try $experts --plan "$plan"
done
# A sequence of 4096 tokens has no three equal parts, though 1536 chips do.
try $experts --chips 1536 --plan cp=3,pp=16,ep=32
