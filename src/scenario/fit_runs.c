/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/fit_runs.h"

#include "numeric/quantile.h"
#include "scenario/alike.h"

#include <math.h>

#define Z95 1.6448536269514722

bool tb_evidence_fit(tb_arena *arena, const struct tb_mfu_rows *rows, struct tb_evidence *out)
{
    struct tb_evidence_run *run = tb_arena_alloc(arena, (rows->n + 1) * sizeof *run);
    *out = (struct tb_evidence){.run = run};
    if (!run)
        return false;
    for (size_t i = 0; i < rows->n; i++) {
        const struct tb_mfu_row *row = &rows->row[i];
        if (row->left_out || row->converted || !(row->active > 0.0))
            continue;
        run[out->n++] = (struct tb_evidence_run){.run = row->id,
                                                 .team = row->team,
                                                 .generation = row->generation,
                                                 .moe = row->moe,
                                                 .calendar = row->calendar,
                                                 .active = row->active,
                                                 .expert = row->expert,
                                                 .tokens = row->tokens,
                                                 .length = row->length,
                                                 .mfu = row->own};
    }
    if (!tb_alike_fit(arena, run, out->n, &out->kernel))
        out->n = 0;
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

static void write_run(const struct tb_evidence_run *run, struct tb_text *out)
{
    tb_text_addf(out, "    - {run: %s, generation: %s, kind: %s, ", run->run, run->generation,
                 run->moe ? "moe" : "dense");
    if (run->calendar)
        tb_text_add(out, "calendar: true, ");
    tb_text_addf(out, "active: %.6g, ", run->active);
    if (run->expert > 0.0)
        tb_text_addf(out, "expert: %.6g, ", run->expert);
    if (run->tokens > 0.0)
        tb_text_addf(out, "tokens: %.6g, ", run->tokens);
    if (run->length > 0.0)
        tb_text_addf(out, "length: %.9g, ", run->length);
    tb_text_addf(out, "mfu: %.4f, ", run->mfu);
    if (run->doubt > 1.0)
        tb_text_addf(out, "doubt: %.3f, ", run->doubt);
    tb_text_add(out, "team: ");
    write_quoted(out, run->team);
    tb_text_add(out, "}\n");
}

void tb_evidence_write(const struct tb_evidence *evidence, struct tb_text *out)
{
    const struct tb_evidence_kernel *k = &evidence->kernel;
    if (evidence->n == 0)
        return;
    tb_text_addf(out,
                 "evidence:\n  kernel: {mfu: %.4f, size: %.4g, generation: %.4g, reach: %.4g, "
                 "kind: %.4g, expert: %.4g,\n           tokens: %.4g, length: %.4g, ",
                 k->mfu, k->size, k->generation, k->reach, k->kind, k->expert, k->tokens,
                 k->length);
    tb_text_addf(out, "team: %.4g, scope: %.4g, noise: %.4g, spread: %.4g}\n  runs:\n", k->team,
                 k->scope, k->noise, k->spread);
    for (size_t i = 0; i < evidence->n; i++)
        write_run(&evidence->run[i], out);
}

void tb_evidence_errors(tb_arena *arena, const struct tb_evidence *evidence, struct tb_text *out)
{
    static const double probabilities[] = {0.5, 0.8, 0.95};
    struct tb_alike_runs runs;
    const size_t n = evidence->n;
    double *factor = tb_arena_alloc(arena, (n + 1) * sizeof *factor);
    double q[3];
    size_t covered = 0;
    if (n == 0 || !factor || !tb_alike_reserve(arena, n, &runs) ||
        tb_alike_prepare(evidence, &runs) != TB_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        struct tb_alike a = tb_alike_left_out(&runs, i);
        double error = fabs(log(evidence->run[i].mfu) - a.mean);
        factor[i] = exp(error);
        covered += error <= Z95 * a.sd;
    }
    if (tb_quantiles(factor, n, probabilities, 3, q) != TB_OK)
        return;
    tb_text_addf(out,
                 "# left out, by likeness: n %zu, median factor %.2f, p80 %.2f, p95 %.2f; %.0f %% "
                 "inside P5 to P95\n",
                 n, q[0], q[1], q[2], 100.0 * (double)covered / (double)n);
}
