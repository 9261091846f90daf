/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_RATE_H
#define TB_PRESET_RATE_H

#include "preset/value.h"

/** The exchange rate of a price: units of its currency for one US dollar, a number with range,
 * date, grade and source like any other. */
struct tb_rate {
    bool given;
    double value;
    struct tb_prov prov;
};

/** Reads the key `rate` of a price. @return false after reporting; true also where there is none.
 */
bool tb_rate_read(struct tb_reader *reader, const struct tb_node *map,
                  const struct tb_value_spec *price, struct tb_rate *out);

/** Widens the range of a price of `value` dollars by that of its rate. Price and rate know nothing
 *  of each other: squares of widths in ln add up, and hard limits multiply. Sources, note and grade
 *  of the rate join those of the price, the grade where the rate makes a part of the range that
 *  counts. @return false when memory runs out. */
bool tb_rate_apply(tb_arena *arena, const struct tb_rate *rate, double value, struct tb_prov *prov);

#endif
