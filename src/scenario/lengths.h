/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_LENGTHS_H
#define TB_SCENARIO_LENGTHS_H

#include "scenario/scenario.h"

/** Counts of the stages' models at every length that a sampling meets, so that no length is counted
 *  twice. Filled by one thread, then read by many. */
struct tb_length_tables;

/** The grid value nearest to `drawn`: central x 2^(k / TB_LENGTH_STEPS). */
double tb_length_on_grid(double central, double drawn);

/** `lined`: the stages whose steps are lined up too; it must live as long as the tables. */
struct tb_length_tables *tb_length_tables_new(const struct tb_scenario *scenario,
                                              const bool lined[TB_MAX_STAGES]);
void tb_length_tables_free(struct tb_length_tables *tables);

/** Counts the stages whose lengths have not been met. @return false when memory runs out. */
bool tb_length_tables_meet(struct tb_length_tables *tables, const struct tb_values *values);

/** Points at the counts of lengths that have been met. */
void tb_length_tables_find(const struct tb_length_tables *tables, const struct tb_values *values,
                           const struct tb_stage_fixed *fixed[TB_MAX_STAGES]);

#endif
