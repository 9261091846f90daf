/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_NUMBER_H
#define TB_BASE_NUMBER_H

#include "trainbudget/types.h"

struct tb_text;

/** Numbers in and out, with a point whatever the host's locale. */

/** Reads a decimal number at the start of `text` (sign, digits, optional fraction and exponent,
 *  '_' between digits allowed). Hexadecimal, "inf", "nan", overflow to infinity and underflow of a
 *  non-zero text to zero are refused, and so are more than 400 characters.
 *  @param end receives the first unread byte. @return false when there is no finite number. */
bool tb_number_read(const char *text, double *value, const char **end);

/** The same times ten to the `power`, rounded once: "14.8" with power 12 is the double nearest to
 *  14.8e12, and "35" with power -2 the one nearest to 0.35. */
bool tb_number_read_scaled(const char *text, int power, double *value, const char **end);

/** Appends the shortest text of at most `digits` significant digits (1..17), "%.*g" in the C
 *  locale; with 17 the shortest one that reads back as the same double. A non-finite value is
 *  written as "unknown". */
void tb_number_write(struct tb_text *out, double value, int digits);

/** Appends "%.*f" in the C locale (at most 40 decimals). */
void tb_number_write_fixed(struct tb_text *out, double value, int decimals);

/** Appends "1,234,567" of a value that is an integer below 2^53. */
void tb_number_write_grouped(struct tb_text *out, double value);

#endif
