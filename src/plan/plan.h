/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_PLAN_H
#define TB_PLAN_PLAN_H

#include "machine/kernels.h"
#include "model/arch.h"
#include "model/state.h"

/** How a step is spread over devices. */

enum tb_schedule {
#define TB_SCHEDULE(name, ...) TB_SCHED_##name,
#include "plan/schedule.def"
#undef TB_SCHEDULE
    TB_SCHEDULE_COUNT
};

struct tb_schedule_info {
    const char *id;
    double stages, less; /**< idle counts stages x p - less stage times */
    double f, b, w;      /**< of forward, backward, and its weight-gradient part */
    bool by_chunks;
    double keep, add; /**< microbatches alive: keep x p + add */
    double copies;    /**< of the weights */
    bool hides;       /**< dispatch runs beside products of another microbatch */
    const char *title;
};

const struct tb_schedule_info *tb_schedule_info(enum tb_schedule schedule);
bool tb_schedule_find(const char *id, enum tb_schedule *out);

/** What is dropped in the forward pass and computed again in the backward one. */
enum {
    TB_AGAIN_CORE = 1 << 0,    /**< attention core: scores, weighted sum */
    TB_AGAIN_NORM = 1 << 1,    /**< norms */
    TB_AGAIN_ACT = 1 << 2,     /**< element-wise product of the dense feed-forward */
    TB_AGAIN_MLA_UP = 1 << 3,  /**< expansion of latent queries, keys and values */
    TB_AGAIN_MLP = 1 << 4,     /**< dense and shared feed-forward */
    TB_AGAIN_MOE_ACT = 1 << 5, /**< element-wise product of the experts */
    TB_AGAIN_MOE = 1 << 6,     /**< routed experts with their communication */
    TB_AGAIN_FULL = 1 << 7     /**< whole layers, from their input */
};

struct tb_plan {
    double tp;  /**< tensor parallel */
    bool sp;    /**< sequence parallel with tp */
    double cp;  /**< context parallel */
    double pp;  /**< pipeline stages */
    double vpp; /**< chunks of layers a stage */
    enum tb_schedule schedule;
    double ep;          /**< expert parallel, within tp x cp x dp */
    double etp;         /**< tensor parallel inside an expert; 1 */
    double dp;          /**< data parallel replicas of the dense part */
    int zero;           /**< 0..3: what of optimizer, gradients, weights is sharded over dp x cp */
    double shard;       /**< ranks that share the shards; 0: all of dp x cp */
    double micro_batch; /**< sequences */
    unsigned again;     /**< TB_AGAIN_ bits */
    double full_share;  /**< with TB_AGAIN_FULL: share of layers recomputed; 0 means all */
    enum tb_gemm_mode mode;
    enum tb_recipe recipe;  /**< bytes of weights, gradients, optimizer state */
    double adapter;         /**< parameters of an adapter over the model's, where there is one */
    double frozen_bytes;    /**< of a weight under an adapter; 0: all are trained */
    double readers;         /**< bytes of models that only read, spread evenly over the ranks */
    double reduce_bytes;    /**< bytes per gradient on the wire */
    double dispatch_bytes;  /**< bytes per element sent to experts */
    bool unfused_attention; /**< scores are written to memory */
    bool free_routing;      /**< natural load on the experts; else forced balance */
    bool offload;           /**< optimizer state and step on the host */
    bool graphs;            /**< launches replayed from a recorded graph */
    bool keep_low;          /**< inputs of activation functions kept in the format of products */
    bool fused_loss;        /**< logits never stored whole */
    bool async_tp;          /**< tensor traffic cut into pieces behind the products */
    bool eager;             /**< element-wise operators are not fused */
    double
        node_limit; /**< most nodes a token's experts stand on; 0: all; < 0: as the router says */
    double devices_per_chip; /**< 1, or the dies when ranks are dies */
    double slice;            /**< chips joined by scale-up links when fewer than the domain; 0 */
};

/** A plan of one device: all degrees 1, bf16, no recomputation. */
void tb_plan_init(struct tb_plan *plan);

/** Ranks the plan needs: tp x cp x pp x dp. */
double tb_plan_ranks(const struct tb_plan *plan);

/** Why a plan cannot be: the field, what it is, and the nearest value that can be. */
struct tb_plan_problem {
    const char *field;  /**< "tp", "pp", "ep", "dp", "micro_batch", "memory" ...; NULL: none */
    const char *reason; /**< one sentence without a full stop */
    double value;
    double nearest; /**< NaN when no single value helps */
};

/** Checks the plan against a model, a batch of `global_batch` sequences and `chips`.
 *  @return the number of problems found, at most `max` of them in `problems`. */
size_t tb_plan_check(const struct tb_plan *plan, const struct tb_model *model, double global_batch,
                     double chips, struct tb_plan_problem *problems, size_t max);

/** Checks that context parallelism divides a sequence of whole tokens.
 *  @return false with the problem. */
bool tb_plan_check_sequence(const struct tb_plan *plan, double seq_len,
                            struct tb_plan_problem *problem);

#endif
