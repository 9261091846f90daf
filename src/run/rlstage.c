/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/rlstage.h"

#include "run/kinds.h"
#include "run/rlmemory.h"
#include "run/rlwork.h"

#include <math.h>

#define SECONDS_PER_HOUR 3600.0
#define BYTES_16BIT 2.0
/* Where the stage is silent (docs/model.md, table 10.2). */
#define LEAST_CV 0.01
#define USUAL_MEMORY_SHARE 0.8
#define ENOUGH_GAIN 0.1
#define CONTEXT_HALVINGS 60
/* Scale-up ranks where they are not published, as in a server. */
#define USUAL_DOMAIN 8.0
/* Part of a chip that rounding may take. */
#define LEAST_PART 1e-9
/* FLOP per byte of an H100: where the utilisations of the table hold. */
#define USUAL_BALANCE 300.0
/* Activations of a layer over its input: 34 bytes a token and width against 2. */
#define KEPT_OVER_INPUTS 17.0

/** What an evaluation carries from one step to the next. */
struct context {
    const struct tb_rl_stage_in *in;
    const struct tb_rl *rl;
    const struct tb_rl_constants *k;
    const struct tb_rl_shapes *shapes;
    const struct tb_rl_counts *counts;
    struct tb_rl_stage_out *out;
    struct tb_responses lengths;
    enum tb_status lengths_status; /**< TB_OK: they can be */
    struct tb_rollout_bins bins;
    struct tb_decoder decoder, judge;
    struct tb_rl_step_in step;
    double per_step; /**< one step over the work items' tokens */
};

static enum tb_status refuse(struct context *c, enum tb_status status,
                             const struct tb_rl_problem *problem)
{
    c->out->problem = *problem;
    c->out->contradiction = status == TB_E_INPUT;
    return status;
}

/* Tokens of every pass: what a kind needs beside lengths and groups. */
static bool all_counted(const struct tb_rl_counts *counts)
{
    for (int i = 0; i < counts->n_work; i++) {
        if (!isfinite(counts->work[i].tokens))
            return false;
    }
    return true;
}

/* A drafted token is accepted or not, and the model adds one of its own. */
static bool drafts_enough(const struct tb_rl *rl)
{
    return !isfinite(rl->draft) || !isfinite(rl->accepted) || rl->accepted <= rl->draft + 1.0;
}

/* What decides must be there and be possible. */
static enum tb_status check(struct context *c)
{
    const struct tb_rl *rl = c->rl;
    const struct tb_rl_problem problems[] = {
        {"kind", "the kind generates nothing", NAN, NAN, "", NAN},
        {"group_size", "a group needs a response", rl->group_size, 1.0, "responses", NAN},
        {"group_size", "dynamic sampling drops whole groups and needs two responses",
         rl->group_size, 2.0, "responses", NAN},
        {"prompts_per_step", "a step needs a prompt", rl->prompts_per_step, 1.0, "prompts", NAN},
        {"response.mean", "the mean length of a response decides and is not known",
         rl->response_mean, NAN, "tokens", NAN},
        {"prompt_mean", "the mean length of a prompt is not known", rl->prompt_mean, NAN, "tokens",
         NAN},
        {"response.cap", "the longest response is not known", rl->response_cap, rl->response_mean,
         "tokens", NAN},
        {"response.cap", "the cap is below the mean length", rl->response_cap, rl->response_mean,
         "tokens", NAN},
        {"response.cv", "lengths below the cap need a spread above 0", rl->response_cv, LEAST_CV,
         "", NAN},
        {"engine.draft", "a decode step yields at most one token more than it drafts", rl->draft,
         rl->accepted - 1.0, "tokens", NAN},
        {"ptx_tokens", "the pre-training tokens that are mixed in are not known", rl->ptx_tokens,
         NAN, "tokens", NAN},
        {"chips", "the number of chips is not known", c->in->stage->chips, NAN, "chips", NAN},
    };
    const bool wrong[] = {
        !tb_stage_generates(c->in->stage->kind),
        !(rl->group_size >= 1.0),
        !isfinite(tb_rl_tries(rl)),
        !(rl->prompts_per_step > 0.0),
        !(rl->response_mean > 0.0),
        !(rl->prompt_mean >= 0.0),
        !(rl->response_cap > 0.0),
        !(rl->response_cap >= rl->response_mean),
        c->lengths_status != TB_OK,
        !drafts_enough(rl),
        !all_counted(c->counts),
        !(c->in->stage->chips >= 1.0),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (wrong[i])
            return refuse(c, TB_E_INPUT, &problems[i]);
    }
    return TB_OK;
}

