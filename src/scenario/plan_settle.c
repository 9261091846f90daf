/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "preset/layout.h"
#include "run/rlwork.h"
#include "scenario/build.h"
#include "scenario/fit_case.h"
#include "scenario/fit_constants.h"
#include "scenario/predict.h"
#include "scenario/software.h"

/* A batch stated in tokens may be moved this far to hold whole sequences for every replica. */
#define BATCH_SLACK 0.05

/* ---- what the stage says -----------------------------------------------------------------------
 */

static bool mode_of(enum tb_dtype precision, enum tb_gemm_mode *mode)
{
    static const struct {
        enum tb_dtype precision;
        enum tb_gemm_mode mode;
    } modes[] = {{TB_BF16, TB_GEMM_16},
                 {TB_FP16, TB_GEMM_16},
                 {TB_FP8, TB_GEMM_FP8},
                 {TB_FP4, TB_GEMM_FP4},
                 {TB_INT8, TB_GEMM_INT8}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (modes[i].precision == precision) {
            *mode = modes[i].mode;
            return true;
        }
    }
    return false;
}

static const char *precision_column(enum tb_gemm_mode mode)
{
    if (mode == TB_GEMM_16)
        return "bf16";
    return mode == TB_GEMM_FP8_ROW ? "fp8-rowwise" : tb_gemm_mode_id(mode);
}

static double given_number(const struct tb_given_plan *given, enum tb_plan_key key, double value)
{
    return given->given[key] ? value : (double)NAN;
}

/* The stage and the plan as a row of a table of measurements: what is open is a blank. */
static void write_row(const struct tb_given_plan *g, const struct tb_case *c,
                      struct tb_observation *row)
{
    const struct tb_plan *p = &g->plan;
    *row = (struct tb_observation){
#define TB_OBS_TEXT(name) .name = "",
#define TB_OBS_NUMBER(name, accepts) .name = NAN,
#include "scenario/fit_columns.def"
#undef TB_OBS_TEXT
#undef TB_OBS_NUMBER
    };
    row->seq_len = c->lengths.seq_len;
    row->global_batch = c->global_batch;
    row->n_chips = c->chips;
    row->precision = precision_column(c->plan.mode);
    row->tp = given_number(g, TB_PLAN_KEY_TP, p->tp);
    row->cp = given_number(g, TB_PLAN_KEY_CP, p->cp);
    row->pp = given_number(g, TB_PLAN_KEY_PP, p->pp);
    row->vpp = given_number(g, TB_PLAN_KEY_VPP, p->vpp);
    row->ep = given_number(g, TB_PLAN_KEY_EP, p->ep);
    row->dp = given_number(g, TB_PLAN_KEY_DP, p->dp);
    row->sp = given_number(g, TB_PLAN_KEY_SP, p->sp);
    row->zero = given_number(g, TB_PLAN_KEY_ZERO, p->zero);
    row->micro_batch = given_number(g, TB_PLAN_KEY_MICRO_BATCH, p->micro_batch);
}

/* ---- software ----------------------------------------------------------------------------------
 */

static const struct tb_stack *choose_stack(const struct tb_plan_request *r,
                                           const struct tb_constants *constants)
{
    const struct tb_scenario *s = r->scenario;
    const struct tb_chip_preset *chip = s->machine[s->stage[r->stage].machine].chip;
    if (r->given && r->given->given[TB_PLAN_KEY_STACK])
        return r->given->stack;
    return tb_newest_stack(s->data, constants, chip);
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static bool cannot(const struct tb_plan_request *r, enum tb_code code, const char *remedy,
                   const char *message)
{
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE, .path = r->scenario->stage[r->stage].id, .remedy = remedy};
    tb_diag_add(r->diags, code, &finding, "%s", message);
    return false;
}

static bool refuse(const struct tb_plan_request *r, const struct tb_plan_problem *problem)
{
    struct tb_scenario *s = r->scenario;
    const char *nearest =
        isfinite(problem->nearest)
            ? tb_arena_printf(s->arena, "%s=%.10g", problem->field, problem->nearest)
            : NULL;
    struct tb_finding finding = {
        .pos = TB_COMMAND_LINE,
        .path = tb_arena_printf(s->arena, "%s.plan.%s", s->stage[r->stage].id, problem->field),
        .found = tb_arena_printf(s->arena, "%.10g", problem->value),
        .accepted = nearest};
    tb_diag_add(r->diags, TB_NO_ANSWER, &finding, "the plan cannot be: %s", problem->reason);
    return false;
}

