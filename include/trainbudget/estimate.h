/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_ESTIMATE_H
#define TRAINBUDGET_ESTIMATE_H

#include "trainbudget/data.h"

/** One KEY=VALUE in the order given; later ones win. */
struct tb_setting {
    const char *text; /**< "tokens=2T", "chip.peak.bf16=700 TFLOP/s", "steps=1..2" (P5..P95) */
    struct tb_pos pos;
};

/** What to estimate. Zero-initialise; NULL and 0 mean "not given". */
struct tb_request {
    const char *preset; /**< run id */
    const char *model;  /**< model id, or path of a config.json ("-": stdin) */
    const char *chip;
    const char *cluster;
    double chips; /**< 0: the run's */
    const char *precision;
    double mfu; /**< 0: not assumed */
    const char
        *basis;       /**< NULL: the first that can be had; else "measured", "prior", "predicted" */
    const char *plan; /**< "tp=8,pp=16,..."; NULL: the run's, else
                           a chosen one */
    bool step_model;  /**< predict steps also beside another basis */
    const struct tb_setting *settings;
    size_t n_settings;
    const char *rent;           /**< "on-demand", "reserved", "spot"; NULL: the chip's usual rent */
    const char *mfu_convention; /**< id; NULL: "causal" */
    const char *peak;           /**< "matrix" (NULL) or "headline" */
    double level;               /**< central probability of the ranges, (0,1); 0: 0.9 */
    size_t samples;             /**< 0: 4096 */
    uint64_t seed;              /**< 0: the default seed */
    bool no_uncertainty;        /**< evaluate the central values only */
};

/** Metrics; the table is scenario/metrics.def, the ids are stable. */
size_t tb_metric_count(void);
/** Facts of metric i; false past the end. */
struct tb_metric_info {
    const char *id, *title, *unit, *equation;
};
bool tb_metric_info(size_t i, struct tb_metric_info *out);
/** Index of a metric by id. @return false after reporting (with suggestions). */
bool tb_metric_find(const char *id, struct tb_pos pos, size_t *index, tb_diags *diags);

struct tb_estimate_metric {
    bool known;
    double value, low, high; /**< SI; median and quantiles, or three times the central value;
                                  INFINITY where so often the run makes no progress */
    double central;          /**< at the central values of all inputs */
    bool ranged;             /**< low and high differ from value by uncertainty */
    enum tb_grade grade;
};

/** A number that went in. */
struct tb_estimate_input {
    const char *path; /**< "chip.peak.bf16", "pretrain.tokens" */
    const char *unit;
    double value, low, high;
    enum tb_grade grade;
    const char *const *sources;
    size_t n_sources;
    const char *where, *note; /**< may be NULL */
    const char *as_of;        /**< of a price: its date; may be NULL */
    const char *origin;       /**< file:line, or "command line" */
    double share;             /**< share in the spread of chip_hours, 0..1 (rank correlation) */
    bool uncertain;
    const double *effect; /**< by metric: 0 where the metric does not follow this input */
};

/** One stage, at the central values. */
struct tb_estimate_stage {
    const char *id, *group, *kind, *basis;
    double tokens, steps, seq_len, batch_tokens, flops_per_token, flops_model;
    double tokens_per_s_per_chip, step_time, chips, chip_hours, chip_hours_steady, wall_clock, mfu;
};

/** A share of a whole. */
struct tb_estimate_part {
    const char *id, *title;
    double value;
};

/** How a stage's step was predicted, at the central values; not scaled by `step_model`. */
struct tb_estimate_plan {
    const char *stage;
    const char *from;     /**< "given", "published" or "chosen" */
    const char *text;     /**< "TP8 PP16 DP128 ..." */
    const char *defaults; /**< what the plan left open, "vpp=4, micro_batch=1" */
    const char *stack;    /**< software whose constants are used */
    int unknown;          /**< 0: chip and software were measured; 1: one of them; 2: neither */
    size_t n_keys;
    const struct tb_estimate_part *keys; /**< degrees and the like */
    double global_batch, micro_batches;
    double chips, chips_working; /**< the rest stands by; times and rates count all of them */
    const char *remark;          /**< chips that stand by, microbatches that are not whole; "" */
    double step_time, tokens_per_s_per_chip;
    double chip_hours;                              /**< of the stage by this prediction */
    bool used;                                      /**< the estimate of the stage rests on it */
    double measured_step_time, measured_chip_hours; /**< by the published speed; NaN: none */
    double ratio; /**< of chip_hours to the measured ones, else to those of the estimate's own
                       basis; NaN: there is no other */
    size_t n_time;
    const struct tb_estimate_part *time; /**< s of the step by what they are spent on */
    size_t n_memory;
    const struct tb_estimate_part *memory; /**< bytes on the fullest device */
    double memory_total, memory_capacity;  /**< of a device */
    bool fits;
};

/** A model that a stage of post-training runs. */
struct tb_estimate_role {
    const char *role, *model;
    double params;
    bool trained;
    double weight_bytes; /**< of one that is not trained */
};

/** A stage that generates: how the time of a step and the memory of a chip divide, at the central
 *  values and on the basis predicted. Times are s of an optimizer step. */