static double usual_share(const struct context *c)
{
    const struct tb_rl *rl = c->rl;
    if (rl->placement == TB_PLACE_COLOCATED)
        return 1.0;
    return 1.0 - tb_or(rl->rollout_share, 0.5);
}

/* What weights of so many bytes are multiplied in: 16 bits unless the chip has a narrower mode. */
static enum tb_dtype narrow_type(const struct tb_chip *chip, double bytes)
{
    if (bytes < 1.0 && isfinite(chip->peak[TB_FP4]))
        return TB_FP4;
    if (bytes < BYTES_16BIT && isfinite(chip->peak[TB_FP8]))
        return TB_FP8;
    return bytes < BYTES_16BIT ? TB_INT8 : TB_BF16;
}

/* The same as a speed-up over 16 bits. */
static double narrow_gain(const struct tb_chip *chip, double bytes)
{
    double gain = chip->peak[narrow_type(chip, bytes)] / tb_chip_peak16(chip);
    return gain > 1.0 ? gain : 1.0;
}

/* Who does not move states away keeps them beside the engine. */
static bool is_resident(const struct tb_rl *rl)
{
    return rl->placement == TB_PLACE_COLOCATED && rl->offload_bandwidth == 0.0;
}

/* Tensor ranks beyond the heads of the cache keep copies of it. */
static void give_chips(struct context *c, double chips)
{
    struct tb_infer_plan *plan = &c->out->engine;
    double heads = c->shapes->decode.kv_heads;
    plan->chips = plan->tp = chips;
    plan->kv_copies = heads > 0.0 && chips > heads ? chips / heads : 1.0;
}

static void plan_engine(struct context *c)
{
    const struct tb_rl *rl = c->rl;
    const struct tb_rl_memory *m = &c->out->memory;
    bool resident = is_resident(rl);
    struct tb_infer_plan *plan = &c->out->engine;
    *plan = (struct tb_infer_plan){
        .weight_bytes = tb_or(rl->weight_bytes, BYTES_16BIT),
        .kv_bytes = tb_or(rl->kv_bytes, BYTES_16BIT),
        .kv_copies = 1.0,
        .ep = 1.0,
        .usable = tb_or(rl->memory_share, USUAL_MEMORY_SHARE),
        .reserved = resident ? m->trainer + m->readers : 0.0,
        .max_batch = tb_or(rl->max_live, 0.0),
        .draft = tb_or(rl->draft, 0.0),
        .accepted = tb_or(rl->accepted, 1.0),
    };
    plan->compute = narrow_type(c->in->chip, plan->weight_bytes);
    give_chips(c, isfinite(rl->replica_chips)
                      ? rl->replica_chips
                      : tb_infer_chips(&c->shapes->decode, c->in->chip, plan, c->k->replica_room));
    c->out->memory.shared = resident;
}

