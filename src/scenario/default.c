/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/default.h"

#include "base/text.h"
#include "scenario/build.h"

#include <math.h>
#include <stdlib.h>

/* Eq. 8.8. */
#define USUAL_BATCH 4e6
#define USUAL_ACTIVE 1e10
#define USUAL_TOKENS 1.5e12

double tb_default_batch_tokens(double active, double tokens)
{
    double many = tokens > 0.0 ? tokens : USUAL_TOKENS;
    if (!(active > 0.0))
        return (double)NAN;
    return USUAL_BATCH * pow(active / USUAL_ACTIVE, 1.0 / 6.0) * cbrt(many / 1e12);
}

double tb_default_batch(double batch_tokens, double seq_len, double ranks)
{
    double rows = fmax(floor(batch_tokens / seq_len + 0.5), 1.0);
    double unit = ranks;
    while (unit > rows && fmod(unit, 2.0) == 0.0)
        unit /= 2.0;
    if (unit > rows || !(unit >= 1.0))
        return rows;
    return fmax(floor(rows / unit + 0.5), 1.0) * unit;
}

/* Shapes of default.def. */
enum shape { LOGNORMAL, CUT, TRIANGLE, UNIFORM };

static const struct default_row {
    enum tb_param param;
    enum shape shape;
    double value, low, high;
    const char *note;
    bool small;
} rows[] = {
#define TB_DEFAULT(param, shape, value, low, high, note)                                           \
    {param, shape, value, low, high, note, false},
#define TB_DEFAULT_SMALL(param, shape, value, low, high, note)                                     \
    {param, shape, value, low, high, note, true},
#include "scenario/default.def"
#undef TB_DEFAULT
#undef TB_DEFAULT_SMALL
};

/* Values that leave the arithmetic as it is. */
static const struct {
    enum tb_param param;
    double value;
} neutral[] = {
    {TB_PARAM_STAGE_SHARE, 1.0},        {TB_PARAM_STAGE_EPOCHS, 1.0}, {TB_PARAM_STAGE_PACKING, 1.0},
    {TB_PARAM_STAGE_MEAN_DOC_LEN, 0.0}, {TB_PARAM_STAGE_DOC_CV, 0.0},
};

static struct tb_prov default_prov(const struct default_row *row)
{
    static const enum tb_dist dists[] = {TB_DIST_LOGNORMAL, TB_DIST_LOGNORMAL, TB_DIST_TRIANGULAR,
                                         TB_DIST_UNIFORM};
    bool exact = !(row->low < row->high);
    return (struct tb_prov){.known = true,
                            .grade = TB_GRADE_D,
                            .dist = exact ? TB_DIST_EXACT : dists[row->shape],
                            .low = row->low,
                            .high = row->high,
                            .bounds = row->shape != LOGNORMAL,
                            .note = row->note,
                            .pos = {"stated default", 0, 0}};
}

static void say(struct tb_text *list, const struct default_row *row)
{
    const struct tb_param_info *info = tb_param_info(row->param);
    tb_text_addf(list, "%s%s%s=%g", list->length ? ", " : "",
                 info->owner == TB_OWNER_CLUSTER ? "cluster." : "", info->path, row->value);
    if (row->low < row->high)
        tb_text_addf(list, " (%g to %g)", row->low, row->high);
}

static bool fill_stages(struct tb_scenario *s, const struct default_row *row)
{
    bool used = false;
    const struct tb_prov prov = default_prov(row);
    for (int i = 0; i < s->n_stages; i++) {
        if (isfinite(*tb_stage_value(s, i, row->param)))
            continue;
        tb_stage_set(s, i, row->param, row->value, &prov);
        used = true;
    }
    return used;
}

/* The facility matters only where the power of a chip is known. */
static bool has_power(const struct tb_scenario *s, int machine)
{
    const struct tb_chip *chip = &s->central.chip[machine];
    return isfinite(s->central.cluster[machine].power_per_chip) || isfinite(chip->server_power) ||
           isfinite(chip->tdp);
}

static bool fill_machine(struct tb_scenario *s, const struct default_row *row, int machine)
{
    const struct tb_param_info *info = tb_param_info(row->param);
    bool chip = info->owner == TB_OWNER_CHIP;
    void *owner = chip ? (void *)&s->central.chip[machine] : (void *)&s->central.cluster[machine];
    double *value = (double *)(void *)((char *)owner + info->offset);
    struct tb_prov *prov = chip ? s->machine[machine].chip_prov : s->machine[machine].cluster_prov;
    if (isfinite(*value) || (row->param == TB_PARAM_CLUSTER_PUE && !has_power(s, machine)))
        return false;
    *value = row->value;
    prov[tb_param_slot(row->param)] = default_prov(row);
    return true;
}

static bool fill_machines(struct tb_scenario *s, const struct default_row *row)
{
    bool used = false;
    for (int i = 0; i < s->n_machines; i++)
        used = fill_machine(s, row, i) || used;
    return used;
}

/* Named in the warning: what weighs, in a run whose goodput nobody states. */
static bool matters(const struct tb_scenario *s, const struct default_row *row)
{
    bool failures = row->param == TB_PARAM_CLUSTER_MTBF || row->param == TB_PARAM_STAGE_IDLE;
    bool modelled = false;
    for (int i = 0; i < s->n_stages; i++)
        modelled = modelled || !isfinite(s->central.stage[i].goodput);
    return !row->small && (modelled || !failures);
}

void tb_defaults_apply(struct tb_scenario *s)
{
    for (int i = 0; i < s->n_stages; i++)
        for (size_t k = 0; k < sizeof neutral / sizeof *neutral; k++)
            if (!isfinite(*tb_stage_value(s, i, neutral[k].param)))
                *tb_stage_value(s, i, neutral[k].param) = neutral[k].value;
    struct tb_text list = {0};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        bool stage = tb_param_info(rows[k].param)->owner == TB_OWNER_STAGE;
        if ((stage ? fill_stages(s, &rows[k]) : fill_machines(s, &rows[k])) && matters(s, &rows[k]))
            say(&list, &rows[k]);
    }
    char *text = tb_text_take(&list);
    if (text && *text) {
        struct tb_finding finding = {.pos = TB_COMMAND_LINE,
                                     .remedy = "--set KEY=VALUE replaces them"};
        tb_diag_add(s->diags, TB_DEFAULT_USED, &finding, "not stated, assumed: %s", text);
    }
    free(text);
}
