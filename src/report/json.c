/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "report/estimate.h"
#include "report/format.h"

static json_t *metrics_json(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    struct tb_metric_info info;
    for (size_t i = 0; tb_metric_info(i, &info); ++i) {
        const struct tb_estimate_metric *metric = &estimate->metrics[i];
        json_t *row = json_object();
        json_object_set_new(row, "id", json_string(info.id));
        json_object_set_new(row, "unit", json_string(info.unit));
        json_object_set_new(row, "value",
                            metric->known ? tb_json_number(metric->value) : json_null());
        json_object_set_new(row, "low", metric->known ? tb_json_number(metric->low) : json_null());
        json_object_set_new(row, "high",
                            metric->known ? tb_json_number(metric->high) : json_null());
        if (metric->known && isinf(metric->high))
            json_object_set_new(row, "open", json_true());
        json_object_set_new(row, "level",
                            metric->known && metric->ranged ? tb_json_number(estimate->level)
                                                            : json_null());
        json_object_set_new(row, "grade",
                            metric->known && metric->grade != TB_GRADE_NONE
                                ? json_string(tb_grade_letter(metric->grade))
                                : json_null());
        json_object_set_new(
            row, "basis", metric->known ? tb_json_text(tb_metric_basis(estimate, i)) : json_null());
        json_array_append_new(array, row);
    }
    return array;
}

/** Grade, sources, where and note: what every number carries. */
static void set_provenance(json_t *row, enum tb_grade grade, const char *const *sources, size_t n)
{
    json_object_set_new(row, "grade",
                        grade != TB_GRADE_NONE ? json_string(tb_grade_letter(grade)) : json_null());
    json_object_set_new(row, "sources", tb_json_texts(sources, n));
}

static json_t *inputs_json(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_inputs; ++i) {
        const struct tb_estimate_input *input = &estimate->inputs[i];
        json_t *row = json_object();
        json_object_set_new(row, "path", tb_json_text(input->path));
        json_object_set_new(row, "unit", tb_json_text(input->unit));
        json_object_set_new(row, "value", tb_json_number(input->value));
        json_object_set_new(row, "low", tb_json_number(input->low));
        json_object_set_new(row, "high", tb_json_number(input->high));
        json_object_set_new(row, "uncertain", json_boolean(input->uncertain));
        json_object_set_new(row, "share", tb_json_number(input->share));
        set_provenance(row, input->grade, input->sources, input->n_sources);
        json_object_set_new(row, "where", tb_json_text(input->where));
        json_object_set_new(row, "note", tb_json_text(input->note));
        json_object_set_new(row, "as_of", tb_json_text(input->as_of));
        json_object_set_new(row, "origin", tb_json_text(input->origin));
        json_array_append_new(array, row);
    }
    return array;
}

static json_t *breakdown_json(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_stages; ++i) {
        const struct tb_estimate_stage *stage = &estimate->stages[i];
        const struct {
            const char *key;
            double value;
        } numbers[] = {{"tokens", stage->tokens},
                       {"steps", stage->steps},
                       {"seq_len", stage->seq_len},
                       {"batch_tokens", stage->batch_tokens},
                       {"flops_per_token", stage->flops_per_token},
                       {"flops_model", stage->flops_model},
                       {"tokens_per_s_per_chip", stage->tokens_per_s_per_chip},
                       {"step_time", stage->step_time},
                       {"chips", stage->chips},
                       {"chip_hours", stage->chip_hours},
                       {"chip_hours_steady", stage->chip_hours_steady},
                       {"wall_clock", stage->wall_clock},
                       {"mfu", stage->mfu}};
        json_t *row = json_object();
        json_object_set_new(row, "id", tb_json_text(stage->id));
        json_object_set_new(row, "group", tb_json_text(stage->group));
        json_object_set_new(row, "kind", tb_json_text(stage->kind));
        json_object_set_new(row, "basis", tb_json_text(stage->basis));
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; ++k) {
            json_object_set_new(row, numbers[k].key, tb_json_number(numbers[k].value));
        }
        json_array_append_new(array, row);
    }
    json_t *object = json_object();
    json_object_set_new(object, "stages", array);
    json_object_set_new(object, "steps", tb_json_steps(estimate));
    json_object_set_new(object, "generations", tb_json_generations(estimate));
    return object;
}

