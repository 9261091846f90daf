/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_POSTTRAIN_SHAPE_H
#define TB_SCENARIO_POSTTRAIN_SHAPE_H

#include "base/arena.h"
#include "preset/preset.h"

/** The shape of a model that a table names. In order: the preset of that name or of one of its
 * words without "-Base", "-Instruct" and the like; the preset whose total and active parameters are
 *  nearest and both within a tenth; for dense models a shape of the usual proportions.
 *  `assumed` says which of the last two it was, NULL: the name decided; it may be NULL.
 *  @return NULL when none of these gives one. Lives in `arena` or in the data. */
const struct tb_model *tb_posttrain_shape(tb_arena *arena, tb_data *data, const char *name,
                                          const double params[2], const char **assumed);

/** A dense model of `params` parameters: width 128 times the layers, heads of 128 with eight
 *  key/value heads, gated feed-forward of 3.5 widths. */
void tb_usual_dense(double params, struct tb_model *out);

#endif
