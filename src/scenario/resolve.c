/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/build.h"
#include "scenario/choice.h"

#include <math.h>
#include <string.h>

/* Which chip and cluster the request means, before stages name their own. */
struct hardware {
    const struct tb_chip_preset *chip;
    const struct tb_cluster_preset *cluster;
    bool forced; /* by the command line: also for stages that name their own */
};

static bool missing(struct tb_scenario *s, const char *what, const char *remedy)
{
    struct tb_finding finding = {.pos = TB_COMMAND_LINE, .remedy = remedy};
    tb_diag_add(s->diags, TB_USAGE_MISSING_INPUT, &finding, "%s", what);
    return false;
}

static const struct tb_cluster_preset *usual_cluster(struct tb_scenario *s,
                                                     const struct tb_chip_preset *chip, bool *ok)
{
    if (!chip->cluster)
        return NULL;
    struct tb_pos pos = {chip->entity.file, 0, 0};
    const struct tb_cluster_preset *cluster =
        tb_data_cluster(s->data, chip->cluster, pos, s->diags);
    *ok = *ok && cluster;
    return cluster;
}

/* The hardware of the preset: cluster, and its chip unless another is named. */
static bool preset_hardware(struct tb_scenario *s, const char *chip, const char *cluster,
                            const char *file, struct hardware *out)
{
    struct tb_pos pos = {file, 0, 0};
    bool ok = true;
    if (cluster) {
        out->cluster = tb_data_cluster(s->data, cluster, pos, s->diags);
        if (!out->cluster)
            return false;
        if (!chip)
            chip = out->cluster->chip;
    }
    if (!chip)
        return true;
    out->chip = tb_data_chip(s->data, chip, pos, s->diags);
    if (!out->chip)
        return false;
    if (!out->cluster)
        out->cluster = usual_cluster(s, out->chip, &ok);
    return ok;
}

static bool conflicting(struct tb_scenario *s, const struct hardware *h)
{
    struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                 .found = h->chip->entity.id,
                                 .accepted = h->cluster->chip,
                                 .remedy = "give only one of --chip and --cluster"};
    tb_diag_add(s->diags, TB_USAGE_CONFLICT, &finding, "cluster '%s' is made of '%s'",
                h->cluster->entity.id, h->cluster->chip);
    return true;
}

/* A chip on the command line keeps the run's cluster when that is made of it, else takes the chip's
 * usual one; a cluster brings its chip. */
static bool requested_hardware(struct tb_scenario *s, struct hardware *h)
{
    const struct tb_request *r = s->request;
    bool ok = true;
    if (r->cluster) {
        h->cluster = tb_data_cluster(s->data, r->cluster, TB_COMMAND_LINE, s->diags);
        if (!h->cluster)
            return false;
        h->chip = tb_data_chip(s->data, h->cluster->chip, TB_COMMAND_LINE, s->diags);
        if (!h->chip)
            return false;
        h->forced = true;
    }
    if (!r->chip)
        return true;
    const struct tb_chip_preset *chip = tb_data_chip(s->data, r->chip, TB_COMMAND_LINE, s->diags);
    if (!chip)
        return false;
    bool same = h->chip == chip;
    h->forced = h->forced || !same;
    h->chip = chip;
    if (r->cluster)
        return same || !conflicting(s, h);
    if (!same)
        h->cluster = usual_cluster(s, chip, &ok);
    return ok;
}

static void *copy_prov(struct tb_scenario *s, const struct tb_prov *from, size_t n)
{
    struct tb_prov *to = tb_arena_alloc(s->arena, n * sizeof *to);
    if (to && from)
        memcpy(to, from, n * sizeof *to);
    return to;
}

static void unknown_doubles(void *members, size_t size)
{
    const double unknown = NAN;
    for (size_t at = 0; at + sizeof unknown <= size; at += sizeof unknown)
        memcpy((char *)members + at, &unknown, sizeof unknown);
}

/* Index of the machine made of this pair; a new one when needed. -1: out of memory. */
static int machine_of(struct tb_scenario *s, const struct hardware *h)
{
    for (int i = 0; i < s->n_machines; i++)
        if (s->machine[i].chip == h->chip && s->machine[i].cluster == h->cluster)
            return i;
    int i = s->n_machines++;
    struct tb_machine *m = &s->machine[i];
    m->chip = h->chip;
    m->cluster = h->cluster;
    m->chip_prov = copy_prov(s, h->chip->prov, TB_CHIP_PARAMS);
    m->cluster_prov = copy_prov(s, h->cluster ? h->cluster->prov : NULL, TB_CLUSTER_PARAMS);
    s->central.chip[i] = h->chip->chip;
    if (h->cluster)
        s->central.cluster[i] = h->cluster->cluster;
    else
        unknown_doubles(&s->central.cluster[i], sizeof s->central.cluster[i]);
    return m->chip_prov && m->cluster_prov ? i : -1;
}

