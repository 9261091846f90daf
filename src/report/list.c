/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "base/diag.h"
#include "model/convention.h"
#include "model/params.h"
#include "model/state.h"
#include "preset/builtin.h"
#include "preset/preset.h"
#include "report/format.h"
#include "report/table.h"
#include "run/kinds.h"
#include "run/rlwork.h"
#include "scenario/choice.h"
#include "scenario/metric.h"

/** Fills a table with the rows of one kind; a preset that is broken is reported and left out. */
struct tb_listing {
    const char *kind;
    const char *title;
    const struct tb_column *columns;
    size_t n_columns;
    void (*fill)(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags);
};

#define COLUMNS(array) array, sizeof(array) / sizeof *(array)

static const struct tb_column run_columns[] = {{"id", "id", TB_TABLE_TEXT, false},
                                               {"model", "model", TB_TABLE_TEXT, false},
                                               {"name", "name", TB_TABLE_TEXT, false}};

static void fill_runs(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    const char *id;
    for (size_t i = 0; (id = tb_data_id(data, TB_ENTITY_RUN, i)) != NULL; ++i) {
        const struct tb_run_preset *run = tb_data_run(data, id, pos, diags);
        if (run != NULL) {
            const struct tb_cell cells[] = {{id, 0}, {run->model, 0}, {run->entity.name, 0}};
            tb_table_row(table, cells);
        }
    }
}

static const struct tb_column model_columns[] = {{"id", "id", TB_TABLE_TEXT, false},
                                                 {"total", "params_total", TB_DIM_COUNT, true},
                                                 {"active", "params_active", TB_DIM_COUNT, true},
                                                 {"kind", "kind", TB_TABLE_TEXT, false},
                                                 {"name", "name", TB_TABLE_TEXT, false}};

static void fill_models(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    const char *id;
    for (size_t i = 0; (id = tb_data_id(data, TB_ENTITY_MODEL, i)) != NULL; ++i) {
        const struct tb_model_preset *model = tb_data_model(data, id, pos, diags);
        if (model == NULL) {
            continue;
        }
        struct tb_params params;
        tb_params_count(&model->model, &params);
        const struct tb_cell cells[] = {{id, 0},
                                        {NULL, params.total},
                                        {NULL, params.active},
                                        {model->moe ? "MoE" : "dense", 0},
                                        {model->entity.name, 0}};
        tb_table_row(table, cells);
    }
}

static const struct tb_column chip_columns[] = {
    {"id", "id", TB_TABLE_TEXT, false},
    {"16-bit peak", "peak_16bit", TB_DIM_FLOP_RATE, true},
    {"memory", "memory_capacity", TB_DIM_BYTES, true},
    {"bandwidth", "memory_bandwidth", TB_DIM_BYTE_RATE, true},
    {"name", "name", TB_TABLE_TEXT, false}};

static void fill_chips(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    const char *id;
    for (size_t i = 0; (id = tb_data_id(data, TB_ENTITY_CHIP, i)) != NULL; ++i) {
        const struct tb_chip_preset *chip = tb_data_chip(data, id, pos, diags);
        if (chip == NULL) {
            continue;
        }
        const struct tb_cell cells[] = {{id, 0},
                                        {NULL, tb_chip_peak16(&chip->chip)},
                                        {NULL, chip->chip.memory_capacity},
                                        {NULL, chip->chip.memory_bandwidth},
                                        {chip->entity.name, 0}};
        tb_table_row(table, cells);
    }
}

static const struct tb_column cluster_columns[] = {{"id", "id", TB_TABLE_TEXT, false},
                                                   {"chip", "chip", TB_TABLE_TEXT, false},
                                                   {"chips", "max_chips", TB_DIM_COUNT, true},
                                                   {"name", "name", TB_TABLE_TEXT, false}};

static void fill_clusters(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    const char *id;
    for (size_t i = 0; (id = tb_data_id(data, TB_ENTITY_CLUSTER, i)) != NULL; ++i) {
        const struct tb_cluster_preset *cluster = tb_data_cluster(data, id, pos, diags);
        if (cluster != NULL) {
            const struct tb_cell cells[] = {{id, 0},
                                            {cluster->chip, 0},
                                            {NULL, cluster->cluster.max_chips},
                                            {cluster->entity.name, 0}};
            tb_table_row(table, cells);
        }
    }
}

static const struct tb_column metric_columns[] = {{"id", "id", TB_TABLE_TEXT, false},
                                                  {"unit", "unit", TB_TABLE_TEXT, false},
                                                  {"section", "equation", TB_TABLE_TEXT, false},
                                                  {"title", "title", TB_TABLE_TEXT, false}};

static void fill_metrics(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    (void)data, (void)pos, (void)diags;
    struct tb_metric_info info;
    for (size_t i = 0; tb_metric_info(i, &info); ++i) {
        const struct tb_cell cells[] = {
            {info.id, 0}, {info.unit, 0}, {info.equation, 0}, {info.title, 0}};
        tb_table_row(table, cells);
    }
}

