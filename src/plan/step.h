/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_STEP_H
#define TB_PLAN_STEP_H

#include "machine/cluster.h"
#include "plan/layer.h"

/** Time and memory of one training step (eq. 9.11-9.30). Pure, without allocation. */

struct tb_step_in {
    const struct tb_model *model;
    const struct tb_model_facts *facts; /**< of the model; NULL: counted here */
    const struct tb_chip *chip;
    const struct tb_cluster *cluster; /**< NULL: the chip's own links */
    const struct tb_plan *plan;
    const struct tb_perf *perf;
    double chips;
    double global_batch; /**< sequences a step */
    struct tb_lengths lengths;
    bool train_mtp;
};

/** Seconds of a step by what they are spent on, on the critical path. The parts add up to total. */
struct tb_step_time {
    double gemm, attention, memory; /**< device work of all microbatches of the slowest stage */
    double tp, cp, ep, pp;          /**< exposed traffic */
    double recompute;               /**< recomputed work with its traffic */
    double host;                    /**< waiting for launches */
    double bubble;                  /**< pipeline fill and drain */
    double dp;                      /**< gradient and weight traffic across replicas */
    double optimizer;
    double fixed; /**< outside the layers: data, logging, synchronisation */
    double scale; /**< jitter of many chips */
    double total;
};

/** Bytes on the fullest device by what they hold. The parts add up to total. */
struct tb_step_memory {
    double weights, gradients, optimizer;
    double residual, attention, ffn, experts; /**< activations */
    double logits;
    double buffers;   /**< gathered layers, communication and workspace */
    double reserve;   /**< allocator slack and runtime */
    double allocated; /**< what tensors take: all but the reserve */
    double total;
    double capacity; /**< of the device */
    double stage;    /**< index of the fullest stage */
};

struct tb_step_out {
    struct tb_step_time time;
    struct tb_step_memory memory;
    double micro_batches;
    double each; /**< seconds that each microbatch adds once the pipeline is full */
    double tokens_per_s_per_chip;
    double forward, backward; /**< of a microbatch on the slowest stage */
    double slowest_stage;
    double layers_most, layers_least; /**< on a stage */
};

/** @return TB_OK, or TB_E_ANSWER when a number of the chip or cluster that is needed is unknown
 *  or the plan cannot be (see tb_plan_check). */
enum tb_status tb_step_evaluate(const struct tb_step_in *in, struct tb_step_out *out);

/** Microbatches that fill the pipeline and all that its schedule keeps: from there on each further
 *  one adds the same time and no memory (eq. 9.32). */
double tb_step_filling(const struct tb_plan *plan);

/** Layers of chunk `index` of `chunks` (eq. 9.12): an even cut where it comes out even; otherwise
 *  embedding and head count as a layer each where that comes out even; otherwise the last chunk is
 *  shorter by `head`, the time of head and MTP in layers. */
double tb_chunk_layers(double layers, double chunks, double index, double head);

#endif