static json_t *disclosed_json(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_disclosed; ++i) {
        const struct tb_estimate_disclosed *disclosed = &estimate->disclosed[i];
        json_t *row = json_object();
        json_object_set_new(row, "what", tb_json_text(disclosed->what));
        json_object_set_new(row, "unit", tb_json_text(disclosed->unit));
        json_object_set_new(row, "stage", tb_json_text(disclosed->stage));
        json_object_set_new(row, "scope", tb_json_text(disclosed->scope));
        json_object_set_new(row, "convention", tb_json_text(disclosed->convention));
        json_object_set_new(row, "bound", tb_json_text(disclosed->bound));
        json_object_set_new(row, "value", tb_json_number(disclosed->value));
        set_provenance(row, disclosed->grade, disclosed->sources, disclosed->n_sources);
        json_object_set_new(row, "where", tb_json_text(disclosed->where));
        json_object_set_new(row, "note", tb_json_text(disclosed->note));
        json_object_set_new(row, "estimate", tb_json_number(disclosed->estimate));
        json_object_set_new(row, "low", tb_json_number(disclosed->low));
        json_object_set_new(row, "high", tb_json_number(disclosed->high));
        json_object_set_new(row, "ratio", tb_json_number(disclosed->ratio));
        json_object_set_new(row, "inside", json_boolean(disclosed->inside));
        json_array_append_new(array, row);
    }
    return array;
}

static json_t *implied_json(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_implied; ++i) {
        const struct tb_estimate_implied *implied = &estimate->implied[i];
        json_t *row = json_object();
        json_object_set_new(row, "convention", tb_json_text(implied->convention));
        json_object_set_new(row, "title", tb_json_text(implied->title));
        json_object_set_new(row, "flops_per_token", tb_json_number(implied->flops_per_token));
        json_object_set_new(row, "batch_tokens", tb_json_number(implied->batch_tokens));
        json_object_set_new(row, "tokens_per_s_per_chip",
                            tb_json_number(implied->tokens_per_s_per_chip));
        json_object_set_new(row, "mfu_causal", tb_json_number(implied->mfu_causal));
        json_array_append_new(array, row);
    }
    return array;
}

static json_t *compare_json(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_compare; ++i) {
        const struct tb_estimate_compare *compare = &estimate->compare[i];
        json_t *row = json_object();
        json_object_set_new(row, "run", tb_json_text(compare->run));
        json_object_set_new(row, "title", tb_json_text(compare->title));
        json_object_set_new(row, "chip", tb_json_text(compare->chip));
        json_object_set_new(row, "basis", tb_json_text(compare->basis));
        json_object_set_new(row, "is_pretraining", json_boolean(compare->is_pretraining));
        json_object_set_new(row, "same_chip", json_boolean(compare->same_chip));
        json_object_set_new(row, "flops_model", tb_json_number(compare->flops_model));
        json_object_set_new(row, "chip_hours", tb_json_number(compare->chip_hours));
        json_object_set_new(row, "flops_ratio", tb_json_number(compare->flops_ratio));
        json_object_set_new(row, "chip_hours_ratio", tb_json_number(compare->chip_hours_ratio));
        json_array_append_new(array, row);
    }
    return array;
}

static json_t *warnings_json(const tb_diags *diags)
{
    json_t *array = json_array();
    const struct tb_diag *diag;
    for (size_t i = 0; (diag = tb_diags_at(diags, i)) != NULL; ++i) {
        if (diag->severity == TB_NOTE) {
            continue;
        }
        json_t *row = json_object();
        json_object_set_new(row, "severity",
                            json_string(diag->severity == TB_ERROR ? "error" : "warning"));
        json_object_set_new(row, "code", tb_json_text(diag->code));
        json_object_set_new(row, "file", tb_json_text(diag->pos.file));
        json_object_set_new(row, "line", json_integer(diag->pos.line));
        json_object_set_new(row, "column", json_integer(diag->pos.column));
        json_object_set_new(row, "path", tb_json_text(diag->path));
        json_object_set_new(row, "message", tb_json_text(diag->message));
        json_object_set_new(row, "remedy", tb_json_text(diag->remedy));
        json_array_append_new(array, row);
    }
    return array;
}

/** Adds keys that the array does not hold yet; it stays sorted. */
static void add_keys(json_t *array, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        size_t at = 0;
        int order = 1;
        while (at < json_array_size(array) &&
               (order = strcmp(json_string_value(json_array_get(array, at)), keys[i])) < 0) {
            ++at;
        }
        if (at == json_array_size(array) || order != 0) {
            json_array_insert_new(array, at, json_string(keys[i]));
        }
    }
}

