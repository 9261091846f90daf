/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MACHINE_PERF_H
#define TB_MACHINE_PERF_H

#include <stddef.h>

#include "machine/chip.h"

/** The fitted constants that stand between a data sheet and a time; the table is perf.def. */
struct tb_perf {
#define TB_PERF(name, scope, start, low, high, spread, title) double name;
#include "machine/perf.def"
#undef TB_PERF
};

enum tb_perf_scope { TB_PERF_CHIP, TB_PERF_LINK, TB_PERF_STACK, TB_PERF_KERNEL };

enum tb_perf_id {
#define TB_PERF(name, scope, start, low, high, spread, title) TB_PERF_ID_##name,
#include "machine/perf.def"
#undef TB_PERF
    TB_PERF_COUNT
};

struct tb_perf_info {
    const char *id;
    enum tb_perf_scope scope;
    double start, low, high;
    double spread; /**< of the logarithm */
    const char *title;
    size_t offset; /**< of the double in struct tb_perf */
};

const struct tb_perf_info *tb_perf_info(enum tb_perf_id id);

/** The constant `id` in a set. */
double *tb_perf_field(struct tb_perf *perf, enum tb_perf_id id);

/** All constants at their starting values. */
void tb_perf_start(struct tb_perf *perf);

/** The same for a chip of which only the data sheet is known: where the best measured matrix
 *  product is known, a share of it is what large products sustain. */
void tb_perf_start_for(struct tb_perf *perf, const struct tb_chip *chip);

/** True when the starting value of the constant comes from a product measured on the chip. */
bool tb_perf_start_is_measured(const struct tb_chip *chip, enum tb_perf_id id);

#endif
