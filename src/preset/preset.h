/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_PRESET_H
#define TB_PRESET_PRESET_H

#include "base/diag.h"
#include "base/units.h"
#include "preset/plan_keys.h"
#include "run/stage.h"
#include "trainbudget/data.h"

/** Presets as read: plain structs for the arithmetic, and beside them where each number is from. */

enum tb_owner { TB_OWNER_CHIP, TB_OWNER_CLUSTER, TB_OWNER_STAGE };

enum tb_param {
#define TB_CHIP_PARAM(name, ...) TB_PARAM_CHIP_##name,
#define TB_CLUSTER_PARAM(name, ...) TB_PARAM_CLUSTER_##name,
#define TB_STAGE_PARAM(name, ...) TB_PARAM_STAGE_##name,
#include "preset/params.def"
    TB_PARAM_COUNT
};

enum {
    TB_CHIP_PARAMS = TB_PARAM_CLUSTER_NODE,
    TB_CLUSTER_PARAMS = TB_PARAM_STAGE_TOKENS - TB_PARAM_CLUSTER_NODE,
    TB_STAGE_PARAMS = TB_PARAM_COUNT - TB_PARAM_STAGE_TOKENS
};

struct tb_param_info {
    enum tb_owner owner;
    const char *path; /**< without the owner's prefix */
    size_t offset;    /**< of the double within the owner's struct */
    enum tb_dim dim;
    double least, most;
    const char *meaning;
};

const struct tb_param_info *tb_param_info(enum tb_param param);

/** Whether the parameter is a number of things that cannot be divided. */
bool tb_param_whole(enum tb_param param);

/** Index of a parameter within its owner's provenance array. */
size_t tb_param_slot(enum tb_param param);

/** Provenance of one number. `known` false: the preset does not give it. */
struct tb_prov {
    bool known;
    enum tb_grade grade;
    enum tb_dist dist; /**< TB_DIST_EXACT: no range */
    double low, high;  /**< P5 and P95 of belief, or bounds; equal to the value when exact */
    bool bounds;       /**< low and high are hard limits (kind: bounds) */
    const char *where; /**< place in the source: "table 1" */
    const char *note;
    const char *as_of;          /**< of a price: when it was observed, "2026-05"; NULL: not said */
    const char *const *sources; /**< keys of the bibliography */
    size_t n_sources;
    struct tb_pos pos;
};

enum tb_entity_kind {
    TB_ENTITY_CHIP,
    TB_ENTITY_CLUSTER,
    TB_ENTITY_MODEL,
    TB_ENTITY_RUN,
    TB_ENTITY_KIND_COUNT
};

/** What every preset has. Texts live as long as the data store. */
struct tb_entity {
    enum tb_entity_kind kind;
    const char *id;
    const char *name;
    const char *const *aliases;
    size_t n_aliases;
    const char *note; /**< NULL or one paragraph */
    const char *file; /**< "presets/chips/910c.yaml" or the user's path */
    bool builtin;
    const char *const *warnings;        /**< printed with the estimates that use the preset */
    const enum tb_basis *warning_basis; /**< of each: only on this basis; TB_BASIS_NONE: on any */
    size_t n_warnings;
};

struct tb_chip_preset {
    struct tb_entity entity;
    const char *vendor;
    const char *counts_as;  /**< what one chip is */
    const char *generation; /**< key of the priors: "ampere", "hopper", "ascend-910c" ... */
    const char *cluster;    /**< id of its usual cluster; NULL when none is stated */
    const char *status;     /**< "shipping", "announced", ... */
    struct tb_chip chip;
    struct tb_prov prov[TB_CHIP_PARAMS];
};

struct tb_cluster_preset {
    struct tb_entity entity;
    const char *chip; /**< id */
    const char *topology;
    struct tb_cluster cluster;
    struct tb_prov prov[TB_CLUSTER_PARAMS];
};

struct tb_model_preset {
    struct tb_entity entity;
    const char *developer;
    const char *context; /**< short text: "4K pre-training, 128K after extension"; may be NULL */
    bool moe;
    struct tb_model model;
    struct tb_prov prov;                    /**< one for the whole architecture block */
    double official_total, official_active; /**< as published, for checks; NaN: none */
    struct tb_prov official_total_prov, official_active_prov;
};

/** A published figure of a run: compared with, never used as input. */
struct tb_disclosed {
    const char *what;       /**< metric id: "chip_hours", "step_time", "mfu", ... */
    const char *stage;      /**< stage id, or NULL for the whole run */
    const char *scope;      /**< "steady", "run", "reserved"; NULL when not stated */
    const char *convention; /**< of an MFU: convention id, or "unstated" */
    const char *bound;      /**< "at most", "at least", or NULL */
    enum tb_dim dim;
    double value;
    struct tb_prov prov;
};

/** Another model that a stage runs beside the one it trains. */
struct tb_role_preset {
    const char *model; /**< id; NULL: the trained model, or none named */
    struct tb_pos pos; /**< of that id */
    bool has_precision;
    enum tb_dtype precision; /**< of its weights */
};

