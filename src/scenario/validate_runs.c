/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/validate_runs.h"

#include "run/kinds.h"
#include "scenario/alike.h"
#include "scenario/metric.h"
#include "scenario/mfu_rows.h"
#include "scenario/validated.h"

#include <math.h>
#include <string.h>

#define Z95 1.6448536269514722

static const struct tb_evidence *evidence_of(tb_data *data, tb_diags *diags)
{
    size_t n = 0;
    const struct tb_prior *priors = tb_data_priors(data, &n, diags);
    if (priors && n > 0 && priors[0].evidence)
        return priors[0].evidence;
    if (tb_diags_status(diags) == TB_OK)
        tb_diag_add(diags, TB_NO_BASIS, NULL, "the priors hold no runs to compare with");
    return NULL;
}

/* From the other runs of other teams: beside its best plan where there is one. */
static bool predict(tb_arena *arena, const struct tb_evidence *evidence,
                    const struct tb_mfu_row *row, struct tb_alike *out)
{
    const struct tb_evidence *asked =
        row->best > 0.0 && evidence->realised ? evidence->realised : evidence;
    struct tb_evidence_run query = tb_mfu_row_run(row);
    query.best = row->best;
    return tb_alike_without(arena, asked, &query, out);
}

static const char *generation_group(tb_arena *arena, const struct tb_mfu_row *row)
{
    const char *name = tb_arena_printf(arena, "generation:%s", row->generation);
    return name && *row->generation ? name : "generation:unknown";
}

/* What the hours of a row hold, and the groups it counts in. */
static void classify(tb_arena *arena, const struct tb_mfu_row *row, struct tb_validated *out)
{
    out->scope = row->steady ? "steady" : row->calendar ? "reserved" : "run";
    if (row->steady) {
        out->group[0] = "steps alone";
        out->group[1] = row->one_server ? "steps alone, one server" : "steps alone, cluster";
        return;
    }
    if (row->shown) {
        out->group[0] = row->shown;
        return;
    }
    out->group[0] = "billed";
    out->group[1] = row->moe ? "billed, moe" : "billed, dense";
    out->group[2] = row->calendar ? "billed, calendar" : "billed, accounted";
    out->group[3] = generation_group(arena, row);
}

static const char *why_skipped(const struct tb_mfu_row *row)
{
    if (row->left_out && !row->steady && !row->shown)
        return row->left_out;
    return *row->generation ? NULL : "the chip's generation is not known";
}

static bool fill(tb_arena *arena, const struct tb_evidence *evidence, const struct tb_mfu_row *row,
                 struct tb_validated *out)
{
    struct tb_alike a;
    *out = (struct tb_validated){.row = row->id,
                                 .skipped = why_skipped(row),
                                 .basis = row->best > 0.0 ? "predicted" : "prior",
                                 .unit = "chip-h",
                                 .measured = row->hours,
                                 .predicted = NAN,
                                 .low = NAN,
                                 .high = NAN};
    classify(arena, row, out);
    if (out->skipped)
        return true;
    if (!predict(arena, evidence, row, &a))
        return false;
    out->predicted = row->hours * row->own / exp(a.mean);
    out->low = out->predicted * exp(-Z95 * a.sd);
    out->high = out->predicted * exp(Z95 * a.sd);
    out->inside = out->low <= out->measured && out->measured <= out->high;
    return true;
}

static char *validate_pretrain(tb_arena *arena, tb_data *data, const struct tb_fit_table *table,
                               enum tb_form form, tb_diags *diags)
{
    struct tb_table csv;
    struct tb_mfu_rows rows = {0};
    const struct tb_evidence *evidence = evidence_of(data, diags);
    if (!evidence || !tb_table_read(arena, table->name, table->text, table->length, &csv, diags))
        return NULL;
    if (!tb_table_has(&csv, "chip_hours") || !tb_table_has(&csv, "run_id")) {
        struct tb_finding finding = {.pos = {table->name, 1, 0},
                                     .accepted = "columns run_id, chip_hours, tokens, chip, "
                                                 "n_params_active, kind, note and more"};
        tb_diag_add(diags, TB_CSV_SYNTAX, &finding, "not a table of pre-training runs");
        return NULL;
    }
    if (!tb_mfu_rows_read(arena, data, &csv, &rows, diags))
        return NULL;
    struct tb_validated *list = tb_arena_alloc(arena, (rows.n + 1) * sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < rows.n; i++) {
        if (fill(arena, evidence, &rows.row[i], &list[i]))
            continue;
        tb_diag_add(diags, TB_NO_ANSWER, NULL, "the likeness of the runs is not a covariance");
        return NULL;
    }
    return tb_validated_write(arena, list, rows.n, form, false);
}

char *tb_validate_pretrain(tb_data *data, const struct tb_fit_table *table, enum tb_form form,
                           tb_diags *diags)
{
    tb_arena *arena = tb_arena_new();
    char *text = arena ? validate_pretrain(arena, data, table, form, diags) : NULL;
    if (!text && tb_diags_status(diags) == TB_OK)
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    tb_arena_free(arena);
    return text;
}

