/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PLAN_FACTS_H
#define TB_PLAN_FACTS_H

#include "model/arch.h"
#include "model/params.h"

/** What a step reads of a model and neither plan nor machine changes, counted once for many steps.
 */

/** The place of the MTP module behind the kinds of layers. */
#define TB_MTP_KIND TB_MAX_LAYER_KINDS

struct tb_layer_facts {
    struct tb_layer_params params;
    double mixer_matmul; /**< matmul weights of the attention with its indexer */
    int attn, ffn;       /**< the first kind with the same block: itself, where none is before it */
};

struct tb_model_facts {
    struct tb_layer_facts kind[TB_MAX_LAYER_KINDS + 1]; /**< those that the model has */
    bool mtp_like_last; /**< the module is one more of the last layers */
};

void tb_model_facts(const struct tb_model *model, struct tb_model_facts *out);

#endif
