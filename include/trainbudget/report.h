/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_REPORT_H
#define TRAINBUDGET_REPORT_H

#include "trainbudget/estimate.h"

/** Writers. Each returns malloc'd UTF-8 text that ends in a newline, or NULL after reporting. */

enum tb_form { TB_FORM_TEXT, TB_FORM_JSON, TB_FORM_JSONL, TB_FORM_CSV, TB_FORM_TSV };

struct tb_report_options {
    enum tb_form form;
    bool color;   /**< ANSI colours in text */
    bool verbose; /**< text: every input with its source */
};

/** The estimate. Warnings of `diags` are repeated in the report. */
char *tb_report_estimate(const struct tb_estimate *estimate, const tb_diags *diags,
                         const struct tb_report_options *options);

/** The values of some metrics in SI units on one line, separated by one space; an unknown one is
 *  an error that says what is missing. `ids` is a comma-separated list. */
char *tb_report_get(const struct tb_estimate *estimate, const char *ids, struct tb_pos pos,
                    tb_diags *diags);

/** Presets of a kind ("runs", "models", "chips", "clusters", "metrics", "conventions",
 *  "kinds", "params", "units", "sources", "recipes"; NULL: a summary of all). */
char *tb_report_list(tb_data *data, const char *kind, struct tb_pos pos,
                     const struct tb_report_options *options, tb_diags *diags);

/** One preset with every number, range, grade and source. `kind` is "run", "model", "chip" or
 *  "cluster". For a model `seq_len` (0: the pre-training length of its run, else 4096) sets the
 *  length at which FLOPs are counted. */
char *tb_report_show(tb_data *data, const char *kind, const char *id, double seq_len,
                     struct tb_pos pos, const struct tb_report_options *options, tb_diags *diags);

/** How a metric is defined, its formula, unit, and where the formula stops holding; with an
 *  estimate also its value and what it came from. */
char *tb_report_explain(const char *metric, const struct tb_estimate *estimate, struct tb_pos pos,
                        const struct tb_report_options *options, tb_diags *diags);

/** BibTeX: the program itself, then the sources behind an estimate (NULL: the program alone). */
char *tb_report_cite(tb_data *data, const struct tb_estimate *estimate, tb_diags *diags);

#endif