/* The published figures of all runs; grows with each run. */
struct figures {
    tb_arena *arena;
    struct tb_validated *list;
    size_t n, room;
    bool failed;
};

static const char *copy(struct figures *f, const char *text)
{
    const char *out = text ? tb_arena_printf(f->arena, "%s", text) : NULL;
    f->failed = f->failed || (text && !out);
    return out;
}

/* What went in, or follows from a published speed that went in, proves little when it comes out. */
static bool handed_through(const char *what, const char *basis)
{
    static const char *const inputs[] = {"tokens", "steps", "chips", "batch_tokens"};
    static const char *const speeds[] = {"step_time", "mfu", "tokens_per_s_per_chip"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (strcmp(what, inputs[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (strncmp(what, speeds[i], strlen(speeds[i])) == 0)
            return basis && strstr(basis, tb_basis_id(TB_BASIS_MEASURED));
    return false;
}

/* Why a figure has no estimate to stand beside. */
static const char *why_not(const struct tb_estimate_disclosed *d)
{
    if (d->convention && strcmp(d->convention, "unstated") == 0)
        return "its convention is not stated";
    return "the estimate has no such figure in this scope";
}

static struct tb_validated *next_figure(struct figures *f)
{
    if (f->n == f->room) {
        size_t room = 2 * f->room + 64;
        struct tb_validated *list = tb_arena_alloc(f->arena, room * sizeof *list);
        f->failed = f->failed || !list;
        if (!list)
            return NULL;
        if (f->n)
            memcpy(list, f->list, f->n * sizeof *list);
        f->list = list;
        f->room = room;
    }
    return &f->list[f->n++];
}

/* Of the stage that the figure is of, else of the run's first. */
static const char *training_of(const struct tb_estimate *e, const char *stage)
{
    const char *kind = e->n_stages > 0 ? e->stages[0].kind : "";
    for (size_t i = 0; stage && i < e->n_stages; i++)
        if (strcmp(e->stages[i].id, stage) == 0 || strcmp(e->stages[i].group, stage) == 0)
            kind = e->stages[i].kind;
    bool first = strcmp(kind, tb_stage_kind_info(TB_STAGE_PRETRAIN)->id) == 0;
    return first ? "pre-training" : "post-training";
}

static void sort_figure(struct figures *f, const struct tb_estimate *e,
                        const struct tb_estimate_disclosed *d, struct tb_validated *r)
{
    bool through = handed_through(d->what, e->basis);
    r->group[0] = d->bound ? "bounds" : through ? "inputs handed through" : "predicted";
    if (d->bound || through)
        return;
    r->group[1] = training_of(e, d->stage);
    r->group[2] = copy(f, d->what);
}

static void add_figure(struct figures *f, const struct tb_estimate *e,
                       const struct tb_estimate_disclosed *d)
{
    struct tb_validated *r = next_figure(f);
    const char *name = tb_arena_printf(f->arena, "%s %s%s%s", e->run, d->what, d->stage ? " " : "",
                                       d->stage ? d->stage : "");
    f->failed = f->failed || !name;
    if (!r || !name)
        return;
    enum tb_metric metric;
    bool found = tb_metric_lookup(d->what, &metric);
    *r = (struct tb_validated){.row = name,
                               .dim = found ? tb_metric_dim(metric) : TB_DIM_RATIO,
                               .bound = copy(f, d->bound),
                               .skipped = isfinite(d->estimate) ? NULL : why_not(d),
                               .scope = copy(f, d->scope),
                               .basis = copy(f, e->basis),
                               .unit = copy(f, d->unit),
                               .measured = d->value,
                               .predicted = d->estimate,
                               .low = d->low,
                               .high = d->high,
                               .inside = d->inside};
    sort_figure(f, e, d, r);
}

static void add_run(struct figures *f, tb_data *data, const char *id, tb_diags *diags)
{
    const struct tb_request request = {.preset = id};
    tb_diags *own = tb_diags_new();
    struct tb_estimate *e = own ? tb_estimate_new(data, &request, own) : NULL;
    if (!e) {
        struct tb_finding finding = {.pos = {"built-in runs", 0, 0}, .found = id};
        tb_diag_add(diags, TB_OUT_OF_EVIDENCE, &finding, "run '%s' has no estimate", id);
    }
    for (size_t i = 0; e && i < e->n_disclosed; i++)
        add_figure(f, e, &e->disclosed[i]);
    tb_estimate_free(e);
    tb_diags_free(own);
}

char *tb_validate_builtin(tb_data *data, enum tb_form form, tb_diags *diags)
{
    struct figures f = {.arena = tb_arena_new()};
    char *text = NULL;
    const char *id;
    for (size_t i = 0; f.arena && (id = tb_data_id(data, TB_ENTITY_RUN, i)) != NULL; i++)
        add_run(&f, data, id, diags);
    if (f.arena && !f.failed)
        text = tb_validated_write(f.arena, f.list, f.n, form, true);
    if (!text)
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    tb_arena_free(f.arena);
    return text;
}
