/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_POSTTRAIN_CASE_H
#define TB_SCENARIO_POSTTRAIN_CASE_H

#include "preset/preset.h"
#include "run/rlstage.h"
#include "scenario/table.h"

/** A published run of post-training as inputs of the model: one row of a table with the columns of
 *  presets/observations/posttrain_runs.csv. Blanks are filled by stated defaults, never from the
 *  measured time. */

struct tb_posttrain_case {
    const char *id;
    const char *group;   /**< the publication, else the framework: what is left out together */
    const char *skipped; /**< why the row cannot be predicted; NULL: it can */
    const char *filled;  /**< "response_mean=2500, ...": what blanks became */
    const struct tb_model *model;
    const struct tb_chip *chip;
    struct tb_stage stage;
    const struct tb_rl_shapes *shapes; /**< NULL: skipped */
    bool disclosed_length;             /**< the mean length is the row's own */
    bool synchronous;                  /**< the row says so */
    bool asynchronous;                 /**< rollout and update run beside one another */
    bool generates;
    bool per_step; /**< measured is seconds of a step, else chip-hours of the run */
    double measured;
};

struct tb_posttrain_cases {
    size_t n;
    struct tb_posttrain_case *item;
};

/** Resolves every row; everything lives in `arena`.
 *  @return TB_OK; TB_E_INPUT when the table lacks the columns or a cell that should be a number is
 *  none or out of its range; TB_E_NOMEM. */
enum tb_status tb_posttrain_cases_read(tb_arena *arena, tb_data *data, const struct tb_table *table,
                                       struct tb_posttrain_cases *out, tb_diags *diags);

/** Seconds of a step or chip-hours, as measured; NaN with a reason in `problem` when the stage
 * cannot run so. */
double tb_posttrain_predict(const struct tb_posttrain_case *item,
                            const struct tb_rl_constants *constants, struct tb_rl_problem *problem);

#endif
