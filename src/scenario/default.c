/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/default.h"

#include "base/text.h"
#include "scenario/build.h"

#include <math.h>
#include <stdlib.h>

static const struct default_row {
    enum tb_param param;
    double value, low, high;
    const char *note;
} rows[] = {
#define TB_DEFAULT(param, value, low, high, note) {param, value, low, high, note},
#include "scenario/default.def"
#undef TB_DEFAULT
};

/* Values that leave the arithmetic as it is. */
static const struct {
    enum tb_param param;
    double value;
} neutral[] = {
    {TB_PARAM_STAGE_SHARE, 1.0},        {TB_PARAM_STAGE_EPOCHS, 1.0},
    {TB_PARAM_STAGE_PACKING, 1.0},      {TB_PARAM_STAGE_MEAN_DOC_LEN, 0.0},
    {TB_PARAM_STAGE_DOC_CV, 0.0},
};

static struct tb_prov default_prov(const struct default_row *row)
{
    bool exact = !(row->low < row->high);
    return (struct tb_prov){.known = true,
                            .grade = TB_GRADE_D,
                            .dist = exact ? TB_DIST_EXACT : TB_DIST_LOGNORMAL,
                            .low = row->low,
                            .high = row->high,
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
static bool fill_machines(struct tb_scenario *s, const struct default_row *row)
{
    bool used = false;
    for (int i = 0; i < s->n_machines; i++) {
        double *value = (double *)(void *)((char *)&s->central.cluster[i] +
                                           tb_param_info(row->param)->offset);
        bool power = isfinite(s->central.cluster[i].power_per_chip) ||
                     isfinite(s->central.chip[i].server_power);
        if (isfinite(*value) || !power)
            continue;
        *value = row->value;
        s->machine[i].cluster_prov[tb_param_slot(row->param)] = default_prov(row);
        used = true;
    }
    return used;
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
        if (stage ? fill_stages(s, &rows[k]) : fill_machines(s, &rows[k]))
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