struct tb_estimate_generation {
    const char *stage, *placement, *adapter;
    double chips, rollout_chips, update_chips; /**< of the two pools; equal when they are one */
    double replica_chips, judge_chips; /**< of a copy of the engine; of the judge, 0: none */
    double steps_per_rollout;          /**< optimizer steps that one rollout feeds */
    double samples;                    /**< responses of a rollout that are trained on */
    double live;                       /**< responses that a copy of the engine writes at once */
    double longest;                    /**< expected longest response, tokens */
    double step_time;
    size_t n_phases;
    const struct tb_estimate_part *phases;
    double rollout_share;       /**< of the sum of the phases */
    double floor;               /**< that no number of chips goes below */
    double no_tail;             /**< if every slot of the engine stayed filled */
    double rate;                /**< tokens/s/chip of the system */
    double rollout_rate;        /**< generated tokens/s/chip while the rollout runs */
    double update_rate;         /**< tokens/s/chip while the update runs */
    double rollout_flops_share; /**< model FLOPs of writing responses over all of the stage */
    double enough_chips; /**< beyond it twice as many save less than a tenth; NaN: none, or not the
                              stage with most chip-hours */
    size_t n_roles;
    const struct tb_estimate_role *roles;
    size_t n_update, n_rollout;
    const struct tb_estimate_part *update;  /**< bytes on a chip while it trains */
    const struct tb_estimate_part *rollout; /**< while it generates and judges */
    double update_bytes, rollout_bytes;
    double host_bytes;                    /**< states of a chip that are kept in host memory */
    double memory_total, memory_capacity; /**< the fullest moment of the fullest chip */
    bool resident;                        /**< trainer and engine hold the chips at once */
    double row_split;                     /**< chips that a row of the trainer is spread over */
};

/** Inputs that decide and that nobody published, and what not knowing them costs. */
struct tb_estimate_unknown {
    size_t n_inputs;
    const char *const *inputs; /**< paths by falling weight: the first narrows the range most */
    const char *metric;        /**< that they move: "chip_hours", else "flops_model" */
    double low, high;          /**< its quantiles when they alone vary */
};

/** A published figure beside the estimate. */
struct tb_estimate_disclosed {
    const char *what, *unit, *scope, *convention, *bound, *stage; /**< may be NULL but what, unit */
    double value;
    enum tb_grade grade;
    const char *const *sources;
    size_t n_sources;
    const char *where, *note;
    double estimate, low, high; /**< NaN: no counterpart */
    double ratio;               /**< estimate / value */
    bool inside;                /**< value within [low, high], or the bound holds */
};

/** What a disclosed MFU of unstated convention would imply under each convention. */
struct tb_estimate_implied {
    const char *convention, *title;
    double flops_per_token;
    double batch_tokens; /**< tokens a step the disclosed MFU and step time then mean */
    double tokens_per_s_per_chip;
    double mfu_causal; /**< the same in the canonical convention */
};

/** Another run set beside this one. */
struct tb_estimate_compare {
    const char *run, *title, *chip, *basis;
    bool is_pretraining; /**< it is the pre-training of this run's model */
    double flops_model, chip_hours;
    double flops_ratio;      /**< this run / that run */
    double chip_hours_ratio; /**< NaN when the other run has no time */
    bool same_chip;
};

struct tb_estimate {
    const char *run, *run_name, *model, *model_name, *chip, *chip_name, *cluster, *counts_as;
    const char *basis;        /**< of the run: "measured", "prior", "measured+prior", ... */
    const char *basis_detail; /**< one sentence: which measurement or which prior */
    const char *mfu_convention, *peak;
    const char *currency;       /**< of all money: "USD" */
    const char *rent_term;      /**< asked for; may be NULL */
    const char *rent_as_of;     /**< date of the rent, or "FIRST to LAST"; NULL: not dated */
    const char *purchase_as_of; /**< of the purchase price */
    const char *rent_key;       /**< input that sets a rent which is not known; NULL: all are */
    const char *purchase_key;   /**< the same of a purchase price */
    const char *precision;      /**< of the products: "bf16"; of several stages "bf16, fp8" */
    bool machine_changed;       /**< the chip or cluster is not the preset's */
    bool model_changed;         /**< the model is not the preset's */
    const char *stage_summary;  /**< "continued training + SFT, full parameters" */
    bool moe;
    struct tb_estimate_metric *metrics; /**< tb_metric_count() of them */
    size_t n_stages;
    struct tb_estimate_stage *stages;
    size_t n_plans;
    struct tb_estimate_plan *plans; /**< of predicted stages */
    const struct tb_estimate_unknown
        *unknown; /**< NULL: what decides is known, or nothing varies */
    size_t n_generations;
    struct tb_estimate_generation *generations; /**< of stages that generate */
    size_t n_inputs;
    struct tb_estimate_input *inputs; /**< those used; uncertain ones first, by falling share */
    size_t n_disclosed;
    struct tb_estimate_disclosed *disclosed;
    size_t n_implied;
    struct tb_estimate_implied *implied;
    size_t n_compare;
    struct tb_estimate_compare *compare;
    size_t n_undisclosed;
    const char *const *undisclosed;
    /* method and replay */
    double level;
    size_t samples;
    uint64_t seed;
    const char *version, *data_version, *data_digest;
    size_t user_files;
    double wall_clock_half; /**< s in which half of such runs end by the chance of failures */
    const char *command;    /**< a shell command that reproduces the estimate */
};

/** Evaluates a request. Findings (warnings too) go to `diags`.
 *  @return the estimate, to be freed with tb_estimate_free; NULL after an error. */
struct tb_estimate *tb_estimate_new(tb_data *data, const struct tb_request *request,
                                    tb_diags *diags);
void tb_estimate_free(struct tb_estimate *estimate);

/** Whether the metric follows the input, an index of estimate->inputs. */
bool tb_estimate_feeds(const struct tb_estimate *estimate, size_t input, size_t metric);

#endif
