/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_IGNORANCE_H
#define TB_SCENARIO_IGNORANCE_H

#include "scenario/spread.h"

/** Fills estimate->unknown: the inputs that decide (batch, lengths, steps, chips) and that nobody
 *  published, and the range that they alone give the chip-hours, or the FLOPs where the hours do
 *  not follow them. Needs the probe; leaves everything else as it was.
 *  @return false when memory runs out. */
bool tb_ignorance_measure(struct tb_scenario *scenario, const struct tb_draw *draw,
                          const struct tb_spread *probe, struct tb_estimate *estimate);

#endif
