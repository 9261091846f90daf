/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MACHINE_CHIP_H
#define TB_MACHINE_CHIP_H

#include <math.h>

#include "trainbudget/types.h"

enum tb_dtype { TB_FP32, TB_TF32, TB_FP16, TB_BF16, TB_FP8, TB_INT8, TB_FP4, TB_DTYPE_COUNT };

/** How long a rent binds. */
enum tb_term { TB_TERM_ON_DEMAND, TB_TERM_RESERVED, TB_TERM_SPOT, TB_TERM_COUNT };

/** One chip as sold and counted (see `counts_as` of the preset). NaN: not published. */
struct tb_chip {
    double peak[TB_DTYPE_COUNT];          /**< FLOP/s, dense, matrix engine alone */
    double headline_peak[TB_DTYPE_COUNT]; /**< FLOP/s, dense, as the vendor prints it */
    double matmul[TB_DTYPE_COUNT];        /**< FLOP/s, best measured matrix product */
    double dies;                          /**< devices that software sees in one chip; >= 1 */
    double memory_capacity;               /**< bytes, as sold */
    double memory_visible;                /**< bytes that the driver shows; NaN or 0: as sold */
    double memory_bandwidth;              /**< bytes/s */
    double link_bandwidth;      /**< bytes/s one way, all scale-up links of a chip together */
    double link_domain;         /**< chips in one scale-up domain */
    double nic_bandwidth;       /**< bytes/s one way, scale-out, per chip */
    double tdp;                 /**< watts of the chip alone */
    double server_power;        /**< watts of the server or rack divided by its chips */
    double rent;                /**< USD per chip-hour */
    double term[TB_TERM_COUNT]; /**< the same, as observed by term */
    double purchase;            /**< USD per chip alone */
    double life;                /**< seconds over which the purchase is written off */
    double year;                /**< year of release, with fraction of the month */
};

/** The peak that 16-bit training is measured against: bf16, else fp16; NaN: neither is known. */
static inline double tb_chip_peak16(const struct tb_chip *chip)
{
    return isfinite(chip->peak[TB_BF16]) ? chip->peak[TB_BF16] : chip->peak[TB_FP16];
}

/** Bytes that a program can see: what the driver shows, else what is sold. */
static inline double tb_chip_memory(const struct tb_chip *chip)
{
    return chip->memory_visible > 0.0 ? chip->memory_visible : chip->memory_capacity;
}

/** The headline of the same peak; falls back on it. */
static inline double tb_chip_headline16(const struct tb_chip *chip)
{
    if (isfinite(chip->headline_peak[TB_BF16]))
        return chip->headline_peak[TB_BF16];
    if (isfinite(chip->headline_peak[TB_FP16]) && !isfinite(chip->peak[TB_BF16]))
        return chip->headline_peak[TB_FP16];
    return tb_chip_peak16(chip);
}

const char *tb_dtype_id(enum tb_dtype dtype);
bool tb_dtype_find(const char *id, enum tb_dtype *out);

/** Bytes of one stored number. */
double tb_dtype_bytes(enum tb_dtype dtype);

#endif
