/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_HF_LAYER_H
#define TB_PRESET_HF_LAYER_H

#include "preset/hf_rule.h"

/** What a layer is made of. */
struct tb_hf_plan {
    enum tb_hf_mix mix;
    bool dense, sparse; /**< feed-forward; both false: none */
};

/** Decides what layer ctx->layer is made of. Errors go to ctx. */
struct tb_hf_plan tb_hf_plan_layer(struct tb_hf_ctx *ctx);

/** Builds a layer from its plan and the slots. */
void tb_hf_build_layer(struct tb_hf_ctx *ctx, struct tb_hf_plan plan, struct tb_layer *out);

#endif