/* Eq. 10.32: a judge on replicas of its own size, their batch always full. */
static enum tb_status judge_time(struct context *c, double verdicts, double *seconds)
{
    struct tb_infer_plan plan = c->out->engine;
    *seconds = 0.0;
    if (!c->shapes->judges)
        return TB_OK;
    if (c->rl->role_bytes[TB_ROLE_JUDGE] > 0.0) {
        plan.weight_bytes = c->rl->role_bytes[TB_ROLE_JUDGE];
        plan.compute = narrow_type(c->in->chip, plan.weight_bytes);
    }
    plan.chips = tb_infer_chips(&c->shapes->judge, c->in->chip, &plan, c->k->replica_room);
    plan.tp = plan.chips;
    if (!(plan.chips <= c->in->stage->chips))
        return refuse(c, TB_E_ANSWER,
                      &(struct tb_rl_problem){"chips", "one copy of the judge does not fit",
                                              c->in->stage->chips, plan.chips, "chips", NAN});
    enum tb_status status =
        tb_decoder_init(&c->judge, &c->shapes->judge, c->in->chip, &plan, &c->k->infer);
    double context = c->rl->prompt_mean + c->rl->response_mean + 0.5 * c->rl->judge_tokens;
    double replicas = c->in->stage->chips / plan.chips;
    double responses = verdicts / c->rl->judge_tokens;
    double live = fmin(tb_decode_batch(&c->judge, context), fmax(responses / replicas, 1.0));
    if (!(live >= 1.0))
        return refuse(c, TB_E_ANSWER,
                      &(struct tb_rl_problem){"judge_tokens",
                                              "the cache of a judge holds no single response",
                                              c->rl->judge_tokens, NAN, "", NAN});
    *seconds = verdicts * tb_decode_time(&c->judge, live, context) / (live * replicas);
    c->out->judge_chips = plan.chips;
    c->out->memory.judge =
        (c->shapes->judge.stored * plan.weight_bytes + live * tb_decode_cache(&c->judge, context)) /
        plan.chips;
    return status;
}

/* FLOPs of a step by what they run at, and of the stage. */
static void add_work(struct context *c)
{
    const struct tb_rl_counts *n = c->counts;
    for (int i = 0; i < n->n_work; i++) {
        double tokens = n->work[i].tokens * c->per_step;
        double flops = tokens * n->counted[i];
        c->out->flops_model += flops;
        c->out->flops_hardware += tokens * n->executed[i];
        if (n->work[i].pass == TB_PASS_TRAIN) {
            c->step.update_flops += flops;
            c->step.update_tokens += n->work[i].role == TB_ROLE_ACTOR ? tokens : 0.0;
        } else if (n->work[i].pass == TB_PASS_GENERATE) {
            c->out->rollout_flops += flops;
        } else {
            double bytes = tb_role_bytes(c->rl, n->work[i].role);
            c->step.forward_flops += flops / narrow_gain(c->in->chip, bytes);
        }
    }
}

/* Tokens of a microbatch that a chip has room for when it keeps `kept` bytes a token. */
static double micro_tokens(const struct context *c, double kept)
{
    const struct tb_rl_memory *m = &c->out->memory;
    double room = fmax(m->capacity - m->held - m->readers, 0.1 * m->capacity);
    double tokens = c->step.update_tokens / (c->step.chips * usual_share(c));
    return fmin(room / kept, tokens);
}

/* Eq. 10.30: share of its speed that a trainer which gathers its weights reaches with the
 * microbatch its memory allows: all activations kept, or layers computed again (a forward more). */
static double fill(const struct context *c)
{
    double kept = c->shapes->checkpoint_per_token;
    double all = micro_tokens(c, KEPT_OVER_INPUTS * kept);
    double again = micro_tokens(c, kept);
    double half = c->k->micro_half;
    return fmax(all / (all + half), 0.75 * again / (again + half));
}

/* Eq. 10.40: what a pass loses beyond the ceiling is traffic with the memory, which a chip with
 * more bandwidth for its peak loses less of; `eps` holds at 300 FLOP per byte. */
