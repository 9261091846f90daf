/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "report/estimate.h"
#include "report/format.h"

/** What lies between steps and a run: goodput, failures, checkpoints, the calendar, the scopes. */

static const struct tb_estimate_metric *metric(const struct tb_report *report, enum tb_metric which)
{
    return &report->estimate->metrics[which];
}

static void add_value(struct tb_text *text, const struct tb_report *report, enum tb_metric which)
{
    tb_quantity_write(text, metric(report, which)->value, tb_metric_dim(which), 3);
}

static bool known(const struct tb_report *report, enum tb_metric which)
{
    return metric(report, which)->known;
}

static void add_failures(struct tb_text *text, const struct tb_report *report)
{
    if (known(report, TB_METRIC_FAILURES)) {
        tb_text_add(text, "; ");
        tb_add_ranged(text, report, TB_METRIC_FAILURES, true);
        tb_text_add(text, " failures, one in ");
        add_value(text, report, TB_METRIC_FAILURE_INTERVAL);
    }
    if (known(report, TB_METRIC_CHECKPOINT_INTERVAL)) {
        tb_text_add(text, "; checkpoints of ");
        add_value(text, report, TB_METRIC_CHECKPOINT_BYTES);
        tb_text_add(text, " every ");
        add_value(text, report, TB_METRIC_CHECKPOINT_INTERVAL);
    }
    if (known(report, TB_METRIC_SPARE_CHIPS)) {
        tb_text_add(text, "; spare chips ");
        add_value(text, report, TB_METRIC_SPARE_CHIPS);
    }
}

/** Chip-hours of the other scopes. */
static void add_scopes(struct tb_text *text, const struct tb_report *report)
{
    tb_text_add(text, "; chip-hours in steps ");
    add_value(text, report, TB_METRIC_CHIP_HOURS_STEADY);
    if (known(report, TB_METRIC_CHIP_HOURS_RESERVED)) {
        tb_text_add(text, ", reserved ");
        add_value(text, report, TB_METRIC_CHIP_HOURS_RESERVED);
    }
}

/** Experiments are there because somebody stated them: they are not left to the long report. */
static void add_project(struct tb_text *text, const struct tb_report *report)
{
    if (metric(report, TB_METRIC_CHIP_HOURS_PROJECT)->value >
        metric(report, TB_METRIC_CHIP_HOURS)->value) {
        tb_text_add(text, "; with ablations and failed runs, which energy and money leave out, ");
        add_value(text, report, TB_METRIC_CHIP_HOURS_PROJECT);
        tb_text_add(text, " chip-hours");
    }
}

static void write_run(const struct tb_report *report)
{
    struct tb_text text = {0};
    if (!known(report, TB_METRIC_GOODPUT)) {
        return;
    }
    tb_text_add(&text, "goodput ");
    tb_add_ranged(&text, report, TB_METRIC_GOODPUT, true);
    if (report->options->verbose) {
        add_failures(&text, report);
        add_scopes(&text, report);
    } else if (known(report, TB_METRIC_FAILURES)) {
        tb_text_add(&text, "; ");
        add_value(&text, report, TB_METRIC_FAILURES);
        tb_text_add(&text, " failures expected");
    }
    add_project(&text, report);
    tb_item(report, "run", &text);
}

/** Chance alone, whatever luck the estimate assumes: the other inputs at their medians. */
static void write_calendar(const struct tb_report *report)
{
    const double half = report->estimate->wall_clock_half;
    const struct tb_estimate_metric *late = metric(report, TB_METRIC_WALL_CLOCK_P95);
    struct tb_text text = {0}, sooner = {0}, later = {0};
    if (!late->known || !(late->central > half)) {
        return;
    }
    tb_quantity_write(&sooner, half, TB_DIM_TIME, 3);
    tb_quantity_write(&later, late->central, TB_DIM_TIME, 3);
    /* Over a long run chance evens out: nothing to see in three digits. */
    if (sooner.data && later.data && strcmp(sooner.data, later.data) != 0) {
        tb_text_addf(&text, "by the chance of failures half of such runs end in %s, 19 of 20 in %s",
                     sooner.data, later.data);
        tb_item(report, "calendar", &text);
    }
    tb_text_free(&sooner);
    tb_text_free(&later);
}

void tb_text_run(const struct tb_report *report)
{
    write_run(report);
    write_calendar(report);
}
