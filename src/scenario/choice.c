/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/choice.h"

#include "base/text.h"
#include "run/kinds.h"
#include "run/rlwork.h"
#include "scenario/build.h"

#include <stdlib.h>
#include <string.h>

static const char *placement_word(int i)
{
    return i < TB_PLACEMENT_COUNT ? tb_placement_id((enum tb_placement)i) : NULL;
}

static const char *adapter_word(int i)
{
    return i < TB_ADAPTER_COUNT ? tb_adapter_id((enum tb_adapter)i) : NULL;
}

static const char *recipe_word(int i)
{
    return i < TB_RECIPE_COUNT ? tb_recipe_info((enum tb_recipe)i)->id : NULL;
}

static const char *precision_word(int i)
{
    return i < TB_DTYPE_COUNT ? tb_dtype_id((enum tb_dtype)i) : NULL;
}

/** A word of a list, kept as its index. */
static const struct choice {
    const char *key;
    size_t at; /* of the enum within struct tb_stage */
    const char *(*word)(int i);
    const char *meaning;
} choices[] = {
    {"placement", offsetof(struct tb_stage, rl.placement), placement_word,
     "where rollouts and updates run"},
    {"adapter", offsetof(struct tb_stage, rl.adapter), adapter_word,
     "which weights are trained: all, or an adapter"},
    {"recipe", offsetof(struct tb_stage, recipe), recipe_word,
     "training state kept for each parameter"},
};
enum { N_CHOICES = sizeof choices / sizeof *choices };

/** Roles that can be named, in the order of enum tb_role. */
static const struct {
    const char *key, *meaning;
} roles[TB_ROLE_COUNT] = {
    [TB_ROLE_CRITIC] = {"roles.critic", "model that judges states, trained beside the policy"},
    [TB_ROLE_REWARD] = {"roles.reward", "model that scores responses"},
    [TB_ROLE_REFERENCE] = {"roles.reference", "model that the policy is kept near"},
    [TB_ROLE_TEACHER] = {"roles.teacher", "model that is distilled"},
    [TB_ROLE_JUDGE] = {"roles.judge", "model that writes verdicts"},
};

bool tb_choice_info(int i, const char **key, const char **meaning)
{
    if (i < N_CHOICES) {
        *key = choices[i].key;
        *meaning = choices[i].meaning;
        return true;
    }
    int role = i - N_CHOICES + TB_ROLE_ACTOR + 1;
    if (role >= TB_ROLE_COUNT)
        return false;
    *key = roles[role].key;
    *meaning = roles[role].meaning;
    return true;
}

static enum tb_choice_result bad_word(const struct tb_scenario *s, const struct tb_setting *setting,
                                      const char *key, const char *value,
                                      const char *(*word)(int i))
{
    struct tb_text list = {0};
    for (int i = 0; word(i); i++)
        tb_text_addf(&list, "%s%s", i ? ", " : "", word(i));
    char *accepted = tb_text_take(&list);
    struct tb_finding finding = {.pos = setting->pos,
                                 .path = key,
                                 .found = *value ? value : "nothing",
                                 .accepted = accepted};
    tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "not one of its words");
    free(accepted);
    return TB_CHOICE_WRONG;
}

static int find_word(const char *value, const char *(*word)(int i))
{
    for (int i = 0; word(i); i++)
        if (strcmp(word(i), value) == 0)
            return i;
    return -1;
}

static bool means(const struct tb_scenario_stage *stage, const char *name, size_t length)
{
    bool id = strlen(stage->id) == length && strncmp(stage->id, name, length) == 0;
    bool group = strlen(stage->group) == length && strncmp(stage->group, name, length) == 0;
    return id || group || (length == 1 && *name == '*');
}

/** Which stages a key is for, and the rest of it. */
struct target {
    bool stage[TB_MAX_STAGES];
    const char *key;
};

static bool is_choice(const char *key)
{
    const char *known, *meaning;
    for (int i = 0; tb_choice_info(i, &known, &meaning); i++) {
        size_t length = strlen(known);
        if (strncmp(known, key, length) == 0 &&
            (key[length] == '\0' || strcmp(key + length, ".precision") == 0))
            return true;
    }
    return strncmp(key, "roles.", 6) == 0;
}

