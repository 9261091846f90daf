/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/mfu_rows.h"

#include "base/number.h"
#include "model/params.h"
#include "scenario/run_case.h"

#include <math.h>
#include <string.h>

#define SECONDS_PER_HOUR 3600.0
#define HOURS_PER_DAY 24.0
#define STEPS_ALONE "hours of steps alone"
#define UPPER_BOUND "hours are an upper bound"
#define UNSTATED "what the hours hold is not stated"
/* Longer rows are another regime: attention weighs more, and other kernels bound the time. */
#define LONGEST_PRETRAINING_ROW 8192.0

/* A row is left out when its own remarks take its hours back. First match wins. */
static const struct rule {
    const char *column, *phrase, *reason;
} rules[] = {
    {"what_chip_hours_include", "steady-state", STEPS_ALONE},
    {"what_chip_hours_include", "iteration time x", STEPS_ALONE},
    {"what_chip_hours_include", "step time x", STEPS_ALONE},
    {"what_chip_hours_include", "ideal continuous", STEPS_ALONE},
    {"what_chip_hours_include", "iterations only", STEPS_ALONE},
    {"what_chip_hours_include", "rate only", STEPS_ALONE},
    {"what_chip_hours_include", "estimate", "hours were estimated, not billed"},
    {"what_chip_hours_include", "upper bound", UPPER_BOUND},
    {"what_chip_hours_include", "whole paper", "hours of several runs"},
    {"what_chip_hours_include", "not itemised", UNSTATED},
    {"what_chip_hours_include", "incl. divergence", "hours hold steps that were thrown away"},
    {"note", "upper bound", UPPER_BOUND},
    {"note", "conflict", "sources contradict each other"},
    {"note", "suspicious", "marked as suspicious"},
    {"note", "ambiguous", "tokens are ambiguous"},
    {"note", "under-counted", "tokens are doubtful"},
    {"note", "distillation", "work beyond the counted FLOPs"},
    {"note", "not pre-training", "not pre-training"},
};

/* What a cell of a number may hold; a dense model has 0 experts, or none stated. */
static const struct tb_cell_rule cells[] = {{"n_params_total", TB_CELL_POSITIVE},
                                            {"n_params_active", TB_CELL_POSITIVE},
                                            {"n_layers", TB_CELL_POSITIVE},
                                            {"d_model", TB_CELL_POSITIVE},
                                            {"n_heads", TB_CELL_POSITIVE},
                                            {"n_kv_heads", TB_CELL_POSITIVE},
                                            {"head_dim", TB_CELL_POSITIVE},
                                            {"d_ff", TB_CELL_POSITIVE},
                                            {"n_experts", TB_CELL_FROM_ZERO},
                                            {"top_k", TB_CELL_FROM_ZERO},
                                            {"n_shared_experts", TB_CELL_FROM_ZERO},
                                            {"d_ff_expert", TB_CELL_FROM_ZERO},
                                            {"vocab", TB_CELL_POSITIVE},
                                            {"seq_len", TB_CELL_POSITIVE},
                                            {"tokens", TB_CELL_POSITIVE},
                                            {"n_chips", TB_CELL_POSITIVE},
                                            {"chip_hours", TB_CELL_POSITIVE},
                                            {"wall_clock_days", TB_CELL_POSITIVE},
                                            {"mfu_causal", TB_CELL_SHARE}};

/* Hours that are no evidence of what a run takes and yet worth a prediction beside them. */
static const struct {
    const char *reason, *shown;
} shown[] = {{UPPER_BOUND, "upper bound"}, {UNSTATED, "scope not stated"}};

static const char *shown_as(const char *reason)
{
    for (size_t i = 0; reason && i < sizeof shown / sizeof *shown; i++)
        if (strcmp(reason, shown[i].reason) == 0)
            return shown[i].shown;
    return NULL;
}

static const char *broken_rule(const struct tb_table *t, size_t row)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strstr(tb_table_text(t, row, rules[i].column), rules[i].phrase))
            return rules[i].reason;
    return NULL;
}

/* What rows are judged with. */
struct judge {
    tb_arena *arena;
    tb_data *data;
    const struct tb_constants *constants; /* NULL: no step model */
    const struct tb_table *table;
};

