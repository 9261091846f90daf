/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/sheet.h"
#include "run/rlwork.h"

static const char *const recompute_names[] = {"none", "selective", "full"};
static const char *const kind_ids[] = {
#define TB_STAGE_KIND(name, id, items, title) id,
#include "run/kinds.def"
#undef TB_STAGE_KIND
};

/** "gpt-3-6b, fp8" under "roles.critic". */
static void add_roles(struct tb_sheet *sheet, const struct tb_role_preset roles[TB_ROLE_COUNT])
{
    static const char *const keys[TB_ROLE_COUNT] = {[TB_ROLE_CRITIC] = "roles.critic",
                                                    [TB_ROLE_REWARD] = "roles.reward",
                                                    [TB_ROLE_REFERENCE] = "roles.reference",
                                                    [TB_ROLE_TEACHER] = "roles.teacher",
                                                    [TB_ROLE_JUDGE] = "roles.judge"};
    for (int i = TB_ROLE_ACTOR + 1; i < TB_ROLE_COUNT; ++i) {
        const struct tb_role_preset *role = &roles[i];
        struct tb_text text = {0};
        if (role->model == NULL && !role->has_precision) {
            continue;
        }
        tb_text_addf(&text, "%s%s%s", role->model != NULL ? role->model : "the trained model",
                     role->has_precision ? ", " : "",
                     role->has_precision ? tb_dtype_id(role->precision) : "");
        tb_sheet_text(sheet, keys[i], text.failed ? NULL : text.data);
        sheet->failed |= text.failed;
        tb_text_free(&text);
    }
}

static void add_stage(struct tb_sheet *sheet, const struct tb_stage_preset *preset)
{
    const struct tb_stage *stage = &preset->stage;
    sheet->group = "stages";
    sheet->subgroup = preset->id;
    tb_sheet_text(sheet, "kind", kind_ids[stage->kind]);
    tb_sheet_text(sheet, "title", preset->title);
    tb_sheet_text(sheet, "model", preset->model);
    tb_sheet_text(sheet, "chip", preset->chip);
    tb_sheet_text(sheet, "cluster", preset->cluster);
    tb_sheet_text(sheet, "precision", tb_dtype_id(stage->precision));
    tb_sheet_text(sheet, "recipe", tb_recipe_info(stage->recipe)->id);
    tb_sheet_text(sheet, "recompute", recompute_names[stage->recompute]);
    tb_sheet_text(sheet, "train_mtp", stage->train_mtp ? "yes" : "no");
    if (tb_stage_generates(stage->kind)) {
        tb_sheet_text(sheet, "placement", tb_placement_id(stage->rl.placement));
    }
    if (stage->rl.adapter != TB_ADAPTER_NONE) {
        tb_sheet_text(sheet, "adapter", tb_adapter_id(stage->rl.adapter));
    }
    add_roles(sheet, preset->role);
    tb_sheet_params(sheet, TB_OWNER_STAGE, stage, preset->prov);
    sheet->group = NULL;
    sheet->subgroup = NULL;
}

/** A disclosed figure. */
static void add_disclosed(struct tb_sheet *sheet, const struct tb_disclosed *disclosed)
{
    sheet->group = "disclosed";
    tb_sheet_disclosed(sheet, disclosed);
    sheet->group = NULL;
}

void tb_sheet_run(struct tb_sheet *sheet, const struct tb_run_preset *run)
{
    tb_sheet_text(sheet, "model", run->model);
    tb_sheet_text(sheet, "chip", run->chip);
    tb_sheet_text(sheet, "cluster", run->cluster);
    tb_sheet_text(sheet, "hardware", run->hardware_disclosed ? "disclosed" : "undisclosed");
    tb_sheet_text(sheet, "pretraining", run->pretraining);
    tb_sheet_texts(sheet, "compare", run->compare, run->n_compare);
    for (size_t i = 0; i < run->n_stages; ++i) {
        add_stage(sheet, &run->stages[i]);
    }
    for (size_t i = 0; i < run->n_disclosed; ++i) {
        add_disclosed(sheet, &run->disclosed[i]);
    }
    tb_sheet_texts(sheet, "undisclosed", run->undisclosed, run->n_undisclosed);
}

