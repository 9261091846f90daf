/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/generation.h"

#include "preset/posttrain.h"
#include "run/rlwork.h"
#include "scenario/build.h"

#include <math.h>
#include <string.h>

#define Z95 1.6448536269514722

/* The stage's own lengths are uncertain inputs; what remains are the misses where they are known.
 */
static void set_factor(struct tb_scenario *s, int stage, const struct tb_rl_fit *fit)
{
    static const char *const sources[] = {"posttrain-runs-table"};
    struct tb_prov prov = {.known = true,
                           .grade = TB_GRADE_C,
                           .dist = TB_DIST_LOGNORMAL,
                           .sources = sources,
                           .n_sources = 1,
                           .where = "presets/posttrain.yaml",
                           .note = "errors of left-out runs whose lengths are disclosed",
                           .pos = {"presets/posttrain.yaml", 0, 1}};
    if (isfinite(s->central.stage[stage].step_model))
        return;
    for (size_t i = 0; i < fit->n_errors; i++) {
        if (strcmp(fit->error[i].length, "disclosed") != 0)
            continue;
        prov.low = exp(-Z95 * fit->error[i].sigma);
        prov.high = exp(Z95 * fit->error[i].sigma);
        tb_stage_set(s, stage, TB_PARAM_STAGE_STEP_MODEL, 1.0, &prov);
    }
}

bool tb_generation_apply(struct tb_scenario *s)
{
    for (int i = 0; i < s->n_stages; i++) {
        if (!tb_stage_generates(s->central.stage[i].kind))
            continue;
        const struct tb_rl_fit *fit = tb_data_posttrain(s->data, s->diags);
        if (!fit)
            return false;
        s->rl = &fit->constants;
        set_factor(s, i, fit);
    }
    return true;
}
