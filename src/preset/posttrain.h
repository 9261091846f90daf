/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_POSTTRAIN_H
#define TB_PRESET_POSTTRAIN_H

#include "preset/preset.h"
#include "run/rlstage.h"

/** presets/posttrain.yaml: the constants of post-training as fitted to published runs, those of the
 *  fits that left one publication out, and how far the left-out runs were missed. */

/** Constants that have not seen one publication. */
struct tb_rl_fold {
    const char *without; /**< the publication */
    const char *const *runs;
    size_t n_runs;
    struct tb_rl_constants constants;
};

/** Left-out errors of runs whose mean length is disclosed, or assumed. */
struct tb_rl_error {
    const char *length; /**< "disclosed" or "assumed" */
    double sigma;       /**< root mean square of ln(measured / predicted) */
    double rows;
};

struct tb_rl_fit {
    struct tb_rl_constants constants;
    size_t n_folds;
    struct tb_rl_fold *fold;
    size_t n_errors;
    struct tb_rl_error *error;
};

/** Of the last directory that has a posttrain.yaml, else the built-in one; NULL after reporting
 * when there is none. */
const struct tb_rl_fit *tb_data_posttrain(tb_data *data, tb_diags *diags);

/** The constant of an id of run/rlconst.def; NULL: none. */
const struct tb_rl_constant_info *tb_rl_constant_find(const char *id);

#endif