struct tb_stage_preset {
    const char *id;    /**< unique within the run: "pretrain", "pretrain/2" */
    const char *group; /**< id of the stage a phase belongs to */
    const char *title;
    const char *model, *chip, *cluster; /**< NULL: the run's */
    struct tb_role_preset role[TB_ROLE_COUNT];
    struct tb_stage stage;
    struct tb_prov prov[TB_STAGE_PARAMS];
    struct tb_given_plan plan; /**< how the run was split over its chips, as far as published */
    struct tb_prov plan_prov;
};

/** The i-th thing that a run may disclose: its id and dimension. @return false past the end. */
bool tb_disclosed_info(size_t i, const char **what, enum tb_dim *dim);

#define TB_MAX_DISCLOSED 32

struct tb_run_preset {
    struct tb_entity entity;
    const char *model, *cluster, *chip; /**< ids; chip NULL: the cluster's */
    bool hardware_disclosed;            /**< false: the chip is a stand-in and says so */
    const char *pretraining;            /**< id of the run that pre-trained the model; NULL: none */
    const char *const *compare;         /**< ids of runs to set beside it */
    size_t n_compare;
    const char *const *undisclosed; /**< what the authors did not publish, one phrase each */
    size_t n_undisclosed;
    size_t n_stages;
    struct tb_stage_preset *stages;
    size_t n_disclosed;
    struct tb_disclosed disclosed[TB_MAX_DISCLOSED];
};

/** A published run with its billed hours. */
struct tb_evidence_run {
    const char *run;        /**< id of its row */
    const char *team;       /**< title of its source: one team, one stack */
    const char *generation; /**< of its chips */
    bool moe;
    bool calendar; /**< hours are chips x days, idle time included */
    bool steady;   /**< hours of steps alone */
    bool server;   /**< on the chips of one server */
    double active; /**< parameters used by a token */
    double expert; /**< width of an expert; 0: not stated */
    double tokens; /**< trained on; 0: not stated */
    double length; /**< of a row, tokens; 0: not stated */
    double mfu;    /**< of the whole run; of its steps where `steady` */
    double best;   /**< MFU that the step model gives its best plan; 0: none */
    double doubt;  /**< factor on the noise of this run, 1 for most */
};

/** How alike runs are: variances of ln MFU that runs share (docs/model.md 8.3). */
struct tb_evidence_kernel {
    double mfu;        /**< mean, as a utilisation */
    double size;       /**< shared by runs of one size */
    double generation; /**< by runs of one size on one generation of chips */
    double reach;      /**< width of "one size", in ln of the active parameters */
    double kind;       /**< by dense runs, by mixtures of experts */
    double expert;     /**< by mixtures whose experts are equally wide */
    double tokens;     /**< by runs over equally many tokens */
    double length;     /**< by runs on equally long rows */
    double team;       /**< by runs of one team */
    double scope;      /**< by runs whose hours hold the same */
    double noise;      /**< shared by nothing */
    double server; /**< by runs within one server, where code is tuned by hand; 0: not told apart */
    double slope;  /**< ln MFU for one of ln best; 0: the best plan says nothing */
    double spread; /**< factor on the standard deviation that makes the ranges hold */
};

struct tb_evidence {
    struct tb_evidence_kernel kernel;
    size_t n;
    const struct tb_evidence_run *run;
    const struct tb_evidence *realised; /**< runs beside their best plans, with a kernel of its own;
                                             NULL: not in the file */
};

/** A prior for the MFU of a whole run, canonical causal convention, 16-bit matrix peak. */
struct tb_prior {
    const char *generation;        /**< NULL: any */
    const char *kind;              /**< "dense", "moe"; NULL: any */
    double min_active, max_active; /**< active parameters the row is for */
    double median, low, high;      /**< P50, P5, P95 */
    double n;                      /**< runs behind it */
    struct tb_prov prov;
    const struct tb_evidence *evidence; /**< the runs behind all rows; NULL: not in the file */
};

struct tb_source {
    const char *key, *title, *author, *year, *url, *publisher, *read; /**< read: how it was read */
    const char *bibtex_type;
};

/* Lookup. Ids and aliases are matched without regard to ASCII case. Each returns NULL after
 * reporting: unknown (with suggestions), ambiguous (lists them), or broken. */
const struct tb_chip_preset *tb_data_chip(tb_data *data, const char *id, struct tb_pos pos,
                                          tb_diags *diags);
const struct tb_cluster_preset *tb_data_cluster(tb_data *data, const char *id, struct tb_pos pos,
                                                tb_diags *diags);
const struct tb_model_preset *tb_data_model(tb_data *data, const char *id, struct tb_pos pos,
                                            tb_diags *diags);
const struct tb_run_preset *tb_data_run(tb_data *data, const char *id, struct tb_pos pos,
                                        tb_diags *diags);

/** The bibliography entry of a key; NULL when there is none (nothing is reported). */
const struct tb_source *tb_data_source(tb_data *data, const char *key);

/** Every row of the priors. */
const struct tb_prior *tb_data_priors(tb_data *data, size_t *n, tb_diags *diags);

/** The i-th id of a kind in alphabetical order, or NULL past the end. */
const char *tb_data_id(tb_data *data, enum tb_entity_kind kind, size_t i);

#endif