static bool find_target(const struct tb_scenario *s, const char *key, struct target *out)
{
    *out = (struct target){.key = key};
    if (is_choice(key)) {
        for (int i = 0; i < s->n_stages; i++)
            out->stage[i] = true;
        return true;
    }
    const char *dot = strchr(key, '.');
    if (!dot || !is_choice(dot + 1))
        return false;
    bool any = false;
    out->key = dot + 1;
    for (int i = 0; i < s->n_stages; i++) {
        out->stage[i] = means(&s->stage[i], key, (size_t)(dot - key));
        any = any || out->stage[i];
    }
    return any;
}

static enum tb_choice_result set_word(struct tb_scenario *s, const struct tb_setting *setting,
                                      const struct target *target, const struct choice *choice,
                                      const char *value)
{
    int index = find_word(value, choice->word);
    _Static_assert(sizeof(enum tb_placement) == sizeof index, "enums are written as ints");
    if (index < 0)
        return bad_word(s, setting, choice->key, value, choice->word);
    for (int i = 0; i < s->n_stages; i++)
        if (target->stage[i])
            memcpy((char *)&s->central.stage[i] + choice->at, &index, sizeof index);
    return TB_CHOICE_SET;
}

static enum tb_choice_result unknown_role(const struct tb_scenario *s,
                                          const struct tb_setting *setting, const char *key)
{
    const char *names[TB_ROLE_COUNT];
    size_t n = 0;
    for (int i = TB_ROLE_ACTOR + 1; i < TB_ROLE_COUNT; i++)
        names[n++] = roles[i].key;
    struct tb_text near = {0};
    tb_suggest(&near, key, names, n, 3);
    for (size_t i = 0; near.length == 0 && i < n; i++)
        tb_text_addf(&near, "%s%s", i ? ", " : "", names[i]);
    char *list = tb_text_take(&near);
    struct tb_finding finding = {.pos = setting->pos, .found = key, .accepted = list};
    tb_diag_add(s->diags, TB_USAGE_UNKNOWN_KEY, &finding, "unknown input '%s'", key);
    free(list);
    return TB_CHOICE_WRONG;
}

static enum tb_choice_result set_precision(struct tb_scenario *s, const struct tb_setting *setting,
                                           const struct target *target, enum tb_role role,
                                           const char *value)
{
    int index = find_word(value, precision_word);
    if (index < 0)
        return bad_word(s, setting, target->key, value, precision_word);
    if (role == TB_ROLE_CRITIC) {
        struct tb_finding finding = {.pos = setting->pos, .path = target->key, .found = value};
        tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding,
                    "a critic is trained, in the precision and recipe of its stage");
        return TB_CHOICE_WRONG;
    }
    for (int i = 0; i < s->n_stages; i++)
        if (target->stage[i])
            s->central.stage[i].rl.role_bytes[role] = tb_dtype_bytes((enum tb_dtype)index);
    return TB_CHOICE_SET;
}

static enum tb_choice_result set_role(struct tb_scenario *s, const struct tb_setting *setting,
                                      const struct target *target, const char *value)
{
    const char *name = target->key + strlen("roles.");
    size_t length = strcspn(name, ".");
    char *id = tb_arena_strndup(s->arena, name, length);
    enum tb_role role;
    if (!id)
        return TB_CHOICE_WRONG;
    if (!tb_role_find(id, &role) || role == TB_ROLE_ACTOR)
        return unknown_role(s, setting, target->key);
    if (strcmp(name + length, ".precision") == 0)
        return set_precision(s, setting, target, role, value);
    if (name[length] != '\0')
        return unknown_role(s, setting, target->key);
    const struct tb_model_preset *model = tb_data_model(s->data, value, setting->pos, s->diags);
    if (!model)
        return TB_CHOICE_WRONG;
    for (int i = 0; i < s->n_stages; i++) {
        if (!target->stage[i])
            continue;
        s->stage[i].role[role] = model;
        s->central.stage[i].rl.model[role] = &model->model;
    }
    return TB_CHOICE_SET;
}

enum tb_choice_result tb_choice_set(struct tb_scenario *s, const struct tb_setting *setting,
                                    const char *key, const char *value)
{
    struct target target;
    if (!find_target(s, key, &target))
        return TB_CHOICE_NONE;
    for (int i = 0; i < N_CHOICES; i++)
        if (strcmp(target.key, choices[i].key) == 0)
            return set_word(s, setting, &target, &choices[i], value);
    return set_role(s, setting, &target, value);
}

