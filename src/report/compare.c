/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "report/estimate.h"
#include "report/format.h"
#include "report/table.h"

/** Words for the ids that runs disclose most; others show as they are. A speed is that of steady
 *  steps unless it says otherwise. */
static const struct disclosed_name {
    const char *id, *name;
    const char *scope; /**< that goes without saying */
} disclosed_names[] = {{"chip_hours", "chip-hours", "run"},
                       {"step_time", "step time", "steady"},
                       {"wall_clock", "wall-clock", "run"},
                       {"mfu", "MFU", "steady"},
                       {"hfu", "HFU", "steady"},
                       {"cost_usd", "cost", "run"},
                       {"flops_model", "model FLOPs", "run"},
                       {"tokens_per_s_per_chip", "tokens/s per chip", "steady"},
                       {"goodput", "goodput", "run"},
                       {"failures", "failures", "run"},
                       {"failure_interval", "failure interval", "run"},
                       {"pfs_days", "petaflop/s-days", "run"},
                       {"pretraining_hours_share", "hours of pre-training", "run"},
                       {"params_total", "parameters", "run"},
                       {"params_active", "active parameters", "run"}};

/** Is this the only group of stages? Then its name says nothing. */
static bool is_sole_group(const struct tb_estimate *estimate, const char *group)
{
    for (size_t i = 0; i < estimate->n_stages; ++i) {
        if (strcmp(estimate->stages[i].group, group) != 0) {
            return false;
        }
    }
    return true;
}

/** "MFU (unstated)", "chip-hours, steady". */
static void name_disclosed(struct tb_text *out, const struct tb_estimate *estimate,
                           const struct tb_estimate_disclosed *disclosed)
{
    struct disclosed_name name = {NULL, disclosed->what, "run"};
    for (size_t i = 0; i < sizeof disclosed_names / sizeof *disclosed_names; ++i) {
        if (strcmp(disclosed_names[i].id, disclosed->what) == 0) {
            name = disclosed_names[i];
        }
    }
    tb_text_add(out, name.name);
    if (disclosed->stage != NULL && !is_sole_group(estimate, disclosed->stage)) {
        tb_text_addf(out, ", %s", disclosed->stage);
    }
    if (disclosed->scope != NULL && strcmp(disclosed->scope, name.scope) != 0) {
        tb_text_addf(out, ", %s", disclosed->scope);
    }
    if (disclosed->convention != NULL) {
        tb_text_addf(out, " (%s)", disclosed->convention);
    }
}

static const char *verdict(const struct tb_estimate_disclosed *disclosed)
{
    if (!isfinite(disclosed->estimate)) {
        return "-";
    }
    return disclosed->inside ? "yes" : "no";
}

static void add_disclosed(struct tb_table *table, const struct tb_estimate *whole,
                          const struct tb_estimate_disclosed *disclosed)
{
    enum tb_dim dim = tb_disclosed_dim(disclosed->what, disclosed->unit);
    if (dim == TB_DIM_FLOP) { /* as in the table above: the name says it, and lines are short */
        dim = TB_DIM_COUNT;
    }
    struct tb_text name = {0};
    struct tb_text value = {0};
    struct tb_text estimate = {0};
    struct tb_text ratio = {0};
    name_disclosed(&name, whole, disclosed);
    if (disclosed->bound != NULL) {
        tb_text_addf(&value, "%s ", disclosed->bound);
    }
    tb_quantity_write(&value, disclosed->value, dim, 3);
    if (isfinite(disclosed->estimate)) {
        tb_quantity_write(&estimate, disclosed->estimate, dim, 3);
        tb_number_write_fixed(&ratio, disclosed->ratio, 2);
    }
    const struct tb_cell cells[] = {{name.data, 0},
                                    {value.data, 0},
                                    {estimate.data, 0},
                                    {ratio.data, 0},
                                    {tb_grade_letter(disclosed->grade), 0},
                                    {verdict(disclosed), 0}};
    tb_table_row(table, cells);
    table->failed |= name.failed || value.failed || estimate.failed || ratio.failed;
    tb_text_free(&name);
    tb_text_free(&value);
    tb_text_free(&estimate);
    tb_text_free(&ratio);
}

