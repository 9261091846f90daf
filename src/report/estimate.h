/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_REPORT_ESTIMATE_H
#define TB_REPORT_ESTIMATE_H

#include <jansson.h>

#include "base/text.h"
#include "scenario/metric.h"
#include "trainbudget/report.h"

/** What the writers of an estimate share. */
struct tb_report {
    const struct tb_estimate *estimate;
    const tb_diags *diags;
    const struct tb_report_options *options;
    struct tb_text *out;
};

/** Does the metric rest on a throughput? Then its basis is the run's, else it is counted. */
bool tb_metric_is_timed(size_t metric);
const char *tb_metric_basis(const struct tb_estimate *estimate, size_t metric);

/** Appends what to give when the metric is unknown: "--set chip.price.rent='2 USD/h'"; nothing when
 *  nothing helps. */
void tb_add_remedy(struct tb_text *out, const struct tb_estimate *estimate, size_t metric);

/** The path, without the stage's name when the run has one stage. */
const char *tb_short_path(const struct tb_estimate *estimate, const char *path);

/** Dimension of an input by its path, which may carry an owner's or a stage's name. */
enum tb_dim tb_input_dim(const char *path, const char *unit);

/** Dimension of a disclosed figure: that of the metric it names, else that of its unit. */
enum tb_dim tb_disclosed_dim(const char *what, const char *unit);

void tb_text_estimate(const struct tb_report *report);
/** Plan, step and memory of a prediction. @return whether the memory was said. */
bool tb_text_plans(const struct tb_report *report);
/** Goodput, failures, checkpoints, scopes and calendar. */
void tb_text_run(const struct tb_report *report);
/** What decides and is not known, and its range. */
void tb_text_unknown(const struct tb_report *report);
/** Why the chip-hours beside another run are more than its FLOPs say. */
void tb_text_why_longer(const struct tb_report *report);
/** Step, floor, rates and memory of stages that generate. @return whether there are any. */
bool tb_text_generations(const struct tb_report *report);
void tb_text_disclosed(const struct tb_report *report);
void tb_text_implied(const struct tb_report *report);
void tb_text_compare(const struct tb_report *report);
void tb_text_inputs(const struct tb_report *report);

/** Line of its own, bold where colour is wanted. */
void tb_heading(const struct tb_report *report, const char *text);
/** "  word    text", wrapped behind the word; releases the text. */
void tb_item(const struct tb_report *report, const char *word, struct tb_text *text);
/** The median, and with `range` behind it P5 and P95 where there are any. */
void tb_add_ranged(struct tb_text *text, const struct tb_report *report, enum tb_metric metric,
                   bool range);

json_t *tb_json_estimate(const struct tb_estimate *estimate, const tb_diags *diags);
void tb_rows_estimate(const struct tb_report *report);

/** The keys "plan" (null without one) and "breakdown.steps". */
json_t *tb_json_plan(const struct tb_estimate *estimate);
json_t *tb_json_steps(const struct tb_estimate *estimate);
/** An array of parts, each with id and value. */
json_t *tb_json_parts(const struct tb_estimate_part *parts, size_t n);
/** The key "unknown": null where what decides is known. */
json_t *tb_json_unknown(const struct tb_estimate *estimate);
/** The key "breakdown.generations". */
json_t *tb_json_generations(const struct tb_estimate *estimate);

#endif