/** What every sheet starts with. */
static void start(struct tb_sheet *sheet, const char *kind, const struct tb_entity *entity)
{
    *sheet = (struct tb_sheet){.kind = kind, .entity = entity};
    tb_sheet_texts(sheet, "aliases", entity->aliases, entity->n_aliases);
    tb_sheet_text(sheet, "note", entity->note);
    tb_sheet_text(sheet, "file", entity->file);
    tb_sheet_texts(sheet, "warnings", entity->warnings, entity->n_warnings);
}

/** One request to show something. */
struct request {
    tb_data *data;
    const char *id;
    double seq_len;
    struct tb_pos pos;
};

static bool show_chip(const struct request *request, struct tb_sheet *sheet, tb_diags *diags)
{
    const struct tb_chip_preset *chip =
        tb_data_chip(request->data, request->id, request->pos, diags);
    if (chip == NULL) {
        return false;
    }
    start(sheet, "chip", &chip->entity);
    tb_sheet_text(sheet, "vendor", chip->vendor);
    tb_sheet_text(sheet, "counts_as", chip->counts_as);
    tb_sheet_text(sheet, "generation", chip->generation);
    tb_sheet_text(sheet, "cluster", chip->cluster);
    tb_sheet_text(sheet, "status", chip->status);
    sheet->group = "values";
    tb_sheet_params(sheet, TB_OWNER_CHIP, &chip->chip, chip->prov);
    return true;
}

static bool show_cluster(const struct request *request, struct tb_sheet *sheet, tb_diags *diags)
{
    const struct tb_cluster_preset *cluster =
        tb_data_cluster(request->data, request->id, request->pos, diags);
    if (cluster == NULL) {
        return false;
    }
    start(sheet, "cluster", &cluster->entity);
    tb_sheet_text(sheet, "chip", cluster->chip);
    tb_sheet_text(sheet, "topology", cluster->topology);
    sheet->group = "values";
    tb_sheet_params(sheet, TB_OWNER_CLUSTER, &cluster->cluster, cluster->prov);
    return true;
}

/** Sequence length of the run's pre-training stage with the most tokens, if more than before. */
static void longest_stage(const struct tb_run_preset *run, double *most, double *length)
{
    for (size_t i = 0; i < run->n_stages; ++i) {
        const struct tb_stage *stage = &run->stages[i].stage;
        const bool trains = stage->kind == TB_STAGE_PRETRAIN && run->stages[i].model == NULL;
        const double tokens = stage->tokens * (stage->share > 0.0 ? stage->share : 1.0);
        if (trains && tokens > *most && stage->seq_len > 0.0) {
            *most = tokens;
            *length = stage->seq_len;
        }
    }
}

/** Sequence length at which most of the model's pre-training ran; 4096 when no run says. */
static double pretraining_length(const struct request *request, const char *model)
{
    const char *id;
    double length = 4096.0;
    double most = 0.0;
    for (size_t i = 0; (id = tb_data_id(request->data, TB_ENTITY_RUN, i)) != NULL; ++i) {
        const struct tb_run_preset *run = tb_data_run(request->data, id, request->pos, NULL);
        if (run != NULL && strcmp(run->model, model) == 0) {
            longest_stage(run, &most, &length);
        }
    }
    return length;
}

static bool show_model(const struct request *request, struct tb_sheet *sheet, tb_diags *diags)
{
    const struct tb_model_preset *model =
        tb_data_model(request->data, request->id, request->pos, diags);
    if (model == NULL) {
        return false;
    }
    start(sheet, "model", &model->entity);
    tb_sheet_model(sheet, model,
                   request->seq_len > 0.0 ? request->seq_len
                                          : pretraining_length(request, model->entity.id));
    return true;
}

static bool show_run(const struct request *request, struct tb_sheet *sheet, tb_diags *diags)
{
    const struct tb_run_preset *run = tb_data_run(request->data, request->id, request->pos, diags);
    if (run == NULL) {
        return false;
    }
    start(sheet, "run", &run->entity);
    tb_sheet_run(sheet, run);
    return true;
}

