/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "report/estimate.h"
#include "report/format.h"
#include "report/table.h"

void tb_heading(const struct tb_report *report, const char *text)
{
    tb_text_add(report->out, report->options->color ? "\033[1m" : "");
    tb_wrap(report->out, text, 0, 2);
    tb_text_add(report->out, report->options->color ? "\033[0m" : "");
}

void tb_item(const struct tb_report *report, const char *word, struct tb_text *text)
{
    tb_text_addf(report->out, "  %-9s", word);
    tb_wrap(report->out, text->failed ? "" : text->data, 11, 11);
    report->out->failed |= text->failed;
    tb_text_free(text);
}

void tb_add_ranged(struct tb_text *text, const struct tb_report *report, enum tb_metric metric,
                   bool range)
{
    const struct tb_estimate_metric *m = &report->estimate->metrics[metric];
    const enum tb_dim dim = tb_metric_dim(metric);
    tb_quantity_write(text, m->value, dim, 3);
    if (m->ranged && range) {
        tb_text_add(text, " (");
        tb_quantity_write(text, m->low, dim, 3);
        if (isinf(m->high)) {
            tb_text_add(text, " upwards");
        } else {
            tb_text_add(text, " to ");
            tb_quantity_write(text, m->high, dim, 3);
        }
        tb_text_add(text, ")");
    }
}

static void add_value(struct tb_text *out, const struct tb_estimate *estimate, size_t metric)
{
    const struct tb_estimate_metric *value = &estimate->metrics[metric];
    tb_quantity_write(out, value->known ? value->value : (double)NAN,
                      tb_metric_dim((enum tb_metric)metric), 3);
}

static void write_model(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    tb_text_addf(&text, "%s, %s, ", estimate->model_name, estimate->moe ? "MoE" : "dense");
    add_value(&text, estimate, TB_METRIC_PARAMS_TOTAL);
    tb_text_add(&text, " parameters");
    if (estimate->moe) {
        tb_text_add(&text, ", ");
        add_value(&text, estimate, TB_METRIC_PARAMS_ACTIVE);
        tb_text_add(&text, " used by a token");
    }
    tb_item(report, "model", &text);
}

static void write_chips(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    if (estimate->metrics[TB_METRIC_CHIPS].known) {
        add_value(&text, estimate, TB_METRIC_CHIPS);
        tb_text_add(&text, " x ");
    }
    tb_text_add(&text, estimate->chip_name);
    if (estimate->counts_as != NULL) {
        tb_text_addf(&text, " (%s)", estimate->counts_as);
    }
    if (estimate->cluster != NULL) {
        tb_text_addf(&text, ", cluster %s", estimate->cluster);
    }
    tb_item(report, "chips", &text);
}

/** "in 1,500 steps" where the number is known, by the central values: only these multiply. */
static void add_central(struct tb_text *out, const struct tb_estimate *estimate, size_t metric,
                        const char *const around[2])
{
    const struct tb_estimate_metric *value = &estimate->metrics[metric];
    if (value->known && isfinite(value->central)) {
        tb_text_add(out, around[0]);
        tb_quantity_write(out, value->central, tb_metric_dim((enum tb_metric)metric), 3);
        tb_text_add(out, around[1]);
    }
}

/** Is the word, in small letters, in the text in any letters? */
static bool mentions(const char *text, const char *word)
{
    for (; text != NULL && *text != '\0'; ++text) {
        size_t i = 0;
        while (word[i] != '\0' && tolower((unsigned char)text[i]) == word[i]) {
            ++i;
        }
        if (word[i] == '\0') {
            return true;
        }
    }
    return false;
}

static void write_work(const struct tb_report *report)
{
    static const char *const tokens[2] = {"", " tokens"};
    static const char *const steps[2] = {" in ", " steps"};
    static const char *const batch[2] = {" of ", " tokens"};
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    if (estimate->stage_summary != NULL) {
        tb_text_addf(&text, "%s: ", estimate->stage_summary);
    }
    if (!estimate->metrics[TB_METRIC_TOKENS].known) {
        tb_text_add(&text, "tokens unknown");
    }
    add_central(&text, estimate, TB_METRIC_TOKENS, tokens);
    add_central(&text, estimate, TB_METRIC_STEPS, steps);
    if (estimate->metrics[TB_METRIC_STEPS].known) {
        add_central(&text, estimate, TB_METRIC_BATCH_TOKENS, batch);
    }
    if (estimate->precision != NULL && !mentions(estimate->stage_summary, estimate->precision)) {
        tb_text_addf(&text, ", in %s", estimate->precision);
    }
    tb_item(report, "work", &text);
}

