/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_STAGE_H
#define TB_RUN_STAGE_H

#include "machine/chip.h"
#include "machine/cluster.h"
#include "model/flops.h"
#include "model/state.h"
#include "plan/step.h"
#include "run/rlout.h"
#include "run/failure.h"

#define TB_MAX_STAGES 24
#define TB_MAX_WORK 16

/** Stage kinds; one row and one file each. */
enum tb_stage_kind {
#define TB_STAGE_KIND(name, id, items, title) TB_STAGE_##name,
#include "run/kinds.def"
#undef TB_STAGE_KIND
    TB_STAGE_KIND_COUNT
};

/** One stage of a run at one sequence length and batch schedule (a `phases:` list in a preset
 *  becomes several stages of one group). NaN: not given. */
struct tb_stage {
    enum tb_stage_kind kind;
    enum tb_dtype precision;
    enum tb_recipe recipe;
    enum tb_recompute recompute;
    bool train_mtp;        /**< the MTP modules are trained (and count in hardware FLOPs) */
    double tokens;         /**< trained tokens of the stage, epochs not included */
    double share;          /**< fraction of the group's tokens; 1 when alone */
    double epochs;         /**< passes over the tokens; 1 */
    double steps;          /**< optimizer steps; derived from tokens when NaN */
    double seq_len;        /**< tokens */
    double global_batch;   /**< sequences per step, after the ramp */
    double batch_tokens;   /**< tokens per step, where that is what is known */
    double batch_start;    /**< sequences per step at the start of the ramp */
    double ramp_tokens;    /**< tokens over which the batch grows linearly */
    double packing;        /**< useful share of the processed tokens, (0,1] */
    double mean_doc_len;   /**< tokens; attention stays within documents; 0: none */
    double doc_cv;         /**< coefficient of variation of the document length */
    double chips;          /**< chips the stage runs on */
    double goodput;        /**< share of the run's time spent in steps that count, (0,1] */
    double reserved_hours; /**< wall-clock hours the cluster was booked for; NaN: unknown */

    /* From steps to a run, where no goodput is stated. */
    double checkpoint_interval; /**< s of steps between checkpoints; NaN: the best */
    double checkpoint_overlap;  /**< share of a checkpoint's write that runs beside steps */
    double checkpoint_snapshot; /**< s that steps wait for a checkpoint in any case */
    double evaluation;          /**< share of the run's time in evaluation */
    double idle;                /**< share with neither steps, evaluation nor recovery */
    double straggler;           /**< steps take 1 + this times the measured or predicted time */
    double warm_up;             /**< s before the first step */
    double luck;                /**< probability that failures cost less; NaN: their mean cost */
    double ablations;           /**< chip-hours of experiments over those of the run */
    double failed_runs;         /**< chip-hours of runs given up over those of the run */

    double measured_step_time;    /**< s, published; NaN: none */
    double measured_token_rate;   /**< tokens/s of the whole cluster, published; NaN: none */
    double measured_chips;        /**< chips of the measurement */
    double measured_batch_tokens; /**< tokens per measured step; NaN: the stage's */

    double step_model;  /**< factor on the rate that the step model predicts; 1 */
    double realisation; /**< rate of the whole run over that of the best plan; applies to plans
                             that were chosen; NaN: not applied */
    double mfu;         /**< assumed by the user, canonical causal convention, steady; NaN: none */
    double prior_mfu;   /**< prior for model FLOPs utilisation at run scope; NaN: none */

    struct tb_rl rl; /**< what post-training says beyond the above */
};

/** What a stage's time rests on; always named in the output. */
enum tb_basis {
    TB_BASIS_NONE = 0,
    TB_BASIS_MEASURED,
    TB_BASIS_PREDICTED,
    TB_BASIS_PRIOR,
    TB_BASIS_ASSUMED
};

const char *tb_basis_id(enum tb_basis basis);

/** A pass over tokens: what every stage kind is made of. */
enum tb_pass {
    TB_PASS_TRAIN,
    TB_PASS_FORWARD,
    TB_PASS_GENERATE,
    TB_PASS_HEAD /**< the output head alone, over hidden states that were kept */
};

struct tb_work {
    enum tb_pass pass;
    enum tb_role role; /**< whose weights */
    double tokens;     /**< processed, padding included */
    bool answers; /**< over responses with their prompts, where the stage says how long they are */
    struct tb_lengths lengths; /**< of the rows */
    bool with_mtp;
    bool frozen;  /**< an adapter is trained: no gradients of the base weights */
    bool packed;  /**< over 4-bit base weights, which each pass unpacks */
    bool rounded; /**< weights are rounded in the forward pass, as the engine will have them */
    enum tb_recompute recompute;
};

/** Writes the work items of a stage. @return how many (<= TB_MAX_WORK). */
int tb_stage_work(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK]);

/** The same without the lengths of the rows, which take longer than all the rest. */
int tb_stage_items(const struct tb_stage *stage, struct tb_work work[TB_MAX_WORK]);

/** What counting the model gives for one stage: depends on its lengths and nothing else that is
 *  likely to vary, so a caller that varies other inputs counts once. */
