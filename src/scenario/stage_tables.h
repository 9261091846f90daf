/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_STAGE_TABLES_H
#define TB_SCENARIO_STAGE_TABLES_H

#include "scenario/scenario.h"
#include "scenario/steps.h"

/** Counts of the stages' models at every length that a sampling meets, so that no length is counted
 *  twice, and the lines of their steps there. Filled by one thread, then read by many. */
struct tb_stage_tables;

/** The grid value nearest to `drawn`: central x 2^(k / TB_LENGTH_STEPS). */
double tb_length_on_grid(double central, double drawn);

/** Tables for points that vary the `n` inputs `drawn`; marks those that they depend on as `tabled`.
 *  The memory is the scenario's.
 *  @return NULL when memory runs out. */
struct tb_stage_tables *tb_stage_tables_new(const struct tb_scenario *scenario,
                                            const struct tb_drawn_range *drawn, size_t n);

/** Counts the stages whose lengths have not been met, and lines up steps that have not been met
 *  there. @return false when memory runs out. */
bool tb_stage_tables_meet(struct tb_stage_tables *tables, const struct tb_values *values);

/** What is known of values that have been met; `lines` is room for what `known` points at. */
void tb_stage_tables_find(const struct tb_stage_tables *tables, const struct tb_values *values,
                          struct tb_step_line lines[TB_MAX_STAGES],
                          struct tb_stage_known known[TB_MAX_STAGES]);

#endif
