/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "model/convention.h"
#include "model/flops.h"
#include "model/params.h"
#include "model/state.h"
#include "report/sheet.h"

static void add_params(struct tb_sheet *sheet, const struct tb_params *params)
{
    const struct {
        const char *key;
        double value;
    } blocks[] = {{"embedding", params->embedding}, {"head", params->head},
                  {"attention", params->attention}, {"indexer", params->indexer},
                  {"ffn_dense", params->ffn_dense}, {"routed", params->routed},
                  {"shared", params->shared},       {"router", params->router},
                  {"norm", params->norm},           {"hyper", params->hyper},
                  {"other", params->other},         {"mtp", params->mtp}};
    tb_sheet_count(sheet, "params_total", params->total);
    tb_sheet_count(sheet, "params_total_with_mtp", params->total_with_mtp);
    tb_sheet_count(sheet, "params_active", params->active);
    tb_sheet_count(sheet, "params_active_without_embedding", params->active_without_embedding);
    sheet->group = "params";
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; ++i) {
        tb_sheet_count(sheet, blocks[i].key, blocks[i].value);
    }
    sheet->group = NULL;
}

static void add_forward(struct tb_sheet *sheet, const struct tb_flops *flops)
{
    const struct {
        const char *key;
        double value;
    } blocks[] = {
        {"projection", flops->projection}, {"core", flops->core},     {"indexer", flops->indexer},
        {"ffn_dense", flops->ffn_dense},   {"routed", flops->routed}, {"shared", flops->shared},
        {"router", flops->router},         {"hyper", flops->hyper},   {"head", flops->head},
        {"other", flops->other},           {"total", flops->total},   {"mtp", flops->mtp}};
    sheet->subgroup = "forward";
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; ++i) {
        tb_sheet_number(sheet, blocks[i].key, blocks[i].value, TB_DIM_FLOP_PER_TOKEN, NULL);
    }
    sheet->subgroup = NULL;
}

static void add_flops(struct tb_sheet *sheet, const struct tb_model *model,
                      const struct tb_lengths *lengths)
{
    struct tb_flops flops;
    tb_flops_forward(model, lengths, TB_KEYS_CAUSAL, &flops);
    sheet->group = "flops_per_token";
    tb_sheet_number(sheet, "seq_len", lengths->seq_len, TB_DIM_LENGTH, NULL);
    tb_sheet_number(sheet, "training", tb_flops_train(model, lengths, false), TB_DIM_FLOP_PER_TOKEN,
                    NULL);
    tb_sheet_number(sheet, "training_with_mtp", tb_flops_train(model, lengths, true),
                    TB_DIM_FLOP_PER_TOKEN, NULL);
    add_forward(sheet, &flops);
    sheet->subgroup = "conventions";
    for (int i = 0; i < TB_CONVENTION_COUNT; ++i) {
        const enum tb_convention convention = (enum tb_convention)i;
        tb_sheet_number(sheet, tb_convention_info(convention)->id,
                        tb_convention_flops(convention, model, lengths, TB_RECOMPUTE_NONE),
                        TB_DIM_FLOP_PER_TOKEN, NULL);
    }
    sheet->subgroup = NULL;
    sheet->group = NULL;
}

static void add_state(struct tb_sheet *sheet, const struct tb_model *model,
                      const struct tb_params *params)
{
    sheet->group = "state_bytes";
    for (int i = 0; i < TB_RECIPE_COUNT; ++i) {
        const struct tb_recipe_info *info = tb_recipe_info((enum tb_recipe)i);
        const double bytes = info->weight + info->gradient + info->master + info->moments;
        tb_sheet_number(sheet, info->id, bytes * params->total, TB_DIM_BYTES, NULL);
    }
    sheet->group = "per_token";
    tb_sheet_number(sheet, "checkpoint_bytes", tb_checkpoint_bytes_per_token(model, 2.0),
                    TB_DIM_BYTES_PER_TOKEN, NULL);
    sheet->group = NULL;
}

void tb_sheet_model(struct tb_sheet *sheet, const struct tb_model_preset *preset, double seq_len)
{
    const struct tb_model *model = &preset->model;
    const struct tb_lengths lengths = {.seq_len = seq_len};
    struct tb_params params;
    tb_params_count(model, &params);
    tb_sheet_text(sheet, "developer", preset->developer);
    tb_sheet_text(sheet, "kind", preset->moe ? "mixture of experts" : "dense");
    tb_sheet_text(sheet, "context", preset->context);
    add_params(sheet, &params);
    tb_sheet_number(sheet, "kv_bytes_per_token", tb_kv_bytes_per_token(model, 2.0, seq_len),
                    TB_DIM_BYTES_PER_TOKEN, NULL);
    add_flops(sheet, model, &lengths);
    add_state(sheet, model, &params);
    sheet->group = "architecture";
    tb_sheet_count(sheet, "layers", model->n_layers);
    tb_sheet_number(sheet, "d_model", model->d_model, TB_DIM_COUNT, &preset->prov);
    tb_sheet_number(sheet, "vocab", model->vocab, TB_DIM_COUNT, &preset->prov);
    sheet->group = "official";
    tb_sheet_number(sheet, "params_total", preset->official_total, TB_DIM_COUNT,
                    &preset->official_total_prov);
    tb_sheet_number(sheet, "params_active", preset->official_active, TB_DIM_COUNT,
                    &preset->official_active_prov);
    sheet->group = NULL;
}