bool tb_roles_resolve(struct tb_scenario *s, int stage, const struct tb_stage_preset *preset)
{
    struct tb_rl *rl = &s->central.stage[stage].rl;
    for (int i = TB_ROLE_ACTOR + 1; i < TB_ROLE_COUNT; i++) {
        const struct tb_role_preset *role = &preset->role[i];
        if (role->has_precision)
            rl->role_bytes[i] = tb_dtype_bytes(role->precision);
        if (!role->model)
            continue;
        const struct tb_model_preset *model =
            tb_data_model(s->data, role->model, role->pos, s->diags);
        if (!model)
            return false;
        s->stage[stage].role[i] = model;
        rl->model[i] = &model->model;
    }
    return true;
}

/* "stage 'sft'", "stages 'sft', 'dpo'". */
struct stages {
    struct tb_text text;
    int n, first;
};

static void add_stage(struct stages *all, const struct tb_scenario *s, int stage)
{
    if (all->n++ == 0)
        all->first = stage;
    tb_text_addf(&all->text, "%s'%s'", all->n > 1 ? ", " : "", s->stage[stage].id);
}

static const char *ids(const struct stages *all)
{
    return all->text.data ? all->text.data : "";
}

/* Pools and staleness mean something where there are two pools. */
static const struct placed {
    enum tb_param param;
    enum tb_placement least; /* the first placement that takes it */
    const char *remedy;
} placed[] = {
    {TB_PARAM_STAGE_ROLLOUT_SHARE, TB_PLACE_SPLIT, "--set placement=split makes two pools"},
    {TB_PARAM_STAGE_STALENESS, TB_PLACE_ASYNC, "--set placement=async lets samples age"},
};

static void check_placement(struct tb_scenario *s, const struct placed *input,
                            enum tb_placement placement)
{
    const size_t slot = tb_param_slot(input->param);
    struct stages idle = {0};
    for (int i = 0; i < s->n_stages; i++) {
        const struct tb_stage *v = &s->central.stage[i];
        if (!s->stage[i].user_set[slot] || !tb_stage_generates(v->kind) ||
            v->rl.placement != placement)
            continue;
        add_stage(&idle, s, i);
    }
    const struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = tb_param_info(input->param)->path, .remedy = input->remedy};
    if (idle.n > 0)
        tb_diag_add(s->diags, TB_DROPPED_INPUT, &finding,
                    "placement '%s' of stage%s %s has no use for it", tb_placement_id(placement),
                    idle.n > 1 ? "s" : "", ids(&idle));
    tb_text_free(&idle.text);
}

static void check_role(struct tb_scenario *s, enum tb_role role)
{
    struct stages idle = {0};
    for (int i = 0; i < s->n_stages; i++)
        if (s->stage[i].role[role] && !tb_stage_has_role(&s->central.stage[i], role))
            add_stage(&idle, s, i);
    if (idle.n > 0) {
        const enum tb_stage_kind kind = s->central.stage[idle.first].kind;
        const struct tb_finding finding = {
            .pos = TB_COMMAND_LINE,
            .path = roles[role].key,
            .found = s->stage[idle.first].role[role]->entity.id,
            .remedy =
                role == TB_ROLE_JUDGE ? "--set judge_tokens=N says how much it writes" : NULL};
        if (idle.n == 1)
            tb_diag_add(s->diags, TB_DROPPED_INPUT, &finding, "stage %s of kind '%s' runs no %s",
                        ids(&idle), tb_stage_kind_info(kind)->id, tb_role_id(role));
        else
            tb_diag_add(s->diags, TB_DROPPED_INPUT, &finding, "stages %s run no %s", ids(&idle),
                        tb_role_id(role));
    }
    tb_text_free(&idle.text);
}

void tb_roles_check(struct tb_scenario *s)
{
    for (size_t k = 0; k < sizeof placed / sizeof *placed; k++)
        for (int p = 0; p < (int)placed[k].least; p++)
            check_placement(s, &placed[k], (enum tb_placement)p);
    for (int r = TB_ROLE_ACTOR + 1; r < TB_ROLE_COUNT; r++)
        check_role(s, (enum tb_role)r);
}