enum { MOST_PROBLEMS = 8 };

/* The problem that names a way out: one whose nearest value is another. */
static const struct tb_plan_problem *telling(const struct tb_plan_problem *problems, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isfinite(problems[i].nearest) && problems[i].nearest != problems[i].value)
            return &problems[i];
    }
    return &problems[0];
}

/* ---- memory ------------------------------------------------------------------------------------
 */

/* Changes that save memory, the mildest first. @return false: this one changes nothing. */
static bool lighten(int way, struct tb_plan *p)
{
    const unsigned light =
        TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP | TB_AGAIN_CORE;
    switch (way) {
    case 0:
        p->micro_batch = 1.0;
        return true;
    case 1:
        p->again = p->again & TB_AGAIN_FULL ? p->again : light;
        return true;
    case 2:
        p->again = TB_AGAIN_FULL;
        p->full_share = 0.0;
        return true;
    case 3:
        p->zero = p->zero < 2 ? 2 : p->zero;
        p->again = TB_AGAIN_FULL;
        return true;
    case 4:
        p->zero = 3;
        p->again = TB_AGAIN_FULL;
        return true;
    default:
        return false;
    }
}

static bool refuse_memory(const struct tb_plan_request *r, const struct tb_step_in *in,
                          const struct tb_step_out *step)
{
    static const char *const changes[] = {"micro_batch=1", "recompute=selective", "recompute=full",
                                          "zero=2,recompute=full", "zero=3,recompute=full"};
    struct tb_scenario *s = r->scenario;
    const char *remedy = "more chips, higher tp, pp, ep or cp, or a leaner recipe";
    struct tb_plan plan = *in->plan;
    struct tb_step_in lighter = *in;
    lighter.plan = &plan;
    for (int way = 0; lighten(way, &plan); way++) {
        struct tb_step_out out;
        if (tb_step_evaluate(&lighter, &out) == TB_OK && out.memory.total <= out.memory.capacity) {
            remedy = tb_arena_printf(s->arena, "%s would fit, in %.4g GB", changes[way],
                                     out.memory.total / 1e9);
            break;
        }
    }
    char *message =
        tb_arena_printf(s->arena, "the plan does not fit: %.4g GB of %.4g GB on the fullest device",
                        step->memory.total / 1e9, step->memory.capacity / 1e9);
    return cannot(r, TB_NO_ANSWER, remedy, message ? message : "the plan does not fit");
}

/* ---- the plan ----------------------------------------------------------------------------------
 */

/* The input that states the batch. */
static enum tb_param batch_param(const struct tb_stage *v)
{
    return isfinite(v->global_batch) ? TB_PARAM_STAGE_GLOBAL_BATCH : TB_PARAM_STAGE_BATCH_TOKENS;
}

/* Sequences a step that the stage may mean: those it states; what is stated in tokens is rounded to
 * whole sequences for every replica; and what is stated as a range of guesses may be any of it. */
static struct tb_batch_range batch_range(const struct tb_scenario *s, int stage, double batch)
{
    const struct tb_stage *v = &s->central.stage[stage];
    const struct tb_prov *prov = &s->stage[stage].prov[tb_param_slot(batch_param(v))];
    const double unit = isfinite(v->global_batch) ? 1.0 : v->seq_len;
    struct tb_batch_range range = {batch, batch};
    if (!isfinite(v->global_batch)) {
        range.low *= 1.0 - BATCH_SLACK;
        range.high *= 1.0 + BATCH_SLACK;
    }
    if (prov->known && prov->dist != TB_DIST_EXACT && prov->low < prov->high) {
        range.low = fmin(range.low, prov->low / unit);
        range.high = fmax(range.high, prov->high / unit);
    }
    return range;
}

/* The nearest batch of whole sequences for each of `share` ranks where it is stated in tokens and
 * that near; else the batch itself. */
static double whole_batch(const struct tb_scenario *s, int stage, double batch, double share)
{
    const struct tb_stage *v = &s->central.stage[stage];
    double whole = fmax(floor(batch / share + 0.5), 1.0) * share;
    if (isfinite(v->global_batch) || fabs(whole / batch - 1.0) > BATCH_SLACK)
        return batch;
    return whole;
}

