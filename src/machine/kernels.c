/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/kernels.h"

#include <math.h>
#include <string.h>

#include "base/pick.h"

/* Seconds from one kernel's end to the next one's start on a queue that is never empty. */
#define KERNEL_GAP 3e-6

/* The reference head width of the attention shares: the commonest one. */
#define REFERENCE_HEAD 128.0

/* Bytes an unfused softmax with mask and dropout moves per score: write and read the scores, the
 * probabilities and the dropout mask; backward reads and writes them again with their gradients. */
#define UNFUSED_FORWARD_BYTES 11.0
#define UNFUSED_BACKWARD_BYTES 13.0

struct mode {
    const char *id;
    enum tb_dtype peak;
    double speed; /* of the products against the per-tensor recipe: 3.9 and 3.10 of the facts */
    double bytes; /* per operand element, scales included */
    /* Read 16 bits, write the row- and the column-wise copy; a scale a tensor or a row needs the
     * largest element first, which reads all once more. */
    double cast_bytes;
};

static const struct mode modes[TB_GEMM_MODE_COUNT] = {
    [TB_GEMM_16] = {"16", TB_BF16, 1.0, 2.0, 0.0},
    [TB_GEMM_FP8] = {"fp8", TB_FP8, 1.0, 1.0, 6.0},
    [TB_GEMM_FP8_ROW] = {"fp8-row", TB_FP8, 0.62, 1.0, 6.0},
    [TB_GEMM_FP8_BLOCK] = {"fp8-block", TB_FP8, 0.85, 1.03, 6.0},
    [TB_GEMM_MXFP8] = {"mxfp8", TB_FP8, 0.97, 1.03, 6.0},
    [TB_GEMM_FP4] = {"nvfp4", TB_FP4, 1.0, 0.56, 6.0},
    [TB_GEMM_INT8] = {"int8", TB_INT8, 1.0, 1.0, 4.0},
};

const char *tb_gemm_mode_id(enum tb_gemm_mode mode)
{
    return (size_t)mode < TB_GEMM_MODE_COUNT ? modes[mode].id : NULL;
}

bool tb_gemm_mode_find(const char *id, enum tb_gemm_mode *out)
{
    for (size_t i = 0; i < TB_GEMM_MODE_COUNT; i++) {
        if (strcmp(id, modes[i].id) == 0) {
            *out = (enum tb_gemm_mode)i;
            return true;
        }
    }
    return false;
}

static double low_share(const struct tb_perf *perf, enum tb_gemm_mode mode)
{
    if (mode == TB_GEMM_16)
        return perf->gemm16;
    return mode == TB_GEMM_FP4 ? perf->gemm4 : perf->gemm8 * modes[mode].speed;
}

bool tb_device_init(struct tb_device *device, const struct tb_chip *chip,
                    const struct tb_perf *perf, enum tb_gemm_mode mode, double devices)
{
    double peak16 = tb_chip_peak16(chip);
    double peak = mode == TB_GEMM_16 ? peak16 : chip->peak[modes[mode].peak];
    device->peak16 = peak16 / devices;
    device->flops16 = device->peak16 * perf->gemm16;
    device->flops_low = peak / devices * low_share(perf, mode);
    device->raw_bandwidth = chip->memory_bandwidth / devices;
    device->bandwidth = device->raw_bandwidth * perf->memory;
    device->half = perf->gemm_half;
    device->grouped = perf->grouped;
    device->grouped_low = mode == TB_GEMM_16 ? perf->grouped : perf->grouped8;
    device->grouped_half = perf->grouped_half;
    device->bytes_low = modes[mode].bytes;
    device->cast_bytes = modes[mode].cast_bytes;
    return device->flops16 > 0.0 && device->flops_low > 0.0 && device->bandwidth > 0.0;
}

double tb_gemm_time(const struct tb_device *device, double m, double n, double k, bool low)
{
    double a = device->half;
    double speed = low ? device->flops_low : device->flops16;
    double width = low ? device->bytes_low : 2.0;
    double compute = 2.0 * (m + a) * (n + a) * (k + a) / speed;
    double bytes = width * (m * k + k * n) + 2.0 * m * n;
    return tb_larger(compute, bytes / device->bandwidth) + KERNEL_GAP;
}

double tb_grouped_gemm_time(const struct tb_device *device, double rows, double groups, double n,
                            double k, bool low)
{
    double a = device->half;
    double speed =
        low ? device->flops_low * device->grouped_low : device->flops16 * device->grouped;
    double width = low ? device->bytes_low : 2.0;
    double compute = 2.0 * groups * (rows + device->grouped_half) * (n + a) * (k + a) / speed;
    double bytes = groups * (width * (rows * k + k * n) + 2.0 * rows * n);
    return tb_larger(compute, bytes / device->bandwidth) + KERNEL_GAP;
}

/* Share of the reference speed: narrow heads starve the matrix unit, few tiles leave cores idle,
 * short rows never reach the steady state of the kernel's inner loop. */
static double attention_share(const struct tb_perf *perf, const struct tb_attn_work *work)
{
    double head = work->width / (work->width + perf->attn_head);
    double best = REFERENCE_HEAD / (REFERENCE_HEAD + perf->attn_head);
    double tiles = work->heads * work->sequences * tb_larger(work->queries / 128.0, 1.0);
    return head / best * tiles / (tiles + 24.0) * work->keys / (work->keys + 256.0);
}

static double unfused_time(const struct tb_device *device, const struct tb_attn_work *work,
                           double products, double score_bytes)
{
    double scores = work->heads * work->sequences * work->queries * work->keys;
    double a = device->half;
    /* Batched products of queries x width x keys: the width is the short side. */
    double pair = 2.0 * scores * (1.0 + a / work->queries) * (1.0 + a / work->keys) *
                  (work->width + 0.5 * a) / device->flops16;
    return products * pair + score_bytes * scores / device->bandwidth + 5.0 * KERNEL_GAP;
}

double tb_attn_forward_time(const struct tb_device *device, const struct tb_perf *perf,
                            const struct tb_attn_work *work)
{
    if (work->flops <= 0.0)
        return 0.0;
    if (!work->fused)
        return perf->attn_slowness * unfused_time(device, work, 2.0, UNFUSED_FORWARD_BYTES);
    double speed = device->peak16 * perf->attn_forward * attention_share(perf, work);
    return perf->attn_slowness * work->flops / speed + KERNEL_GAP;
}

double tb_attn_backward_time(const struct tb_device *device, const struct tb_perf *perf,
                             const struct tb_attn_work *work)
{
    if (work->flops <= 0.0)
        return 0.0;
    if (!work->fused)
        return perf->attn_slowness * unfused_time(device, work, 4.0, UNFUSED_BACKWARD_BYTES);
    double speed = device->peak16 * perf->attn_backward * attention_share(perf, work);
    return perf->attn_slowness * 2.5 * work->flops / speed + 2.0 * KERNEL_GAP;
}

double tb_pass_time(const struct tb_device *device, double bytes, double passes)
{
    return bytes / device->bandwidth + passes * KERNEL_GAP;
}