void tb_text_disclosed(const struct tb_report *report)
{
    struct tb_column columns[] = {{"what was disclosed", "", TB_TABLE_TEXT, false},
                                  {"disclosed", "", TB_TABLE_TEXT, true},
                                  {"estimate", "", TB_TABLE_TEXT, true},
                                  {"ratio", "", TB_TABLE_TEXT, true},
                                  {"grade", "", TB_TABLE_TEXT, false},
                                  {"inside", "", TB_TABLE_TEXT, false}};
    const struct tb_estimate *estimate = report->estimate;
    struct tb_table table;
    /* Figures of another model say nothing about this one. */
    if (estimate->n_disclosed == 0 || estimate->model_changed) {
        return;
    }
    if (estimate->machine_changed) {
        columns[0].head = "disclosed elsewhere";
    }
    tb_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < estimate->n_disclosed; ++i) {
        add_disclosed(&table, estimate, &estimate->disclosed[i]);
    }
    if (table.n_rows > 0) {
        tb_text_add(report->out, "\n");
        tb_table_write(report->out, &table, 2, false);
    }
    tb_table_free(&table);
}

enum { MAX_IMPLIED = 64 };

/** The conventions that a short report names: the ways in which the counts in use differ. */
static const char *const main_conventions[] = {"6n", "causal",      "exact", "full",
                                               "8n", "foundry-hfu", "palm",  "huawei"};

static bool is_main(const struct tb_estimate_implied *implied)
{
    for (size_t i = 0; i < sizeof main_conventions / sizeof *main_conventions; ++i) {
        if (strcmp(main_conventions[i], implied->convention) == 0) {
            return true;
        }
    }
    return false;
}

/** Indices by falling canonical MFU, which tokens and speed follow; equal ones stay in the order of
 * the conventions. */
