/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_LAYER_H
#define TB_PLAN_LAYER_H

#include "machine/fabric.h"
#include "model/flops.h"
#include "plan/facts.h"
#include "plan/plan.h"

/** One layer of a kind on one rank, one microbatch. Everything is in seconds or bytes. */

/** What all layers of a step share. */
struct tb_layer_setting {
    const struct tb_model *model;
    const struct tb_plan *plan;
    const struct tb_perf *perf;
    const struct tb_device *device;
    const struct tb_fabric *fabric;
    struct tb_lengths lengths;
    double tokens; /**< of the microbatch on the rank: b s / c */
    double spread; /**< ranks the norms are split over: tp with sequence parallelism, else 1 */
    double load;   /**< busiest expert rank over the mean */
    double held;   /**< the same of the rows that are kept for the backward pass together */
};

/** Seconds by what they are spent on; forward and backward apart. */
struct tb_layer_seconds {
    double gemm, attention, memory;
    double tp, cp, ep; /**< as exposed */
};

/** Sums over the products and passes of a block, on a rank and microbatch. */
struct tb_layer_tally {
    double gemm;               /**< seconds of plain products, forward */
    double grouped;            /**< seconds of grouped products, forward */
    double grouped_grad;       /**< the same of their weight gradients */
    double inputs;             /**< elements entering linear layers, for casts */
    double outputs;            /**< elements leaving them */
    double bytes;              /**< element-wise traffic forward */
    double sorting;            /**< traffic of sorting rows to experts and back, forward */
    double passes;             /**< element-wise kernels forward */
    double mla_up;             /**< seconds of the latent expansion, forward */
    double widest, widest_out; /**< parameters and columns of the largest matrix */
};

struct tb_layer_cost {
    struct tb_layer_tally attn, ffn; /**< what makes up the seconds below */
    struct tb_layer_seconds forward, backward;
    double again;          /**< of `backward`'s caller to add: recomputed forward work */
    double again_traffic;  /**< of again: communication */
    double weight_grad;    /**< part of backward that is weight gradients */
    double kernels;        /**< launches forward, in units of a plain dense layer */
    double weights;        /**< parameters on the rank outside routed experts */
    double expert_weights; /**< parameters of routed experts on the rank */
    double transient;      /**< bytes of the largest gradients while they are formed */
};

/** Layers of the same setting, priced before, whose attention or feed-forward is the same; NULL:
 * none. */
struct tb_layer_known {
    const struct tb_layer_cost *attn, *ffn;
};

/** Prices a layer but for what is recomputed: `again` and `again_traffic` are zero. */
void tb_layer_cost(const struct tb_layer_setting *setting, const struct tb_layer *layer,
                   const struct tb_layer_facts *facts, const struct tb_layer_known *known,
                   struct tb_layer_cost *out);

/** Adds what the plan recomputes to a layer that is priced. */
void tb_layer_again(const struct tb_layer_setting *setting, const struct tb_layer *layer,
                    struct tb_layer_cost *cost);

/** Bytes a layer keeps from forward to backward, by tensor (eq. 9.20). */
struct tb_layer_bytes {
    double residual;  /**< inputs and outputs of norms */
    double attention; /**< q, k, v, output, log-sum-exp or scores */
    double ffn;       /**< dense and shared feed-forward */
    double experts;   /**< dispatched rows and the inside of experts, router */
    double total;
    double peak; /**< of one layer computed again from its input */
};
void tb_layer_bytes(const struct tb_layer_setting *setting, const struct tb_layer *layer,
                    struct tb_layer_bytes *out);

#endif