/* The chip of a row: two parts joined by '+' count as the first. Unknown and ambiguous names are
 * no error here: the row is left out and counted. */
static const struct tb_chip_preset *find_chip(tb_arena *arena, tb_data *data, const char *name)
{
    char *first = tb_arena_strndup(arena, name, strcspn(name, "+"));
    tb_diags *quiet = tb_diags_new();
    const struct tb_chip_preset *chip = NULL;
    if (first && quiet)
        chip = tb_data_chip(data, first, (struct tb_pos){0}, quiet);
    tb_diags_free(quiet);
    return chip;
}

/* Canonical causal training FLOPs per token from the columns (docs/model.md 8.3). */
static double flops_per_token(const struct tb_table *t, size_t row, double active)
{
    double width = tb_table_number(t, row, "d_model");
    double layers = tb_table_number(t, row, "n_layers");
    double heads = tb_table_number(t, row, "n_heads");
    double head = tb_table_number(t, row, "head_dim");
    double length = tb_table_number(t, row, "seq_len");
    double embedding = tb_table_number(t, row, "vocab") * width;
    bool untied = strcmp(tb_table_text(t, row, "tied_embeddings"), "no") == 0;
    if (!isfinite(head))
        head = width / heads;
    double attention = 6.0 * layers * heads * head * length;
    double matrices = untied && isfinite(embedding) ? active - embedding : active;
    return 6.0 * matrices + (isfinite(attention) ? attention : 0.0);
}

/* Days of a calendar are said so, or show in the note: "hours = 512 x 39 d". */
static bool is_calendar(const struct tb_table *t, size_t row)
{
    const char *made = strstr(tb_table_text(t, row, "note"), "hours = ");
    if (strstr(tb_table_text(t, row, "what_chip_hours_include"), "calendar"))
        return true;
    if (!made)
        return false;
    made += strlen("hours = ");
    made += strspn(made, "0123456789");
    made += strspn(made, " ");
    return *made == 'x';
}

static double stated(const struct tb_table *t, size_t row, const char *column)
{
    double value = tb_table_number(t, row, column);
    return value > 0.0 ? value : 0.0;
}

static double tied(const char *word)
{
    if (strcmp(word, "yes") == 0)
        return 1.0;
    return strcmp(word, "no") == 0 ? 0.0 : (double)NAN;
}

static struct tb_run_shape shape_of(const struct tb_table *t, size_t row)
{
    return (struct tb_run_shape){.name = tb_table_text(t, row, "model"),
                                 .id = tb_table_text(t, row, "run_id"),
                                 .moe = strcmp(tb_table_text(t, row, "kind"), "moe") == 0,
                                 .total = tb_table_number(t, row, "n_params_total"),
                                 .active = tb_table_number(t, row, "n_params_active"),
                                 .layers = tb_table_number(t, row, "n_layers"),
                                 .width = tb_table_number(t, row, "d_model"),
                                 .heads = tb_table_number(t, row, "n_heads"),
                                 .kv_heads = tb_table_number(t, row, "n_kv_heads"),
                                 .head_dim = tb_table_number(t, row, "head_dim"),
                                 .d_ff = tb_table_number(t, row, "d_ff"),
                                 .vocab = tb_table_number(t, row, "vocab"),
                                 .experts = tb_table_number(t, row, "n_experts"),
                                 .top_k = tb_table_number(t, row, "top_k"),
                                 .shared = tb_table_number(t, row, "n_shared_experts"),
                                 .expert = tb_table_number(t, row, "d_ff_expert"),
                                 .tied = tied(tb_table_text(t, row, "tied_embeddings"))};
}

/* Hours as stated; else of chips and days. Where only a throughput was published the hours are
 * those of its steps, at the rate that the note states. */
static void find_hours(const struct tb_table *t, size_t row, struct tb_mfu_row *out)
{
    static const char words[] = "tps_chip=";
    const char *note = tb_table_text(t, row, "note");
    const char *at = strstr(note, words);
    const char *end;
    double rate = NAN;
    out->hours = tb_table_number(t, row, "chip_hours");
    if (strstr(note, "basis=throughput")) {
        out->left_out = STEPS_ALONE;
        if (at && tb_number_read(at + strlen(words), &rate, &end))
            out->hours = out->tokens / rate / SECONDS_PER_HOUR;
    } else if (!(out->hours > 0.0)) {
        out->hours = tb_table_number(t, row, "n_chips") *
                     tb_table_number(t, row, "wall_clock_days") * HOURS_PER_DAY;
        out->calendar = true;
    }
}

