/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf_find.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

/** Where multimodal files keep the language model. */
static const char *const parts[] = {
    "text_config",           "llm_config",
    "language_config",       "lm_config",
    "language_model_config", "thinker_config.text_config",
};

/** Ends of architecture names; what stands before is the family. */
static const char *const endings[] = {
    "ForCausalLM",
    "ForConditionalGeneration",
    "ForSequenceClassification",
    "ForRewardModel",
    "ForTokenClassification",
    "LMHeadModel",
    "ForTextGeneration",
    "Model",
};

/** A field that tells an unknown family's kind, and the family to read it as. */
static const struct {
    const char *field, *family;
} signs[] = {
    {"ssm_cfg", "mamba_ssm"},
    {"kv_lora_rank", "generic_mla"},
    {"linear_num_key_heads", "qwen3_next"},
    {"num_experts", "generic_moe"},
    {"num_local_experts", "generic_moe"},
    {"n_routed_experts", "generic_moe"},
    {"moe_num_experts", "generic_moe"},
    {"num_routed_experts", "generic_moe"},
};

static void find_part(struct tb_hf_ctx *ctx)
{
    ctx->object = ctx->doc.root;
    ctx->prefix = "";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        json_t *part = tb_hf_at(ctx->doc.root, parts[i]);
        if (json_is_object(part) && json_object_size(part) > 0) {
            ctx->object = part;
            ctx->prefix = parts[i];
            return;
        }
    }
}

static const char *text_of(json_t *object, const char *key)
{
    json_t *v = json_object_get(object, key);
    return json_is_string(v) && json_string_length(v) > 0 ? json_string_value(v) : NULL;
}

/** A model_type as the table writes it: lower case, '_' for '-', without what marks the language
 *  part of a multimodal family. */
static void normalise(const char *text, char out[64])
{
    static const char *const tails[] = {"_text_model", "_text", "_language"};
    size_t n = 0;
    for (; n < 63 && text[n]; n++) {
        char c = (char)tolower((unsigned char)text[n]);
        out[n] = c == '-' || c == ' ' ? '_' : c;
    }
    out[n] = '\0';
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        size_t m = strlen(tails[i]);
        if (n > m && strcmp(out + n - m, tails[i]) == 0 && !tb_hf_family_find(out)) {
            out[n - m] = '\0';
            return;
        }
    }
}

static const struct tb_hf_family *by_type(json_t *object)
{
    const char *type = text_of(object, "model_type");
    char name[64];
    if (!type) {
        return NULL;
    }
    normalise(type, name);
    return tb_hf_family_find(name);
}

static const char *architecture_of(json_t *object)
{
    json_t *first = json_array_get(json_object_get(object, "architectures"), 0);
    return json_is_string(first) ? json_string_value(first) : NULL;
}

/** Compares "Qwen2Moe" with "qwen2_moe": letters and digits only, without case. */
static bool same_letters(const char *a, size_t n, const char *b)
{
    size_t i = 0;
    for (; *b; b++) {
        while (i < n && !isalnum((unsigned char)a[i])) {
            i++;
        }
        if (!isalnum((unsigned char)*b)) {
            continue;
        }
        if (i >= n || tolower((unsigned char)a[i]) != tolower((unsigned char)*b)) {
            return false;
        }
        i++;
    }
    return i == n;
}

static const struct tb_hf_family *by_architecture(json_t *object)
{
    const char *name = architecture_of(object);
    size_t n = name ? strlen(name) : 0;
    for (size_t e = 0; name && e < sizeof endings / sizeof endings[0]; e++) {
        size_t m = strlen(endings[e]);
        if (n > m && strcmp(name + n - m, endings[e]) == 0) {
            n -= m;
            break;
        }
    }
    const struct tb_hf_family *f;
    for (size_t i = 0; n > 0 && (f = tb_hf_family_at(i)) != NULL; i++) {
        if (same_letters(name, n, f->id)) {
            return f;
        }
    }
    return NULL;
}

/** The field that says there are several experts; NULL when none does. */
static const char *experts_field(json_t *object)
{
    static const char *const fields[] = {"num_experts", "num_local_experts", "n_routed_experts",
                                         "moe_num_experts", "num_routed_experts"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (json_integer_value(json_object_get(object, fields[i])) > 1) {
            return fields[i];
        }
    }
    return NULL;
}