static const struct {
    const char *kind;
    enum tb_entity_kind entity;
    bool (*show)(const struct request *request, struct tb_sheet *sheet, tb_diags *diags);
} showers[] = {{"run", TB_ENTITY_RUN, show_run},
               {"model", TB_ENTITY_MODEL, show_model},
               {"chip", TB_ENTITY_CHIP, show_chip},
               {"cluster", TB_ENTITY_CLUSTER, show_cluster}};

enum { SHOWERS = sizeof showers / sizeof *showers };

static void report_unknown_kind(const char *kind, struct tb_pos pos, tb_diags *diags)
{
    const struct tb_finding finding = {
        .pos = pos, .found = kind, .accepted = "run, model, chip, cluster"};
    tb_diag_add(diags, TB_USAGE_ARGUMENT, &finding, "unknown kind of preset");
}

/** Every id of every kind that is near the wrong one. */
static void report_unknown_id(const struct request *request, tb_diags *diags)
{
    const char *names[1024];
    size_t n = 0;
    for (size_t k = 0; k < SHOWERS; ++k) {
        const char *id;
        for (size_t i = 0; (id = tb_data_id(request->data, showers[k].entity, i)) != NULL; ++i) {
            if (n < sizeof names / sizeof *names) {
                names[n++] = id;
            }
        }
    }
    struct tb_text near = {0};
    tb_suggest(&near, request->id, names, n, 3);
    const struct tb_finding finding = {.pos = request->pos,
                                       .found = request->id,
                                       .accepted = near.length > 0 ? near.data : NULL,
                                       .remedy = "'trainbudget list' shows what there is"};
    tb_diag_add(diags, TB_USAGE_UNKNOWN_ID, &finding, "no preset has this name");
    tb_text_free(&near);
}

/** Does looking the name up say more than that it is unknown? */
static bool says_more(const tb_diags *diags)
{
    const struct tb_diag *diag;
    for (size_t i = 0; (diag = tb_diags_at(diags, i)) != NULL; ++i) {
        if (diag->severity == TB_ERROR && strcmp(diag->code, "TB1010") != 0) {
            return true;
        }
    }
    return false;
}

/** The kind in which the name is known; SHOWERS after reporting none or several. */
static size_t find_kind(const struct request *request, tb_diags *diags)
{
    size_t found = SHOWERS;
    size_t telling = SHOWERS;
    struct tb_text kinds = {0};
    size_t n = 0;
    for (size_t i = 0; i < SHOWERS; ++i) {
        struct tb_sheet sheet = {0};
        tb_diags *trial = tb_diags_new();
        const bool known = trial != NULL && showers[i].show(request, &sheet, trial);
        telling = !known && says_more(trial) && telling == SHOWERS ? i : telling;
        if (known) {
            tb_text_addf(&kinds, "%sshow %s %s", n > 0 ? ", " : "", showers[i].kind, request->id);
            found = i;
            ++n;
        }
        tb_sheet_free(&sheet);
        tb_diags_free(trial);
    }
    if (n > 1) {
        const struct tb_finding finding = {
            .pos = request->pos, .found = request->id, .accepted = kinds.data};
        tb_diag_add(diags, TB_USAGE_AMBIGUOUS_ID, &finding, "a name of several presets");
        found = SHOWERS;
    } else if (n == 0 && telling < SHOWERS) {
        found = telling;
    } else if (n == 0) {
        report_unknown_id(request, diags);
    }
    tb_text_free(&kinds);
    return found;
}

char *tb_report_show(tb_data *data, const char *kind, const char *id, double seq_len,
                     struct tb_pos pos, const struct tb_report_options *options, tb_diags *diags)
{
    const struct request request = {data, id, seq_len, pos};
    struct tb_sheet sheet = {0};
    struct tb_text out = {0};
    size_t at = 0;
    if (kind == NULL) {
        at = find_kind(&request, diags);
    } else {
        while (at < SHOWERS && strcmp(showers[at].kind, kind) != 0) {
            ++at;
        }
        if (at == SHOWERS) {
            report_unknown_kind(kind, pos, diags);
        }
    }
    if (at == SHOWERS || !showers[at].show(&request, &sheet, diags)) {
        return NULL;
    }
    tb_sheet_write(&out, &sheet, options);
    tb_sheet_free(&sheet);
    return tb_finish(&out, diags);
}
