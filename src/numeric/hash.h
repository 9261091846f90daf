/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_HASH_H
#define TB_NUMERIC_HASH_H

#include <stdint.h>

/** FNV-1a, 64 bits: names to numbers that never change between versions and machines. */
uint64_t tb_hash(const char *name);

/** The seed of the random stream that belongs to a name under a user's seed: 32 bits, never 0
 *  (GSL's mt19937 silently takes 0 for 4357). */
uint32_t tb_stream_seed(uint64_t seed, const char *name);

#endif
