/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_PREDICT_H
#define TB_RUN_PREDICT_H

#include "run/stage.h"

/** The step model (docs/model.md 9) seen from a stage. Pure. */

/** A step of `batch` processed tokens of the stage, by its prediction's plan and constants. The
 *  plan is for `prediction->chips`; on other chips the replicas are more or fewer in proportion, so
 * that every number may vary.
 *  @return TB_E_ANSWER without a prediction, or when the step model has no answer. */
enum tb_status tb_predicted_step(const struct tb_stage_in *in, double batch,
                                 struct tb_step_out *out);

/** What a stage needs of a step; NaN: no answer. */
struct tb_plan_figures {
    double rate;   /**< processed tokens/s/chip in steady steps, the factor `step_model` included */
    double memory; /**< bytes on the fullest chip */
};
void tb_plan_figures(const struct tb_stage_in *in, double batch, struct tb_plan_figures *out);

#endif
