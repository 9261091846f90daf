/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_HF_RULE_H
#define TB_PRESET_HF_RULE_H

#include "model/arch.h"
#include "preset/hf_json.h"

/** Rules: how the fields of a family give the slots of hf_slots.def.
 *
 *    rules       = rule {";" rule}            rule = slot ":" alternative {"|" alternative}
 *    alternative = [sum "?"] sum              the first that yields a value counts
 *    sum         = product {("+" | "-") product}
 *    product     = factor {("*" | "/" | "~") factor}      "~" divides and rounds up
 *    factor      = number                     a constant
 *                | "@" number                 a default of the family's configuration class; yields
 *                                             nothing when a field of the rule is an explicit null
 *                | "$" slot                   another slot
 *                | "#" name                   a kind or mixer by name
 *                | field                      "a.b" nested, "a[0]" of a list, "^a" of the outermost
 *                                             object
 *                | field "=" word             1 when the text of the field is the word, else 0; of
 *                                             a list: the layer's entry
 *                | "&" field                  length of a list or text
 *                | "!" factor                 1 for 0, 0 for anything else
 *
 *  An alternative yields nothing when one of its fields is absent or null, or when the value before
 *  "?" is 0. A list in the place of a number holds one value a layer. */

enum tb_hf_slot {
#define TB_HF_SLOT(name, key, least, most, dimension, meaning) TB_HF_##name,
#include "preset/hf_slots.def"
#undef TB_HF_SLOT
    TB_HF_SLOT_COUNT
};

/** What mixes the tokens of a layer. */
enum tb_hf_mix {
    TB_HF_MIX_NONE = 0,
    TB_HF_MIX_FULL,
    TB_HF_MIX_SLIDING,
    TB_HF_MIX_CHUNKED,
    TB_HF_MIX_LINEAR
};

/** Kinds that a rule can name ("#mla"); the first block serves `attn`, the second `linear`. */
enum tb_hf_kind {
    TB_HF_KIND_NONE = 0,
    TB_HF_SOFTMAX = 1,
    TB_HF_MLA,
    TB_HF_COMPRESSED,
    TB_HF_GATED_DELTA = 1,
    TB_HF_KDA,
    TB_HF_LIGHTNING,
    TB_HF_MAMBA1,
    TB_HF_MAMBA2,
    TB_HF_SHORT_CONV,
    TB_HF_RG_LRU
};

struct tb_hf_ctx;

/** The rare rule that no field name can say. Called for each layer after the rules. */
typedef void tb_hf_layer_fn(struct tb_hf_ctx *ctx, int layer, struct tb_layer *out);
/** The same for the whole model, after its layers. */
typedef void tb_hf_model_fn(struct tb_hf_ctx *ctx, struct tb_model *out);

struct tb_hf_family {
    const char *id;           /**< model_type */
    const char *base;         /**< family that it inherits from; NULL: the root */
    const char *rules;        /**< see above */
    tb_hf_layer_fn *layer_fn; /**< NULL: that of the base */
    tb_hf_model_fn *model_fn;
};

/** Families in the order of the table; NULL past the end. */
const struct tb_hf_family *tb_hf_family_at(size_t i);
/** A family by model_type, or NULL. */
const struct tb_hf_family *tb_hf_family_find(const char *model_type);

struct tb_hf_value {
    double value;
    bool known, cached;
    char path[96]; /**< field it came from; "" for a constant */
};

/** Dimensions that have many names and no rule but those. */
#define TB_HF_PLAIN 5

/** A power of two, several times the fields that a family's rules name. */
#define TB_HF_USED_SLOTS 1024

/** A field that some rule knows: a piece of a rule's text. */
struct tb_hf_word {
    const char *text; /**< NULL: empty */
    size_t length;
};

struct tb_hf_ctx {
    struct tb_hf_doc doc;
    json_t *object;     /**< the language model's part of the file */
    const char *prefix; /**< path of `object`, "" or "text_config" */
    tb_arena *arena;
    tb_diags *diags;
    const struct tb_hf_family *family;
    tb_hf_layer_fn *layer_fn; /**< of the family or the nearest base that has one; or NULL */
    tb_hf_model_fn *model_fn;
    bool headless;                      /**< the architecture named has no language-model head */
    double labels;                      /**< outputs of the head that it has instead; 0: none */
    const char *rule[TB_HF_SLOT_COUNT]; /**< text after the slot's colon */
    const char *usual[TB_HF_PLAIN];     /**< the root's names of plain dimensions */
    struct tb_hf_value slot[TB_HF_SLOT_COUNT];
    int depth;        /**< of slots that refer to slots */
    bool per_layer;   /**< the value being formed took an element of a list */
    bool no_defaults; /**< the family is only the nearest: its class defaults do not hold */
    int part;         /**< 0, or 1 in the second layer of the arithmetic of a layer of the file */
    int layer;        /**< whose element is taken from lists */
    int n_layers;
    struct tb_hf_word used[TB_HF_USED_SLOTS]; /**< hashed; of "a.b" the part "a" stands here too */
    size_t n_used;
    const char *failed[32]; /**< paths reported already */
    size_t n_failed;
    unsigned char missing[TB_HF_SLOT_COUNT], defaulted[TB_HF_SLOT_COUNT];
    enum tb_status status;
};

/** Finds the rule of every slot along the family's line of inheritance. */
void tb_hf_bind(struct tb_hf_ctx *ctx, const struct tb_hf_family *family);

/** Value of a slot for ctx->layer. @return false when no alternative yields one, or after an error
 *  (then ctx->status is set). */
bool tb_hf_value(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, double *out);

/** The same; 0 when there is none. */
double tb_hf_get(struct tb_hf_ctx *ctx, enum tb_hf_slot slot);
/** The same; notes the slot as missing when there is none. */
double tb_hf_need(struct tb_hf_ctx *ctx, enum tb_hf_slot slot);

/** The first of the slot's fields that is there and not null, or NULL. `*path` receives its name.
 */
json_t *tb_hf_list(struct tb_hf_ctx *ctx, enum tb_hf_slot slot, const char **path);

/** A field of the language model's object, marked as known; NULL when absent. */
json_t *tb_hf_field(struct tb_hf_ctx *ctx, const char *path);

/** Marks every field that a rule of the family names, read or not. */
void tb_hf_mark_rules(struct tb_hf_ctx *ctx);
/** Whether a key of the language model's object, or something below it, is marked. */
bool tb_hf_is_used(const struct tb_hf_ctx *ctx, const char *key);

/** Reports a field (path below ctx->object) once, with its position and what stands there. */
void tb_hf_complain(struct tb_hf_ctx *ctx, enum tb_code code, const char *path,
                    const char *accepted, const char *message);

/** The fields that a slot's rule reads, as "a or b"; the slot's own name when it reads none. */
const char *tb_hf_slot_fields(struct tb_hf_ctx *ctx, enum tb_hf_slot slot);

/** Checks the text of every rule of a family. @return NULL, or what is wrong with it (static). */
const char *tb_hf_family_fault(const struct tb_hf_family *family);

#endif