static void write_time_basis(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    const char *detail = estimate->basis_detail != NULL ? estimate->basis_detail : "";
    tb_text_addf(&text, "%s%s%s", estimate->basis != NULL ? estimate->basis : "none",
                 detail[0] != '\0' ? ": " : "", detail);
    tb_item(report, "time", &text);
}

/** The title claims of a published run only what was not changed. */
static void write_title(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    if (estimate->run == NULL) {
        tb_text_addf(&text, "%s %s (%s)", estimate->model_name,
                     estimate->stage_summary != NULL ? estimate->stage_summary : "",
                     estimate->model);
    } else if (estimate->model_changed) {
        tb_text_addf(&text, "%s, trained with the settings of %s", estimate->model_name,
                     estimate->run);
    } else {
        tb_text_addf(&text, "%s (%s)",
                     estimate->run_name != NULL ? estimate->run_name : estimate->model_name,
                     estimate->run);
    }
    if (estimate->run != NULL && estimate->machine_changed) {
        tb_text_addf(&text, ", moved to %s", estimate->chip_name);
    }
    tb_heading(report, text.failed ? "" : text.data);
    report->out->failed |= text.failed;
    tb_text_free(&text);
}

static void write_head(const struct tb_report *report)
{
    write_title(report);
    write_model(report);
    write_work(report);
    write_chips(report);
    write_time_basis(report);
}

/** Metrics of the main table; `label` NULL: the title of the metric. */
static const struct {
    enum tb_metric metric;
    const char *label;
    bool if_known; /**< left out when unknown */
    bool bare;     /**< the label names the unit */
} main_rows[] = {
    {TB_METRIC_FLOPS_MODEL, "model FLOPs", false, true},
    {TB_METRIC_CHIP_HOURS, "chip-hours", false, false},
    {TB_METRIC_CHIP_HOURS_RESERVED, "chip-hours booked", true, false},
    {TB_METRIC_WALL_CLOCK, "wall-clock", false, false},
    {TB_METRIC_STEP_TIME, "step time", true, false},
    {TB_METRIC_TOKENS_PER_S_PER_CHIP, "tokens/s a chip", false, true},
    {TB_METRIC_MFU, NULL, false, false},
};

/** One row of the metric table. */
static void add_metric_row(struct tb_table *table, const struct tb_estimate *estimate, size_t index,
                           const char *label, enum tb_dim dim)
{
    const struct tb_estimate_metric *metric = &estimate->metrics[index];
    struct tb_text text[3] = {{0}, {0}, {0}};
    const double values[3] = {metric->low, metric->value, metric->high};
    for (size_t i = 0; i < 3; ++i) {
        if (metric->ranged || i == 1) {
            tb_quantity_write(&text[i], metric->known ? values[i] : (double)NAN, dim, 3);
        }
    }
    const struct tb_cell cells[] = {{label, 0},
                                    {text[0].data, 0},
                                    {text[1].data, 0},
                                    {text[2].data, 0},
                                    {metric->known ? tb_grade_letter(metric->grade) : "-", 0},
                                    {metric->known ? tb_metric_basis(estimate, index) : "-", 0}};
    tb_table_row(table, cells);
    for (size_t i = 0; i < 3; ++i) {
        table->failed |= text[i].failed;
        tb_text_free(&text[i]);
    }
}

/** "P5" and "P95" for a level of 0.9. */
static void quantile_names(double level, char low[16], char high[16])
{
    snprintf(low, 16, "P%.3g", 50.0 * (1.0 - level));
    snprintf(high, 16, "P%.4g", 50.0 * (1.0 + level));
}