static bool family_has(struct tb_hf_ctx *ctx, const struct tb_hf_family *family,
                       enum tb_hf_slot slot)
{
    struct tb_hf_ctx probe = {
        .doc = ctx->doc, .object = ctx->object, .prefix = ctx->prefix, .arena = ctx->arena};
    tb_hf_bind(&probe, family);
    return tb_hf_get(&probe, slot) > 0.0;
}

static void warn_assumed(struct tb_hf_ctx *ctx, const char *what, const struct tb_hf_family *family)
{
    const char *path =
        ctx->prefix[0] ? tb_arena_printf(ctx->arena, "%s.model_type", ctx->prefix) : "model_type";
    bool tie = tb_hf_at(ctx->object, "tie_word_embeddings") ||
               json_object_get(ctx->doc.root, "tie_word_embeddings") ||
               family_has(ctx, family, TB_HF_TIE);
    struct tb_finding f = {
        .pos = tb_hf_locate(&ctx->doc, path ? path : ""), .path = path, .found = what};
    tb_diag_add(ctx->diags, TB_MODEL_FAMILY_ASSUMED, &f,
                "read by the fields of %s%s; check the count against the published one", family->id,
                tie ? ""
                    : ", and as if embedding and head were not tied, which the file leaves out");
}

/** The file says one family and its architecture another; the first cannot be meant when the file
 *  has experts and that family has none. */
static const struct tb_hf_family *settle(struct tb_hf_ctx *ctx, const struct tb_hf_family *typed,
                                         const struct tb_hf_family *built)
{
    if (!typed || !built || typed == built || !experts_field(ctx->object) ||
        family_has(ctx, typed, TB_HF_N_EXPERTS) || !family_has(ctx, built, TB_HF_N_EXPERTS)) {
        return typed;
    }
    warn_assumed(ctx, typed->id, built);
    return built;
}

static const struct tb_hf_family *nearest(struct tb_hf_ctx *ctx)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        json_t *v = json_object_get(ctx->object, signs[i].field);
        if (v && !json_is_null(v)) {
            return tb_hf_family_find(signs[i].family);
        }
    }
    return tb_hf_family_find("generic");
}

static bool refuse(struct tb_hf_ctx *ctx, const char *field, const char *message)
{
    tb_hf_complain(ctx, TB_MODEL_TYPE, field, "a decoder", message);
    return false;
}

/** Types that no rule can count, by a part of their name. */
static const struct {
    const char *part, *reason;
} uncountable[] = {
    {"bert", "an encoder is not counted"},
    {"electra", "an encoder is not counted"},
    {"xlnet", "an encoder is not counted"},
    {"canine", "an encoder is not counted"},
    {"longformer", "an encoder is not counted"},
    {"rwkv", "a recurrent model of a kind that is not counted"},
    {"xlstm", "a recurrent model of a kind that is not counted"},
    {"retnet", "a recurrent model of a kind that is not counted"},
    {"hyena", "a recurrent model of a kind that is not counted"},
};

static bool is_decoder(struct tb_hf_ctx *ctx, const char *type)
{
    if (json_is_true(json_object_get(ctx->object, "is_encoder_decoder"))) {
        return refuse(ctx, "is_encoder_decoder", "an encoder with a decoder is not counted");
    }
    for (size_t i = 0; type && i < sizeof uncountable / sizeof uncountable[0]; i++) {
        if (strstr(type, uncountable[i].part)) {
            return refuse(ctx, "model_type", uncountable[i].reason);
        }
    }
    return true;
}

/** Begins of fields that say: beside attention there is something recurrent, whose weights no
 *  nearest family would have. */
static const char *const recurrent[] = {"mamba", "ssm_", "rwkv",        "lru_",   "kda_",  "conv_",
                                        "gla_",  "wkv_", "linear_attn", "delta_", "mlstm", "slstm"};

