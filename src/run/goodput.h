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

/** Goodput of a stage whose checkpoint holds `bytes`. `steps` are the seconds that its steps take
 *  at most (not finite: unknown): a stated interval is cut to them, a run without a checkpoint
 *  being one with its end as the only one. `last` (NULL: none) is the last answer of the
 *  failure model, used again when nothing differs and replaced when something does. */
void tb_goodput(const struct tb_stage *stage, const struct tb_cluster *cluster, double bytes,
                double steps, struct tb_failure_last *last, struct tb_goodput *out);

/** How long the run may take for so many seconds of steps. */
struct tb_goodput_times {
    double expected; /**< s, start-up included */
    bool chance;     /**< failures come by chance: the members below are set */
    double stretch, start_up;
    struct tb_run_time time;
};

/** Works them out for `steady` seconds of steps. */
void tb_goodput_times(const struct tb_goodput *goodput, const struct tb_stage *stage, double steady,
                      struct tb_goodput_times *out);

/** Seconds of the run, start-up included; with probability `luck` the failures that come by chance
 *  cost less (NaN: their mean). */
double tb_goodput_time(const struct tb_goodput_times *times, double luck);

#endif