static void write_metrics(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    char low[16];
    char high[16];
    char mfu[64];
    quantile_names(estimate->level, low, high);
    snprintf(mfu, sizeof mfu, "steady MFU, %s/%s", estimate->mfu_convention, estimate->peak);
    const struct tb_column columns[] = {{"", "", TB_TABLE_TEXT, false},
                                        {low, "", TB_TABLE_TEXT, true},
                                        {"median", "", TB_TABLE_TEXT, true},
                                        {high, "", TB_TABLE_TEXT, true},
                                        {"grade", "", TB_TABLE_TEXT, report->options->verbose},
                                        {"basis", "", TB_TABLE_TEXT, false}};
    struct tb_table table;
    /* Every id is long: the basis, which the head names, gives way. */
    tb_table_init(&table, columns, report->options->verbose ? 5 : 6);
    if (report->options->verbose) {
        struct tb_metric_info info;
        for (size_t i = 0; tb_metric_info(i, &info); ++i) {
            add_metric_row(&table, estimate, i, info.id, tb_metric_dim((enum tb_metric)i));
        }
    }
    for (size_t i = 0; !report->options->verbose && i < sizeof main_rows / sizeof *main_rows; ++i) {
        const size_t index = (size_t)main_rows[i].metric;
        if (estimate->metrics[index].known || !main_rows[i].if_known) {
            add_metric_row(&table, estimate, index,
                           main_rows[i].label != NULL ? main_rows[i].label : mfu,
                           main_rows[i].bare ? TB_DIM_COUNT : tb_metric_dim(main_rows[i].metric));
        }
    }
    tb_text_add(report->out, "\n");
    tb_table_write(report->out, &table, 2, false);
    tb_table_free(&table);
}

static void write_memory(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    const struct tb_estimate_metric *fits = &estimate->metrics[TB_METRIC_MEMORY_FITS];
    struct tb_text text = {0};
    if (!fits->known) {
        tb_text_add(&text, "unknown whether it fits; ");
        tb_add_remedy(&text, estimate, TB_METRIC_MEMORY_FITS);
    } else {
        const double sure = fits->ranged ? fits->low : fits->value;
        tb_text_addf(&text, "%s: needs at least ",
                     fits->value < 0.5 ? "does not fit"
                     : sure < 0.5      ? "probably fits"
                                       : "fits");
        add_value(&text, estimate, TB_METRIC_MEMORY_PER_CHIP);
        tb_text_add(&text, " of ");
        add_value(&text, estimate, TB_METRIC_MEMORY_CAPACITY);
        tb_text_add(&text, " a chip: evenly sharded state (");
        add_value(&text, estimate, TB_METRIC_STATE_BYTES_PER_CHIP);
        tb_text_add(&text, ") and one recomputed sequence a die. A plan needs more");
    }
    tb_item(report, "memory", &text);
}

static void add_carbon(struct tb_text *text, const struct tb_report *report)
{
    if (report->estimate->metrics[TB_METRIC_CARBON].known) {
        tb_text_add(text, "; CO2e ");
        tb_add_ranged(text, report, TB_METRIC_CARBON, report->options->verbose);
    }
}

/** Prices are of a year and are not inflated to another. */
static void add_price_date(struct tb_text *text, const struct tb_estimate *estimate, size_t index)
{
    const bool rented = index == TB_METRIC_COST;
    const char *date = rented                          ? estimate->rent_as_of
                       : index == TB_METRIC_COST_OWNED ? estimate->purchase_as_of
                                                       : NULL;
    if (rented && estimate->rent_term != NULL) {
        tb_text_addf(text, "; %s", estimate->rent_term);
    }
    if (date != NULL) {
        tb_text_addf(text, "; %s of %s", rented ? "rent" : "purchase price", date);
    } else if (rented) {
        tb_text_add(text, "; rent as given, without a date");
    }
}

/** Energy or money: the range where known, else what supplies it. */
static void write_known_or_remedy(const struct tb_report *report, const char *word, size_t index)
{
    const struct tb_estimate_metric *metric = &report->estimate->metrics[index];
    struct tb_text text = {0};
    if (!metric->known) {
        tb_text_add(&text, "unknown; ");
        tb_add_remedy(&text, report->estimate, index);
    } else {
        tb_add_ranged(&text, report, (enum tb_metric)index, true);
        tb_text_addf(&text, ", grade %s", tb_grade_letter(metric->grade));
        if (index == TB_METRIC_ENERGY) {
            add_carbon(&text, report);
        }
        add_price_date(&text, report->estimate, index);
    }
    tb_item(report, word, &text);
}