static const struct tb_column convention_columns[] = {{"id", "id", TB_TABLE_TEXT, false},
                                                      {"source", "source", TB_TABLE_TEXT, false},
                                                      {"counts", "title", TB_TABLE_TEXT, false}};

static void fill_conventions(struct tb_table *table, tb_data *data, struct tb_pos pos,
                             tb_diags *diags)
{
    (void)data, (void)pos, (void)diags;
    for (int i = 0; i < TB_CONVENTION_COUNT; ++i) {
        const struct tb_convention_info *info = tb_convention_info((enum tb_convention)i);
        const struct tb_cell cells[] = {{info->id, 0}, {info->source, 0}, {info->title, 0}};
        tb_table_row(table, cells);
    }
}

static const struct tb_column kind_columns[] = {{"id", "id", TB_TABLE_TEXT, false},
                                                {"generates", "generates", TB_TABLE_TEXT, false},
                                                {"title", "title", TB_TABLE_TEXT, false}};

static void fill_kinds(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    (void)data, (void)pos, (void)diags;
    for (int i = 0; i < TB_STAGE_KIND_COUNT; ++i) {
        const enum tb_stage_kind kind = (enum tb_stage_kind)i;
        const struct tb_stage_kind_info *info = tb_stage_kind_info(kind);
        const struct tb_cell cells[] = {
            {info->id, 0}, {tb_stage_generates(kind) ? "yes" : "no", 0}, {info->title, 0}};
        tb_table_row(table, cells);
    }
}

static const struct tb_column param_columns[] = {{"key", "key", TB_TABLE_TEXT, false},
                                                 {"unit", "unit", TB_TABLE_TEXT, false},
                                                 {"least", "least", TB_DIM_COUNT, true},
                                                 {"most", "most", TB_DIM_COUNT, true},
                                                 {"meaning", "meaning", TB_TABLE_TEXT, false}};

/** Inputs that take words have no unit and no range. */
static void fill_choices(struct tb_table *table)
{
    const char *key;
    const char *meaning;
    for (int i = 0; tb_choice_info(i, &key, &meaning); ++i) {
        const struct tb_cell cells[] = {{key, 0}, {"name", 0}, {"", NAN}, {"", NAN}, {meaning, 0}};
        tb_table_row(table, cells);
    }
}

static void fill_params(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    (void)data, (void)pos, (void)diags;
    static const char *const prefixes[] = {
        [TB_OWNER_CHIP] = "chip.", [TB_OWNER_CLUSTER] = "cluster.", [TB_OWNER_STAGE] = ""};
    for (int i = 0; i < TB_PARAM_COUNT; ++i) {
        const struct tb_param_info *info = tb_param_info((enum tb_param)i);
        struct tb_text key = {0};
        struct tb_text least = {0};
        struct tb_text most = {0};
        tb_text_addf(&key, "%s%s", prefixes[info->owner], info->path);
        tb_text_addf(&least, "%.4g", info->least);
        tb_text_addf(&most, "%.4g", info->most);
        const struct tb_cell cells[] = {{key.data, 0},
                                        {tb_dim_si(info->dim), 0},
                                        {least.data, info->least},
                                        {most.data, info->most},
                                        {info->meaning, 0}};
        tb_table_row(table, cells);
        table->failed |= key.failed || least.failed || most.failed;
        tb_text_free(&key);
        tb_text_free(&least);
        tb_text_free(&most);
    }
    fill_choices(table);
}

static const struct tb_column unit_columns[] = {{"unit", "unit", TB_TABLE_TEXT, false},
                                                {"of", "of", TB_TABLE_TEXT, false},
                                                {"factor", "factor", TB_DIM_COUNT, true},
                                                {"SI unit", "si", TB_TABLE_TEXT, false}};

static const struct {
    enum tb_dim dim;
    const char *symbol;
    double factor;
} units[] = {
#define TB_DIMENSION(name, si, title)
#define TB_UNIT(dim, symbol, factor) {TB_DIM_##dim, symbol, factor},
#include "base/units.def"
#undef TB_DIMENSION
#undef TB_UNIT
};

static const char *const dim_titles[] = {
#define TB_DIMENSION(name, si, title) title,
#define TB_UNIT(dim, symbol, factor)
#include "base/units.def"
#undef TB_DIMENSION
#undef TB_UNIT
};

static void fill_units(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    (void)data, (void)pos, (void)diags;
    for (size_t i = 0; i < sizeof units / sizeof *units; ++i) {
        struct tb_text factor = {0};
        tb_text_addf(&factor, "%.10g", units[i].factor);
        const struct tb_cell cells[] = {{units[i].symbol, 0},
                                        {dim_titles[units[i].dim], 0},
                                        {factor.data, units[i].factor},
                                        {tb_dim_si(units[i].dim), 0}};
        tb_table_row(table, cells);
        table->failed |= factor.failed;
        tb_text_free(&factor);
    }
}

static const struct tb_column source_columns[] = {{"key", "key", TB_TABLE_TEXT, false},
                                                  {"year", "year", TB_TABLE_TEXT, false},
                                                  {"read as", "read", TB_TABLE_TEXT, false},
                                                  {"title", "title", TB_TABLE_TEXT, false}};

