/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_EVALUATE_H
#define TB_SCENARIO_EVALUATE_H

#include "scenario/scenario.h"

/** Counts the models of all stages at the lengths of these values. */
void tb_scenario_count(const struct tb_scenario *scenario, const struct tb_values *values,
                       struct tb_stage_fixed fixed[TB_MAX_STAGES]);

/** The count of one stage at given lengths. */
void tb_scenario_count_stage(const struct tb_scenario *scenario, int stage,
                             const struct tb_stage *values, struct tb_stage_fixed *out);

/** Lines up the steps of one stage, so that they are not worked out again for each batch. */
void tb_scenario_line_stage(const struct tb_scenario *scenario, int stage,
                            const struct tb_values *values, struct tb_step_line *out);

/** Lets the line of the same values reach a batch that is too small for it. */
void tb_scenario_line_reach(const struct tb_scenario *scenario, int stage,
                            const struct tb_values *values, double batch,
                            struct tb_step_line *line);

/** @return the tokens of a step of a stage; NaN: not known. */
double tb_scenario_batch(const struct tb_values *values, int stage);

/** Does so for all predicted stages at the central values. */
void tb_scenario_line_up(struct tb_scenario *scenario);

/** @return whether two sets of values share the lines of a stage at equal lengths. */
bool tb_scenario_line_shared(const struct tb_scenario *scenario, int stage,
                             const struct tb_values *a, const struct tb_values *b);

/** What is known of stages at the central lengths, and of their steps where `values` share the
 *  central lines. */
void tb_scenario_known(const struct tb_scenario *scenario, const struct tb_values *values,
                       struct tb_stage_known known[TB_MAX_STAGES]);

/** Evaluates every stage. Pure: no allocation, no I/O. */
void tb_scenario_stages(const struct tb_scenario *scenario, const struct tb_values *values,
                        const struct tb_stage_known known[TB_MAX_STAGES],
                        struct tb_stage_out out[TB_MAX_STAGES]);

/** All outputs (metrics, then extras) of evaluated stages. Pure. */
void tb_scenario_outputs(const struct tb_scenario *scenario, const struct tb_values *values,
                         const struct tb_stage_known known[TB_MAX_STAGES],
                         const struct tb_stage_out stages[TB_MAX_STAGES],
                         double outputs[TB_MAX_OUTPUTS]);

/** Both in one. `known` NULL: counted anew at the lengths of `values`. */
void tb_scenario_evaluate(const struct tb_scenario *scenario, const struct tb_values *values,
                          const struct tb_stage_known *known, double outputs[TB_MAX_OUTPUTS]);

#endif
