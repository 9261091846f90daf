/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_FIT_CASE_H
#define TB_SCENARIO_FIT_CASE_H

#include "base/text.h"
#include "plan/stack.h"
#include "plan/step.h"
#include "preset/preset.h"
#include "scenario/observation.h"

/** A measured step as inputs of the step model: shape columns win, what no column can say comes
 * from the model preset of the row's name, and blanks of the plan take stated defaults. */

struct tb_case {
    const struct tb_observation *row;
    const char *skipped; /**< why the row cannot be predicted; NULL: it can */
    const struct tb_model *model;
    const char *chip_id, *generation, *vendor;
    struct tb_chip chip;
    struct tb_cluster cluster;
    const struct tb_stack *stack;
    struct tb_plan plan;
    struct tb_lengths lengths;
    double chips, global_batch;
    bool train_mtp;
    bool moe;
    bool known_model;     /**< a preset bears the name */
    double measured;      /**< tokens per second per chip; NaN: none */
    const char *defaults; /**< "vpp=1, micro_batch=2": what blanks became */
    uint64_t group;       /**< same model, chip and size */
};

struct tb_cases {
    size_t n;
    struct tb_case *item;
};

/** Resolves every row. Models and texts live in `arena`.
 *  @return TB_OK or TB_E_NOMEM; a row that cannot be resolved is marked, not an error. */
enum tb_status tb_cases_resolve(tb_arena *arena, tb_data *data, const struct tb_observations *rows,
                                struct tb_cases *out, tb_diags *diags);

/** The model of a row (fit_model.c). `cache` keeps one copy of each shape.
 *  @return NULL with *reason set when the row lacks a shape that no preset supplies. */
struct tb_model_cache {
    const struct tb_observation **row;
    const struct tb_model **model;
    bool *known;
    size_t n;
};
const struct tb_model *tb_case_model(tb_arena *arena, tb_data *data,
                                     const struct tb_observation *row, struct tb_model_cache *cache,
                                     bool *known, const char **reason);

/** Fills plan, batch and lengths of a case (fit_plan.c). `defaults` receives what blanks became. */
void tb_case_plan(struct tb_case *item, struct tb_text *defaults);

/** Predicted tokens per second per chip under constants; NaN when the model has no answer. */
double tb_case_predict(const struct tb_case *item, const struct tb_perf *perf,
                       struct tb_step_out *out);

#endif