/* The multiple of `share` in the range that is nearest to the batch; the batch where none is. */
static double nearest_whole(const struct tb_batch_range *range, double batch, double share)
{
    double times = floor(batch / share + 0.5);
    if (!tb_batch_holds(range, share))
        return batch;
    times = fmin(fmax(times, ceil(range->low / share)), floor(range->high / share));
    return fmax(times, 1.0) * share;
}

static double stage_batch(const struct tb_scenario *s, int stage)
{
    const struct tb_stage *v = &s->central.stage[stage];
    if (isfinite(v->global_batch))
        return v->global_batch;
    if (isfinite(v->batch_tokens))
        return v->batch_tokens / v->seq_len;
    return v->tokens / v->steps / v->seq_len;
}

/* What adapters spare and references take. */
static void hold(const struct tb_stage *v, struct tb_case *c)
{
    c->plan.frozen_bytes = tb_frozen_bytes(&v->rl);
    c->plan.adapter = tb_adapter_share(&v->rl);
    c->plan.readers = tb_reader_bytes(c->model, v);
}

static bool fill_case(const struct tb_plan_request *r, struct tb_case *c, struct tb_stack *stack)
{
    struct tb_scenario *s = r->scenario;
    const struct tb_scenario_stage *st = &s->stage[r->stage];
    const struct tb_stage *v = &s->central.stage[r->stage];
    const struct tb_chip_preset *chip = s->machine[st->machine].chip;
    *c = (struct tb_case){.model = &st->model->model,
                          .chip_id = chip->entity.id,
                          .generation = chip->generation ? chip->generation : chip->entity.id,
                          .vendor = chip->vendor ? chip->vendor : "",
                          .chip = s->central.chip[st->machine],
                          .cluster = s->central.cluster[st->machine],
                          .stack = stack,
                          .lengths = {v->seq_len, v->mean_doc_len, v->doc_cv},
                          .chips = v->chips,
                          .global_batch = stage_batch(s, r->stage),
                          .train_mtp = v->train_mtp,
                          .moe = st->model->moe};
    stack->recipe = v->recipe;
    tb_plan_init(&c->plan);
    tb_plan_apply_stack(&c->plan, stack);
    hold(v, c);
    if (!mode_of(v->precision, &c->plan.mode))
        return cannot(r, TB_NO_BASIS, "--precision bf16",
                      "the step model multiplies in 16 bits or fewer");
    if (r->given && r->given->given[TB_PLAN_KEY_GEMM])
        c->plan.mode = r->given->plan.mode;
    if (!(c->global_batch > 0.0))
        return cannot(r, TB_NO_BASIS, "--set batch_tokens=N", "the tokens a step are not known");
    return true;
}

static const char *recompute_of(const struct tb_plan_request *r)
{
    const struct tb_scenario *s = r->scenario;
    if (r->given->given[TB_PLAN_KEY_RECOMPUTE])
        return tb_recompute_word(r->given->recompute);
    return s->run ? tb_recompute_word((int)s->central.stage[r->stage].recompute) : "";
}

/* A batch stated in tokens as whole sequences for every replica; said where it moves. */
static bool settle_batch(const struct tb_plan_request *r, struct tb_case *c,
                         struct tb_predicted *out)
{
    double stated = c->global_batch;
    double share = c->plan.dp * c->plan.micro_batch;
    c->global_batch = whole_batch(r->scenario, r->stage, stated, share);
    if (c->global_batch != stated)
        out->defaults = tb_arena_printf(r->scenario->arena, "%s%sglobal_batch=%.10g", out->defaults,
                                        *out->defaults ? ", " : "", c->global_batch);
    return out->defaults != NULL;
}

