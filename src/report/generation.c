/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "report/estimate.h"
#include "report/format.h"

/** A ratio of times that much above that of the FLOPs wants a reason. */
static const double LONGER = 1.5;

/** The stage is named where there are several. */
static void start_item(struct tb_text *text, const struct tb_report *report,
                       const struct tb_estimate_generation *g)
{
    if (report->estimate->n_stages > 1) {
        tb_text_addf(text, "%s: ", g->stage);
    }
}

static void add_pools(struct tb_text *text, const struct tb_estimate_generation *g)
{
    if (g->rollout_chips < g->chips) {
        tb_text_addf(text, ", %s: ", g->placement);
        tb_quantity_write(text, g->rollout_chips, TB_DIM_COUNT, 3);
        tb_text_add(text, g->rollout_chips == 1.0 ? " chip rolls out, " : " chips roll out, ");
        tb_quantity_write(text, g->update_chips, TB_DIM_COUNT, 3);
        tb_text_add(text, g->update_chips == 1.0 ? " trains" : " train");
    }
    if (g->steps_per_rollout > 1.0) {
        tb_text_add(text, ", a rollout feeds ");
        tb_quantity_write(text, g->steps_per_rollout, TB_DIM_COUNT, 3);
        tb_text_add(text, " steps");
    }
}

/** Phases in their order, each with its share of their sum; what is less than 1 % is gathered. */
static void write_step(const struct tb_report *report, const struct tb_estimate_generation *g)
{
    struct tb_text text = {0};
    double sum = 0.0;
    double rest = 0.0;
    start_item(&text, report, g);
    tb_quantity_write(&text, g->step_time, TB_DIM_TIME, 3);
    tb_text_add(&text, " by central values");
    add_pools(&text, g);
    for (size_t i = 0; i < g->n_phases; ++i) {
        sum += g->phases[i].value;
    }
    for (size_t i = 0; i < g->n_phases; ++i) {
        const double share = g->phases[i].value / sum;
        if (share < 0.01) {
            rest += share;
            continue;
        }
        tb_text_addf(&text, "; %s ", g->phases[i].title);
        tb_quantity_write(&text, g->phases[i].value, TB_DIM_TIME, 3);
        tb_text_addf(&text, " (%.0f %%)", 100.0 * share);
    }
    if (rest >= 0.005) {
        tb_text_addf(&text, "; rest %.0f %%", 100.0 * rest);
    }
    tb_item(report, "step", &text);
}

/** What no number of chips changes, and how many still change something. */
static void write_floor(const struct tb_report *report, const struct tb_estimate_generation *g)
{
    struct tb_text text = {0};
    start_item(&text, report, g);
    tb_quantity_write(&text, g->floor, TB_DIM_TIME, 3);
    tb_text_add(&text, " a step whatever the chips; ");
    tb_quantity_write(&text, g->no_tail, TB_DIM_TIME, 3);
    tb_text_add(&text, " if no step waited for its longest responses");
    if (isfinite(g->enough_chips)) {
        tb_text_add(&text, "; beyond ");
        tb_quantity_write(&text, g->enough_chips, TB_DIM_COUNT, 3);
        tb_text_add(&text, " chips twice as many save less than a tenth");
    }
    tb_item(report, "floor", &text);
}

static void write_rates(const struct tb_report *report, const struct tb_estimate_generation *g)
{
    struct tb_text text = {0};
    start_item(&text, report, g);
    tb_quantity_write(&text, g->rate, TB_DIM_COUNT, 3);
    tb_text_add(&text, " tokens/s a chip in all, ");
    tb_quantity_write(&text, g->rollout_rate, TB_DIM_COUNT, 3);
    tb_text_add(&text, " while it writes, ");
    tb_quantity_write(&text, g->update_rate, TB_DIM_COUNT, 3);
    tb_text_add(&text, " while it trains");
    tb_item(report, "rates", &text);
}

static void add_bytes(struct tb_text *text, const struct tb_estimate_part *parts, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        tb_text_addf(text, "%s%s ", i > 0 ? ", " : "", parts[i].title);
        tb_quantity_write(text, parts[i].value, TB_DIM_BYTES, 3);
    }
}

