/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_DEFAULT_H
#define TB_SCENARIO_DEFAULT_H

#include "scenario/scenario.h"

/** Fills what nobody stated: neutral values of the arithmetic (one epoch, no padding) silently,
 *  the stated defaults of default.def as grade D with their range and one warning that names them.
 */
void tb_defaults_apply(struct tb_scenario *scenario);

/** Tokens a step of pre-training where nobody states them: what published runs of `active`
 *  parameters a token over `tokens` tokens (NaN: the usual 1.5e12) take in the middle
 * (docs/model.md 8.8). P5 and P95 lie TB_BATCH_SPREAD below and above. @return NaN without
 * parameters. */
double tb_default_batch_tokens(double active, double tokens);
#define TB_BATCH_SPREAD 2.7

/** The sequences a step of about `batch_tokens` that `ranks` data-parallel ranks can share: the
 *  nearest multiple of them, or of a half, a quarter, an eighth ... where the batch is smaller. At
 *  least 1. */
double tb_default_batch(double batch_tokens, double seq_len, double ranks);

#endif
