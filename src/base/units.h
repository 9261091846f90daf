/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_UNITS_H
#define TB_BASE_UNITS_H

#include "trainbudget/types.h"

struct tb_text;

/** Kinds of quantity. The kind of a field decides which units its text may carry; inside, every
 *  value is in the SI unit named in units.def (FLOP, byte, second, watt, joule, USD). */
enum tb_dim {
#define TB_DIMENSION(name, si, title) TB_DIM_##name,
#define TB_UNIT(dim, symbol, factor)
#include "base/units.def"
#undef TB_DIMENSION
#undef TB_UNIT
    TB_DIM_COUNT_
};

/** Why a text is no quantity. */
enum tb_quantity_problem {
    TB_QUANTITY_NUMBER,
    TB_QUANTITY_UNIT,
    TB_QUANTITY_TRAILING,
    TB_QUANTITY_CURRENCY,   /**< a price in a currency that nobody knows */
    TB_QUANTITY_RATE,       /**< a price in another currency without a usable rate */
    TB_QUANTITY_RATE_RANGE, /**< with a rate that no currency has */
    TB_QUANTITY_DOLLARS     /**< a price in US dollars with a rate */
};

/** Units of a currency for one US dollar: no currency has been worth more or less. */
#define TB_RATE_LEAST 1e-6
#define TB_RATE_MOST 1e6

/** Reads "707.8 TFLOP/s", "14.8T", "8192", "35 %" as a value in the SI unit of `dim`. A price may
 * be in another currency (currency.def) with its rate, in units of it for one US dollar, behind
 * '@': "14 CNY/h @ 7.1".
 *  @return TB_OK, or TB_E_INPUT with *problem set. */
enum tb_status tb_quantity_read(const char *text, enum tb_dim dim, double *value,
                                enum tb_quantity_problem *problem);

/** Reads a price in another currency whose rate, above 0, stands elsewhere: "250000 CNY". */
enum tb_status tb_price_read(const char *text, enum tb_dim dim, double rate, double *value,
                             enum tb_quantity_problem *problem);

/** What would have been accepted in place of a text with this problem: the units of the kind, the
 *  currencies, or how a rate is written. */
void tb_quantity_accepted(struct tb_text *out, enum tb_dim dim, enum tb_quantity_problem problem);

/** The units a field of this kind accepts, e.g. "GB, TB, GiB, ... or a bare number of bytes". */
void tb_units_accepted(struct tb_text *out, enum tb_dim dim);

/** Is it a price, which may be stated in another currency and needs a date? */
bool tb_dim_is_price(enum tb_dim dim);

/** SI unit symbol ("FLOP/s"; "" for ratios and counts). */
const char *tb_dim_si(enum tb_dim dim);

/** Appends the value with the unit a person expects and `digits` significant digits:
 *  "2.66 M", "708 TFLOP/s", "11.3 h", "34.9 %". Unknown (NaN) prints as "unknown", INFINITY
 *  as "no end". */
void tb_quantity_write(struct tb_text *out, double value, enum tb_dim dim, int digits);

#endif
