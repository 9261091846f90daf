/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/hash.h"

uint64_t tb_hash(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++) {
        hash ^= (unsigned char)*name;
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}

/* Steele, Lea and Flood's SplitMix64 finaliser: every input bit reaches every output bit, so that
 * neighbouring seeds and names give streams without a common pattern. */
static uint64_t scatter(uint64_t bits)
{
    bits ^= bits >> 30;
    bits *= UINT64_C(0xbf58476d1ce4e5b9);
    bits ^= bits >> 27;
    bits *= UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

uint32_t tb_stream_seed(uint64_t seed, const char *name)
{
    uint64_t mixed = scatter(scatter(seed + UINT64_C(0x9e3779b97f4a7c15)) ^ tb_hash(name));
    uint32_t folded = (uint32_t)(mixed >> 32);
    return folded ? folded : 1;
}
