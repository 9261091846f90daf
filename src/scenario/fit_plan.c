/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "scenario/fit_case.h"

static double number_after(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    double value;
    const char *end;
    if (at && tb_number_read(at + strlen(words), &value, &end))
        return value;
    return (double)NAN;
}

static bool says(const struct tb_case *c, const char *words)
{
    return strstr(c->row->note, words) != NULL;
}

static double or_default(double column, double value, const char *name, struct tb_text *defaults)
{
    if (!isnan(column))
        return column;
    tb_text_addf(defaults, "%s%s=%g", defaults->length ? ", " : "", name, value);
    return value;
}

/* ---- precision ---------------------------------------------------------------------------------
 */

struct mode_name {
    const char *precision;
    enum tb_gemm_mode mode;
};

static const struct mode_name modes[] = {
    {"fp16", TB_GEMM_16},
    {"bf16", TB_GEMM_16},
    {"fp8", TB_GEMM_FP8},
    {"fp8-rowwise", TB_GEMM_FP8_ROW},
    {"fp8-block", TB_GEMM_FP8_BLOCK},
    {"mxfp8", TB_GEMM_MXFP8},
    {"nvfp4", TB_GEMM_FP4},
    {"fp4", TB_GEMM_FP4},
    {"int8", TB_GEMM_INT8},
    {"int8-or-fp8", TB_GEMM_INT8},
    {"", TB_GEMM_16},
};

static bool find_mode(const char *precision, enum tb_gemm_mode *mode)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(precision, modes[i].precision) == 0) {
            *mode = modes[i].mode;
            return true;
        }
    }
    return false;
}

/* ---- schedule ----------------------------------------------------------------------------------
 */

struct schedule_name {
    const char *words;
    enum tb_schedule schedule;
};

static const struct schedule_name schedule_names[] = {
    {"DualPipe", TB_SCHED_DUALPIPE},          {"schedule=zbb", TB_SCHED_ZB_H1},
    {"schedule=zero-bubble", TB_SCHED_ZB_H1}, {"schedule=zbv", TB_SCHED_ZB_V},
    {"schedule=v-half", TB_SCHED_V_HALF},     {"schedule=v-min", TB_SCHED_V_MIN},
};

static void set_schedule(struct tb_case *c)
{
    c->plan.schedule = TB_SCHED_1F1B;
    for (size_t i = 0; i < sizeof schedule_names / sizeof schedule_names[0]; i++) {
        if (says(c, schedule_names[i].words))
            c->plan.schedule = schedule_names[i].schedule;
    }
    /* "schedule=dualpipe-v": the longer of two names stands later in the table. */
    const char *stated = strstr(c->row->note, "schedule=");
    const struct tb_schedule_info *info;
    for (int i = 0; stated && (info = tb_schedule_info((enum tb_schedule)i)) != NULL; i++) {
        if (strncmp(stated + strlen("schedule="), info->id, strlen(info->id)) == 0)
            c->plan.schedule = (enum tb_schedule)i;
    }
}

static bool even_cut(double layers, double chunks)
{
    return fmod(layers, chunks) == 0.0 || fmod(layers + 2.0, chunks) == 0.0;
}

/* Most chunks a stage, up to 4 (PyTorch: 2), that cut the layers evenly; where none does, one layer
 * a chunk. */
static double default_chunks(const struct tb_case *c)
{
    bool torch = strcmp(c->stack->framework, "torch") == 0;
    double layers = c->model->n_layers;
    if (c->plan.pp <= 1.0 || !c->stack->interleaves ||
        !tb_schedule_info(c->plan.schedule)->by_chunks)
        return 1.0;
    for (double v = torch ? 2.0 : 4.0; v > 1.0; v -= 1.0) {
        if (even_cut(layers, c->plan.pp * v) && c->plan.pp * v <= layers + 2.0)
            return v;
    }
    return !torch && fmod(layers, c->plan.pp) == 0.0 ? layers / c->plan.pp : 1.0;
}

/* ---- recomputation -----------------------------------------------------------------------------
 */

static bool has_latent(const struct tb_model *model)
{
    return model->n_kinds > 0 && model->kind[model->n_kinds - 1].attn.kind == TB_ATTN_MLA;
}

static void selective(struct tb_case *c)
{
    struct tb_plan *p = &c->plan;
    if (strcmp(c->stack->framework, "jax") == 0 || strcmp(c->stack->framework, "torch") == 0) {
        /* Policies that keep every other product: half of a layer is computed again. */
        p->again = TB_AGAIN_FULL;
        p->full_share = 0.5;
    } else if (has_latent(c->model)) {
        p->again = TB_AGAIN_MLA_UP | TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT;
    } else if (says(c, "layernorm+moe")) {
        p->again = TB_AGAIN_NORM | TB_AGAIN_MOE;
    } else if (p->unfused_attention) {
        p->again = TB_AGAIN_CORE;
    } else {
        p->again = TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT;
    }
}

