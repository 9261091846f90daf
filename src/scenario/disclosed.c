/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/compare.h"
#include "scenario/evaluate.h"
#include "scenario/metric.h"

#include <math.h>
#include <string.h>

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* The metric that a published figure is to be held against, by what it is and the scope it states.
 * A figure that states none has the scope of its kind: rates and steps are steady, hours, money and
 * energy are those of the run. A scope without a metric is not compared with another's. */
static const struct scoped {
    const char *what;
    const char *usual; /* the scope of the metric named `what`; NULL: the same in every scope */
    struct {
        const char *scope;
        enum tb_metric metric;
    } other[2];
} scopes[] = {
    {"chip_hours",
     "run",
     {{"steady", TB_METRIC_CHIP_HOURS_STEADY}, {"reserved", TB_METRIC_CHIP_HOURS_RESERVED}}},
    {"wall_clock",
     "run",
     {{"steady", TB_METRIC_WALL_CLOCK_STEADY}, {"reserved", TB_METRIC_WALL_CLOCK_RESERVED}}},
    {"mfu", "steady", {{"run", TB_METRIC_MFU_RUN}}},
    {"mfu_causal", "steady", {{"run", TB_METRIC_MFU_RUN}}},
    {"mfu_full", "steady", {{0}}},
    {"mfu_6n", "steady", {{0}}},
    {"hfu", "steady", {{0}}},
    {"step_time", "steady", {{0}}},
    {"tokens_per_s_per_chip", "steady", {{0}}},
    {"chip_hours_steady", "steady", {{0}}},
    {"chip_hours_reserved", "reserved", {{0}}},
    {"energy", "run", {{0}}},
    {"cost_usd", "run", {{0}}},
    {"goodput", "run", {{0}}},
    {"failures", "run", {{0}}},
    {"failure_interval", "run", {{0}}},
};

static const struct scoped *scoped_of(const char *what)
{
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (same(what, scopes[i].what))
            return &scopes[i];
    return NULL;
}

static bool counterpart(const struct tb_disclosed *d, enum tb_metric *out)
{
    const struct scoped *scoped = scoped_of(d->what);
    if (!scoped || !d->scope || same(d->scope, scoped->usual))
        return same(d->what, "mfu") ? tb_metric_lookup("mfu_causal", out)
                                    : tb_metric_lookup(d->what, out);
    for (size_t k = 0; k < 2; k++) {
        if (same(d->scope, scoped->other[k].scope)) {
            *out = scoped->other[k].metric;
            return true;
        }
    }
    return false;
}

/* Metrics that do not depend on the machine: comparable whatever chip was asked for. */
static bool machine_free(enum tb_metric metric)
{
    return metric <= TB_METRIC_PRETRAINING_SHARE || metric == TB_METRIC_STATE_BYTES ||
           metric == TB_METRIC_KV_BYTES_PER_TOKEN;
}

/* First and last stage of this id or group. */
static bool stage_range(const struct tb_scenario *s, const char *name, struct tb_extra *out)
{
    bool found = false;
    for (int i = 0; i < s->n_stages; i++) {
        if (!same(s->stage[i].id, name) && !same(s->stage[i].group, name))
            continue;
        if (!found)
            out->first = i;
        out->last = i;
        found = true;
    }
    return found;
}

static bool same_range(const struct tb_extra *a, const struct tb_extra *b)
{
    return a->first == b->first && a->last == b->last;
}

/* Those over the same stages stand together: their sums are formed once. */
static void add_extra(struct tb_scenario *s, const struct tb_extra *extra)
{
    int at = s->n_extra++;
    int last = at;
    while (last > 0 && !same_range(&s->extra[last - 1], extra))
        last--;
    for (; last > 0 && at > last; at--)
        s->extra[at] = s->extra[at - 1];
    s->extra[at] = *extra;
}

void tb_compare_plan(struct tb_scenario *s)
{
    for (size_t i = 0; s->run && s->n_stages > 1 && i < s->run->n_disclosed; i++) {
        const struct tb_disclosed *d = &s->run->disclosed[i];
        struct tb_extra extra;
        if (d->stage && counterpart(d, &extra.metric) && stage_range(s, d->stage, &extra))
            add_extra(s, &extra);
    }
}

/* Where the outputs hold the counterpart; -1: nowhere. */
static int output_of(const struct tb_scenario *s, const struct tb_disclosed *d)
{
    enum tb_metric metric;
    struct tb_extra range = {0};
    if (!counterpart(d, &metric) || s->model_changed ||
        (s->hardware_changed && !machine_free(metric)))
        return -1;
    if (!d->stage || s->n_stages == 1)
        return (int)metric;
    if (!stage_range(s, d->stage, &range))
        return -1;
    for (int i = 0; i < s->n_extra; i++)
        if (s->extra[i].metric == metric && same_range(&s->extra[i], &range))
            return TB_METRIC_COUNT + i;
    return -1;
}

/* FLOPs per token of the stage by a convention over the canonical count. NaN: unknown convention.
 */
static double convention_ratio(const struct tb_scenario *s, int stage, const char *id)
{
    enum tb_convention convention;
    if (!id || !tb_convention_find(id, &convention))
        return NAN;
    const struct tb_model *model = &s->stage[stage].model->model;
    const struct tb_stage *v = &s->central.stage[stage];
    const struct tb_lengths lengths = {v->seq_len, v->mean_doc_len, v->doc_cv};
    return tb_convention_flops(convention, model, &lengths, v->recompute) /
           tb_convention_flops(s->causal, model, &lengths, v->recompute);
}