static double eps_on(const struct context *c, double eps)
{
    double balance = tb_chip_peak16(c->in->chip) / c->in->chip->memory_bandwidth;
    double most = c->k->eps_most;
    if (!isfinite(balance) || !(eps < most))
        return eps;
    return 1.0 / (1.0 / most + (1.0 / eps - 1.0 / most) * balance / USUAL_BALANCE);
}

/* Eq. 10.30: utilisation of training passes. States that do not fit move to the host, which slows
 * the update and not the forward passes. */
static void set_rates(struct context *c)
{
    bool gathered = tb_or(c->rl->gathered, 0.0) > 0.0;
    const struct tb_rl_constants *k = c->k;
    double peak = tb_chip_peak16(c->in->chip);
    double dense = gathered ? k->eps_gathered * fill(c) : k->eps_dense;
    double eps = eps_on(c, c->shapes->decode.n_pools > 0 ? k->eps_sparse : dense);
    if (c->rl->adapter == TB_ADAPTER_QLORA)
        eps *= k->qlora_ratio;
    double rate = tb_or(c->in->update_rate, eps * peak);
    bool away = c->out->memory.host > 0.0;
    c->step.forward_rate = tb_or(c->in->forward_rate, k->forward_ratio * rate);
    c->step.update_rate = away ? fmin(rate, k->eps_offload * peak) : rate;
}

/* Eq. 10.31: a trainer that shards its weights gathers them for each pass over each microbatch, and
 * reduces gradients once more in training. Servers work together: each link carries its share. */
static void set_gathers(struct context *c)
{
    const struct tb_chip *chip = c->in->chip;
    if (!(tb_or(c->rl->gathered, 0.0) > 0.0))
        return;
    double chips = c->step.chips * usual_share(c);
    double domain = tb_or(chip->link_domain, USUAL_DOMAIN);
    double rate = chips > domain ? domain * chip->nic_bandwidth : chip->link_bandwidth;
    double micro = micro_tokens(c, c->shapes->checkpoint_per_token);
    for (int i = 0; i < c->counts->n_work; i++) {
        const struct tb_work *w = &c->counts->work[i];
        double rows = fmax(w->tokens * c->per_step / chips / micro, 1.0);
        double once = BYTES_16BIT * c->shapes->params[w->role] / (rate * c->k->infer.eta_link);
        if (!isfinite(once))
            continue;
        if (w->pass == TB_PASS_TRAIN)
            c->step.update_wait += 3.0 * rows * once;
        else if (w->pass == TB_PASS_FORWARD)
            c->step.forward_wait += rows * once;
    }
}

static double verdict_tokens(const struct context *c)
{
    for (int i = 0; i < c->counts->n_work; i++) {
        const struct tb_work *w = &c->counts->work[i];
        if (w->pass == TB_PASS_GENERATE && w->role == TB_ROLE_JUDGE)
            return w->tokens * c->per_step;
    }
    return 0.0;
}

/* Times outside the rollout and the trainer. */
static enum tb_status set_times(struct context *c)
{
    const struct tb_rl *rl = c->rl;
    const struct tb_rl_constants *k = c->k;
    double params = c->shapes->params[TB_ROLE_ACTOR];
    double moved = params * c->out->engine.weight_bytes;
    if (rl->adapter != TB_ADAPTER_NONE)
        moved = params * tb_adapter_share(rl) * BYTES_16BIT;
    c->step.sync_time = moved / tb_or(rl->sync_bandwidth, k->sync_bandwidth);
    bool away = rl->placement == TB_PLACE_COLOCATED && !c->out->memory.shared;
    double path = tb_or(rl->offload_bandwidth, k->offload_bandwidth);
    c->step.offload_time = away ? 2.0 * c->out->memory.trainer / path : 0.0;
    c->step.verify_time = tb_or(rl->verifier_seconds, 0.0);
    c->step.verify_total =
        c->step.rollout.samples * c->step.verify_time / fmax(tb_or(rl->verifier_workers, 1.0), 1.0);
    c->step.tool_time = tb_or(rl->tool_seconds, 0.0);
    c->step.fixed_time = k->fixed_time;
    c->step.factor = k->factor;
    double judging;
    enum tb_status status = judge_time(c, verdict_tokens(c), &judging);
    c->step.verify_time += judging;
    return status;
}