static size_t sort_implied(const struct tb_estimate *estimate, bool all, size_t order[MAX_IMPLIED])
{
    size_t n = 0;
    for (size_t i = 0; i < estimate->n_implied && n < MAX_IMPLIED; ++i) {
        if (!all && !is_main(&estimate->implied[i])) {
            continue;
        }
        size_t at = n++;
        for (; at > 0 &&
               estimate->implied[order[at - 1]].mfu_causal < estimate->implied[i].mfu_causal;
             --at) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
    return n;
}

/** End of the conventions from `first` on that tell the same story: within a tenth. */
static size_t end_of_group(const struct tb_estimate *estimate, const size_t *order, size_t first,
                           size_t n)
{
    const double most = estimate->implied[order[first]].mfu_causal;
    size_t end = first + 1;
    while (end < n && estimate->implied[order[end]].mfu_causal >= 0.9 * most) {
        ++end;
    }
    return end;
}

/** "20.6 M to 23.3 M", or one value when both print alike. */
static void write_span(struct tb_text *out, double low, double high, enum tb_dim dim)
{
    struct tb_text first = {0};
    struct tb_text last = {0};
    tb_quantity_write(&first, low, dim, 3);
    tb_quantity_write(&last, high, dim, 3);
    if (!first.failed && !last.failed) {
        const bool alike = strcmp(first.data, last.data) == 0;
        tb_text_addf(out, "%s%s%s", alike ? "" : first.data, alike ? "" : " to ", last.data);
    }
    out->failed |= first.failed || last.failed;
    tb_text_free(&first);
    tb_text_free(&last);
}

static void add_implied(struct tb_table *table, const struct tb_estimate *estimate,
                        const size_t *order, size_t n)
{
    const struct tb_estimate_implied *most = &estimate->implied[order[0]];
    const struct tb_estimate_implied *least = &estimate->implied[order[n - 1]];
    struct tb_text text[4] = {{0}, {0}, {0}, {0}};
    write_span(&text[0], least->batch_tokens, most->batch_tokens, TB_DIM_COUNT);
    write_span(&text[1], round(least->tokens_per_s_per_chip), round(most->tokens_per_s_per_chip),
               TB_DIM_COUNT);
    write_span(&text[2], least->mfu_causal, most->mfu_causal, TB_DIM_RATIO);
    for (size_t i = 0; i < n; ++i) {
        tb_text_addf(&text[3], "%s%s", i > 0 ? ", " : "", estimate->implied[order[i]].convention);
    }
    const struct tb_cell cells[] = {
        {text[0].data, 0}, {text[1].data, 0}, {text[2].data, 0}, {text[3].data, 0}};
    /* Without a step time there are no tokens a step, and no column for them. */
    tb_table_row(table, cells + (4 - table->n_columns));
    for (size_t i = 0; i < 4; ++i) {
        table->failed |= text[i].failed;
        tb_text_free(&text[i]);
    }
}

void tb_text_implied(const struct tb_report *report)
{
    static const struct tb_column columns[] = {{"tokens a step", "", TB_TABLE_TEXT, true},
                                               {"tokens/s a chip", "", TB_TABLE_TEXT, true},
                                               {"causal MFU", "", TB_TABLE_TEXT, true},
                                               {"if the MFU counts as", "", TB_TABLE_TEXT, false}};
    const struct tb_estimate *estimate = report->estimate;
    size_t order[MAX_IMPLIED];
    /* What a disclosed MFU implies, it implies about the model and machine that had it. */
    const bool changed = estimate->machine_changed || estimate->model_changed;
    const size_t n = changed ? 0 : sort_implied(estimate, report->options->verbose, order);
    if (n == 0) {
        return;
    }
    struct tb_table table;
    const size_t skip = isfinite(estimate->implied[order[0]].batch_tokens) ? 0U : 1U;
    tb_table_init(&table, columns + skip, 4 - skip);
    for (size_t i = 0; i < n;) {
        const size_t end = report->options->verbose ? i + 1 : end_of_group(estimate, order, i, n);
        add_implied(&table, estimate, order + i, end - i);
        i = end;
    }
    tb_text_add(report->out, "\n");
    tb_table_write(report->out, &table, 2, false);
    tb_table_free(&table);
}

/** "0.29 % of the", "the same", "1.03 times the" or "53 times the". */
static void write_ratio(struct tb_text *out, double ratio)
{
    if (ratio < 0.995) {
        tb_quantity_write(out, ratio, TB_DIM_RATIO, 2);
        tb_text_add(out, " of the");
    } else if (ratio < 1.005) {
        tb_text_add(out, "the same");
    } else {
        tb_number_write(out, ratio, ratio < 10.0 ? 3 : 2);
        tb_text_add(out, " times the");
    }
}

/** The metrics print medians: the last comparison says that these are none. */
static void write_one(struct tb_text *out, const struct tb_estimate_compare *compare, bool last)
{
    struct tb_text text = {0};
    write_ratio(&text, compare->flops_ratio);
    tb_text_add(&text, " FLOPs");
    if (isfinite(compare->chip_hours_ratio)) {
        tb_text_add(&text, ", ");
        write_ratio(&text, compare->chip_hours_ratio);
        tb_text_add(&text, " ");
        tb_quantity_write(&text, compare->chip_hours, TB_DIM_CHIP_HOURS, 3);
        tb_text_addf(&text, " chip-hours (%s, %s)", compare->chip, compare->basis);
    }
    tb_text_addf(&text, " of %s (%s)", compare->title, compare->run);
    if (compare->is_pretraining && compare->flops_ratio < 1.0) {
        tb_text_add(&text, ": the smaller phase");
    }
    tb_text_add(&text, last ? "; by central values" : "");
    tb_pad(out, 2);
    tb_wrap(out, text.failed ? "" : text.data, 2, 4);
    out->failed |= text.failed;
    tb_text_free(&text);
}

void tb_text_compare(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    if (estimate->n_compare == 0 || estimate->model_changed) {
        return;
    }
    tb_text_add(report->out, "\n");
    for (size_t i = 0; i < estimate->n_compare; ++i) {
        write_one(report->out, &estimate->compare[i], i + 1 == estimate->n_compare);
    }
    tb_text_why_longer(report);
}

/** Value and range of an input in its own unit. */
static void write_range(struct tb_text *out, const struct tb_estimate_input *input)
{
    const enum tb_dim dim = tb_input_dim(input->path, input->unit);
    tb_quantity_write(out, input->value, dim, 4);
    if (input->uncertain) {
        tb_text_add(out, ", ");
        tb_quantity_write(out, input->low, dim, 3);
        tb_text_add(out, " to ");
        tb_quantity_write(out, input->high, dim, 3);
    }
}

static void write_input(struct tb_text *out, const struct tb_estimate_input *input)
{
    struct tb_text text = {0};
    tb_text_addf(&text, "%s = ", input->path);
    write_range(&text, input);
    tb_text_addf(&text, "; grade %s", tb_grade_letter(input->grade));
    for (size_t i = 0; i < input->n_sources; ++i) {
        tb_text_addf(&text, "%s%s", i > 0 ? ", " : "; ", input->sources[i]);
    }
    if (input->where != NULL) {
        tb_text_addf(&text, ", %s", input->where);
    }
    if (input->note != NULL) {
        tb_text_addf(&text, "; %s", input->note);
    }
    if (input->origin != NULL) {
        tb_text_addf(&text, " [%s]", input->origin);
    }
    tb_pad(out, 2);
    tb_wrap(out, text.failed ? "" : text.data, 2, 6);
    out->failed |= text.failed;
    tb_text_free(&text);
}

void tb_text_inputs(const struct tb_report *report)
{
    tb_text_add(report->out, "\n");
    tb_heading(report, "Inputs");
    for (size_t i = 0; i < report->estimate->n_inputs; ++i) {
        write_input(report->out, &report->estimate->inputs[i]);
    }
}
