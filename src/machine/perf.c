/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/perf.h"

static const struct tb_perf_info table[TB_PERF_COUNT] = {
#define TB_PERF(name, scope, start, low, high, spread, title)                                      \
    {#name, TB_PERF_##scope, start, low, high, spread, title, offsetof(struct tb_perf, name)},
#include "machine/perf.def"
#undef TB_PERF
};

const struct tb_perf_info *tb_perf_info(enum tb_perf_id id)
{
    return (size_t)id < TB_PERF_COUNT ? &table[id] : NULL;
}

double *tb_perf_field(struct tb_perf *perf, enum tb_perf_id id)
{
    return (double *)(void *)((char *)perf + tb_perf_info(id)->offset);
}

void tb_perf_start(struct tb_perf *perf)
{
#define TB_PERF(name, scope, start, low, high, spread, title) perf->name = start;
#include "machine/perf.def"
#undef TB_PERF
}

/* Sustained in training over the best shape of a search, the mean of the chips of which both are
 * known (0.56 to 0.87): power limits take the rest. */
#define SUSTAINED_SHARE 0.75

void tb_perf_start_for(struct tb_perf *perf, const struct tb_chip *chip)
{
    tb_perf_start(perf);
    double best = chip->matmul[TB_BF16] / chip->peak[TB_BF16];
    double best8 = chip->matmul[TB_FP8] / chip->peak[TB_FP8];
    if (best > 0.0)
        perf->gemm16 = SUSTAINED_SHARE * best;
    if (best8 > 0.0)
        perf->gemm8 = SUSTAINED_SHARE * best8;
    else if (best > 0.0)
        perf->gemm8 = SUSTAINED_SHARE * SUSTAINED_SHARE * best;
}

bool tb_perf_start_is_measured(const struct tb_chip *chip, enum tb_perf_id id)
{
    bool best = chip->matmul[TB_BF16] > 0.0;
    return (id == TB_PERF_ID_gemm16 && best) ||
           (id == TB_PERF_ID_gemm8 && (best || chip->matmul[TB_FP8] > 0.0));
}
