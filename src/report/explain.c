/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "report/estimate.h"
#include "report/format.h"

static const struct tb_explanation {
    const char *definition, *formula, *limits;
} explanations[TB_METRIC_COUNT] = {
#define TB_EXPLAIN(name, definition, formula, limits)                                              \
    [TB_METRIC_##name] = {definition, formula, limits},
#include "report/explain.def"
#undef TB_EXPLAIN
};

static void write_item(struct tb_text *out, const char *word, const char *text)
{
    if (text == NULL) {
        return;
    }
    tb_text_addf(out, "  %-9s", word);
    tb_wrap(out, text, 11, 11);
}

static void write_value(struct tb_text *out, const struct tb_estimate *estimate, size_t index)
{
    const struct tb_estimate_metric *metric = &estimate->metrics[index];
    const enum tb_dim dim = tb_metric_dim((enum tb_metric)index);
    struct tb_text text = {0};
    if (!metric->known) {
        struct tb_text remedy = {0};
        tb_add_remedy(&remedy, estimate, index);
        tb_text_addf(&text, "unknown%s%s", remedy.length > 0 ? "; " : "",
                     remedy.length > 0 ? remedy.data : "");
        tb_text_free(&remedy);
    } else {
        tb_quantity_write(&text, metric->value, dim, 4);
        if (metric->ranged) {
            tb_text_add(&text, ", from ");
            tb_quantity_write(&text, metric->low, dim, 3);
            tb_text_add(&text, " to ");
            tb_quantity_write(&text, metric->high, dim, 3);
            tb_text_addf(&text, " (%.3g %%)", 100.0 * estimate->level);
        }
        tb_text_addf(&text, "; grade %s; basis %s", tb_grade_letter(metric->grade),
                     tb_metric_basis(estimate, index));
    }
    write_item(out, "value", text.failed ? "" : text.data);
    out->failed |= text.failed;
    tb_text_free(&text);
}

/** The inputs that the metric follows, and where they are from. */
static void write_inputs(struct tb_text *out, const struct tb_estimate *estimate, size_t metric)
{
    size_t n = 0;
    for (size_t i = 0; i < estimate->n_inputs && n < 6; ++i) {
        const struct tb_estimate_input *input = &estimate->inputs[i];
        struct tb_text text = {0};
        if (!tb_estimate_feeds(estimate, i, metric)) {
            continue;
        }
        tb_text_addf(&text, "%s = ", input->path);
        tb_quantity_write(&text, input->value, tb_input_dim(input->path, input->unit), 4);
        tb_text_addf(&text, ", grade %s", tb_grade_letter(input->grade));
        for (size_t k = 0; k < input->n_sources; ++k) {
            tb_text_addf(&text, ", %s", input->sources[k]);
        }
        write_item(out, n == 0 ? "inputs" : "", text.failed ? "" : text.data);
        out->failed |= text.failed;
        tb_text_free(&text);
        ++n;
    }
}

static void write_text(struct tb_text *out, size_t index, const struct tb_estimate *estimate)
{
    const struct tb_explanation *explanation = &explanations[index];
    struct tb_metric_info info;
    tb_metric_info(index, &info);
    tb_text_addf(out, "%s: %s\n", info.id, info.title);
    write_item(out, "means", explanation->definition);
    write_item(out, "formula", explanation->formula);
    write_item(out, "unit", info.unit[0] != '\0' ? info.unit : "none");
    write_item(out, "limits", explanation->limits);
    tb_text_addf(out, "  section  docs/model.md, %s\n", info.equation);
    if (estimate != NULL) {
        write_value(out, estimate, index);
        write_inputs(out, estimate, index);
    }
}

static json_t *explain_json(size_t index, const struct tb_estimate *estimate)
{
    const struct tb_explanation *explanation = &explanations[index];
    struct tb_metric_info info;
    tb_metric_info(index, &info);
    json_t *object = json_object();
    json_object_set_new(object, "schema", json_string("trainbudget.metric/1"));
    json_object_set_new(object, "id", json_string(info.id));
    json_object_set_new(object, "title", json_string(info.title));
    json_object_set_new(object, "definition", tb_json_text(explanation->definition));
    json_object_set_new(object, "formula", tb_json_text(explanation->formula));
    json_object_set_new(object, "unit", json_string(info.unit));
    json_object_set_new(object, "limits", tb_json_text(explanation->limits));
    json_object_set_new(object, "section", json_string(info.equation));
    if (estimate != NULL) {
        const struct tb_estimate_metric *metric = &estimate->metrics[index];
        json_object_set_new(object, "value",
                            metric->known ? tb_json_number(metric->value) : json_null());
        json_object_set_new(object, "low",
                            metric->known ? tb_json_number(metric->low) : json_null());
        json_object_set_new(object, "high",
                            metric->known ? tb_json_number(metric->high) : json_null());
    }
    return object;
}

char *tb_report_explain(const char *metric, const struct tb_estimate *estimate, struct tb_pos pos,
                        const struct tb_report_options *options, tb_diags *diags)
{
    size_t index = 0;
    struct tb_text out = {0};
    if (!tb_metric_find(metric, pos, &index, diags)) {
        return NULL;
    }
    if (options->form == TB_FORM_JSON || options->form == TB_FORM_JSONL) {
        tb_json_write(&out, explain_json(index, estimate), options->form == TB_FORM_JSON);
    } else {
        write_text(&out, index, estimate);
    }
    return tb_finish(&out, diags);
}