static bool is_recompute(const char *text)
{
    static const char *const words[] = {"", "none", "selective", "full"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

static bool set_recompute(struct tb_case *c)
{
    const char *text = c->row->recompute;
    struct tb_plan *p = &c->plan;
    p->again = 0;
    p->full_share = 0.0;
    if (strcmp(text, "full") == 0) {
        p->again = TB_AGAIN_FULL;
        double some = number_after(c->row->note, "recomputes ");
        if (some > 0.0 && some < c->model->n_layers)
            p->full_share = some / c->model->n_layers;
    } else if (strcmp(text, "selective") == 0) {
        selective(c);
    }
    return text[0] != '\0';
}

/* ---- fitting into memory -----------------------------------------------------------------------
 */

static bool fits(const struct tb_case *c)
{
    struct tb_perf perf;
    struct tb_step_out out;
    tb_perf_start(&perf);
    double tokens = tb_case_predict(c, &perf, &out);
    return isnan(tokens) || out.memory.total <= out.memory.capacity;
}

/* Blank recomputation: the least of these that fits. */
struct recompute_level {
    const char *name;
    unsigned again;
};

static const struct recompute_level levels[] = {
    {"none", 0},
    {"element-wise", TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP},
    {"element-wise and core",
     TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP | TB_AGAIN_CORE},
    {"feed-forward", TB_AGAIN_NORM | TB_AGAIN_MLP | TB_AGAIN_MOE | TB_AGAIN_MLA_UP},
    {"full", TB_AGAIN_FULL},
};

static void default_recompute(struct tb_case *c, struct tb_text *defaults)
{
    size_t i = 0;
    size_t last = sizeof levels / sizeof levels[0] - 1;
    for (; i < last; i++) {
        c->plan.again = levels[i].again;
        if (fits(c))
            break;
    }
    c->plan.again = levels[i].again;
    tb_text_addf(defaults, "%srecompute=%s", defaults->length ? ", " : "", levels[i].name);
}

/* "Selective" names no tensors: where the usual ones leave too much, experts are computed again as
 * well; models with latent attention recompute that instead. */
static void deepen_selective(struct tb_case *c, struct tb_text *defaults)
{
    bool names = c->plan.again & (TB_AGAIN_FULL | TB_AGAIN_MLA_UP);
    if (strcmp(c->row->recompute, "selective") != 0 || !c->moe || names || fits(c))
        return;
    c->plan.again |= TB_AGAIN_MOE;
    tb_text_addf(defaults, "%srecompute=selective with experts", defaults->length ? ", " : "");
}

/* Blank microbatch: the largest power of two up to 16 that divides the batch of a replica, leaves a
 * pipeline four microbatches a stage, and fits. */
static double default_micro_batch(struct tb_case *c)
{
    double replica = c->global_batch / c->plan.dp;
    double least = c->plan.pp > 1.0 ? 4.0 * c->plan.pp : 1.0;
    double best = 1.0;
    /* PyTorch's pipelines cut a batch into as many pieces as there are stages. */
    if (c->plan.pp > 1.0 && strcmp(c->stack->framework, "torch") == 0)
        return fmax(floor(replica / c->plan.pp), 1.0);
    for (double b = 2.0; b <= 16.0; b *= 2.0) {
        c->plan.micro_batch = b;
        if (fmod(replica, b) == 0.0 && replica / b >= least && fits(c))
            best = b;
    }
    return best;
}

/* Blank pipeline: the fewest stages that divide chips and layers and fit. */
static double default_stages(struct tb_case *c)
{
    double inner = c->plan.tp * c->plan.cp;
    for (double p = 1.0; p <= c->model->n_layers && p * inner <= c->chips; p += 1.0) {
        if (fmod(c->chips, p * inner) != 0.0 || !even_cut(c->model->n_layers, p))
            continue;
        c->plan.pp = p;
        c->plan.dp = c->chips / (p * inner);
        if (fits(c))
            return p;
    }
    return 1.0;
}

/* ---- degrees -----------------------------------------------------------------------------------
 */

static void degrees(struct tb_case *c, struct tb_text *defaults)
{
    const struct tb_observation *row = c->row;
    struct tb_plan *p = &c->plan;
    p->tp = or_default(row->tp, 1.0, "tp", defaults);
    p->cp = or_default(row->cp, 1.0, "cp", defaults);
    p->ep = or_default(row->ep, 1.0, "ep", defaults);
    p->sp = or_default(row->sp, p->tp > 1.0 && c->stack->year > 2022.0, "sp", defaults) > 0.0;
    p->zero = (int)or_default(row->zero, c->stack->year > 2023.0 ? 1.0 : 0.0, "zero", defaults);
    p->micro_batch = isnan(row->micro_batch) ? 1.0 : row->micro_batch;
    p->dp = isnan(row->dp) ? 1.0 : row->dp;
    p->pp = isnan(row->pp) ? default_stages(c) : row->pp;
    if (isnan(row->pp))
        or_default(row->pp, p->pp, "pp", defaults);
    double others = p->tp * p->cp * p->pp;
    p->dp = or_default(row->dp, fmax(floor(c->chips / others), 1.0), "dp", defaults);
    p->vpp = or_default(row->vpp, default_chunks(c), "vpp", defaults);
    /* Ranks may be dies: more of them than chips say so. */
    if (c->chip.dies > 1.0 && tb_plan_ranks(p) > c->chips)
        p->devices_per_chip = c->chip.dies;
    /* A share of a sequence is one sequence of a group of context ranks. */
    if (p->micro_batch < 1.0)
        p->micro_batch *= p->cp * p->tp;
}

static void batches(struct tb_case *c, struct tb_text *defaults)
{
    const struct tb_observation *row = c->row;
    struct tb_plan *p = &c->plan;
    c->global_batch = or_default(row->global_batch, 8.0 * p->pp * p->dp, "global_batch", defaults);
    if (isnan(row->micro_batch)) {
        double b = default_micro_batch(c);
        p->micro_batch = or_default(row->micro_batch, b, "micro_batch", defaults);
    }
}

/* Gigabits that stand before `words`: "800 Gb/s per node", "4x100Gb RoCE per node". NaN: none. */
static double gigabits_before(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    const char *start = at;
    while (start && start > text && strchr("0123456789.x ", start[-1]))
        start--;
    double links;
    double each;
    const char *end;
    while (start && start < at && *start == ' ')
        start++;
    if (!at || !tb_number_read(start, &links, &end))
        return (double)NAN;
    if (*end == 'x' && tb_number_read(end + 1, &each, &end))
        return links * each;
    return links;
}

/* The network of the nodes, where the source names it: shared evenly by the chips of a node. */
static void network_from_note(struct tb_case *c)
{
    static const char *const words[] = {"Gb/s per node", "Gb RoCE per node", "Gb IB per node",
                                        "Gb CX-6 per node", "Gbps node-node"};
    double chips = c->cluster.chips_per_node;
    if (!(chips >= 1.0))
        chips = c->chip.link_domain;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        double gigabits = gigabits_before(c->row->note, words[i]);
        if (isnan(gigabits))
            gigabits = gigabits_before(c->row->where, words[i]);
        if (gigabits > 0.0 && chips >= 1.0)
            c->cluster.scale_out_bandwidth = gigabits * 1e9 / 8.0 / chips;
    }
}

static void from_note(struct tb_case *c)
{
    struct tb_plan *p = &c->plan;
    const char *note = c->row->note;
    double slices = number_after(note, "; ");
    if (strstr(note, "slice(s)") && slices >= 1.0)
        p->slice = c->chips / slices;
    double shard = number_after(note, "ZeRO-1 group size ");
    if (isnan(shard))
        shard = number_after(note, "ZeRO-1 group ");
    if (isnan(shard))
        shard = number_after(note, "zero1=");
    if (isnan(shard))
        shard = number_after(note, "FSDP2 size ");
    if (shard >= 1.0)
        p->shard = shard;
    network_from_note(c);
    p->free_routing = says(c, "natural routing");
    p->async_tp = says(c, "async TP");
    p->eager = says(c, "eager");
    p->graphs = says(c, "cuda graphs");
    if (says(c, "w/o MTP") || strstr(c->row->where, "nomtp"))
        c->train_mtp = false;
}

void tb_case_plan(struct tb_case *c, struct tb_text *defaults)
{
    enum tb_gemm_mode mode = TB_GEMM_16;
    tb_plan_init(&c->plan);
    tb_plan_apply_stack(&c->plan, c->stack);
    if (!find_mode(c->row->precision, &mode)) {
        c->skipped = "the precision is not one that is modelled";
        return;
    }
    if (!is_recompute(c->row->recompute)) {
        c->skipped = "recompute is neither none, selective nor full";
        return;
    }
    c->plan.mode = mode;
    c->lengths = (struct tb_lengths){.seq_len = c->row->seq_len};
    /* Frameworks that load released weights or count without the module train none. */
    c->train_mtp =
        strcmp(c->stack->framework, "torch") != 0 && strcmp(c->stack->framework, "jax") != 0;
    from_note(c);
    set_schedule(c);
    bool stated = set_recompute(c);
    c->global_batch = isnan(c->row->global_batch) ? 1.0 : c->row->global_batch;
    degrees(c, defaults);
    batches(c, defaults);
    if (!stated)
        default_recompute(c, defaults);
    else
        deepen_selective(c, defaults);
}