struct tb_stage_counts {
    int n_work;
    bool generates;                     /**< one of the work items writes responses */
    double model_flops[TB_MAX_WORK];    /**< per processed token of each work item, canonical */
    double hardware_flops[TB_MAX_WORK]; /**< the same, executed */
    double plain_model;                 /**< of a training pass over all weights, canonical */
    double plain_hardware;              /**< the same, executed */
    double speed;                       /**< of the passes over that of plain 16-bit ones */
    double state_bytes;                 /**< training state of the whole model */
    double reader_bytes;                /**< weights that only read, beside training passes */
    double saved_bytes;                 /**< what a checkpoint of it holds: all but gradients */
    double checkpoint_per_token;        /**< bytes of layer inputs, all layers */
};

struct tb_rl_shapes;
struct tb_step_line;
struct tb_rl_constants;

/** How the step of a stage is predicted: the plan and the constants, and the chips that the plan is
 *  for. On other chips its replicas follow. */
struct tb_prediction {
    struct tb_plan plan;
    struct tb_model_facts facts; /**< of the model that it is for */
    struct tb_perf perf;
    double chips;
    bool chosen; /**< as the best plan; `realisation` says how far runs stay behind it */
};

/** Everything one stage is evaluated from. */
struct tb_stage_in {
    const struct tb_model *model;
    const struct tb_chip *chip;
    const struct tb_cluster *cluster;
    const struct tb_stage *stage;
    enum tb_basis basis; /**< NONE: the best available: assumed, predicted, measured, prior */
    const struct tb_stage_counts *counts;   /**< NULL: counted here */
    const struct tb_prediction *prediction; /**< NULL: no plan; then only kinds that generate are
                                                 predicted */
    const struct tb_step_line *line;        /**< of the prediction at these lengths; NULL: none */
    const struct tb_rl_shapes *rl_shapes;   /**< of kinds that generate; NULL: counted here */
    struct tb_failure_last *last_failure;   /**< room of the caller, shared by stages; NULL: none */
    const struct tb_rl_constants *rl_constants; /**< of kinds that generate; NULL: no prediction */
};

void tb_stage_count(const struct tb_model *model, const struct tb_stage *stage,
                    struct tb_stage_counts *out);

/** Result of one stage; NaN: unknown. */
struct tb_stage_out {
    enum tb_basis basis;
    double tokens;           /**< trained, epochs included */
    double processed_tokens; /**< padding included */
    double steps;
    double batch_tokens;    /**< mean processed tokens per step */
    double flops_model;     /**< canonical causal, without MTP, of all processed tokens: the
                                 numerator of `mfu` */
    double flops_hardware;  /**< executed */
    double flops_per_token; /**< flops_model / processed_tokens */
    double plan_rate;       /**< processed tokens/s/chip of steps by the plan; NaN: not predicted */
    double run_rate;        /**< processed tokens/s/chip over the whole run, where the basis comes
                                 from billed hours; NaN: it comes from steps */
    double token_rate;      /**< processed tokens/s/chip, steady */
    double step_time;       /**< s, steady, at the full batch: after a ramp */
    double chip_hours_steady;
    double chip_hours;          /**< run scope: steady / goodput */
    double wall_time;           /**< s, run scope */
    double chip_hours_reserved; /**< chips x booked hours; NaN: unknown */
    double state_bytes;         /**< training state of the whole model */
    double sequence_split;   /**< dies that one sequence is spread over so that it fits; 1: none */
    double checkpoint_bytes; /**< layer inputs of one sequence (or its part) per die, per chip */
    double memory_per_chip;  /**< with a prediction what the plan needs; else evenly sharded state +
                                  checkpoint_bytes: a lower bound */
    double energy;           /**< J at the facility's meter; NaN: power not known */
    double cost;             /**< USD; NaN: no price */

    enum tb_failure_outcome outcome; /**< why there is no goodput */
    double goodput;             /**< share of the run's time in counted steps, start-up left out */
    double failures;            /**< expected in the run */
    double checkpoint_interval; /**< s of steps between checkpoints */
    double saved_bytes;         /**< of one checkpoint */
    double wall_half;          /**< s: the run's time when failures come as they do at the median */
    double wall_late;          /**< s: the run's time when failures come as badly as 1 in 20 */
    double spares;             /**< chips kept ready for those in repair, enough 95 % of time */
    double chip_hours_project; /**< with ablations and runs given up */
    double carbon;             /**< kg CO2e of the energy */
    double cost_owned;         /**< USD on machines of one's own */

    double pass_speed; /**< of the training passes over that of plain 16-bit ones */
    double pass_rate;  /**< tokens/s over those of plain training passes alone: `pass_speed`, what
                            an adapter spares and what references cost */
    bool generates;
    struct tb_rl_stage_out rl; /**< of kinds that generate, whatever the basis; else untouched */
};

/** Evaluates one stage. Pure. @return TB_E_ANSWER when no basis gives a time (outputs that do not
 *  need a time are still set). */
enum tb_status tb_stage_evaluate(const struct tb_stage_in *in, struct tb_stage_out *out);

#endif
