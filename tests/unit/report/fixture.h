/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include "scenario/metric.h"
#include "trainbudget/estimate.h"

/** An estimate made of awkward numbers: unknown values, names with commas and quotes, a bound, a
 *  figure without counterpart. `metrics` has TB_METRIC_COUNT entries. */
void fixture_estimate(struct tb_estimate *estimate, struct tb_estimate_metric *metrics);

#endif