/* Does the range hold the published figure, or for a bound a part of what it allows? Published
 * figures are rounded to two to four digits; half a percent is no disagreement. */
static bool inside(const struct tb_estimate_disclosed *row)
{
    const double rounding = 0.005;
    if (!isfinite(row->estimate))
        return false;
    bool above = row->value <= row->high * (1.0 + rounding);
    bool below = row->low * (1.0 - rounding) <= row->value;
    if (row->bound && strstr(row->bound, "most"))
        return below;
    if (row->bound && strstr(row->bound, "least"))
        return above;
    return above && below;
}

static void fill_row(struct tb_scenario *s, const struct tb_spread *spread,
                     const struct tb_disclosed *d, struct tb_estimate_disclosed *row)
{
    int output = output_of(s, d);
    double scale = 1.0;
    if (same(d->what, "mfu")) {
        struct tb_extra range = {0};
        if (d->stage)
            stage_range(s, d->stage, &range);
        scale = convention_ratio(s, range.first, d->convention);
    }
    row->what = d->what;
    row->unit = tb_dim_si(d->dim);
    row->scope = d->scope;
    row->convention = d->convention;
    row->bound = d->bound;
    row->stage = d->stage;
    row->value = d->value;
    row->grade = d->prov.grade;
    row->sources = d->prov.sources;
    row->n_sources = d->prov.n_sources;
    row->where = d->prov.where;
    row->note = d->prov.note;
    row->estimate = output < 0 ? (double)NAN : spread->median[output] * scale;
    row->low = output < 0 ? (double)NAN : spread->low[output] * scale;
    row->high = output < 0 ? (double)NAN : spread->high[output] * scale;
    row->ratio = row->estimate / row->value;
    row->inside = inside(row);
}

bool tb_compare_disclosed(struct tb_scenario *s, const struct tb_spread *spread,
                          struct tb_estimate *out)
{
    size_t n = s->run ? s->run->n_disclosed : 0;
    out->disclosed = tb_arena_alloc(s->arena, (n + 1) * sizeof *out->disclosed);
    if (!out->disclosed)
        return false;
    out->n_disclosed = n;
    for (size_t i = 0; i < n; i++)
        fill_row(s, spread, &s->run->disclosed[i], &out->disclosed[i]);
    return true;
}

/* The published MFU whose convention is not stated, and the step time that goes with it. */
static const struct tb_disclosed *unstated_mfu(const struct tb_run_preset *run)
{
    for (size_t i = 0; run && i < run->n_disclosed; i++) {
        const struct tb_disclosed *d = &run->disclosed[i];
        if (same(d->what, "mfu") && (!d->convention || same(d->convention, "unstated")))
            return d;
    }
    return NULL;
}

static double published_step_time(const struct tb_run_preset *run, const char *stage)
{
    for (size_t i = 0; i < run->n_disclosed; i++) {
        const struct tb_disclosed *d = &run->disclosed[i];
        if (same(d->what, "step_time") && (!d->stage || !stage || same(d->stage, stage)))
            return d->value;
    }
    return NAN;
}

/* The machine of the publication, whatever chip the request asks for. */
static bool published_machine(const struct tb_scenario *s, double *peak, double *chips)
{
    const struct tb_run_preset *run = s->run;
    struct tb_pos pos = {run->entity.file, 0, 0};
    const char *chip_id = run->chip;
    if (!chip_id && run->cluster) {
        const struct tb_cluster_preset *cluster =
            tb_data_cluster(s->data, run->cluster, pos, s->diags);
        chip_id = cluster ? cluster->chip : NULL;
    }
    const struct tb_chip_preset *chip =
        chip_id ? tb_data_chip(s->data, chip_id, pos, s->diags) : NULL;
    if (!chip)
        return false;
    *peak = tb_chip_peak16(&chip->chip);
    *chips = run->stages[0].stage.chips;
    return true;
}

static bool already_listed(const struct tb_estimate *out, double flops)
{
    for (size_t i = 0; i < out->n_implied; i++)
        if (fabs(out->implied[i].flops_per_token / flops - 1.0) < 1e-3)
            return true;
    return false;
}

bool tb_compare_implied(struct tb_scenario *s, struct tb_estimate *out)
{
    const struct tb_disclosed *mfu = unstated_mfu(s->run);
    double peak = NAN;
    double chips = NAN;
    if (!mfu || s->model_changed || !published_machine(s, &peak, &chips))
        return true;
    out->implied = tb_arena_alloc(s->arena, TB_CONVENTION_COUNT * sizeof *out->implied);
    if (!out->implied)
        return false;
    const double step_time = published_step_time(s->run, mfu->stage);
    const struct tb_stage *v = &s->central.stage[0];
    const struct tb_lengths lengths = {v->seq_len, v->mean_doc_len, v->doc_cv};
    const struct tb_model *model = &s->stage[0].model->model;
    const double causal = tb_convention_flops(s->causal, model, &lengths, v->recompute);
    for (int c = 0; c < TB_CONVENTION_COUNT; c++) {
        const struct tb_convention_info *info = tb_convention_info((enum tb_convention)c);
        double flops = tb_convention_flops((enum tb_convention)c, model, &lengths, v->recompute);
        if (!isfinite(flops) || already_listed(out, flops))
            continue;
        double rate = mfu->value * peak / flops;
        out->implied[out->n_implied++] = (struct tb_estimate_implied){
            .convention = info->id,
            .title = info->title,
            .flops_per_token = flops,
            .batch_tokens = rate * chips * step_time,
            .tokens_per_s_per_chip = rate,
            .mfu_causal = mfu->value * causal / flops,
        };
    }
    return true;
}
