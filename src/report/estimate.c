/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "report/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/number.h"
#include "preset/preset.h"
#include "report/format.h"
#include "report/table.h"

/** What supplies a metric that is unknown. Metrics that are not listed are counted from the model
 *  and the run. */
static const struct {
    enum tb_metric metric;
    bool timed;
    const char *remedy;
} facts[] = {
#define TIMED "give a throughput: --mfu 0.3, or a run with a measured or prior one"
    {TB_METRIC_TOKENS_PER_S_PER_CHIP, true, TIMED},
    {TB_METRIC_STEP_TIME, true, TIMED},
    {TB_METRIC_MFU, true, TIMED},
    {TB_METRIC_MFU_CAUSAL, true, TIMED},
    {TB_METRIC_MFU_FULL, true, TIMED},
    {TB_METRIC_MFU_6N, true, TIMED},
    {TB_METRIC_HFU, true, TIMED},
    {TB_METRIC_CHIP_HOURS, true, TIMED},
    {TB_METRIC_CHIP_HOURS_STEADY, true, TIMED},
    {TB_METRIC_WALL_CLOCK, true, TIMED},
    {TB_METRIC_WALL_CLOCK_STEADY, true, TIMED},
    {TB_METRIC_WALL_CLOCK_P95, true, TIMED},
    {TB_METRIC_MFU_RUN, true, TIMED},
    {TB_METRIC_CHIP_HOURS_PROJECT, true, TIMED},
    {TB_METRIC_CARBON, true, "give the power: --set chip.power.server='1.5 kW'"},
    {TB_METRIC_COST_OWNED, true, "give a price"},
    {TB_METRIC_WALL_CLOCK_RESERVED, false, "give the booked hours: --set reserved_hours=720"},
    {TB_METRIC_ENERGY, true, "give the power: --set chip.power.server='1.5 kW'"},
    {TB_METRIC_COST, true, "give a price"},
    {TB_METRIC_CHIPS, false, "give the number of chips: --chips 1000"},
    {TB_METRIC_CHIP_HOURS_RESERVED, false, "give the booked hours: --set reserved_hours=720"},
    {TB_METRIC_PRETRAINING_SHARE, false, "the model's pre-training run is not among the presets"},
    {TB_METRIC_PRETRAINING_HOURS_SHARE, false,
     "the model's pre-training run is not among the presets"},
    {TB_METRIC_TOKENS, false, "give the tokens: --set tokens=2T"},
    {TB_METRIC_STEPS, false, "give the steps: --set steps=1500"},
    {TB_METRIC_BATCH_TOKENS, false, "give the batch: --set batch_tokens=8M"},
    {TB_METRIC_MEMORY_CAPACITY, false, "give the memory: --set chip.memory.capacity='128 GB'"},
    {TB_METRIC_MEMORY_FITS, false, "give chips and memory: --chips 1000"},
    {TB_METRIC_STATE_BYTES_PER_CHIP, false, "give the number of chips: --chips 1000"},
    {TB_METRIC_MEMORY_PER_CHIP, false, "give the number of chips: --chips 1000"},
#define ROLLED "the run has no stage that generates, or lengths and chips are not known"
    {TB_METRIC_ROLLOUT_TIME, true, ROLLED},
    {TB_METRIC_FORWARD_TIME, true, ROLLED},
    {TB_METRIC_UPDATE_TIME, true, ROLLED},
    {TB_METRIC_SYNC_TIME, true, ROLLED},
    {TB_METRIC_VERIFY_TIME, true, ROLLED},
    {TB_METRIC_ROLLOUT_TIME_SHARE, true, ROLLED},
    {TB_METRIC_STEP_FLOOR, true, ROLLED},
    {TB_METRIC_STEP_NO_TAIL, true, ROLLED},
    {TB_METRIC_ROLLOUT_RATE, true, ROLLED},
    {TB_METRIC_UPDATE_RATE, true, ROLLED},
    {TB_METRIC_ENOUGH_CHIPS, true, ROLLED},
#undef ROLLED
#undef TIMED
};

bool tb_metric_is_timed(size_t metric)
{
    for (size_t i = 0; i < sizeof facts / sizeof *facts; ++i) {
        if ((size_t)facts[i].metric == metric) {
            return facts[i].timed;
        }
    }
    return false;
}

const char *tb_metric_basis(const struct tb_estimate *estimate, size_t metric)
{
    return tb_metric_is_timed(metric) ? estimate->basis : "count";
}

static const char *remedy_of(const struct tb_estimate *estimate, size_t metric)
{
    /* With a price, machines of one's own lack the power that they draw. */
    if (metric == TB_METRIC_COST_OWNED && estimate->purchase_key == NULL) {
        metric = TB_METRIC_ENERGY;
    }
    for (size_t i = 0; i < sizeof facts / sizeof *facts; ++i) {
        if ((size_t)facts[i].metric == metric) {
            return facts[i].remedy;
        }
    }
    return NULL;
}

void tb_add_remedy(struct tb_text *out, const struct tb_estimate *estimate, size_t metric)
{
    const char *remedy = remedy_of(estimate, metric);
    if (remedy == NULL) {
        return;
    }
    tb_text_addf(out, "%s", remedy);
    if (metric == TB_METRIC_COST) {
        tb_text_addf(out, ": --set %s='2 USD/h'",
                     estimate->rent_key != NULL ? estimate->rent_key : "chip.price.rent");
    } else if (metric == TB_METRIC_COST_OWNED && estimate->purchase_key != NULL) {
        tb_text_addf(out, ": --set %s='30000 USD'", estimate->purchase_key);
    }
}

