/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/chip.h"

#include <string.h>

static const char *const dtype_ids[TB_DTYPE_COUNT] = {
    [TB_FP32] = "fp32", [TB_TF32] = "tf32", [TB_FP16] = "fp16", [TB_BF16] = "bf16",
    [TB_FP8] = "fp8",   [TB_INT8] = "int8", [TB_FP4] = "fp4",
};

const char *tb_dtype_id(enum tb_dtype dtype)
{
    return dtype_ids[dtype];
}

double tb_dtype_bytes(enum tb_dtype dtype)
{
    static const double bytes[TB_DTYPE_COUNT] = {
        [TB_FP32] = 4.0, [TB_TF32] = 4.0, [TB_FP16] = 2.0, [TB_BF16] = 2.0,
        [TB_FP8] = 1.0,  [TB_INT8] = 1.0, [TB_FP4] = 0.5,
    };
    return bytes[dtype];
}

bool tb_dtype_find(const char *id, enum tb_dtype *out)
{
    for (int i = 0; i < TB_DTYPE_COUNT; i++) {
        if (strcmp(id, dtype_ids[i]) == 0) {
            *out = (enum tb_dtype)i;
            return true;
        }
    }
    return false;
}
