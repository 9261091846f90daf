/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_SCENARIO_H
#define TB_SCENARIO_SCENARIO_H

#include "base/arena.h"
#include "model/convention.h"
#include "preset/preset.h"
#include "run/predict.h"
#include "run/stage.h"
#include "trainbudget/estimate.h"

/** A request turned into numbers: what is evaluated, and where each number is from. */

enum tb_metric {
#define TB_METRIC(NAME, ...) TB_METRIC_##NAME,
#include "scenario/metrics.def"
#undef TB_METRIC
    TB_METRIC_COUNT
};

/** Outputs of one evaluation: the metrics, then figures of single stages asked for beside them. */
#define TB_MAX_EXTRA TB_MAX_DISCLOSED
#define TB_MAX_OUTPUTS (TB_METRIC_COUNT + TB_MAX_EXTRA)

/** Every number that can vary. A sample is a copy of it with some members overwritten. */
struct tb_values {
    struct tb_chip chip[TB_MAX_STAGES];       /**< by machine */
    struct tb_cluster cluster[TB_MAX_STAGES]; /**< by machine */
    struct tb_stage stage[TB_MAX_STAGES];
};

/** A chip in its surroundings; stages on the same pair share one. */
struct tb_machine {
    const struct tb_chip_preset *chip;
    const struct tb_cluster_preset *cluster; /**< NULL: none stated */
    struct tb_prov *chip_prov;               /**< TB_CHIP_PARAMS, of this scenario */
    struct tb_prov *cluster_prov;            /**< TB_CLUSTER_PARAMS */
};

struct tb_stage_tables;
struct tb_predicted;
struct tb_rl_shapes;

struct tb_scenario_stage {
    const char *id, *group, *title;
    const struct tb_model_preset *model;
    const struct tb_model_preset *role[TB_ROLE_COUNT]; /**< NULL: the model itself, or not run */
    int machine;
    struct tb_prov *prov;                 /**< TB_STAGE_PARAMS */
    bool *user_set;                       /**< TB_STAGE_PARAMS: given on the command line */
    enum tb_basis basis;                  /**< what its time rests on */
    const struct tb_predicted *predicted; /**< plan and constants; NULL: not predicted */
    const struct tb_rl_shapes *shapes;    /**< of its roles, where it generates; else NULL */
    const struct tb_prior *prior;         /**< the row behind prior_mfu; NULL: not from the table */
};

/** What depends on the model and the lengths alone. */
struct tb_stage_fixed {
    struct tb_stage_counts counts;
    double chosen, full, six_n; /**< FLOPs per token of a convention over the canonical count */
    double kv_bytes;            /**< 16-bit KV bytes per token at the sequence length */
};

/** What is known of a stage before it is evaluated. */
struct tb_stage_known {
    const struct tb_stage_fixed *fixed;
    const struct tb_step_line *line; /**< of its steps at the values at hand; NULL: none */
};

/** An output besides the metrics of the whole run: one metric over the stages of a group. */
struct tb_extra {
    enum tb_metric metric;
    int first, last; /**< stages, both included */
};

/** One number that went in, with all places it is used in. */
struct tb_input {
    enum tb_param param;
    const char *path;
    const struct tb_prov *prov;
    double value;
    int n_targets;
    size_t target[TB_MAX_STAGES]; /**< offsets of doubles in struct tb_values */
    bool lengths;                 /**< changes what tb_stage_fixed holds */
    bool used;                    /**< some output depends on it */
    bool uncertain;               /**< has a range */
    bool tabled;                  /**< what a sampling works out once depends on it */
    double *effect;               /**< by output: squared span in ln of the output from low to high
                                       of the input; exact: 1 where the output follows */
    double share;                 /**< in the spread of chip_hours */
};

struct tb_scenario {
    tb_arena *arena;
    tb_data *data;
    tb_diags *diags;
    const struct tb_request *request;
    const struct tb_run_preset *run; /**< NULL: none, the request describes the run */
    const struct tb_model_preset *model;
    bool hardware_changed;                /**< chip or cluster differ from the preset's */
    bool model_changed;                   /**< the model differs from the preset's */
    const struct tb_alike_runs *alike;    /**< published runs, once prepared for questions */
    const struct tb_alike_runs *realised; /**< the same beside their best plans */

    int n_machines, n_stages;
    struct tb_machine machine[TB_MAX_STAGES];
    struct tb_scenario_stage stage[TB_MAX_STAGES];
    struct tb_values central;
    const struct tb_stage *stated;              /**< the stages before any override */
    struct tb_stage_fixed fixed[TB_MAX_STAGES]; /**< at the central lengths */
    struct tb_step_line line[TB_MAX_STAGES];    /**< at the central values */
    bool lined;                                 /**< `line` is set */
    struct tb_stage_tables *tables;             /**< what points share; NULL: none drawn yet */

    enum tb_basis basis; /**< asked for; TB_BASIS_NONE: the best available */
    enum tb_convention convention, causal, full, six_n;
    bool headline;
    double params[4];         /**< total, with MTP, active, active without embedding */
    double pretraining_flops; /**< NaN: none known */
    double pretraining_hours; /**< chip-hours; NaN: none known */

    const struct tb_rl_constants *rl; /**< of stages that generate; NULL: there are none */
    const struct tb_given_plan *plan; /**< of the request; NULL: none */

    int n_extra;
    struct tb_extra extra[TB_MAX_EXTRA];
    size_t n_inputs;
    struct tb_input *inputs;
};

static inline double *tb_value_at(struct tb_values *values, size_t offset)
{
    return (double *)(void *)((char *)values + offset);
}

/** Sets an input in all its places. */
static inline void tb_input_write(const struct tb_input *input, struct tb_values *values,
                                  double value)
{
    for (int t = 0; t < input->n_targets; t++)
        *tb_value_at(values, input->target[t]) = value;
}

#endif