const char *tb_short_path(const struct tb_estimate *estimate, const char *path)
{
    const size_t length = estimate->n_stages == 1 ? strlen(estimate->stages[0].id) : 0;
    const bool prefixed =
        length > 0 && strncmp(path, estimate->stages[0].id, length) == 0 && path[length] == '.';
    return prefixed ? path + length + 1 : path;
}

static void write_drivers(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    size_t named = 0;
    for (size_t i = 0; i < estimate->n_inputs && named < 5; ++i) {
        const struct tb_estimate_input *input = &estimate->inputs[i];
        if (!input->uncertain || !(input->share >= 0.005)) {
            continue;
        }
        tb_text_addf(&text, "%s%s %.0f %%", named > 0 ? ", " : "Range of the chip-hours: ",
                     tb_short_path(estimate, input->path), 100.0 * input->share);
        ++named;
    }
    if (named > 0 && !text.failed) {
        tb_text_add(report->out, "\n");
        tb_wrap(report->out, text.data, 0, 2);
    }
    report->out->failed |= text.failed;
    tb_text_free(&text);
}

static void write_undisclosed(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    for (size_t i = 0; i < estimate->n_undisclosed; ++i) {
        tb_text_addf(&text, "%s%s", i > 0 ? ", " : "Not disclosed: ", estimate->undisclosed[i]);
    }
    if (estimate->n_undisclosed > 0 && !text.failed) {
        tb_wrap(report->out, text.data, 0, 2);
    }
    report->out->failed |= text.failed;
    tb_text_free(&text);
}

static void write_warnings(const struct tb_report *report)
{
    const struct tb_diag *diag;
    for (size_t i = 0; (diag = tb_diags_at(report->diags, i)) != NULL; ++i) {
        if (diag->severity != TB_WARNING) {
            continue;
        }
        struct tb_text text = {0};
        tb_text_addf(&text, "Warning%s%s: %s%s%s%s%s", report->options->verbose ? " " : "",
                     report->options->verbose ? diag->code : "",
                     diag->path != NULL ? diag->path : "", diag->path != NULL ? ": " : "",
                     diag->message, diag->remedy != NULL ? "; " : "",
                     diag->remedy != NULL ? diag->remedy : "");
        if (!text.failed) {
            tb_wrap(report->out, text.data, 0, 2);
        }
        report->out->failed |= text.failed;
        tb_text_free(&text);
    }
}

static void write_footer(const struct tb_report *report)
{
    const struct tb_estimate *estimate = report->estimate;
    struct tb_text text = {0};
    tb_text_addf(&text, "trainbudget %s, data %s (%.12s)", estimate->version,
                 estimate->data_version, estimate->data_digest);
    if (estimate->user_files > 0) {
        tb_text_addf(&text, " and %zu user file%s", estimate->user_files,
                     estimate->user_files == 1 ? "" : "s");
    }
    if (estimate->samples > 0) {
        tb_text_addf(&text, ", seed %llu, ", (unsigned long long)estimate->seed);
        tb_number_write_grouped(&text, (double)estimate->samples);
        tb_text_add(&text, " points");
    } else {
        tb_text_add(&text, ", central values only");
    }
    tb_text_add(report->out, "\n");
    tb_wrap(report->out, text.failed ? "" : text.data, 0, 0);
    /* Not wrapped: a command has to survive copying. */
    tb_text_addf(report->out, "%s\n", estimate->command != NULL ? estimate->command : "");
    report->out->failed |= text.failed;
    tb_text_free(&text);
}

void tb_text_estimate(const struct tb_report *report)
{
    write_head(report);
    tb_text_unknown(report);
    write_metrics(report);
    const bool planned = tb_text_plans(report);
    if (!tb_text_generations(report) && !planned) {
        write_memory(report);
    }
    tb_text_run(report);
    write_known_or_remedy(report, "energy", TB_METRIC_ENERGY);
    write_known_or_remedy(report, "money", TB_METRIC_COST);
    if (report->estimate->metrics[TB_METRIC_COST_OWNED].known) {
        write_known_or_remedy(report, "owned", TB_METRIC_COST_OWNED);
    }
    tb_text_disclosed(report);
    tb_text_implied(report);
    tb_text_compare(report);
    write_drivers(report);
    write_undisclosed(report);
    if (report->options->verbose) {
        tb_text_inputs(report);
    }
    write_warnings(report);
    write_footer(report);
}