static void write_memory(const struct tb_report *report, const struct tb_estimate_generation *g)
{
    struct tb_text text = {0};
    start_item(&text, report, g);
    tb_text_addf(&text, "%s: ", g->memory_total <= g->memory_capacity ? "fits" : "does not fit");
    tb_quantity_write(&text, g->memory_total, TB_DIM_BYTES, 3);
    tb_text_add(&text, " of ");
    tb_quantity_write(&text, g->memory_capacity, TB_DIM_BYTES, 3);
    tb_text_add(&text, " on the fullest chip; training: ");
    add_bytes(&text, g->update, g->n_update);
    tb_text_addf(&text, "; %s: ", g->resident ? "beside it" : "generating");
    add_bytes(&text, g->rollout, g->n_rollout);
    if (g->host_bytes > 0.0) {
        tb_text_add(&text, "; on the host ");
        tb_quantity_write(&text, g->host_bytes, TB_DIM_BYTES, 3);
    }
    tb_item(report, "memory", &text);
}

/** Roles of other models than the trained one. */
static void write_roles(const struct tb_report *report, const struct tb_estimate_generation *g)
{
    struct tb_text text = {0};
    size_t named = 0;
    for (size_t i = 1; i < g->n_roles; ++i) {
        const struct tb_estimate_role *role = &g->roles[i];
        if (strcmp(role->model, g->roles[0].model) == 0) {
            continue;
        }
        if (named == 0) {
            start_item(&text, report, g);
        }
        tb_text_addf(&text, "%s%s %s", named > 0 ? ", " : "", role->role, role->model);
        ++named;
    }
    if (named > 0) {
        tb_item(report, "roles", &text);
    }
    tb_text_free(&text);
}

bool tb_text_generations(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    for (size_t i = 0; i < estimate->n_generations; ++i) {
        const struct tb_estimate_generation *g = &estimate->generations[i];
        write_roles(report, g);
        write_step(report, g);
        write_floor(report, g);
        write_rates(report, g);
        write_memory(report, g);
    }
    return estimate->n_generations > 0;
}

/** "response.mean, cap and steps". */
static void add_names(struct tb_text *text, const struct tb_estimate *estimate)
{
    const struct tb_estimate_unknown *unknown = estimate->unknown;
    for (size_t i = 0; i < unknown->n_inputs; ++i) {
        const bool last = i + 1 == unknown->n_inputs;
        tb_text_addf(text, "%s%s",
                     i == 0 ? ""
                     : last ? " and "
                            : ", ",
                     tb_short_path(estimate, unknown->inputs[i]));
    }
}

void tb_text_unknown(const struct tb_report *report)
{
    const struct tb_estimate_unknown *unknown = report->estimate->unknown;
    struct tb_text text = {0};
    if (unknown == NULL) {
        return;
    }
    const bool hours = strcmp(unknown->metric, "chip_hours") == 0;
    const enum tb_dim dim = hours ? TB_DIM_CHIP_HOURS : TB_DIM_COUNT;
    add_names(&text, report->estimate);
    tb_text_addf(&text, ": alone %s the %s from ", unknown->n_inputs > 1 ? "they move" : "it moves",
                 hours ? "chip-hours" : "model FLOPs");
    tb_quantity_write(&text, unknown->low, dim, 3);
    tb_text_add(&text, " to ");
    tb_quantity_write(&text, unknown->high, dim, 3);
    tb_text_addf(&text, "; --set %s=VALUE narrows it most",
                 tb_short_path(report->estimate, unknown->inputs[0]));
    tb_item(report, "unknown", &text);
}

