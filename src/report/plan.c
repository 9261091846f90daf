/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "report/estimate.h"
#include "report/format.h"

/** Parts below this share of the whole are gathered: of times, and of bytes, which have more. */
static const double least_time = 0.06;
static const double least_bytes = 0.12;

/** The plan whose stage takes most chip-hours. */
static const struct tb_estimate_plan *main_plan(const struct tb_estimate *estimate)
{
    const struct tb_estimate_plan *most = &estimate->plans[0];
    for (size_t i = 1; i < estimate->n_plans; ++i) {
        if (estimate->plans[i].chip_hours > most->chip_hours) {
            most = &estimate->plans[i];
        }
    }
    return most;
}

static bool same_plan(const struct tb_estimate_plan *a, const struct tb_estimate_plan *b)
{
    return strcmp(a->text, b->text) == 0 && strcmp(a->stack, b->stack) == 0;
}

/** Every plan once, with what it left open. */
static void write_plans(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    for (size_t i = 0; i < estimate->n_plans; ++i) {
        const struct tb_estimate_plan *plan = &estimate->plans[i];
        bool seen = false;
        for (size_t k = 0; k < i; ++k) {
            seen = seen || same_plan(plan, &estimate->plans[k]);
        }
        if (seen) {
            continue;
        }
        struct tb_text text = {0};
        if (estimate->n_plans > 1) {
            tb_text_addf(&text, "%s: ", plan->stage);
        }
        tb_text_addf(&text, "%s: %s", plan->from, plan->text);
        if (*plan->defaults != '\0') {
            tb_text_addf(&text, "; assumed: %s", plan->defaults);
        }
        if (*plan->remark != '\0') {
            tb_text_addf(&text, "; %s", plan->remark);
        }
        tb_item(report, "plan", &text);
    }
}

/** The largest part below `bound`; NULL: none. */
static const struct tb_estimate_part *largest_below(const struct tb_estimate_part *parts, size_t n,
                                                    double bound)
{
    const struct tb_estimate_part *next = NULL;
    for (size_t i = 0; i < n; ++i) {
        if (parts[i].value < bound && (next == NULL || parts[i].value > next->value)) {
            next = &parts[i];
        }
    }
    return next;
}

/** In percent of `sum` (`share`), else with its unit. */
static void add_amount(struct tb_text *text, double value, double sum, bool share)
{
    if (share) {
        tb_text_addf(text, "%.0f %%", 100.0 * value / sum);
    } else {
        tb_quantity_write(text, value, TB_DIM_BYTES, 3);
    }
}

/** Names the large parts by falling size, and what is left. */
static void add_parts(struct tb_text *text, const struct tb_estimate_part *parts, size_t n,
                      bool share)
{
    const double least = share ? least_time : least_bytes;
    double sum = 0.0;
    double named = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += parts[i].value;
    }
    const struct tb_estimate_part *next = largest_below(parts, n, HUGE_VAL);
    while (next != NULL && next->value >= least * sum) {
        named += next->value;
        tb_text_addf(text, ", %s ", next->title);
        add_amount(text, next->value, sum, share);
        next = largest_below(parts, n, next->value);
    }
    if (sum - named >= 0.005 * sum) {
        tb_text_add(text, ", rest ");
        add_amount(text, sum - named, sum, share);
    }
}

static void write_step(const struct tb_report *report, const struct tb_estimate_plan *plan)
{
    struct tb_text text = {0};
    tb_quantity_write(&text, plan->step_time, TB_DIM_TIME, 3);
    tb_text_add(&text, " at central values");
    add_parts(&text, plan->time, plan->n_time, true);
    tb_item(report, "step", &text);
}

static void write_memory(const struct tb_report *report, const struct tb_estimate_plan *plan)
{
    struct tb_text text = {0};
    tb_text_add(&text, plan->fits ? "fits: " : "does not fit: ");
    tb_quantity_write(&text, plan->memory_total, TB_DIM_BYTES, 3);
    tb_text_add(&text, " of ");
    tb_quantity_write(&text, plan->memory_capacity, TB_DIM_BYTES, 3);
    tb_text_add(&text, " a device");
    add_parts(&text, plan->memory, plan->n_memory, false);
    tb_item(report, "memory", &text);
}

/** The measurement beside the prediction that the estimate rests on, or the prediction beside
 *  another basis. */