/* Eq. 10.23: a cycle is one rollout with the optimizer steps that it feeds. */
static void set_step(struct context *c)
{
    const struct tb_rl *rl = c->rl;
    double feeds = fmax(tb_or(rl->steps_per_rollout, 1.0), 1.0);
    c->out->samples = tb_rl_samples(rl) * feeds;
    c->out->oversample = tb_rl_tries(rl);
    c->step.placement = rl->placement;
    c->step.chips = c->in->stage->chips;
    c->step.rollout_share = rl->rollout_share;
    c->step.staleness = tb_or(rl->staleness, 0.0);
    c->step.samples = c->out->samples;
    c->step.rollout = (struct tb_rollout_in){
        .decoder = &c->decoder,
        .lengths = &c->lengths,
        .bins = &c->bins,
        .samples = c->out->samples * c->out->oversample,
        .group = rl->group_size,
        .prompt = rl->prompt_mean,
        .shared_prompt = rl->group_size > 1.0,
    };
    tb_rollout_bins(&c->lengths, c->step.rollout.samples, &c->bins);
    struct tb_rl_tokens tokens;
    tb_rl_tokens_of(c->in->stage, &tokens);
    c->out->steps = tokens.steps;
    c->per_step = feeds / tb_or(tokens.steps, 1.0);
    c->out->steps_per_cycle = feeds;
}

/* Two pools: each has a chip, and the one that generates a copy of the engine. */
static enum tb_status check_pools(struct context *c)
{
    const double share = c->rl->rollout_share, chips = c->in->stage->chips;
    const double replica = c->out->engine.chips;
    if (c->rl->placement == TB_PLACE_COLOCATED || !isfinite(share))
        return TB_OK;
    if (!(share * chips >= replica * (1.0 - LEAST_PART)))
        return refuse(c, TB_E_ANSWER,
                      &(struct tb_rl_problem){"rollout_share",
                                              "the chips that roll out hold no copy of the engine",
                                              share, replica / chips, "", NAN});
    if (!((1.0 - share) * chips >= 1.0 - LEAST_PART))
        return refuse(c, TB_E_ANSWER,
                      &(struct tb_rl_problem){"chips", "rollout_share leaves no chip to train on",
                                              chips, ceil(1.0 / (1.0 - share) - LEAST_PART),
                                              "chips", NAN});
    return TB_OK;
}

/* Engine and decoder. Where the chips of a replica are not stated, they grow until one sequence of
 * prompt and cap has room. */
static enum tb_status set_engine(struct context *c)
{
    double chips = c->in->stage->chips;
    double longest = c->rl->prompt_mean + c->rl->response_cap;
    plan_engine(c);
    for (;; give_chips(c, 2.0 * c->out->engine.chips)) {
        double replica = c->out->engine.chips;
        if (!(replica <= chips))
            return refuse(c, TB_E_ANSWER,
                          &(struct tb_rl_problem){"chips", "one copy of the engine does not fit",
                                                  chips, replica, "chips", NAN});
        if (tb_decoder_init(&c->decoder, &c->shapes->decode, c->in->chip, &c->out->engine,
                            &c->k->infer) != TB_OK)
            return refuse(c, TB_E_ANSWER,
                          &(struct tb_rl_problem){"chip",
                                                  "the chip's peak, memory or bandwidth is "
                                                  "not known",
                                                  NAN, NAN, "", NAN});
        bool stated = isfinite(c->rl->replica_chips) || 2.0 * replica > chips;
        if (stated || tb_decode_batch(&c->decoder, longest) >= 1.0)
            return TB_OK;
    }
}

