/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_METRIC_H
#define TB_SCENARIO_METRIC_H

#include "scenario/scenario.h"

enum tb_dim tb_metric_dim(enum tb_metric metric);

/** @return false when there is no such metric; nothing is reported. */
bool tb_metric_lookup(const char *id, enum tb_metric *out);

#endif
