/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/build.h"
#include "scenario/choice.h"
#include "scenario/setting.h"

#include <math.h>
#include <string.h>

static void set_machine(struct tb_scenario *s, const struct tb_key *key, double value,
                        const struct tb_prov *prov)
{
    const struct tb_param_info *info = tb_param_info(key->param);
    bool chip = info->owner == TB_OWNER_CHIP;
    for (int i = 0; i < key->n; i++) {
        int m = key->index[i];
        char *owner = chip ? (char *)&s->central.chip[m] : (char *)&s->central.cluster[m];
        struct tb_prov *to = chip ? s->machine[m].chip_prov : s->machine[m].cluster_prov;
        memcpy(owner + info->offset, &value, sizeof value);
        to[tb_param_slot(key->param)] = *prov;
    }
}

/* Two ways to state one thing: the later one makes the other void. */
static enum tb_param rival(enum tb_param param)
{
    static const enum tb_param pairs[][2] = {
        {TB_PARAM_STAGE_GLOBAL_BATCH, TB_PARAM_STAGE_BATCH_TOKENS},
        {TB_PARAM_STAGE_PASS_RATE, TB_PARAM_STAGE_OVERSAMPLE},
        {TB_PARAM_STAGE_MEASURED_STEP_TIME, TB_PARAM_STAGE_MEASURED_TOKEN_RATE},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int side = 0; side < 2; side++)
            if (pairs[i][side] == param)
                return pairs[i][1 - side];
    return TB_PARAM_COUNT;
}

static bool is_of_lengths(enum tb_param param)
{
    return param == TB_PARAM_STAGE_RESPONSE_MEAN || param == TB_PARAM_STAGE_RESPONSE_CAP ||
           param == TB_PARAM_STAGE_RESPONSE_CV;
}

static void set_stages(struct tb_scenario *s, const struct tb_key *key, double value,
                       const struct tb_prov *prov)
{
    enum tb_param other = rival(key->param);
    for (int i = 0; i < key->n; i++) {
        int stage = key->index[i];
        tb_stage_set(s, stage, key->param, value, prov);
        s->stage[stage].user_set[tb_param_slot(key->param)] = true;
        if (is_of_lengths(key->param)) /* a table holds for its own mean and cap alone */
            s->central.stage[stage].rl.n_lengths = 0;
        if (other == TB_PARAM_COUNT)
            continue;
        tb_stage_clear(s, stage, other);
        s->stage[stage].user_set[tb_param_slot(other)] = false;
    }
}

static bool apply_setting(struct tb_scenario *s, const struct tb_setting *setting)
{
    const char *equals = strchr(setting->text, '=');
    if (!equals || equals == setting->text) {
        struct tb_finding finding = {
            .pos = setting->pos, .found = setting->text, .accepted = "KEY=VALUE, KEY=LOW..HIGH"};
        tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "--set needs a key and a value");
        return false;
    }
    char *name = tb_arena_strndup(s->arena, setting->text, (size_t)(equals - setting->text));
    struct tb_key key;
    struct tb_prov prov;
    double value;
    enum tb_choice_result chosen =
        name ? tb_choice_set(s, setting, name, equals + 1) : TB_CHOICE_WRONG;
    if (chosen != TB_CHOICE_NONE)
        return chosen == TB_CHOICE_SET;
    if (!tb_key_find(s, name, setting->pos, &key) ||
        !tb_setting_value(s, setting, equals + 1, key.param, &prov, &value))
        return false;
    if (tb_param_info(key.param)->owner == TB_OWNER_STAGE)
        set_stages(s, &key, value, &prov);
    else
        set_machine(s, &key, value, &prov);
    return true;
}

/* --chips and --mfu are settings of every stage under a shorter name. */
static bool apply_number(struct tb_scenario *s, enum tb_param param, double value,
                         const char *option)
{
    const struct tb_param_info *info = tb_param_info(param);
    if (value == 0.0)
        return true;
    bool whole = tb_param_whole(param);
    if (!(value >= info->least && value <= info->most) || (whole && value != floor(value))) {
        char *found = tb_arena_printf(s->arena, "%.10g", value);
        char *accepted = tb_arena_printf(s->arena, "%s%.10g to %.10g",
                                         whole ? "a whole number, " : "", info->least, info->most);
        struct tb_finding finding = {.pos = TB_COMMAND_LINE, .found = found, .accepted = accepted};
        tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "%s is outside its range", option);
        return false;
    }
    const struct tb_prov prov = {
        .known = true, .low = value, .high = value, .pos = TB_COMMAND_LINE};
    struct tb_key key = {.param = param, .n = s->n_stages};
    for (int i = 0; i < s->n_stages; i++)
        key.index[i] = i;
    set_stages(s, &key, value, &prov);
    return true;
}

static bool apply_precision(struct tb_scenario *s)
{
    enum tb_dtype dtype;
    if (!s->request->precision)
        return true;
    if (!tb_dtype_find(s->request->precision, &dtype)) {
        struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                     .found = s->request->precision,
                                     .accepted = "fp32, tf32, fp16, bf16, fp8, int8, fp4"};
        tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "--precision: unknown precision '%s'",
                    s->request->precision);
        return false;
    }
    for (int i = 0; i < s->n_stages; i++)
        s->central.stage[i].precision = dtype;
    return true;
}

bool tb_scenario_override(struct tb_scenario *s)
{
    const struct tb_request *r = s->request;
    struct tb_stage *stated = tb_arena_alloc(s->arena, sizeof s->central.stage);
    if (!stated)
        return false;
    memcpy(stated, s->central.stage, sizeof s->central.stage);
    s->stated = stated;
    bool ok = apply_precision(s);
    ok = apply_number(s, TB_PARAM_STAGE_CHIPS, r->chips, "--chips") && ok;
    ok = apply_number(s, TB_PARAM_STAGE_MFU, r->mfu, "--mfu") && ok;
    for (size_t i = 0; i < r->n_settings; i++)
        ok = apply_setting(s, &r->settings[i]) && ok;
    return ok;
}
