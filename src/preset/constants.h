/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_CONSTANTS_H
#define TB_PRESET_CONSTANTS_H

#include "machine/perf.h"
#include "preset/preset.h"

/** presets/constants.yaml: what hardware and software really deliver, as fitted to measured steps,
 * and how far predictions made with it stand from rows that were left out of the fit. */

struct tb_constant {
    enum tb_perf_id id;
    const char *key; /**< chip, generation, vendor; stack, stack@generation; "default" */
    double value;
    double sd_ln;  /**< of the logarithm */
    double rows;   /**< observations that depend on it */
    size_t before; /**< the one before it of the same id, counted from 1; 0: none */
};

/** Quantiles of ln(measured / predicted) of left-out rows. */
struct tb_error_band {
    bool moe;
    double known;             /**< 0: chip and stack have constants; 1: one of them; 2: neither */
    double low, median, high; /**< P5, P50, P95 */
    double n;
};

struct tb_constants {
    size_t n, capacity;
    struct tb_constant *item;
    size_t last[TB_PERF_COUNT]; /**< of each id, counted from 1; 0: none */
    size_t n_bands;
    struct tb_error_band *band;
};

/** Appends a constant; there is room for it. */
static inline void tb_constants_append(struct tb_constants *constants,
                                       const struct tb_constant *constant)
{
    struct tb_constant *item = &constants->item[constants->n++];
    *item = *constant;
    item->before = constants->last[item->id];
    constants->last[item->id] = constants->n;
}

/** The constants of the last directory that has them, else the built-in ones; NULL after reporting
 *  when there are none. */
const struct tb_constants *tb_data_constants(tb_data *data, tb_diags *diags);

#endif
