/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_STEPS_H
#define TB_SCENARIO_STEPS_H

#include "scenario/scenario.h"

/** Steps of a sampling. Working out a step is most of an evaluation, and of the numbers that are
 *  drawn it reads but a few: besides lengths and batch mostly one of the chip, or how many there
 *  are. Steps are worked out at some values of those and read off between them (eq. 9.32). */

/** Most drawn inputs that steps are lined up over; stages that read more are worked out at every
 *  point. */
#define TB_STEP_AXES 2
/** Values of such an input: the central one times powers of this many to a factor of two. */
#define TB_STEP_NODES_PER_DOUBLING 8
#define TB_STEP_NODES 64
/** Most nodes of a stage: beyond, fewer points than nodes would share them. */
#define TB_STEP_MOST_NODES 128

/** An input and the range of what was drawn of it. */
struct tb_drawn_range {
    struct tb_input *input;
    double least, most;
};

struct tb_step_axis {
    const struct tb_input *input;
    int n;
    double node[TB_STEP_NODES]; /**< central x whole powers of 2^(1 / nodes per doubling) */
};

/** What the steps of one stage are lined up over. */
struct tb_step_axes {
    bool lined; /**< false: no prediction, or they read too much of what is drawn */
    bool batch; /**< the batch is drawn, and may be too small for the pipeline */
    int n;
    struct tb_step_axis axis[TB_STEP_AXES];
};

/** Finds out which of the drawn inputs the steps of a stage read besides lengths, and marks
 *  them as `tabled`. */
void tb_step_axes_find(const struct tb_scenario *scenario, int stage,
                       const struct tb_drawn_range *drawn, size_t n, struct tb_step_axes *out);

/** A line of a stage at one set of lengths. They stand row by row: the last axis runs fastest. */
struct tb_step_node;

/** @return nodes of which none is fitted; NULL when memory runs out. They are the arena's. */
struct tb_step_node *tb_step_nodes_new(tb_arena *arena, const struct tb_step_axes *axes);

/** Fits those that `values` lies between. `room` holds the central values but for the lengths of
 *  the stage; axes are written to it and put back. */
void tb_step_nodes_meet(struct tb_step_node *nodes, const struct tb_step_axes *axes,
                        const struct tb_scenario *scenario, int stage,
                        const struct tb_values *values, struct tb_values *room);

/** The line at values that were met; where that is between nodes one in `room` that holds for the
 *  batch of the values. */
const struct tb_step_line *tb_step_nodes_read(const struct tb_step_node *nodes,
                                              const struct tb_step_axes *axes, int stage,
                                              const struct tb_values *values,
                                              struct tb_step_line *room);

#endif
