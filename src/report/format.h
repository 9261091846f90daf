/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_REPORT_FORMAT_H
#define TB_REPORT_FORMAT_H

#include <jansson.h>

#include "base/text.h"
#include "base/units.h"
#include "trainbudget/diag.h"

/** Appends `n` spaces. */
void tb_pad(struct tb_text *out, size_t n);

/** Appends words and a line break; the cursor stands in column `at`, further lines begin behind
 *  `indent` spaces. Lines end before column 80. */
void tb_wrap(struct tb_text *out, const char *text, size_t at, size_t indent);

/** "A".."D", or "-". */
const char *tb_grade_letter(enum tb_grade grade);

const char *tb_dist_name(enum tb_dist dist);

/** A finite number, whole ones below 2^53 as an integer; null for NaN and infinities. */
json_t *tb_json_number(double value);

/** A string; null for NULL and for text that is not UTF-8. */
json_t *tb_json_text(const char *text);

json_t *tb_json_texts(const char *const *texts, size_t n);

/** Appends the value (taken over) with 17 digits, indented or on one line, and a line break. */
void tb_json_write(struct tb_text *out, json_t *value, bool indented);

/** Dimension whose SI symbol this is; ratios and counts have none and read as RATIO or COUNT by
 *  the second argument. */
enum tb_dim tb_unit_dim(const char *unit, enum tb_dim none);

/** Hands the text over, or reports that memory ran out and returns NULL. */
char *tb_finish(struct tb_text *out, tb_diags *diags);

#endif