static bool stage_hardware(struct tb_scenario *s, const struct tb_stage_preset *preset,
                           const struct hardware *of_run, struct hardware *own)
{
    *own = *of_run;
    if ((!preset->chip && !preset->cluster) || of_run->forced)
        return true;
    *own = (struct hardware){0};
    return preset_hardware(s, preset->chip, preset->cluster, s->run->entity.file, own);
}

static bool resolve_stage(struct tb_scenario *s, const struct tb_stage_preset *preset,
                          const struct hardware *run_hardware)
{
    int i = s->n_stages++;
    struct tb_scenario_stage *stage = &s->stage[i];
    const char *file = s->run->entity.file;
    stage->id = preset->id;
    stage->group = preset->group ? preset->group : preset->id;
    stage->title = preset->title ? preset->title : stage->group;
    stage->model = s->model;
    if (preset->model && !s->request->model)
        stage->model = tb_data_model(s->data, preset->model, (struct tb_pos){file, 0, 0}, s->diags);
    struct hardware own;
    if (!stage_hardware(s, preset, run_hardware, &own))
        return false;
    stage->machine = machine_of(s, &own);
    stage->prov = copy_prov(s, preset->prov, TB_STAGE_PARAMS);
    stage->user_set = tb_arena_alloc(s->arena, TB_STAGE_PARAMS * sizeof *stage->user_set);
    s->central.stage[i] = preset->stage;
    if (!tb_roles_resolve(s, i, preset))
        return false;
    return stage->model && stage->machine >= 0 && stage->prov && stage->user_set;
}

/* Without a run preset the request describes one stage of pre-training. */
static bool describe_stage(struct tb_scenario *s, const struct hardware *h)
{
    s->n_stages = 1;
    struct tb_scenario_stage *stage = &s->stage[0];
    stage->id = stage->group = "pretrain";
    stage->title = "pre-training";
    stage->model = s->model;
    stage->machine = machine_of(s, h);
    stage->prov = copy_prov(s, NULL, TB_STAGE_PARAMS);
    stage->user_set = tb_arena_alloc(s->arena, TB_STAGE_PARAMS * sizeof *stage->user_set);
    if (stage->machine < 0 || !stage->prov || !stage->user_set)
        return false;
    struct tb_stage *values = &s->central.stage[0];
    for (int p = TB_PARAM_STAGE_TOKENS; p < TB_PARAM_COUNT; p++)
        *tb_stage_value(s, 0, (enum tb_param)p) = NAN;
    values->kind = TB_STAGE_PRETRAIN;
    values->precision = TB_BF16;
    values->recipe = TB_RECIPE_ADAMW_BF16;
    values->recompute = TB_RECOMPUTE_NONE;
    values->train_mtp = s->model->model.n_mtp > 0.0;
    return true;
}

static bool resolve_model(struct tb_scenario *s)
{
    const struct tb_request *r = s->request;
    if (!r->preset && !r->model)
        return missing(
            s, "nothing to estimate",
            "give --preset RUN, or --model MODEL with --chip, --chips and --set tokens=N");
    if (r->preset) {
        s->run = tb_data_run(s->data, r->preset, TB_COMMAND_LINE, s->diags);
        if (!s->run)
            return false;
    }
    struct tb_pos pos = TB_COMMAND_LINE;
    if (!r->model)
        pos.file = s->run->entity.file;
    s->model = tb_data_model(s->data, r->model ? r->model : s->run->model, pos, s->diags);
    if (r->model && s->run) {
        pos.file = s->run->entity.file;
        s->model_changed = s->model != tb_data_model(s->data, s->run->model, pos, s->diags);
    }
    return s->model != NULL;
}

static bool same_hardware(const struct hardware *a, const struct hardware *b)
{
    return a->chip == b->chip;
}

bool tb_scenario_resolve(struct tb_scenario *s)
{
    if (!resolve_model(s))
        return false;
    struct hardware stated = {0};
    if (s->run && !preset_hardware(s, s->run->chip, s->run->cluster, s->run->entity.file, &stated))
        return false;
    struct hardware used = stated;
    if (!requested_hardware(s, &used))
        return false;
    if (!used.chip)
        return missing(s, "no chip is named", "give --chip CHIP or --cluster CLUSTER");
    s->hardware_changed = s->run && (!same_hardware(&stated, &used) || used.forced);
    if (!s->run)
        return describe_stage(s, &used);
    for (size_t i = 0; i < s->run->n_stages && i < TB_MAX_STAGES; i++)
        if (!resolve_stage(s, &s->run->stages[i], &used))
            return false;
    return s->n_stages > 0;
}