/** An unknown family is not counted as if parts of it were not there. */
static bool is_countable(struct tb_hf_ctx *ctx, const struct tb_hf_family *family)
{
    const char *key;
    json_t *v;
    if (family_has(ctx, family, TB_HF_LINEAR)) {
        return true;
    }
    json_object_foreach(ctx->object, key, v)
    {
        for (size_t i = 0; i < sizeof recurrent / sizeof recurrent[0]; i++) {
            if (strncmp(key, recurrent[i], strlen(recurrent[i])) == 0 && !json_is_false(v) &&
                !json_is_null(v)) {
                return refuse(ctx, key, "an unknown family with recurrent layers is not counted");
            }
        }
    }
    return true;
}

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), m = strlen(tail);
    return n >= m && strcmp(text + n - m, tail) == 0;
}

/** Outputs of a classifying head: as many as the file says, else two, as the library has it. */
static double count_labels(json_t *root)
{
    json_t *n = json_object_get(root, "num_labels");
    size_t listed = json_object_size(json_object_get(root, "id2label"));
    if (json_is_integer(n) && json_integer_value(n) > 0 && json_integer_value(n) < 1048576) {
        return (double)json_integer_value(n);
    }
    return listed > 0 ? (double)listed : 2.0;
}

/** A bare model has no head, a reward model or classifier a small one. */
static void find_head(struct tb_hf_ctx *ctx)
{
    const char *name = architecture_of(ctx->object);
    name = name ? name : architecture_of(ctx->doc.root);
    if (!name) {
        return;
    }
    bool classifies =
        ends_with(name, "ForSequenceClassification") || ends_with(name, "ForTokenClassification");
    bool rewards = ends_with(name, "RewardModel");
    bool bare = ends_with(name, "Model") && !rewards && !ends_with(name, "LMHeadModel");
    ctx->headless = classifies || rewards || bare;
    ctx->labels = classifies ? count_labels(ctx->doc.root) : (double)rewards;
}

/** Experts are most of a model: a family without a rule for them is not counted as if dense. */
static bool experts_are_known(struct tb_hf_ctx *ctx)
{
    const char *field = experts_field(ctx->object);
    return ctx->rule[TB_HF_N_EXPERTS] || !field ||
           refuse(ctx, field, "experts that this family is not known to have");
}

bool tb_hf_choose(struct tb_hf_ctx *ctx)
{
    find_part(ctx);
    const char *type = text_of(ctx->object, "model_type");
    type = type ? type : text_of(ctx->doc.root, "model_type");
    const struct tb_hf_family *typed = by_type(ctx->object);
    const struct tb_hf_family *built = by_architecture(ctx->object);
    json_t *root = ctx->doc.root;
    typed = typed ? typed : by_type(root);
    built = built ? built : by_architecture(root);
    if (!is_decoder(ctx, type)) {
        return false;
    }
    const struct tb_hf_family *family = settle(ctx, typed, built);
    if (!family && !type) {
        family = built; /* an architecture's name is as good as a model_type that is not there */
    }
    if (!family) {
        family = built ? built : nearest(ctx);
        ctx->no_defaults = true;
        if (!is_countable(ctx, family)) {
            return false;
        }
        warn_assumed(ctx, type ? type : "no model_type", family);
    }
    if (!family) {
        return false;
    }
    tb_hf_bind(ctx, family);
    find_head(ctx);
    return experts_are_known(ctx);
}

/** The piece of a path that names the model: the file's, or the folder's of a config.json. */
static const char *named_piece(const char *file, size_t *length)
{
    const char *slash = strrchr(file, '/');
    const char *end = file + strlen(file);
    if (slash && strcmp(slash, "/config.json") == 0) {
        end = slash;
        while (slash > file && slash[-1] != '/') {
            slash--;
        }
    } else {
        slash = slash ? slash + 1 : file;
        const char *dot = strstr(slash, ".config.json");
        dot = dot ? dot : strstr(slash, ".json");
        end = dot && dot > slash ? dot : end;
    }
    *length = (size_t)(end - slash);
    return slash;
}

char *tb_hf_id(tb_arena *arena, const char *file)
{
    size_t length;
    const char *piece = named_piece(file, &length);
    char *id = tb_arena_strndup(arena, piece, length);
    const char *name = id ? strstr(id, "--") : NULL;
    id = name && name[2] ? tb_arena_strdup(arena, name + 2) : id;
    for (char *c = id; c && *c; c++) {
        bool fine = isalnum((unsigned char)*c) || *c == '.' || *c == '-';
        *c = fine ? (char)tolower((unsigned char)*c) : '-';
    }
    return id && !*id ? tb_arena_strdup(arena, "model") : id;
}
