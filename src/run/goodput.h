/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_GOODPUT_H
#define TB_RUN_GOODPUT_H

#include "machine/cluster.h"
#include "run/failure.h"
#include "run/stage.h"

/** From steps to a run: failures, checkpoints, evaluation, idle time, stragglers, start-up
 *  (docs/model.md 7.7, 7.10). */
struct tb_goodput {
    enum tb_failure_outcome outcome;
    double factor; /**< share of the run's time in counted steps, start-up left out; the stage's own
                        `goodput` where it states one */
    bool stated;
    double busy; /**< share of the run's time in which chips work (steps, checkpoints, redone) */
    struct tb_failure failure;
    struct tb_checkpoint checkpoint;
    double checkpoint_bytes;
};

/** Goodput of a stage whose checkpoint holds `bytes`. `last` (NULL: none) is the last answer of the
 *  failure model, used again when nothing differs and replaced when something does. */
void tb_goodput(const struct tb_stage *stage, const struct tb_cluster *cluster, double bytes,
                struct tb_failure_last *last, struct tb_goodput *out);

/** Seconds of the run for `steady` seconds of steps, start-up included; with probability `luck` the
 *  failures that come by chance cost less (NaN: their mean). */
double tb_goodput_time(const struct tb_goodput *goodput, const struct tb_stage *stage,
                       double steady, double luck);

#endif
