/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/convention.h"
#include "preset/layout.h"
#include "preset/read_lengths.h"
#include "preset/read_plan.h"
#include "preset/read_roles.h"
#include "preset/value.h"
#include "run/kinds.h"
#include "run/schedule.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(struct tb_run_preset, member)
#define IN_STAGE(member) offsetof(struct tb_stage_preset, member)

static const char *kind_word(int i)
{
    return i >= 0 && i < TB_STAGE_KIND_COUNT ? tb_stage_kind_info((enum tb_stage_kind)i)->id : NULL;
}

static const char *precision_word(int i)
{
    return i >= 0 && i < TB_DTYPE_COUNT ? tb_dtype_id((enum tb_dtype)i) : NULL;
}

static const char *recipe_word(int i)
{
    return i >= 0 && i < TB_RECIPE_COUNT ? tb_recipe_info((enum tb_recipe)i)->id : NULL;
}

static const char *placement_word(int i)
{
    return i >= 0 && i < TB_PLACEMENT_COUNT ? tb_placement_id((enum tb_placement)i) : NULL;
}

static const char *adapter_word(int i)
{
    return i >= 0 && i < TB_ADAPTER_COUNT ? tb_adapter_id((enum tb_adapter)i) : NULL;
}

static const char *convention_word(int i)
{
    if (i == 0) {
        return "unstated";
    }
    return i > 0 && i <= TB_CONVENTION_COUNT ? tb_convention_info((enum tb_convention)(i - 1))->id
                                             : NULL;
}

