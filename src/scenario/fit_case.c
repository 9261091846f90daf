/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/fit_case.h"

#include <math.h>
#include <string.h>

/* FNV-1a: a group is the same on every machine. */
static uint64_t mix(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return (hash ^ 31u) * 1099511628211u;
}

/* Chips of a row: its column, else the product of its degrees. */
static double chips_of(const struct tb_observation *row)
{
    const double degrees[] = {row->tp, row->pp, row->dp, row->cp};
    double product = 1.0;
    for (size_t i = 0; i < 4; i++)
        product *= degrees[i] >= 1.0 ? degrees[i] : 1.0;
    return row->n_chips > 0.0 ? row->n_chips : row->dp >= 1.0 ? product : (double)NAN;
}

static uint64_t group_of(const struct tb_observation *row)
{
    uint64_t hash = mix(1469598103934665603u, row->model);
    hash = mix(hash, row->chip);
    for (double chips = chips_of(row); chips >= 1.0; chips = floor(chips / 10.0))
        hash = (hash ^ (uint64_t)fmod(chips, 10.0)) * 1099511628211u;
    return hash ^ (hash >> 29);
}

static double measured_rate(const struct tb_observation *row)
{
    if (row->tokens_per_s_per_chip > 0.0)
        return row->tokens_per_s_per_chip;
    return row->global_batch * row->seq_len / (row->step_time_s * chips_of(row));
}

static const char *unusable(const struct tb_case *c)
{
    const struct tb_observation *row = c->row;
    if (strstr(row->note, "RATIO"))
        return "the source allows only ratios between its rows";
    if (!(row->seq_len > 0.0))
        return "seq_len is blank";
    if (floor(row->seq_len) != row->seq_len)
        return "seq_len is no whole number";
    if (!(chips_of(row) > 0.0))
        return "n_chips and dp are blank";
    if (!(c->measured > 0.0))
        return "no tokens_per_s_per_chip and no step_time_s";
    return NULL;
}

static void find_chip(struct tb_case *c, tb_data *data)
{
    const struct tb_chip_preset *chip = tb_data_chip(data, c->row->chip, (struct tb_pos){0}, NULL);
    if (!chip) {
        c->skipped = "no preset bears the chip's name";
        return;
    }
    c->chip = chip->chip;
    c->chip_id = chip->entity.id;
    c->generation = chip->generation ? chip->generation : chip->entity.id;
    c->vendor = chip->vendor ? chip->vendor : "";
    const struct tb_cluster_preset *cluster = NULL;
    if (chip->cluster)
        cluster = tb_data_cluster(data, chip->cluster, (struct tb_pos){0}, NULL);
    if (cluster)
        c->cluster = cluster->cluster;
}

static void find_stack(struct tb_case *c)
{
    const struct tb_observation *row = c->row;
    c->stack = row->stack[0] ? tb_stack_find(row->stack) : NULL;
    if (!c->stack)
        c->stack = tb_stack_of_source(row->source_title, row->source_url_or_id, row->where);
}

static bool has_experts(const struct tb_model *model)
{
    for (int k = 0; k < model->n_kinds; k++) {
        if (model->kind[k].ffn.n_experts > 0.0)
            return true;
    }
    return false;
}

double tb_case_predict(const struct tb_case *c, const struct tb_perf *perf, struct tb_step_out *out)
{
    struct tb_step_in in = {.model = c->model,
                            .chip = &c->chip,
                            .cluster = &c->cluster,
                            .plan = &c->plan,
                            .perf = perf,
                            .chips = c->chips,
                            .global_batch = c->global_batch,
                            .lengths = c->lengths,
                            .train_mtp = c->train_mtp};
    if (tb_step_evaluate(&in, out) != TB_OK)
        return (double)NAN;
    return out->tokens_per_s_per_chip;
}

static void settle_plan(tb_arena *arena, struct tb_case *c)
{
    struct tb_text defaults = {0};
    c->chips = chips_of(c->row);
    tb_case_plan(c, &defaults);
    c->defaults = defaults.length ? tb_arena_strdup(arena, defaults.data) : "";
    tb_text_free(&defaults);
    if (c->skipped)
        return;
    struct tb_plan_problem problem = {0};
    if (tb_plan_check(&c->plan, c->model, c->global_batch, c->chips, &problem, 1) > 0 ||
        !tb_plan_check_sequence(&c->plan, c->lengths.seq_len, &problem))
        c->skipped = tb_arena_printf(arena, "the plan cannot be: %s (%s = %g)", problem.reason,
                                     problem.field, problem.value);
    struct tb_perf perf;
    struct tb_step_out out;
    tb_perf_start(&perf);
    if (!c->skipped && !(tb_case_predict(c, &perf, &out) > 0.0))
        c->skipped = "the chip lacks a peak or a bandwidth that the plan needs";
}

enum tb_status tb_cases_resolve(tb_arena *arena, tb_data *data, const struct tb_observations *rows,
                                struct tb_cases *out, tb_diags *diags)
{
    struct tb_model_cache cache = {0};
    size_t n = rows->n ? rows->n : 1;
    out->n = rows->n;
    out->item = tb_arena_alloc(arena, n * sizeof *out->item);
    cache.row = tb_arena_alloc(arena, n * sizeof *cache.row);
    cache.model = tb_arena_alloc(arena, n * sizeof *cache.model);
    cache.known = tb_arena_alloc(arena, n * sizeof *cache.known);
    if (!out->item || !cache.row || !cache.model || !cache.known)
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < rows->n; i++) {
        struct tb_case *c = &out->item[i];
        c->row = &rows->row[i];
        c->defaults = "";
        c->measured = measured_rate(c->row);
        c->group = group_of(c->row);
        find_stack(c);
        c->moe = strcmp(c->row->kind, "moe") == 0;
        c->skipped = unusable(c);
        if (!c->skipped)
            find_chip(c, data);
        if (!c->skipped)
            c->model = tb_case_model(arena, data, c->row, &cache, &c->known_model, &c->skipped);
        if (c->model && !c->skipped) {
            c->moe = has_experts(c->model);
            settle_plan(arena, c);
        }
    }
    return TB_OK;
}
