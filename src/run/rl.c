/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rl.h"

#include <math.h>
#include <string.h>

static const char *const roles[TB_ROLE_COUNT] = {
    [TB_ROLE_ACTOR] = "actor",         [TB_ROLE_CRITIC] = "critic",   [TB_ROLE_REWARD] = "reward",
    [TB_ROLE_REFERENCE] = "reference", [TB_ROLE_TEACHER] = "teacher", [TB_ROLE_JUDGE] = "judge"};

static const char *const placements[TB_PLACEMENT_COUNT] = {
    [TB_PLACE_COLOCATED] = "colocated",
    [TB_PLACE_SPLIT] = "split",
    [TB_PLACE_ONE_STEP_OFF] = "one-step-off",
    [TB_PLACE_ASYNC] = "async",
};

static const char *const adapters[TB_ADAPTER_COUNT] = {
    [TB_ADAPTER_NONE] = "none", [TB_ADAPTER_LORA] = "lora", [TB_ADAPTER_QLORA] = "qlora"};

const char *tb_role_id(enum tb_role role)
{
    return roles[role];
}

bool tb_role_find(const char *id, enum tb_role *out)
{
    for (int i = 0; i < TB_ROLE_COUNT; i++) {
        if (strcmp(id, roles[i]) == 0) {
            *out = (enum tb_role)i;
            return true;
        }
    }
    return false;
}

const char *tb_placement_id(enum tb_placement placement)
{
    return placements[placement];
}

const char *tb_adapter_id(enum tb_adapter adapter)
{
    return adapters[adapter];
}

double tb_rl_samples(const struct tb_rl *rl)
{
    return rl->prompts_per_step * rl->group_size;
}

/* E[q^G] of a beta distribution with parameters a and b: product of (a + i) / (a + b + i). */
static double all_right(double a, double b, double group)
{
    return exp(lgamma(a + group) - lgamma(a) + lgamma(a + b) - lgamma(a + b + group));
}

double tb_rl_oversample(double pass_rate, double group)
{
    double a = 2.0 * pass_rate, b = 2.0 * (1.0 - pass_rate);
    if (!(a > 0.0) || !(b > 0.0) || !(group > 1.0))
        return NAN;
    return 1.0 / (1.0 - all_right(a, b, group) - all_right(b, a, group));
}

double tb_rl_tries(const struct tb_rl *rl)
{
    if (isfinite(rl->oversample))
        return rl->oversample;
    return isfinite(rl->pass_rate) ? tb_rl_oversample(rl->pass_rate, rl->group_size) : 1.0;
}