static void write_beside(const struct tb_report *report, const struct tb_estimate_plan *plan)
{
    struct tb_text text = {0};
    if (report->estimate->n_plans > 1) {
        tb_text_addf(&text, "%s: ", plan->stage);
    }
    tb_text_add(&text, plan->used ? "measured " : "predicted ");
    tb_quantity_write(&text, plan->used ? plan->measured_step_time : plan->step_time, TB_DIM_TIME,
                      3);
    tb_text_add(&text, " a step, ");
    tb_quantity_write(&text, plan->used ? plan->measured_chip_hours : plan->chip_hours,
                      TB_DIM_CHIP_HOURS, 3);
    tb_text_add(&text, " chip-hours");
    if (isfinite(plan->ratio)) {
        const char *other = isfinite(plan->measured_chip_hours) ? "the measured" : "the estimate";
        tb_text_addf(&text, "; %s%.2f of %s, both at central values",
                     plan->used ? "predicted " : "", plan->ratio, plan->used ? "it" : other);
    }
    tb_item(report, "beside", &text);
}

bool tb_text_plans(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    if (estimate->n_plans == 0) {
        return false;
    }
    const struct tb_estimate_plan *plan = main_plan(estimate);
    if (plan->used || report->options->verbose) {
        write_plans(report);
        write_step(report, plan);
    }
    if (plan->used) {
        write_memory(report, plan);
    }
    if (!plan->used || isfinite(plan->measured_chip_hours)) {
        write_beside(report, plan);
    }
    return plan->used;
}

json_t *tb_json_parts(const struct tb_estimate_part *parts, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; ++i) {
        json_t *row = json_object();
        json_object_set_new(row, "id", tb_json_text(parts[i].id));
        json_object_set_new(row, "value", tb_json_number(parts[i].value));
        json_array_append_new(array, row);
    }
    return array;
}

json_t *tb_json_plan(const struct tb_estimate *estimate)
{
    if (estimate->n_plans == 0) {
        return json_null();
    }
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_plans; ++i) {
        const struct tb_estimate_plan *plan = &estimate->plans[i];
        json_t *row = json_object();
        json_object_set_new(row, "stage", tb_json_text(plan->stage));
        json_object_set_new(row, "from", tb_json_text(plan->from));
        json_object_set_new(row, "text", tb_json_text(plan->text));
        json_object_set_new(row, "defaults", tb_json_text(plan->defaults));
        json_object_set_new(row, "stack", tb_json_text(plan->stack));
        json_object_set_new(row, "unknown", json_integer(plan->unknown));
        for (size_t k = 0; k < plan->n_keys; ++k) {
            json_object_set_new(row, plan->keys[k].id, tb_json_number(plan->keys[k].value));
        }
        json_object_set_new(row, "global_batch", tb_json_number(plan->global_batch));
        json_object_set_new(row, "micro_batches", tb_json_number(plan->micro_batches));
        json_object_set_new(row, "chips", tb_json_number(plan->chips));
        json_object_set_new(row, "chips_working", tb_json_number(plan->chips_working));
        json_object_set_new(row, "remark", tb_json_text(plan->remark));
        json_array_append_new(array, row);
    }
    json_t *object = json_object();
    json_object_set_new(object, "stages", array);
    return object;
}

json_t *tb_json_steps(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_plans; ++i) {
        const struct tb_estimate_plan *plan = &estimate->plans[i];
        json_t *row = json_object();
        json_object_set_new(row, "stage", tb_json_text(plan->stage));
        json_object_set_new(row, "step_time", tb_json_number(plan->step_time));
        json_object_set_new(row, "tokens_per_s_per_chip",
                            tb_json_number(plan->tokens_per_s_per_chip));
        json_object_set_new(row, "chip_hours", tb_json_number(plan->chip_hours));
        json_object_set_new(row, "used", json_boolean(plan->used));
        json_object_set_new(row, "measured_step_time", tb_json_number(plan->measured_step_time));
        json_object_set_new(row, "measured_chip_hours", tb_json_number(plan->measured_chip_hours));
        json_object_set_new(row, "ratio", tb_json_number(plan->ratio));
        json_object_set_new(row, "time", tb_json_parts(plan->time, plan->n_time));
        json_object_set_new(row, "memory", tb_json_parts(plan->memory, plan->n_memory));
        json_object_set_new(row, "memory_total", tb_json_number(plan->memory_total));
        json_object_set_new(row, "memory_capacity", tb_json_number(plan->memory_capacity));
        json_object_set_new(row, "fits", json_boolean(plan->fits));
        json_array_append_new(array, row);
    }
    return array;
}
