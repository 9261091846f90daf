/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_BUILD_H
#define TB_SCENARIO_BUILD_H

#include "scenario/scenario.h"

/** Position of what the command line gave outside --set. */
#define TB_COMMAND_LINE ((struct tb_pos){"command line", 0, 0})

/** Turns a request into a scenario: presets, overrides, defaults, priors, list of inputs. All
 *  memory is in `arena`. @return NULL after reporting. */
struct tb_scenario *tb_scenario_build(tb_arena *arena, tb_data *data,
                                      const struct tb_request *request, tb_diags *diags);

/** The same for another request of the same estimate: what `first` prepared of the data serves
 * both. `diags` are its own. @return NULL as above. */
struct tb_scenario *tb_scenario_build_beside(const struct tb_scenario *first,
                                             const struct tb_request *request, tb_diags *diags);

/* The steps, in this order; each reports what it finds. */

/** Presets, machines and stages as the files state them (resolve.c). */
bool tb_scenario_resolve(struct tb_scenario *scenario);
/** --chips, --precision, --mfu and --set (override.c). */
bool tb_scenario_override(struct tb_scenario *scenario);
/** What a changed machine or model makes void, defaults, priors, what is missing (complete.c). */
bool tb_scenario_complete(struct tb_scenario *scenario);
/** Ramps of the batch: none starts above its end, and one that does not end is said (ramp.c). */
bool tb_scenario_ramps(struct tb_scenario *scenario);
/** The list of inputs (inputs.c). */
bool tb_scenario_list_inputs(struct tb_scenario *scenario);

/** The member of a stage that a parameter names. */
double *tb_stage_value(struct tb_scenario *scenario, int stage, enum tb_param param);
struct tb_prov *tb_stage_prov(struct tb_scenario *scenario, int stage, enum tb_param param);

/** True when all stages of the scenario hold the same number from the same place. */
bool tb_stages_share(const struct tb_scenario *scenario, enum tb_param param);
bool tb_stage_pair_shares(const struct tb_scenario *scenario, int a, int b, enum tb_param param);

/** Sets a stage input with its provenance; low = high = value: exact. */
void tb_stage_set(struct tb_scenario *scenario, int stage, enum tb_param param, double value,
                  const struct tb_prov *prov);

/** Makes a stage input unknown. */
void tb_stage_clear(struct tb_scenario *scenario, int stage, enum tb_param param);

#endif