/* States that stay beside the engine leave it no room: the chips that would. */
static enum tb_status check_resident(struct context *c)
{
    const struct tb_rl_memory *m = &c->out->memory;
    double usable = tb_or(c->rl->memory_share, USUAL_MEMORY_SHARE) * m->capacity;
    if (!is_resident(c->rl) || m->trainer + m->readers < usable)
        return TB_OK;
    double need = ceil((m->trainer + m->readers) * c->in->stage->chips / usable) + 1.0;
    return refuse(c, TB_E_ANSWER,
                  &(struct tb_rl_problem){"memory",
                                          "states that stay on the chips leave the engine no room",
                                          m->trainer + m->readers, need, "chips", NAN});
}

static enum tb_status prepare(struct context *c)
{
    enum tb_status status = check(c);
    if (status != TB_OK)
        return status;
    tb_rl_hold_trainer(c->in, c->shapes, c->in->stage->chips * usual_share(c), &c->out->memory);
    status = check_resident(c);
    if (status == TB_OK)
        status = set_engine(c);
    if (status == TB_OK)
        status = check_pools(c);
    if (status != TB_OK)
        return status;
    set_step(c);
    add_work(c);
    set_rates(c);
    set_gathers(c);
    return set_times(c);
}

/* The longest context whose cache a replica holds, by halving; NaN: the weights alone are too many.
 */
static double longest_context(const struct tb_decoder *decoder, double most)
{
    double low = 0.0, high = most;
    if (!(tb_decode_cache(decoder, 1.0) <= decoder->memory_free))
        return NAN;
    for (int i = 0; i < CONTEXT_HALVINGS && high - low > 1.0; i++) {
        double middle = 0.5 * (low + high);
        *(tb_decode_cache(decoder, middle) <= decoder->memory_free ? &low : &high) = middle;
    }
    return floor(low);
}

/* A cache that holds no sequence: the chips that would, or the longest response that fits. */
static enum tb_status refuse_cache(struct context *c)
{
    double longest = c->rl->prompt_mean + c->rl->response_cap;
    double one = tb_decode_cache(&c->decoder, longest);
    double weights = c->shapes->decode.stored * c->out->engine.weight_bytes;
    double each = (c->decoder.memory_free + weights) / c->out->engine.chips;
    double need = each > 0.0 ? ceil((weights + one) / each) : (double)NAN;
    double shorter = longest_context(&c->decoder, longest) - c->rl->prompt_mean;
    return refuse(c, TB_E_ANSWER,
                  &(struct tb_rl_problem){"engine.chips",
                                          "the cache of a copy of the engine holds no single "
                                          "sequence",
                                          c->out->engine.chips, need, "chips",
                                          shorter >= c->rl->response_mean ? shorter : (double)NAN});
}

static enum tb_status check_memory(struct context *c)
{
    struct tb_rl_memory *m = &c->out->memory;
    const struct tb_rollout_out *g = &c->out->step.generation;
    double chips = c->out->engine.chips, pool = c->out->step.update_chips;
    double age = 0.5 * c->lengths.square / c->lengths.mean;
    tb_rl_hold_trainer(c->in, c->shapes, pool, m);
    m->engine_weights = c->shapes->decode.stored * c->out->engine.weight_bytes / chips;
    m->cache = g->live * tb_decode_cache(&c->decoder, c->rl->prompt_mean + age) / chips;
    tb_rl_fullest(c->rl->placement, m);
    if (m->most <= m->capacity)
        return TB_OK;
    /* what stands beside states, readers and rows: the engine, where it shares the chips */
    double beside = m->shared ? m->most - m->held - m->readers - m->activations : 0.0;
    double need = m->most > m->update && !m->shared
                      ? (double)NAN
                      : tb_rl_chips_for(c->in, c->shapes, pool, fmax(beside, 0.0)) *
                            c->in->stage->chips / pool;
    return refuse(c, TB_E_ANSWER,
                  &(struct tb_rl_problem){"memory", "the fullest chip needs more than it has",
                                          m->most, ceil(need), "chips", NAN});
}

