/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_PREDICT_H
#define TB_SCENARIO_PREDICT_H

#include "plan/search.h"
#include "preset/constants.h"
#include "scenario/scenario.h"

/** Where a plan is from. */
enum tb_plan_from { TB_PLAN_GIVEN, TB_PLAN_PUBLISHED, TB_PLAN_CHOSEN };

/** How one stage is predicted. */
struct tb_predicted {
    struct tb_prediction prediction;
    enum tb_plan_from from;
    const struct tb_stack *stack;
    int known;               /**< as tb_constants_perf */
    double tried;            /**< plans evaluated, when chosen */
    double global_batch;     /**< sequences a step that the plan was checked with */
    const char *defaults;    /**< "micro_batch=1, vpp=2": what the plan left open */
    struct tb_step_out step; /**< at the central values */
};

/** Reads --plan. @return false after reporting. */
bool tb_predict_read(struct tb_scenario *scenario);

/** Gives a stage of training passes its plan, constants and the input `step_model`; what is
 * doubtful or keeps it from an answer is reported to `diags`.
 *  @return false when it has none (reported), or memory runs out. */
bool tb_predict_stage(struct tb_scenario *scenario, int stage, tb_diags *diags);

/** The step model beside another basis: nothing is reported, the stage may stay without. */
void tb_predict_beside(struct tb_scenario *scenario, int stage);

/** One sentence: plan, software, constants. */
void tb_predict_say(struct tb_text *text, const struct tb_scenario *scenario, int stage);

/** Fills estimate->plans. @return false when memory runs out. */
bool tb_predict_fill(struct tb_scenario *scenario, const struct tb_stage_out *stages,
                     struct tb_estimate *estimate);

/* For predict.c: plan_text.c, plan_choose.c. */

/** The same for one stage: the plan from what is given, and what was left open.
 *  @return false after reporting. */
struct tb_plan_request {
    struct tb_scenario *scenario;
    int stage;
    tb_diags *diags;
    const struct tb_given_plan *given; /**< NULL: choose one */
    bool forced;                       /**< by the user: what cannot be is an error */
};
bool tb_plan_settle(const struct tb_plan_request *request, struct tb_predicted *out);

#endif