static json_t *sources_json(const struct tb_estimate *estimate)
{
    json_t *array = json_array();
    for (size_t i = 0; i < estimate->n_inputs; ++i) {
        add_keys(array, estimate->inputs[i].sources, estimate->inputs[i].n_sources);
    }
    for (size_t i = 0; i < estimate->n_disclosed; ++i) {
        add_keys(array, estimate->disclosed[i].sources, estimate->disclosed[i].n_sources);
    }
    return array;
}

static json_t *selection_json(const struct tb_estimate *estimate)
{
    json_t *object = json_object();
    json_object_set_new(object, "run", tb_json_text(estimate->run));
    json_object_set_new(object, "run_name", tb_json_text(estimate->run_name));
    json_object_set_new(object, "model", tb_json_text(estimate->model));
    json_object_set_new(object, "model_name", tb_json_text(estimate->model_name));
    json_object_set_new(object, "moe", json_boolean(estimate->moe));
    json_object_set_new(object, "chip", tb_json_text(estimate->chip));
    json_object_set_new(object, "chip_name", tb_json_text(estimate->chip_name));
    json_object_set_new(object, "counts_as", tb_json_text(estimate->counts_as));
    json_object_set_new(object, "cluster", tb_json_text(estimate->cluster));
    json_object_set_new(object, "stages", tb_json_text(estimate->stage_summary));
    json_object_set_new(object, "precision", tb_json_text(estimate->precision));
    json_object_set_new(object, "machine_changed", json_boolean(estimate->machine_changed));
    json_object_set_new(object, "model_changed", json_boolean(estimate->model_changed));
    return object;
}

static json_t *method_json(const struct tb_estimate *estimate)
{
    json_t *object = json_object();
    json_object_set_new(object, "basis", tb_json_text(estimate->basis));
    json_object_set_new(object, "basis_detail", tb_json_text(estimate->basis_detail));
    json_object_set_new(object, "mfu_convention", tb_json_text(estimate->mfu_convention));
    json_object_set_new(object, "peak", tb_json_text(estimate->peak));
    json_object_set_new(object, "level", tb_json_number(estimate->level));
    json_object_set_new(object, "samples", json_integer((json_int_t)estimate->samples));
    json_object_set_new(object, "seed", json_integer((json_int_t)estimate->seed));
    json_object_set_new(object, "command", tb_json_text(estimate->command));
    return object;
}

/** Currency and date of the prices behind cost_usd and cost_owned_usd. */
static json_t *money_json(const struct tb_estimate *estimate)
{
    json_t *object = json_object();
    json_object_set_new(object, "currency", tb_json_text(estimate->currency));
    json_object_set_new(object, "rent_term", tb_json_text(estimate->rent_term));
    json_object_set_new(object, "rent_as_of", tb_json_text(estimate->rent_as_of));
    json_object_set_new(object, "purchase_as_of", tb_json_text(estimate->purchase_as_of));
    return object;
}

json_t *tb_json_estimate(const struct tb_estimate *estimate, const tb_diags *diags)
{
    json_t *tool = json_object();
    json_object_set_new(tool, "name", json_string("trainbudget"));
    json_object_set_new(tool, "version", tb_json_text(estimate->version));
    json_t *data = json_object();
    json_object_set_new(data, "version", tb_json_text(estimate->data_version));
    json_object_set_new(data, "digest", tb_json_text(estimate->data_digest));
    json_object_set_new(data, "user_files", json_integer((json_int_t)estimate->user_files));

    json_t *object = json_object();
    json_object_set_new(object, "schema", json_string("trainbudget.estimate/1"));
    json_object_set_new(object, "tool", tool);
    json_object_set_new(object, "data", data);
    json_object_set_new(object, "selection", selection_json(estimate));
    json_object_set_new(object, "inputs", inputs_json(estimate));
    json_object_set_new(object, "method", method_json(estimate));
    json_object_set_new(object, "money", money_json(estimate));
    json_object_set_new(object, "metrics", metrics_json(estimate));
    json_object_set_new(object, "breakdown", breakdown_json(estimate));
    json_object_set_new(object, "plan", tb_json_plan(estimate));
    json_object_set_new(object, "disclosed", disclosed_json(estimate));
    json_object_set_new(object, "implied", implied_json(estimate));
    json_object_set_new(object, "compare", compare_json(estimate));
    json_object_set_new(object, "unknown", tb_json_unknown(estimate));
    json_object_set_new(object, "undisclosed",
                        tb_json_texts(estimate->undisclosed, estimate->n_undisclosed));
    json_object_set_new(object, "warnings", warnings_json(diags));
    json_object_set_new(object, "sources", sources_json(estimate));
    return object;
}
