/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_REPORT_SHEET_H
#define TB_REPORT_SHEET_H

#include "preset/preset.h"
#include "report/table.h"

/** A data sheet: words and numbers of one preset, in order, written in any form. */

struct tb_sheet_item {
    const char *group, *subgroup; /**< nesting in JSON, headings in text; NULL: none */
    const char *key;
    char *text;   /**< owned; NULL: a number */
    double value; /**< SI */
    enum tb_dim dim;
    const struct tb_prov *prov;           /**< NULL: counted, or no provenance of its own */
    bool exact;                           /**< show every digit */
    const struct tb_disclosed *disclosed; /**< what the number was published as; or NULL */
    bool list;                            /**< one of several under the same key */
    bool calendar;                        /**< a year: no digit groups */
};

struct tb_sheet {
    const char *kind;
    const struct tb_entity *entity;
    struct tb_sheet_item *items;
    size_t n_items, capacity;
    const char *group, *subgroup; /**< of the items that are added next */
    bool failed;
};

void tb_sheet_free(struct tb_sheet *sheet);

/** Adds a text; NULL adds nothing. */
void tb_sheet_text(struct tb_sheet *sheet, const char *key, const char *text);

/** Adds each text under one key. */
void tb_sheet_texts(struct tb_sheet *sheet, const char *key, const char *const *texts, size_t n);

/** Adds a number; NaN is kept as unknown in JSON and left out of text. */
void tb_sheet_number(struct tb_sheet *sheet, const char *key, double value, enum tb_dim dim,
                     const struct tb_prov *prov);

/** Adds a whole number of which every digit is shown. */
void tb_sheet_count(struct tb_sheet *sheet, const char *key, double value);

/** Adds a figure that a run disclosed. */
void tb_sheet_disclosed(struct tb_sheet *sheet, const struct tb_disclosed *disclosed);

/** Adds the known parameters of an owner's struct. */
void tb_sheet_params(struct tb_sheet *sheet, enum tb_owner owner, const void *values,
                     const struct tb_prov *prov);

void tb_sheet_write(struct tb_text *out, const struct tb_sheet *sheet,
                    const struct tb_report_options *options);

void tb_sheet_model(struct tb_sheet *sheet, const struct tb_model_preset *model, double seq_len);
void tb_sheet_run(struct tb_sheet *sheet, const struct tb_run_preset *run);

#endif