static enum tb_status run(struct context *c)
{
    enum tb_status status = prepare(c);
    if (status != TB_OK)
        return status;
    if (tb_rl_step(&c->step, &c->out->step) != TB_OK)
        return refuse_cache(c);
    double steps = c->out->steps;
    double cycles = steps / c->out->steps_per_cycle;
    c->out->step_time = c->out->step.time / c->out->steps_per_cycle;
    c->out->flops_model *= tb_or(cycles, 1.0 / c->out->steps_per_cycle);
    c->out->flops_hardware *= tb_or(cycles, 1.0 / c->out->steps_per_cycle);
    c->out->wall_time = c->out->step_time * steps;
    c->out->chip_hours = c->out->wall_time * c->step.chips / SECONDS_PER_HOUR;
    return check_memory(c);
}

static void start(struct context *c, const struct tb_rl_stage_in *in, struct tb_rl_stage_out *out)
{
    *out = (struct tb_rl_stage_out){.step_time = NAN, .wall_time = NAN, .chip_hours = NAN};
    *c = (struct context){
        .in = in, .rl = &in->stage->rl, .k = in->constants, .shapes = in->shapes, .out = out};
}

/** Room for what an evaluation counts. */
struct counted {
    struct tb_rl_shapes shapes;
    struct tb_rl_counts counts;
};

/* Lengths and the work at these lengths; shapes where they were not counted before. */
static void count(struct context *c, struct counted *own)
{
    c->lengths_status = tb_rl_responses(c->rl, &c->lengths);
    if (!c->shapes) {
        tb_rl_shapes_count(c->in->model, c->in->stage, &own->shapes);
        c->shapes = &own->shapes;
    }
    tb_rl_count(c->shapes, c->in->stage, &c->lengths, &own->counts);
    c->counts = &own->counts;
}

enum tb_status tb_rl_stage_evaluate(const struct tb_rl_stage_in *in, struct tb_rl_stage_out *out)
{
    struct counted own;
    struct context c;
    start(&c, in, out);
    count(&c, &own);
    return run(&c);
}

/* Where nobody says how many: as many as hold the states in half of their memory. */
static double usual_chips(struct context *c)
{
    tb_rl_hold_trainer(c->in, c->shapes, 1.0, &c->out->memory);
    double chips = ceil(2.0 * c->out->memory.trainer / c->in->chip->memory_capacity);
    c->out->memory = (struct tb_rl_memory){0};
    return fmax(chips, 1.0);
}

double tb_rl_passes_time(const struct tb_rl_stage_in *in)
{
    struct counted own;
    struct tb_rl_stage_out out;
    struct context c;
    start(&c, in, &out);
    count(&c, &own);
    c.step.chips = tb_or(in->stage->chips, usual_chips(&c));
    c.per_step = 1.0 / tb_or(in->stage->steps, 1.0);
    tb_rl_hold_trainer(in, c.shapes, c.step.chips, &out.memory);
    add_work(&c);
    set_rates(&c);
    set_gathers(&c);
    double alone = c.step.update_flops / c.step.update_rate;
    double reading = c.step.forward_flops / c.step.forward_rate;
    double waits = (c.step.update_wait + c.step.forward_wait) * c.step.chips;
    return in->constants->factor * (alone + reading + waits) / c.per_step;
}

double tb_rl_stage_enough(const struct tb_rl_stage_in *in)
{
    struct counted own;
    struct tb_rl_stage_out out;
    struct context c;
    start(&c, in, &out);
    count(&c, &own);
    return prepare(&c) == TB_OK ? tb_rl_enough_chips(&c.step, ENOUGH_GAIN) : (double)NAN;
}