static void fill_sources(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    (void)pos, (void)diags;
    for (size_t i = 0; i < tb_builtin.n_sources; ++i) {
        const struct tb_source *source = tb_data_source(data, tb_builtin.sources[i].key);
        if (source != NULL) {
            const struct tb_cell cells[] = {
                {source->key, 0}, {source->year, 0}, {source->read, 0}, {source->title, 0}};
            tb_table_row(table, cells);
        }
    }
}

static const struct tb_column recipe_columns[] = {
    {"id", "id", TB_TABLE_TEXT, false},        {"bytes", "bytes", TB_DIM_COUNT, true},
    {"weights", "weight", TB_DIM_COUNT, true}, {"gradients", "gradient", TB_DIM_COUNT, true},
    {"master", "master", TB_DIM_COUNT, true},  {"moments", "moments", TB_DIM_COUNT, true},
    {"what", "title", TB_TABLE_TEXT, false}};

static void fill_recipes(struct tb_table *table, tb_data *data, struct tb_pos pos, tb_diags *diags)
{
    (void)data, (void)pos, (void)diags;
    for (int i = 0; i < TB_RECIPE_COUNT; ++i) {
        const struct tb_recipe_info *info = tb_recipe_info((enum tb_recipe)i);
        const double bytes = info->weight + info->gradient + info->master + info->moments;
        const struct tb_cell cells[] = {{info->id, 0},        {NULL, bytes},
                                        {NULL, info->weight}, {NULL, info->gradient},
                                        {NULL, info->master}, {NULL, info->moments},
                                        {info->title, 0}};
        tb_table_row(table, cells);
    }
}

static const struct tb_listing listings[] = {
    {"runs", "what can be estimated: --preset", COLUMNS(run_columns), fill_runs},
    {"models", "architectures: --model", COLUMNS(model_columns), fill_models},
    {"chips", "accelerators: --chip", COLUMNS(chip_columns), fill_chips},
    {"clusters", "what stands around the chips: --cluster", COLUMNS(cluster_columns),
     fill_clusters},
    {"metrics", "outputs: --get", COLUMNS(metric_columns), fill_metrics},
    {"conventions", "published ways to count FLOPs: --mfu-convention", COLUMNS(convention_columns),
     fill_conventions},
    {"kinds", "kinds of stages", COLUMNS(kind_columns), fill_kinds},
    {"params", "inputs: --set", COLUMNS(param_columns), fill_params},
    {"units", "units of inputs", COLUMNS(unit_columns), fill_units},
    {"sources", "the bibliography", COLUMNS(source_columns), fill_sources},
    {"recipes", "training-state recipes", COLUMNS(recipe_columns), fill_recipes},
};

enum { LISTINGS = sizeof listings / sizeof *listings };

static char *list_kinds(const struct tb_report_options *options, tb_diags *diags)
{
    static const struct tb_column columns[] = {{"kind", "kind", TB_TABLE_TEXT, false},
                                               {"what it lists", "title", TB_TABLE_TEXT, false}};
    struct tb_table table;
    struct tb_text out = {0};
    tb_table_init(&table, columns, 2);
    for (size_t i = 0; i < LISTINGS; ++i) {
        const struct tb_cell cells[] = {{listings[i].kind, 0}, {listings[i].title, 0}};
        tb_table_row(&table, cells);
    }
    tb_table_form(&out, &table, options, "trainbudget.list/1");
    tb_table_free(&table);
    return tb_finish(&out, diags);
}

static const struct tb_listing *find_listing(const char *kind, struct tb_pos pos, tb_diags *diags)
{
    const char *names[LISTINGS];
    for (size_t i = 0; i < LISTINGS; ++i) {
        if (strcmp(listings[i].kind, kind) == 0) {
            return &listings[i];
        }
        names[i] = listings[i].kind;
    }
    struct tb_text near = {0};
    tb_suggest(&near, kind, names, LISTINGS, 3);
    const bool any = near.length > 0 && !near.failed;
    const struct tb_finding finding = {
        .pos = pos, .accepted = any ? near.data : NULL, .remedy = "'trainbudget list' shows all"};
    tb_diag_add(diags, TB_USAGE_ARGUMENT, &finding, "unknown kind of list '%s'", kind);
    tb_text_free(&near);
    return NULL;
}

char *tb_report_list(tb_data *data, const char *kind, struct tb_pos pos,
                     const struct tb_report_options *options, tb_diags *diags)
{
    if (kind == NULL) {
        return list_kinds(options, diags);
    }
    const struct tb_listing *listing = find_listing(kind, pos, diags);
    if (listing == NULL) {
        return NULL;
    }
    struct tb_table table;
    struct tb_text out = {0};
    tb_table_init(&table, listing->columns, listing->n_columns);
    listing->fill(&table, data, pos, diags);
    tb_table_form(&out, &table, options, "trainbudget.list/1");
    tb_table_free(&table);
    return tb_finish(&out, diags);
}