/* What is given, the rest by the rules that rows of measurements are read by. */
static bool complete_plan(const struct tb_plan_request *r, struct tb_case *c,
                          struct tb_predicted *out)
{
    struct tb_scenario *s = r->scenario;
    const struct tb_lengths lengths = c->lengths;
    const bool train_mtp = c->train_mtp;
    const enum tb_gemm_mode mode = c->plan.mode;
    struct tb_observation row;
    struct tb_text defaults = {0};
    write_row(r->given, c, &row);
    if (r->given->given[TB_PLAN_KEY_SCHEDULE])
        row.note =
            tb_arena_printf(s->arena, "schedule=%s", tb_schedule_info(r->given->plan.schedule)->id);
    if (!row.note)
        return false;
    row.recompute = recompute_of(r);
    c->row = &row;
    tb_case_plan(c, &defaults);
    c->row = NULL; /* it was only asked for what it holds */
    char *text = defaults.data ? tb_arena_strdup(s->arena, defaults.data) : NULL;
    out->defaults = text ? text : "";
    tb_text_free(&defaults);
    c->lengths = lengths;
    c->train_mtp = train_mtp;
    if (c->skipped)
        return cannot(r, TB_NO_BASIS, NULL, c->skipped);
    tb_given_plan_apply(r->given, &c->plan);
    c->plan.mode = mode;
    hold(&s->central.stage[r->stage], c);
    const struct tb_batch_range range = batch_range(s, r->stage, c->global_batch);
    if (!settle_batch(r, c, out))
        return false;
    double checked = nearest_whole(&range, c->global_batch, c->plan.dp * c->plan.micro_batch);
    struct tb_plan_problem problems[MOST_PROBLEMS];
    size_t n = tb_plan_check(&c->plan, c->model, checked, c->chips, problems, MOST_PROBLEMS);
    if (n == 0 && !tb_plan_check_sequence(&c->plan, lengths.seq_len, problems))
        n = 1;
    return n == 0 || refuse(r, telling(problems, n < MOST_PROBLEMS ? n : MOST_PROBLEMS));
}

/* What the run states; a plan may need more. */
static unsigned least_recompute(enum tb_recompute recompute)
{
    static const unsigned again[] = {[TB_RECOMPUTE_NONE] = 0,
                                     [TB_RECOMPUTE_SELECTIVE] = TB_AGAIN_NORM | TB_AGAIN_ACT |
                                                                TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP,
                                     [TB_RECOMPUTE_FULL] = TB_AGAIN_FULL};
    return again[recompute];
}

static bool search_plan(const struct tb_plan_request *r, struct tb_case *c,
                        const struct tb_step_in *in, struct tb_predicted *out)
{
    struct tb_scenario *s = r->scenario;
    struct tb_plan_found found;
    const struct tb_batch_range range = batch_range(s, r->stage, c->global_batch);
    c->plan.devices_per_chip = fmax(c->chip.dies, 1.0);
    c->plan.again = least_recompute(s->central.stage[r->stage].recompute);
    enum tb_status status = tb_plan_search(in, &range, &found);
    out->tried = found.tried;
    out->defaults = "";
    c->plan = found.plan;
    if (status == TB_OK) {
        c->global_batch =
            whole_batch(s, r->stage, c->global_batch, c->plan.dp * c->plan.micro_batch);
        return true;
    }
    if (found.step.memory.total > 0.0)
        return refuse_memory(r, in, &found.step);
    return cannot(r, TB_NO_ANSWER, "another number of chips or another batch",
                  "no plan divides the batch and the layers, or the chip lacks a peak or a "
                  "bandwidth");
}

bool tb_plan_settle(const struct tb_plan_request *r, struct tb_predicted *out)
{
    struct tb_scenario *s = r->scenario;
    const struct tb_constants *constants = tb_data_constants(s->data, r->diags);
    struct tb_case c;
    if (!constants)
        return false;
    out->stack = choose_stack(r, constants);
    struct tb_stack stack = *out->stack;
    if (!fill_case(r, &c, &stack))
        return false;
    out->known = tb_case_perf(constants, &c, &out->prediction.perf);
    tb_model_facts(c.model, &out->prediction.facts);
    struct tb_step_in in = {.model = c.model,
                            .facts = &out->prediction.facts,
                            .chip = &c.chip,
                            .cluster = &c.cluster,
                            .plan = &c.plan,
                            .perf = &out->prediction.perf,
                            .chips = c.chips,
                            .global_batch = c.global_batch,
                            .lengths = c.lengths,
                            .train_mtp = c.train_mtp};
    if (r->given ? !complete_plan(r, &c, out) : !search_plan(r, &c, &in, out))
        return false;
    in.global_batch = out->global_batch = c.global_batch;
    out->prediction.plan = c.plan;
    out->prediction.chips = c.chips;
    if (tb_step_evaluate(&in, &out->step) != TB_OK)
        return cannot(r, TB_NO_BASIS, NULL,
                      "the chip lacks a peak or a bandwidth that the plan needs");
    if (r->forced && out->step.memory.total > out->step.memory.capacity)
        return refuse_memory(r, &in, &out->step);
    return true;
}
