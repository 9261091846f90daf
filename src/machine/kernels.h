/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MACHINE_KERNELS_H
#define TB_MACHINE_KERNELS_H

#include "machine/chip.h"
#include "machine/perf.h"

/** Time on one device of what runs there. All sizes are those of one rank. */

/** How the linear layers multiply. */
enum tb_gemm_mode {
    TB_GEMM_16,        /**< bf16 or fp16 */
    TB_GEMM_FP8,       /**< one scale a tensor */
    TB_GEMM_FP8_ROW,   /**< one scale a row */
    TB_GEMM_FP8_BLOCK, /**< scales a tile (1x128, 128x128) */
    TB_GEMM_MXFP8,     /**< shared exponents of 32 elements */
    TB_GEMM_FP4,       /**< 4-bit products with block scales */
    TB_GEMM_INT8,
    TB_GEMM_MODE_COUNT
};

const char *tb_gemm_mode_id(enum tb_gemm_mode mode);
bool tb_gemm_mode_find(const char *id, enum tb_gemm_mode *out);

/** Speeds of one device under a set of constants, in SI units. */
struct tb_device {
    double flops16;       /**< sustained FLOP/s of large plain 16-bit products */
    double flops_low;     /**< the same in the mode of the linear layers */
    double peak16;        /**< FLOP/s */
    double bandwidth;     /**< sustained bytes/s of streaming passes */
    double raw_bandwidth; /**< bytes/s */
    double half;          /**< extent that halves a product */
    double grouped;       /**< grouped products over plain ones, 16 bits */
    double grouped_low;   /**< the same in the mode of the linear layers */
    double grouped_half;
    double bytes_low;  /**< bytes of an operand in the mode of the linear layers */
    double cast_bytes; /**< bytes moved per element of a linear layer's input to convert it */
};

/** @return false when the chip lacks a peak or a bandwidth that the mode needs. `devices` splits a
 *  chip among the devices that software sees (1: the chip is one). */
bool tb_device_init(struct tb_device *device, const struct tb_chip *chip,
                    const struct tb_perf *perf, enum tb_gemm_mode mode, double devices);

/** Seconds of a product of an m x k by a k x n matrix (eq. 9.1): roofline of the curve
 *  e / ((1 + A/m)(1 + A/n)(1 + A/k)) and of the operands' traffic. `low`: in the low-precision
 *  mode of the device, else in 16 bits. */
double tb_gemm_time(const struct tb_device *device, double m, double n, double k, bool low);

/** Seconds of `groups` products with `rows` rows each over different weights (eq. 9.2). */
double tb_grouped_gemm_time(const struct tb_device *device, double rows, double groups, double n,
                            double k, bool low);

/** Attention of one layer and microbatch on one device. */
struct tb_attn_work {
    double flops; /**< forward, masked pairs only */
    double heads; /**< query heads on the device */
    double sequences;
    double queries; /**< query positions of a sequence on the device */
    double keys;    /**< keys of a sequence before the mask; bounds the score matrix */
    double width;   /**< mean of query/key and value width of a head */
    bool fused;     /**< scores never reach memory */
};

/** Seconds forward (eq. 9.3). */
double tb_attn_forward_time(const struct tb_device *device, const struct tb_perf *perf,
                            const struct tb_attn_work *work);
/** Seconds backward: 2.5 forwards of the fused kernel, 2 of the unfused (eq. 9.4). */
double tb_attn_backward_time(const struct tb_device *device, const struct tb_perf *perf,
                             const struct tb_attn_work *work);

/** Seconds to stream `bytes` through memory in `passes` kernels. */
double tb_pass_time(const struct tb_device *device, double bytes, double passes);

#endif