static void find_best(struct judge *j, size_t row, const struct tb_chip_preset *chip, double flops,
                      struct tb_mfu_row *out)
{
    struct tb_text defaults = {0};
    struct tb_model *model = tb_arena_alloc(j->arena, sizeof *model);
    const struct tb_run_shape shape = shape_of(j->table, row);
    struct tb_run_best best = {.rate = NAN};
    if (!model)
        return;
    out->no_best = tb_run_model(j->data, &shape, model, &defaults);
    tb_text_free(&defaults);
    if (out->no_best)
        return;
    const struct tb_run_query query = {.chip = chip,
                                       .model = model,
                                       .active = out->active,
                                       .tokens = out->tokens,
                                       .seq_len = tb_table_number(j->table, row, "seq_len"),
                                       .chips = tb_table_number(j->table, row, "n_chips"),
                                       .precision = tb_table_text(j->table, row, "precision")};
    tb_run_best_plan(j->data, j->constants, &query, &best);
    out->no_best = best.reason;
    out->best = best.rate * flops / tb_chip_peak16(&chip->chip);
    if (!(out->best > 0.0))
        out->best = 0.0;
}

/* Active parameters where no column states them and the shape does. */
static double count_active(struct judge *j, size_t row)
{
    struct tb_text defaults = {0};
    struct tb_model *model = tb_arena_alloc(j->arena, sizeof *model);
    const struct tb_run_shape shape = shape_of(j->table, row);
    struct tb_params params = {.active = NAN};
    if (model && !tb_run_model(j->data, &shape, model, &defaults))
        tb_params_count(model, &params);
    tb_text_free(&defaults);
    return params.active;
}

static bool in_one_server(struct judge *j, const struct tb_chip_preset *chip, double chips)
{
    const struct tb_cluster_preset *cluster = NULL;
    if (chip && chip->cluster)
        cluster = tb_data_cluster(j->data, chip->cluster, (struct tb_pos){0}, NULL);
    return cluster && chips > 0.0 && chips <= cluster->cluster.chips_per_node;
}

static const char *missing(const struct tb_mfu_row *row, const struct tb_chip_preset *chip)
{
    if (!chip)
        return "chip not identified";
    if (!(row->hours > 0.0))
        return "no hours and no days are stated";
    if (!(row->tokens > 0.0))
        return "tokens are not stated";
    if (!(row->active > 0.0))
        return "active parameters are not stated";
    if (!isfinite(row->mfu))
        return "the chip has no 16-bit peak";
    return row->mfu > 0.0 && row->mfu < 1.0 ? NULL : "more work than the peak allows";
}

static void judge_billed(struct judge *j, size_t row, const struct tb_chip_preset *chip,
                         struct tb_mfu_row *out)
{
    const struct tb_table *t = j->table;
    double peak = chip ? tb_chip_peak16(&chip->chip) : (double)NAN;
    out->id = tb_table_text(t, row, "run_id");
    out->active = tb_table_number(t, row, "n_params_active");
    if (!(out->active > 0.0))
        out->active = count_active(j, row);
    out->one_server = in_one_server(j, chip, tb_table_number(t, row, "n_chips"));
    out->team = tb_table_text(t, row, "source_title");
    out->calendar = is_calendar(t, row);
    out->expert = stated(t, row, "d_ff_expert");
    out->tokens = stated(t, row, "tokens");
    out->length = stated(t, row, "seq_len");
    find_hours(t, row, out);
    double flops = flops_per_token(t, row, out->active);
    out->mfu = flops * out->tokens / (out->hours * SECONDS_PER_HOUR * peak);
    const char *broken = broken_rule(t, row);
    if (broken)
        out->left_out = broken;
    out->steady = out->left_out && strcmp(out->left_out, STEPS_ALONE) == 0;
    out->shown = shown_as(out->left_out);
    const char *lacks = missing(out, chip);
    if (lacks) {
        out->left_out = lacks;
        out->steady = false;
        out->shown = NULL;
    }
    if (j->constants && (!out->left_out || out->steady || out->shown))
        find_best(j, row, chip, flops, out);
}

