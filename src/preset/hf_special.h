/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_HF_SPECIAL_H
#define TB_PRESET_HF_SPECIAL_H

#include "preset/hf_rule.h"

/** The rules that no field name can say, one function each; see hf_special.c and
 *  hf_shared.c. */
/** Does nothing: for a family whose base has a function that does not hold for it. */
tb_hf_layer_fn tb_hf_as_it_is;

tb_hf_layer_fn tb_hf_two_parts, tb_hf_two_attentions, tb_hf_block_configs, tb_hf_lfm2, tb_hf_arctic,
    tb_hf_block_sparse, tb_hf_shared_kv, tb_hf_attn_indices, tb_hf_kda_layers, tb_hf_compressed,
    tb_hf_swa_heads, tb_hf_other_setting, tb_hf_gemma4, tb_hf_letters, tb_hf_local,
    tb_hf_shared_block, tb_hf_attention_experts, tb_hf_scaled_width;
tb_hf_model_fn tb_hf_cross_attention, tb_hf_vision_experts;

#endif