/** Is `path` equal to `tail`, or does it end in "." and `tail`? */
static bool ends_in(const char *path, const char *tail)
{
    const size_t length = strlen(path);
    const size_t end = strlen(tail);
    return length >= end && strcmp(path + length - end, tail) == 0 &&
           (length == end || path[length - end - 1] == '.');
}

enum tb_dim tb_input_dim(const char *path, const char *unit)
{
    const struct tb_param_info *best = NULL;
    for (int i = 0; i < TB_PARAM_COUNT; ++i) {
        const struct tb_param_info *info = tb_param_info((enum tb_param)i);
        const bool longer = best == NULL || strlen(info->path) > strlen(best->path);
        if (longer && ends_in(path, info->path)) {
            best = info;
        }
    }
    return best != NULL ? best->dim : tb_unit_dim(unit, TB_DIM_COUNT);
}

enum tb_dim tb_disclosed_dim(const char *what, const char *unit)
{
    enum tb_metric metric = TB_METRIC_TOKENS;
    return tb_metric_lookup(what, &metric) ? tb_metric_dim(metric)
                                           : tb_unit_dim(unit, TB_DIM_COUNT);
}

void tb_rows_estimate(const struct tb_report *report)
{
    static const struct tb_column columns[] = {
        {"metric", "id", TB_TABLE_TEXT, false},   {"unit", "unit", TB_TABLE_TEXT, false},
        {"value", "value", TB_DIM_COUNT, true},   {"low", "low", TB_DIM_COUNT, true},
        {"high", "high", TB_DIM_COUNT, true},     {"level", "level", TB_DIM_RATIO, true},
        {"grade", "grade", TB_TABLE_TEXT, false}, {"basis", "basis", TB_TABLE_TEXT, false}};
    const struct tb_estimate *estimate = report->estimate;
    struct tb_table table;
    struct tb_metric_info info;
    tb_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; tb_metric_info(i, &info); ++i) {
        const struct tb_estimate_metric *metric = &estimate->metrics[i];
        if (!metric->known) {
            continue;
        }
        const struct tb_cell cells[] = {{info.id, 0},
                                        {info.unit, 0},
                                        {NULL, metric->value},
                                        {NULL, metric->low},
                                        {NULL, metric->high},
                                        {NULL, metric->ranged ? estimate->level : (double)NAN},
                                        {tb_grade_letter(metric->grade), 0},
                                        {tb_metric_basis(estimate, i), 0}};
        tb_table_row(&table, cells);
    }
    tb_table_write_separated(report->out, &table,
                             report->options->form == TB_FORM_CSV ? ',' : '\t');
    tb_table_free(&table);
}

char *tb_report_estimate(const struct tb_estimate *estimate, const tb_diags *diags,
                         const struct tb_report_options *options)
{
    struct tb_text out = {0};
    const struct tb_report report = {estimate, diags, options, &out};
    if (options->form == TB_FORM_TEXT) {
        tb_text_estimate(&report);
    } else if (options->form == TB_FORM_CSV || options->form == TB_FORM_TSV) {
        tb_rows_estimate(&report);
    } else {
        tb_json_write(&out, tb_json_estimate(estimate, diags), options->form == TB_FORM_JSON);
    }
    return tb_text_take(&out);
}

/** One value of --get; false after reporting. */
static bool write_value(struct tb_text *out, const struct tb_estimate *estimate, const char *id,
                        struct tb_pos pos, tb_diags *diags)
{
    size_t index = 0;
    if (id[0] == '\0') {
        const struct tb_finding finding = {.pos = pos,
                                           .accepted = "METRIC[,METRIC] without blanks"};
        tb_diag_add(diags, TB_USAGE_ARGUMENT, &finding, "an empty name among the metrics");
        return false;
    }
    if (!tb_metric_find(id, pos, &index, diags)) {
        return false;
    }
    if (!estimate->metrics[index].known) {
        struct tb_text remedy = {0};
        tb_add_remedy(&remedy, estimate, index);
        const struct tb_finding finding = {.pos = pos, .remedy = remedy.data};
        tb_diag_add(diags, TB_NO_ANSWER, &finding, "the value of '%s' is unknown", id);
        tb_text_free(&remedy);
        return false;
    }
    if (isinf(estimate->metrics[index].value)) {
        const struct tb_finding finding = {.pos = pos,
                                           .remedy = "--no-uncertainty prints the central value"};
        tb_diag_add(diags, TB_NO_ANSWER, &finding,
                    "'%s' has no end: the run mostly makes no progress", id);
        return false;
    }
    tb_text_add(out, out->length > 0 ? " " : "");
    tb_number_write(out, estimate->metrics[index].value, 17);
    return true;
}

char *tb_report_get(const struct tb_estimate *estimate, const char *ids, struct tb_pos pos,
                    tb_diags *diags)
{
    struct tb_text out = {0};
    bool good = true;
    for (const char *at = ids; at != NULL;) {
        const size_t length = strcspn(at, ",");
        struct tb_text id = {0};
        tb_text_add_n(&id, at, length);
        char *name = tb_finish(&id, diags);
        good = name != NULL && write_value(&out, estimate, name, pos, diags) && good;
        free(name);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    tb_text_add(&out, "\n");
    char *text = tb_finish(&out, diags);
    if (!good) {
        free(text);
        return NULL;
    }
    return text;
}