static void judge_steady(const struct tb_table *t, size_t row, const struct tb_chip_preset *chip,
                         struct tb_mfu_row *out)
{
    bool forced = strcmp(tb_table_text(t, row, "balance"), "forced") == 0;
    double steady = tb_table_number(t, row, "mfu_causal");
    out->id = tb_table_text(t, row, "model");
    out->active = NAN;
    out->converted = true;
    out->team = "";
    out->hours = NAN;
    out->mfu = steady * TB_STEADY_TO_RUN_GOODPUT / (forced ? TB_FORCED_TO_NATURAL : 1.0);
    if (!chip)
        out->left_out = "chip not identified";
    else if (!isfinite(steady))
        out->left_out = "no utilisation in a known convention";
    else if (tb_table_number(t, row, "seq_len") > LONGEST_PRETRAINING_ROW)
        out->left_out = "rows longer than pre-training's";
    else
        out->left_out = broken_rule(t, row);
}

/* A later revision of one benchmark is not a second observation: the geometric mean counts once. */
static void merge_repeated(struct tb_mfu_rows *rows, size_t last)
{
    struct tb_mfu_row *row = &rows->row[last];
    double sum = log(row->own);
    size_t n = 1;
    for (size_t i = 0; i < last; i++) {
        struct tb_mfu_row *other = &rows->row[i];
        if (!other->converted || strcmp(other->id, row->id) != 0 ||
            strcmp(other->generation, row->generation) != 0)
            continue;
        if (!other->left_out || strcmp(other->left_out, "another revision of the row") == 0) {
            sum += log(other->own);
            n++;
            other->left_out = "another revision of the row";
        }
    }
    row->mfu = n > 1 ? exp(sum / (double)n) : row->own;
}

static bool check_table(const struct tb_table *table, tb_diags *diags)
{
    if (!tb_table_has(table, "mfu_causal") && !tb_table_has(table, "chip_hours")) {
        struct tb_finding finding = {.pos = {table->name, 1, 0},
                                     .accepted = "a column chip_hours or mfu_causal"};
        tb_diag_add(diags, TB_CSV_SYNTAX, &finding, "not a table of training runs");
        return false;
    }
    return tb_table_check(table, cells, sizeof cells / sizeof *cells, diags);
}

bool tb_mfu_rows_read(tb_arena *arena, tb_data *data, const struct tb_table *table,
                      struct tb_mfu_rows *out, tb_diags *diags)
{
    bool steady = tb_table_has(table, "mfu_causal");
    if (!check_table(table, diags) || !tb_table_say_twice(arena, table, "run_id", diags))
        return false;
    struct tb_mfu_row *all = tb_arena_alloc(arena, (out->n + table->n_rows) * sizeof *all);
    if (!all) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return false;
    }
    struct judge j = {arena, data, steady ? NULL : tb_data_constants(data, diags), table};
    if (out->n)
        memcpy(all, out->row, out->n * sizeof *all);
    out->row = all;
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct tb_chip_preset *chip = find_chip(arena, data, tb_table_text(table, i, "chip"));
        struct tb_mfu_row *row = &all[out->n];
        row->moe = strcmp(tb_table_text(table, i, "kind"), "moe") == 0;
        row->generation = chip && chip->generation ? chip->generation : "";
        if (steady)
            judge_steady(table, i, chip, row);
        else
            judge_billed(&j, i, chip, row);
        row->own = row->mfu;
        if (steady && !row->left_out)
            merge_repeated(out, out->n);
        out->n++;
    }
    return true;
}

struct tb_evidence_run tb_mfu_row_run(const struct tb_mfu_row *row)
{
    return (struct tb_evidence_run){.run = row->id,
                                    .team = row->team,
                                    .generation = row->generation,
                                    .moe = row->moe,
                                    .calendar = row->calendar,
                                    .steady = row->steady,
                                    .server = row->one_server,
                                    .active = row->active,
                                    .expert = row->expert,
                                    .tokens = row->tokens,
                                    .length = row->length};
}
