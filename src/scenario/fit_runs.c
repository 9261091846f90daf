/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/fit_runs.h"

#include "numeric/quantile.h"
#include "scenario/alike.h"

#include <math.h>

#define Z95 1.6448536269514722

/* Billed runs; with their best plans those whose steps alone are known as well. */
static bool collect(tb_arena *arena, const struct tb_mfu_rows *rows, bool best,
                    struct tb_evidence *out)
{
    struct tb_evidence_run *run = tb_arena_alloc(arena, (rows->n + 1) * sizeof *run);
    *out = (struct tb_evidence){.run = run};
    if (!run)
        return false;
    for (size_t i = 0; i < rows->n; i++) {
        const struct tb_mfu_row *row = &rows->row[i];
        bool steps = best && row->steady;
        bool counts = (!row->left_out || steps) && (!best || row->best > 0.0);
        if (!counts || row->converted || !(row->active > 0.0))
            continue;
        run[out->n] = tb_mfu_row_run(row);
        run[out->n].mfu = row->own;
        run[out->n++].best = best ? row->best : 0.0;
    }
    if (!tb_alike_fit(arena, run, out->n, &out->kernel))
        out->n = 0;
    return true;
}

bool tb_evidence_fit(tb_arena *arena, const struct tb_mfu_rows *rows, struct tb_evidence *out)
{
    struct tb_evidence *realised = tb_arena_alloc(arena, sizeof *realised);
    if (!realised || !collect(arena, rows, false, out) || !collect(arena, rows, true, realised))
        return false;
    out->realised = realised->n > 0 ? realised : NULL;
    return true;
}

/* A YAML text in double quotes. */
static void write_quoted(struct tb_text *out, const char *text)
{
    tb_text_add(out, "\"");
    for (const char *at = text; *at; at++)
        tb_text_addf(out, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    tb_text_add(out, "\"");
}

static void write_run(const struct tb_evidence_run *run, const char *indent, struct tb_text *out)
{
    tb_text_addf(out, "%s    - {run: %s, generation: %s, kind: %s, ", indent, run->run,
                 run->generation, run->moe ? "moe" : "dense");
    if (run->calendar)
        tb_text_add(out, "calendar: true, ");
    if (run->steady)
        tb_text_add(out, "steady: true, ");
    if (run->server && run->best > 0.0)
        tb_text_add(out, "server: true, ");
    tb_text_addf(out, "active: %.6g, ", run->active);
    if (run->expert > 0.0)
        tb_text_addf(out, "expert: %.6g, ", run->expert);
    if (run->tokens > 0.0)
        tb_text_addf(out, "tokens: %.6g, ", run->tokens);
    if (run->length > 0.0)
        tb_text_addf(out, "length: %.9g, ", run->length);
    tb_text_addf(out, "mfu: %.4f, ", run->mfu);
    if (run->best > 0.0)
        tb_text_addf(out, "best: %.4f, ", run->best);
    if (run->doubt > 1.0)
        tb_text_addf(out, "doubt: %.3f, ", run->doubt);
    tb_text_add(out, "team: ");
    write_quoted(out, run->team);
    tb_text_add(out, "}\n");
}

static void write_one(const struct tb_evidence *evidence, const char *indent, struct tb_text *out)
{
    const struct tb_evidence_kernel *k = &evidence->kernel;
    tb_text_addf(out, "%s  kernel: {mfu: %.4f, size: %.4g, generation: %.4g, reach: %.4g, ", indent,
                 k->mfu, k->size, k->generation, k->reach);
    tb_text_addf(out, "kind: %.4g, expert: %.4g,\n%s           tokens: %.4g, length: %.4g, ",
                 k->kind, k->expert, indent, k->tokens, k->length);
    tb_text_addf(out, "team: %.4g, scope: %.4g, noise: %.4g, spread: %.4g", k->team, k->scope,
                 k->noise, k->spread);
    if (k->slope > 0.0)
        tb_text_addf(out, ",\n%s           server: %.4g, slope: %.4g", indent, k->server, k->slope);
    tb_text_addf(out, "}\n%s  runs:\n", indent);
    for (size_t i = 0; i < evidence->n; i++)
        write_run(&evidence->run[i], indent, out);
}

/* What left-out billed runs are predicted as. */
struct errors {
    size_t n, covered;
    double *factor;
};

static void add_error(struct errors *e, double measured, const struct tb_alike *a)
{
    double error = fabs(log(measured) - a->mean);
    e->factor[e->n++] = exp(error);
    e->covered += error <= Z95 * a->sd;
}

static void write_errors(struct errors *e, const char *indent, const char *what,
                         struct tb_text *out)
{
    static const double probabilities[] = {0.5, 0.8, 0.95};
    double q[3];
    if (e->n == 0 || tb_quantiles(e->factor, e->n, probabilities, 3, q) != TB_OK)
        return;
    tb_text_addf(out,
                 "%s# left out, %s: n %zu, median factor %.2f, p80 %.2f, p95 %.2f; %.0f %% inside "
                 "P5 to P95\n",
                 indent, what, e->n, q[0], q[1], q[2], 100.0 * (double)e->covered / (double)e->n);
}

/* Each billed run predicted from the others, and from the others of other teams. */
static void measure_errors(tb_arena *arena, const struct tb_evidence *evidence, const char *indent,
                           const char *const names[2], struct tb_text *out)
{
    const size_t n = evidence->n;
    struct tb_alike_runs runs;
    struct errors one = {.factor = tb_arena_alloc(arena, (n + 1) * sizeof(double))};
    struct errors team = {.factor = tb_arena_alloc(arena, (n + 1) * sizeof(double))};
    if (n == 0 || !one.factor || !team.factor || !tb_alike_reserve(arena, n, &runs) ||
        tb_alike_prepare(evidence, &runs) != TB_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        struct tb_alike a = tb_alike_left_out(&runs, i);
        if (evidence->run[i].steady)
            continue;
        add_error(&one, evidence->run[i].mfu, &a);
        if (tb_alike_without(arena, evidence, &evidence->run[i], &a))
            add_error(&team, evidence->run[i].mfu, &a);
    }
    write_errors(&one, indent, names[0], out);
    write_errors(&team, indent, names[1], out);
}

void tb_evidence_write(tb_arena *arena, const struct tb_evidence *evidence, struct tb_text *out)
{
    static const char *const names[] = {"beside their best plans",
                                        "beside their best plans, whole teams"};
    if (evidence->n == 0)
        return;
    tb_text_add(out, "evidence:\n");
    write_one(evidence, "", out);
    if (!evidence->realised)
        return;
    measure_errors(arena, evidence->realised, "  ", names, out);
    tb_text_add(out, "  realised:\n");
    write_one(evidence->realised, "  ", out);
}

void tb_evidence_errors(tb_arena *arena, const struct tb_evidence *evidence, struct tb_text *out)
{
    static const char *const names[] = {"by likeness", "by likeness, whole teams"};
    measure_errors(arena, evidence, "", names, out);
}