/** Both shares of the same phase: why a step takes longer than its FLOPs. */
void tb_text_why_longer(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    const struct tb_estimate_generation *g = &estimate->generations[0];
    bool longer = false;
    for (size_t i = 0; i < estimate->n_compare; ++i) {
        const struct tb_estimate_compare *c = &estimate->compare[i];
        longer = longer || c->chip_hours_ratio > LONGER * c->flops_ratio;
    }
    if (!longer || estimate->n_generations == 0) {
        return;
    }
    for (size_t i = 1; i < estimate->n_generations; ++i) {
        g = isfinite(estimate->generations[i].enough_chips) ? &estimate->generations[i] : g;
    }
    struct tb_text text = {0};
    tb_text_addf(&text,
                 "More time than FLOPs because writing responses, %.0f %% of the FLOPs of a step, "
                 "takes %.0f %% of its time: bandwidth and latency bind it, not products; ",
                 100.0 * g->rollout_flops_share, 100.0 * g->rollout_share);
    tb_quantity_write(&text, g->floor, TB_DIM_TIME, 3);
    tb_text_add(&text, " of ");
    tb_quantity_write(&text, g->step_time, TB_DIM_TIME, 3);
    tb_text_add(&text, " would stay on any number of chips");
    tb_pad(report->out, 2);
    tb_wrap(report->out, text.failed ? "" : text.data, 2, 4);
    report->out->failed |= text.failed;
    tb_text_free(&text);
}

static json_t *roles_json(const struct tb_estimate_generation *g)
{
    json_t *array = json_array();
    for (size_t i = 0; i < g->n_roles; ++i) {
        const struct tb_estimate_role *role = &g->roles[i];
        json_t *row = json_object();
        json_object_set_new(row, "role", tb_json_text(role->role));
        json_object_set_new(row, "model", tb_json_text(role->model));
        json_object_set_new(row, "params", tb_json_number(role->params));
        json_object_set_new(row, "trained", json_boolean(role->trained));
        json_object_set_new(row, "weight_bytes", tb_json_number(role->weight_bytes));
        json_array_append_new(array, row);
    }
    return array;
}

static json_t *generation_json(const struct tb_estimate_generation *g)
{
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"chips", g->chips},
                   {"rollout_chips", g->rollout_chips},
                   {"update_chips", g->update_chips},
                   {"replica_chips", g->replica_chips},
                   {"steps_per_rollout", g->steps_per_rollout},
                   {"samples", g->samples},
                   {"live", g->live},
                   {"longest", g->longest},
                   {"step_time", g->step_time},
                   {"rollout_share", g->rollout_share},
                   {"floor", g->floor},
                   {"no_tail", g->no_tail},
                   {"tokens_per_s_per_chip", g->rate},
                   {"rollout_tokens_per_s_per_chip", g->rollout_rate},
                   {"update_tokens_per_s_per_chip", g->update_rate},
                   {"enough_chips", g->enough_chips},
                   {"host_bytes", g->host_bytes},
                   {"memory_total", g->memory_total},
                   {"memory_capacity", g->memory_capacity}};
    json_t *row = json_object();
    json_object_set_new(row, "stage", tb_json_text(g->stage));
    json_object_set_new(row, "placement", tb_json_text(g->placement));
    json_object_set_new(row, "adapter", tb_json_text(g->adapter));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        json_object_set_new(row, numbers[i].key, tb_json_number(numbers[i].value));
    }
    json_object_set_new(row, "time", tb_json_parts(g->phases, g->n_phases));
    json_object_set_new(row, "update_memory", tb_json_parts(g->update, g->n_update));
    json_object_set_new(row, "rollout_memory", tb_json_parts(g->rollout, g->n_rollout));
    json_object_set_new(row, "roles", roles_json(g));
    return row;
}

json_t *tb_json_generations(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_generations; ++i) {
        json_array_append_new(array, generation_json(&estimate->generations[i]));
    }
    return array;
}

json_t *tb_json_unknown(const struct tb_estimate *estimate)
{
    const struct tb_estimate_unknown *unknown = estimate->unknown;
    if (unknown == NULL) {
        return json_null();
    }
    json_t *object = json_object();
    json_object_set_new(object, "inputs", tb_json_texts(unknown->inputs, unknown->n_inputs));
    json_object_set_new(object, "metric", tb_json_text(unknown->metric));
    json_object_set_new(object, "low", tb_json_number(unknown->low));
    json_object_set_new(object, "high", tb_json_number(unknown->high));
    return object;
}
