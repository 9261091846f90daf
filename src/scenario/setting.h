/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_SETTING_H
#define TB_SCENARIO_SETTING_H

#include "scenario/scenario.h"

/** What a key of --set means in this scenario. */
struct tb_key {
    enum tb_param param;
    int n;
    int index[TB_MAX_STAGES]; /**< machines (chip and cluster inputs) or stages */
};

/** Understands a key: "chip.PATH", "chip:ID.PATH", "cluster.PATH", "STAGE.PATH", "GROUP.PATH",
 *  "*.PATH", or a bare stage path. A bare path means all stages where they share one value, and for
 *  inputs that belong to the run as a whole (docs/model.md 8.1); else it is an error that lists the
 *  stages. @return false after reporting. */
bool tb_key_find(const struct tb_scenario *scenario, const char *key, struct tb_pos pos,
                 struct tb_key *out);

/** Reads "VALUE" or "LOW..HIGH" for a parameter, a price in another currency with its rate or the
 *  range of that ("14 CNY/h @ 7.0..7.3"), checks its range, and says how it is believed.
 *  @return false after reporting. */
bool tb_setting_value(const struct tb_scenario *scenario, const struct tb_setting *setting,
                      const char *text, enum tb_param param, struct tb_prov *prov, double *value);

#endif