static const char *hardware_word(int i)
{
    static const char *const words[] = {"undisclosed", "disclosed"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

static const char *scope_word(int i)
{
    static const char *const words[] = {"steady", "run", "reserved"};
    return i >= 0 && i < 3 ? words[i] : NULL;
}

static const char *bound_word(int i)
{
    static const char *const words[] = {"at most", "at least"};
    return i >= 0 && i < 2 ? words[i] : NULL;
}

static const struct {
    const char *what;
    struct tb_value_spec spec;
} metrics[] = {
#define TB_DISCLOSED(what, dimension, from, to)                                                    \
    {what, {.dim = TB_DIM_##dimension, .least = from, .most = to}},
#include "preset/disclosed.def"
#undef TB_DISCLOSED
};
enum { N_METRICS = sizeof metrics / sizeof *metrics };

static const char *metric_word(int i)
{
    return i >= 0 && i < N_METRICS ? metrics[i].what : NULL;
}

bool tb_disclosed_info(size_t i, const char **what, enum tb_dim *dim)
{
    if (i >= N_METRICS) {
        return false;
    }
    *what = metrics[i].what;
    *dim = metrics[i].spec.dim;
    return true;
}

static const struct tb_field run_fields[] = {
    TB_ENTITY_FIELDS,
    {"model", TB_FIELD_TEXT, true, AT(model), 0, NULL},
    {"cluster", TB_FIELD_TEXT, false, AT(cluster), 0, NULL},
    {"chip", TB_FIELD_TEXT, false, AT(chip), 0, NULL},
    {"hardware", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"pretraining", TB_FIELD_TEXT, false, AT(pretraining), 0, NULL},
    {"compare", TB_FIELD_TEXTS, false, AT(compare), AT(n_compare), NULL},
    {"undisclosed", TB_FIELD_TEXTS, false, AT(undisclosed), AT(n_undisclosed), NULL},
    {"stages", TB_FIELD_OTHER, true, 0, 0, NULL},
    {"disclosed", TB_FIELD_OTHER, false, 0, 0, NULL},
};
static const struct tb_layout run_layout = {.fields = run_fields,
                                            .n_fields = sizeof run_fields / sizeof *run_fields};

/* A phase may say all but id, kind and phases, and must say nothing. */
#define PHASE_FIELDS(required)                                                                     \
    {"title", TB_FIELD_TEXT, false, IN_STAGE(title), 0, NULL},                                     \
        {"plan", TB_FIELD_OTHER, false, 0, 0, NULL}, {"roles", TB_FIELD_OTHER, false, 0, 0, NULL}, \
        {"response_lengths", TB_FIELD_OTHER, false, 0, 0, NULL},                                   \
        {"model", TB_FIELD_TEXT, false, IN_STAGE(model), 0, NULL},                                 \
        {"chip", TB_FIELD_TEXT, false, IN_STAGE(chip), 0, NULL},                                   \
        {"cluster", TB_FIELD_TEXT, false, IN_STAGE(cluster), 0, NULL},                             \
        {"precision", TB_FIELD_WORD, required, IN_STAGE(stage.precision), 0, precision_word},      \
        {"recipe", TB_FIELD_WORD, required, IN_STAGE(stage.recipe), 0, recipe_word},               \
        {"recompute", TB_FIELD_WORD, required, IN_STAGE(stage.recompute), 0, tb_recompute_word},   \
        {"placement", TB_FIELD_WORD, false, IN_STAGE(stage.rl.placement), 0, placement_word},      \
        {"adapter", TB_FIELD_WORD, false, IN_STAGE(stage.rl.adapter), 0, adapter_word},            \
    {                                                                                              \
        "train_mtp", TB_FIELD_BOOL, false, IN_STAGE(stage.train_mtp), 0, NULL                      \
    }

static const struct tb_field stage_fields[] = {
    {"id", TB_FIELD_TEXT, true, IN_STAGE(id), 0, NULL},
    {"kind", TB_FIELD_WORD, true, IN_STAGE(stage.kind), 0, kind_word},
    {"phases", TB_FIELD_OTHER, false, 0, 0, NULL},
    PHASE_FIELDS(true),
};
static const struct tb_field phase_fields[] = {PHASE_FIELDS(false)};

static const struct tb_layout stage_layout = {
    .fields = stage_fields,
    .n_fields = sizeof stage_fields / sizeof *stage_fields,
    .has_params = true,
    .owner = TB_OWNER_STAGE,
    .params_at = IN_STAGE(stage),
    .prov_at = IN_STAGE(prov),
};
static const struct tb_layout phase_layout = {
    .fields = phase_fields,
    .n_fields = sizeof phase_fields / sizeof *phase_fields,
    .has_params = true,
    .owner = TB_OWNER_STAGE,
    .params_at = IN_STAGE(stage),
    .prov_at = IN_STAGE(prov),
};

static struct tb_stage_preset *next_stage(struct tb_reader *r, const struct tb_node *node,
                                          struct tb_run_preset *preset)
{
    if (preset->n_stages == TB_MAX_STAGES) {
        struct tb_at at = {.node = node};
        tb_reader_fail(r, TB_NUMBER_RANGE, &at, "more than %d stages and phases", TB_MAX_STAGES);
        return NULL;
    }
    return &preset->stages[preset->n_stages++];
}

static struct tb_prov *prov_of(struct tb_stage_preset *stage, enum tb_param param)
{
    return &stage->prov[tb_param_slot(param)];
}

static void drop(struct tb_stage_preset *stage, enum tb_param param)
{
    const double unknown = NAN;
    memcpy((char *)&stage->stage + tb_param_info(param)->offset, &unknown, sizeof unknown);
    *prov_of(stage, param) = (struct tb_prov){0};
}

/* A batch is said in sequences or in tokens: what a phase says replaces what it inherits. */
static void settle_batch(const struct tb_node *node, struct tb_stage_preset *phase)
{
    bool sequences = tb_node_get(node, "global_batch") != NULL;
    bool tokens = tb_node_get(node, "batch_tokens") != NULL;
    if (sequences && !tokens) {
        drop(phase, TB_PARAM_STAGE_BATCH_TOKENS);
    }
    if (tokens && !sequences) {
        drop(phase, TB_PARAM_STAGE_GLOBAL_BATCH);
    }
}

static void multiply_share(const struct tb_stage_preset *stage, struct tb_stage_preset *phase)
{
    double factor = stage->stage.share;
    struct tb_prov *prov = prov_of(phase, TB_PARAM_STAGE_SHARE);
    phase->stage.share *= factor;
    prov->low *= factor;
    prov->high *= factor;
}

static void read_parts(struct tb_reader *r, const struct tb_node *node,
                       struct tb_stage_preset *stage)
{
    const struct tb_node *roles = tb_node_get(node, "roles");
    const struct tb_node *lengths = tb_node_get(node, "response_lengths");
    if (roles != NULL) {
        tb_read_roles(r, roles, stage->role);
    }
    if (lengths != NULL) {
        tb_read_lengths(r, lengths, stage);
    }
    const struct tb_node *plan = tb_node_get(node, "plan");
    if (plan != NULL) {
        tb_read_plan(r, plan, &stage->plan, &stage->plan_prov);
    }
}

/* A ramp grows. A phase may have it from its stage. */
static void check_ramp(struct tb_reader *r, const struct tb_node *node,
                       const struct tb_node *parent, const struct tb_stage *stage)
{
    const double most = tb_ramp_most_start(stage);
    if (!(stage->batch_start > most)) {
        return;
    }
    const struct tb_node *own = tb_node_get(node, "batch_start");
    const struct tb_node *start = own != NULL ? own : tb_node_get(parent, "batch_start");
    struct tb_at at = {
        .node = tb_node_get(start, "value"),
        .found = tb_arena_printf(r->arena, "%.15g", stage->batch_start),
        .accepted = tb_arena_printf(r->arena, "1 to %.15g, the sequences of a step after the ramp",
                                    floor(most)),
        .remedy = "lower batch_start, or raise global_batch or batch_tokens"};
    tb_reader_fail(r, TB_INCONSISTENT, &at, "the batch starts above what it grows to");
}

static void read_phase(struct tb_reader *r, const struct tb_node *node,
                       const struct tb_node *parent, const struct tb_stage_preset *stage,
                       struct tb_stage_preset *phase)
{
    *phase = *stage;
    tb_layout_read(r, node, &phase_layout, phase);
    settle_batch(node, phase);
    read_parts(r, node, phase);
    if (tb_node_get(node, "share") != NULL) {
        multiply_share(stage, phase);
    }
    check_ramp(r, node, parent, &phase->stage);
}

/* How the phases of a stage divide its tokens. */
struct division {
    double sum; /* of the shares */
    size_t shares;
    size_t undivided; /* phases with neither a share nor tokens nor steps */
};

static struct division divide(const struct tb_reader *r, const struct tb_node *phases)
{
    const struct tb_value_spec spec = {.dim = TB_DIM_RATIO, .least = 0, .most = 1};
    struct division division = {0};
    struct tb_reader quiet = *r;
    quiet.diags = NULL;
    for (const struct tb_node *phase = phases->first; phase != NULL; phase = phase->next) {
        double share = 0;
        const struct tb_node *value = tb_node_get(tb_node_get(phase, "share"), "value");
        if (value != NULL && tb_number_node_read(&quiet, value, &spec, &share)) {
            division.sum += share;
            division.shares++;
        }
        division.undivided += value == NULL && tb_node_get(phase, "tokens") == NULL &&
                              tb_node_get(phase, "steps") == NULL;
    }
    return division;
}

static void check_shares(struct tb_reader *r, const struct tb_node *phases,
                         const struct tb_stage_preset *stage)
{
    struct tb_at at = {.node = phases};
    const struct division division = divide(r, phases);
    if (division.shares == phases->n && fabs(division.sum - 1) > 1e-6) {
        tb_reader_fail(r, TB_INCONSISTENT, &at, "the shares of the phases sum to %.9g and not to 1",
                       division.sum);
    }
    if (division.undivided > 0 && phases->n > 1 && !isnan(stage->stage.tokens)) {
        at.remedy = "give each phase a share, or its own tokens or steps";
        tb_reader_fail(r, TB_INCONSISTENT, &at, "each phase would train all tokens of the stage");
    }
}

static void read_phases(struct tb_reader *r, const struct tb_node *parent,
                        struct tb_run_preset *preset)
{
    const struct tb_node *phases = tb_node_get(parent, "phases");
    const struct tb_stage_preset stage = preset->stages[preset->n_stages - 1];
    int number = 0;
    if (!tb_reader_is(r, phases, TB_NODE_LIST)) {
        return;
    }
    if (phases->n == 0) {
        struct tb_at at = {.node = phases, .remedy = "remove the key or add a phase"};
        tb_reader_fail(r, TB_YAML_SHAPE, &at, "an empty list of phases");
        return;
    }
    preset->n_stages--;
    for (const struct tb_node *node = phases->first; node != NULL; node = node->next) {
        struct tb_stage_preset *phase = next_stage(r, node, preset);
        if (phase == NULL) {
            return;
        }
        read_phase(r, node, parent, &stage, phase);
        phase->group = stage.id;
        phase->id = tb_arena_printf(r->arena, "%s/%d", stage.id != NULL ? stage.id : "", ++number);
        if (phase->id == NULL) {
            tb_reader_no_memory(r);
        }
    }
    check_shares(r, phases, &stage);
}

static void check_stage_id(struct tb_reader *r, const struct tb_node *node,
                           const struct tb_run_preset *preset)
{
    const struct tb_node *id = tb_node_get(node, "id");
    if (id == NULL || id->kind != TB_NODE_TEXT) {
        return;
    }
    struct tb_at at = {.node = id, .found = id->text};
    if (strspn(id->text, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(id->text)) {
        at.accepted = "lower-case letters, digits, '-' and '_'";
        tb_reader_fail(r, TB_YAML_SHAPE, &at, "a stage id of other characters");
    }
    for (size_t i = 0; i < preset->n_stages; i++) {
        if (preset->stages[i].group != NULL && strcmp(preset->stages[i].group, id->text) == 0) {
            tb_reader_fail(r, TB_INCONSISTENT, &at, "two stages of one id");
            return;
        }
    }
}

static bool read_stage(struct tb_reader *r, const struct tb_node *node,
                       struct tb_run_preset *preset)
{
    check_stage_id(r, node, preset);
    struct tb_stage_preset *stage = next_stage(r, node, preset);
    if (stage == NULL) {
        return false;
    }
    tb_layout_clear(&stage_layout, stage);
    stage->stage.share = stage->stage.epochs = stage->stage.packing = 1;
    stage->stage.mean_doc_len = stage->stage.doc_cv = 0;
    tb_layout_read(r, node, &stage_layout, stage);
    read_parts(r, node, stage);
    stage->group = stage->id;
    if (tb_node_get(node, "phases") != NULL) {
        read_phases(r, node, preset);
    } else {
        check_ramp(r, node, NULL, &stage->stage);
    }
    return true;
}

static void read_stages(struct tb_reader *r, const struct tb_node *list,
                        struct tb_run_preset *preset)
{
    if (list == NULL || !tb_reader_is(r, list, TB_NODE_LIST)) {
        return;
    }
    if (list->n == 0) {
        struct tb_at at = {.node = list};
        tb_reader_fail(r, TB_YAML_SHAPE, &at, "a run needs at least one stage");
    }
    for (const struct tb_node *node = list->first; node != NULL; node = node->next) {
        if (tb_reader_is(r, node, TB_NODE_MAP) && !read_stage(r, node, preset)) {
            return;
        }
    }
}

static const struct tb_field disclosed_fields[] = {
    {"what", TB_FIELD_TEXT, true, offsetof(struct tb_disclosed, what), 0, metric_word},
    {"stage", TB_FIELD_TEXT, false, offsetof(struct tb_disclosed, stage), 0, NULL},
    {"scope", TB_FIELD_TEXT, false, offsetof(struct tb_disclosed, scope), 0, scope_word},
    {"convention", TB_FIELD_TEXT, false, offsetof(struct tb_disclosed, convention), 0,
     convention_word},
    {"bound", TB_FIELD_TEXT, false, offsetof(struct tb_disclosed, bound), 0, bound_word},
    {"value", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"low", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"high", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"kind", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"dist", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"exact", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"as_of", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"rate", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"grade", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"source", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"where", TB_FIELD_OTHER, false, 0, 0, NULL},
    {"note", TB_FIELD_OTHER, false, 0, 0, NULL},
};
static const struct tb_layout disclosed_layout = {
    .fields = disclosed_fields, .n_fields = sizeof disclosed_fields / sizeof *disclosed_fields};

static bool is_stage(const struct tb_run_preset *preset, const char *id)
{
    for (size_t i = 0; i < preset->n_stages; i++) {
        const struct tb_stage_preset *stage = &preset->stages[i];
        if ((stage->id != NULL && strcmp(stage->id, id) == 0) ||
            (stage->group != NULL && strcmp(stage->group, id) == 0)) {
            return true;
        }
    }
    return false;
}

static void read_disclosed(struct tb_reader *r, const struct tb_node *node,
                           const struct tb_run_preset *preset, struct tb_disclosed *out)
{
    tb_layout_read(r, node, &disclosed_layout, out);
    for (size_t i = 0; i < N_METRICS && out->what != NULL; i++) {
        if (strcmp(metrics[i].what, out->what) != 0) {
            continue;
        }
        struct tb_value_spec spec = metrics[i].spec;
        spec.keys_checked = true;
        out->dim = spec.dim;
        tb_value_read(r, node, &spec, &out->value, &out->prov);
    }
    if (out->stage != NULL && !is_stage(preset, out->stage)) {
        struct tb_at at = {.node = tb_node_get(node, "stage"), .found = out->stage};
        tb_reader_fail(r, TB_DANGLING_REFERENCE, &at, "the run has no such stage");
    }
}

static void read_all_disclosed(struct tb_reader *r, const struct tb_node *list,
                               struct tb_run_preset *preset)
{
    if (list == NULL || !tb_reader_is(r, list, TB_NODE_LIST)) {
        return;
    }
    for (const struct tb_node *node = list->first; node != NULL; node = node->next) {
        if (preset->n_disclosed == TB_MAX_DISCLOSED) {
            struct tb_at at = {.node = node};
            tb_reader_fail(r, TB_NUMBER_RANGE, &at, "more than %d disclosed figures",
                           TB_MAX_DISCLOSED);
            return;
        }
        if (tb_reader_is(r, node, TB_NODE_MAP)) {
            read_disclosed(r, node, preset, &preset->disclosed[preset->n_disclosed++]);
        }
    }
}

static void read_hardware(struct tb_reader *r, const struct tb_node *root,
                          struct tb_run_preset *preset)
{
    const struct tb_node *node = tb_node_get(root, "hardware");
    const char *text = node != NULL ? tb_reader_text(r, node) : hardware_word(1);
    preset->hardware_disclosed = text != NULL && strcmp(text, hardware_word(1)) == 0;
    if (text != NULL && !preset->hardware_disclosed && strcmp(text, hardware_word(0)) != 0) {
        const char *const words[] = {hardware_word(0), hardware_word(1)};
        tb_reader_unknown_word(r, node, words, 2);
    }
    if (tb_node_get(root, "cluster") == NULL && tb_node_get(root, "chip") == NULL) {
        struct tb_at at = {.node = root};
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "a run needs a cluster, a chip or both");
    }
}

const struct tb_run_preset *tb_read_run(struct tb_reader *reader, const struct tb_node *root)
{
    struct tb_run_preset *preset = tb_arena_alloc(reader->arena, sizeof *preset);
    struct tb_stage_preset *stages =
        tb_arena_alloc(reader->arena, TB_MAX_STAGES * sizeof *preset->stages);
    if (preset == NULL || stages == NULL) {
        tb_reader_no_memory(reader);
        return NULL;
    }
    preset->stages = stages;
    tb_layout_read(reader, root, &run_layout, preset);
    preset->entity.kind = TB_ENTITY_RUN;
    tb_read_entity(reader, root, &preset->entity);
    if (reader->failed && root->kind != TB_NODE_MAP) {
        return NULL;
    }
    read_hardware(reader, root, preset);
    read_stages(reader, tb_node_get(root, "stages"), preset);
    read_all_disclosed(reader, tb_node_get(root, "disclosed"), preset);
    return reader->failed ? NULL : preset;
}
