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

/** What a stage needs of a step; NaN: no answer. With a line in `in` the batches that it holds for
 *  are read off it. */
struct tb_plan_figures {
    double rate;   /**< processed tokens/s/chip in steady steps, the factor `step_model` included */
    double memory; /**< bytes on the fullest chip */
};
void tb_plan_figures(const struct tb_stage_in *in, double batch, struct tb_plan_figures *out);

/** Steps of batches that do not fill the pipeline, from many microbatches to one, a sixteenth to an
 *  eighth apart. In between times are straight but where traffic begins to show, and bytes but
 * where one stage takes over from another. */
#define TB_STEP_KNOTS 64
struct tb_step_knots {
    int n;
    double count[TB_STEP_KNOTS]; /**< microbatches of a replica */
    double seconds[TB_STEP_KNOTS], memory[TB_STEP_KNOTS];
};

/** The steps of one plan at any batch (eq. 9.32): once the pipeline is full, each further
 * microbatch adds the same time and no memory. */
struct tb_step_line {
    double tokens;      /**< processed tokens of one microbatch of every replica */
    double filling;     /**< microbatches from which it holds; 1: it always does, since fewer tokens
                             take as long as one; infinite: never */
    double fixed, each; /**< seconds of a step, and of each of its microbatches */
    double memory;      /**< bytes on the fullest chip */
    double usual;       /**< processed tokens of a batch below it that is kept; NaN: none */
    double usual_seconds, usual_memory; /**< of a step there; NaN: no answer */
    struct tb_step_knots *knots;        /**< of the caller, for fewer microbatches; NULL: none */
};

/** Fits the line by a step, and keeps that of `usual` processed tokens where they are too few for
 *  the line. Without a prediction or an answer it never holds. It has no knots. */
void tb_step_line_fit(const struct tb_stage_in *in, double usual, struct tb_step_line *out);

/** @return whether `batch` processed tokens are too few for the line as it is. */
bool tb_step_line_short(const struct tb_step_line *line, double batch);

/** Works out knots down to that batch, unless they are too many. The line has room for knots. */
void tb_step_line_reach(const struct tb_stage_in *in, double batch, struct tb_step_line *line);

/** Lines of settings around the one at hand, with weights that add up to one. */
#define TB_STEP_LINES 4
struct tb_step_around {
    int n;
    const struct tb_step_line *line[TB_STEP_LINES];
    double weight[TB_STEP_LINES];
};

/** What they say of a batch of the setting at hand, as a line that keeps this one batch. */
void tb_step_line_between(const struct tb_step_around *around, double batch,
                          struct tb_step_line *out);

/** @return whether two settings of a stage agree in all numbers that a step is worked out from
 *  besides its batch and its lengths. */
bool tb_step_line_shared(const struct tb_stage_in *a, const struct tb_stage_in *b);

#endif
