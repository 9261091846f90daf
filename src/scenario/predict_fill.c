/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/units.h"
#include "scenario/predict.h"

static const char *const from_words[] = {
    [TB_PLAN_GIVEN] = "given", [TB_PLAN_PUBLISHED] = "published", [TB_PLAN_CHOSEN] = "chosen"};

struct item {
    const char *id, *title;
    size_t at;
};

#define TIME(member, title)                                                                        \
    {                                                                                              \
#member, title, offsetof(struct tb_step_time, member)                                      \
    }
#define MEMORY(member, title)                                                                      \
    {                                                                                              \
#member, title, offsetof(struct tb_step_memory, member)                                    \
    }

static const struct item time_items[] = {
    TIME(gemm, "matrix products"),   TIME(attention, "attention"),     TIME(memory, "memory-bound"),
    TIME(tp, "tensor traffic"),      TIME(cp, "context traffic"),      TIME(ep, "expert traffic"),
    TIME(pp, "pipeline traffic"),    TIME(recompute, "recomputation"), TIME(host, "launches"),
    TIME(bubble, "pipeline bubble"), TIME(dp, "replica traffic"),      TIME(optimizer, "optimizer"),
    TIME(fixed, "data and logging"), TIME(scale, "jitter of scale"),
};

static const struct item memory_items[] = {
    MEMORY(weights, "weights"),     MEMORY(gradients, "gradients"),
    MEMORY(optimizer, "optimizer"), MEMORY(residual, "residual stream"),
    MEMORY(attention, "attention"), MEMORY(ffn, "feed-forward"),
    MEMORY(experts, "experts"),     MEMORY(logits, "logits"),
    MEMORY(buffers, "buffers"),     MEMORY(reserve, "reserve"),
};

enum { TIMES = sizeof time_items / sizeof *time_items };
enum { MEMORIES = sizeof memory_items / sizeof *memory_items };

static const struct tb_estimate_part *parts(struct tb_scenario *s, const struct item *items,
                                            size_t n, const void *from)
{
    struct tb_estimate_part *out = tb_arena_alloc(s->arena, n * sizeof *out);
    for (size_t i = 0; out && i < n; i++) {
        const double *value = (const double *)(const void *)((const char *)from + items[i].at);
        out[i] = (struct tb_estimate_part){items[i].id, items[i].title, *value};
    }
    return out;
}

static const struct tb_estimate_part *keys(struct tb_scenario *s, const struct tb_plan *p,
                                           size_t *n)
{
    const struct tb_estimate_part all[] = {
        {"tp", "", p->tp},
        {"sp", "", p->sp},
        {"cp", "", p->cp},
        {"pp", "", p->pp},
        {"vpp", "", p->vpp},
        {"ep", "", p->ep},
        {"etp", "", p->etp},
        {"dp", "", p->dp},
        {"zero", "", p->zero},
        {"micro_batch", "", p->micro_batch},
        {"devices_per_chip", "", p->devices_per_chip},
    };
    struct tb_estimate_part *out = tb_arena_alloc(s->arena, sizeof all);
    *n = sizeof all / sizeof *all;
    for (size_t i = 0; out && i < *n; i++)
        out[i] = all[i];
    return out;
}

/* What of the model there is to recompute: a level of the search may name more. */
static unsigned present(const struct tb_model *model)
{
    bool latent = false, experts = false;
    for (int i = 0; i < model->n_kinds; i++) {
        latent = latent || model->kind[i].attn.kv_rank > 0.0;
        experts = experts || model->kind[i].ffn.d_expert > 0.0;
    }
    return ~((latent ? 0U : TB_AGAIN_MLA_UP) | (experts ? 0U : TB_AGAIN_MOE_ACT | TB_AGAIN_MOE));
}

static const char *text_of(struct tb_scenario *s, int stage, const struct tb_plan *plan)
{
    struct tb_text text = {0};
    struct tb_plan shown = *plan;
    shown.again &= present(&s->stage[stage].model->model);
    tb_plan_write(&shown, &text);
    const char *copy = text.data ? tb_arena_strdup(s->arena, text.data) : NULL;
    tb_text_free(&text);
    return copy;
}

/* Chip-hours of the stage on the predicted basis. */
static double predicted_hours(const struct tb_scenario *s, int stage)
{
    const struct tb_scenario_stage *st = &s->stage[stage];
    struct tb_stage values = s->central.stage[stage];
    values.step_model = 1.0;
    const struct tb_stage_in in = {.model = &st->model->model,
                                   .chip = &s->central.chip[st->machine],
                                   .cluster = &s->central.cluster[st->machine],
                                   .stage = &values,
                                   .basis = TB_BASIS_PREDICTED,
                                   .prediction = &st->predicted->prediction,
                                   .counts = &s->fixed[stage].counts};
    struct tb_stage_out out;
    tb_stage_evaluate(&in, &out);
    return out.chip_hours;
}

/* The same by its published speed; NaN without one. */
static void by_measurement(const struct tb_scenario *s, int stage, struct tb_stage_out *out)
{
    const struct tb_scenario_stage *st = &s->stage[stage];
    const struct tb_stage_in in = {.model = &st->model->model,
                                   .chip = &s->central.chip[st->machine],
                                   .cluster = &s->central.cluster[st->machine],
                                   .stage = &s->central.stage[stage],
                                   .basis = TB_BASIS_MEASURED,
                                   .counts = &s->fixed[stage].counts};
    tb_stage_evaluate(&in, out);
}

/* Against the measurement where there is one, else against the estimate's own basis. */
static double ratio_of(const struct tb_stage_out *own, const struct tb_stage_out *measured,
                       double hours)
{
    if (isfinite(measured->chip_hours))
        return hours / measured->chip_hours;
    return own->basis == TB_BASIS_PREDICTED ? (double)NAN : hours / own->chip_hours;
}

static void say_standby(struct tb_text *text, double chips, double working)
{
    if (!(working < chips))
        return;
    tb_number_write_grouped(text, working);
    tb_text_add(text, " of ");
    tb_number_write_grouped(text, chips);
    tb_text_add(text, " chips work, ");
    tb_number_write_grouped(text, chips - working);
    tb_text_add(text, " stand by");
}

/* A batch that is a guess need not fit the plan: it is told where it would. */
static void say_fraction(struct tb_text *text, double micro_batches, double tokens)
{
    double whole = floor(micro_batches);
    if (micro_batches - whole < 1e-9 * micro_batches)
        return;
    tb_text_addf(text, "%s%.3g microbatches a replica, whole at ", text->length ? "; " : "",
                 micro_batches);
    tb_quantity_write(text, tokens * whole / micro_batches, TB_DIM_COUNT, 3);
    tb_text_add(text, " or ");
    tb_quantity_write(text, tokens * (whole + 1.0) / micro_batches, TB_DIM_COUNT, 3);
    tb_text_add(text, " tokens a step");
}

static double working_chips(const struct tb_predicted *p)
{
    const struct tb_plan *plan = &p->prediction.plan;
    return tb_plan_ranks(plan) / plan->devices_per_chip;
}

/* Adapters, references and rounding change the step of the plan in proportion. */
static void say_passes(struct tb_text *text, double pass_rate)
{
    if (fabs(pass_rate - 1.0) < 5e-4)
        return;
    tb_text_addf(text, "%sa step takes %.3g times that of plain training", text->length ? "; " : "",
                 1.0 / pass_rate);
}

static const char *remark(struct tb_scenario *s, int stage, double pass_rate)
{
    const struct tb_predicted *p = s->stage[stage].predicted;
    struct tb_text text = {0};
    say_standby(&text, p->prediction.chips, working_chips(p));
    say_fraction(&text, p->step.micro_batches, p->global_batch * s->central.stage[stage].seq_len);
    say_passes(&text, pass_rate);
    const char *copy = text.data ? tb_arena_strdup(s->arena, text.data) : "";
    tb_text_free(&text);
    return copy ? copy : "";
}

static bool fill_one(struct tb_scenario *s, int stage, const struct tb_stage_out *out,
                     struct tb_estimate_plan *e)
{
    const struct tb_predicted *p = s->stage[stage].predicted;
    const struct tb_step_out *step = &p->step;
    const double hours = predicted_hours(s, stage);
    struct tb_stage_out measured;
    by_measurement(s, stage, &measured);
    *e = (struct tb_estimate_plan){
        .stage = s->stage[stage].id,
        .from = from_words[p->from],
        .text = text_of(s, stage, &p->prediction.plan),
        .defaults = p->defaults,
        .stack = p->stack->id,
        .unknown = p->known,
        .global_batch = p->global_batch,
        .micro_batches = step->micro_batches,
        .chips = p->prediction.chips,
        .chips_working = working_chips(p),
        .remark = remark(s, stage, out->pass_rate),
        .step_time = step->time.total / out->pass_rate,
        .tokens_per_s_per_chip = step->tokens_per_s_per_chip * out->pass_rate,
        .chip_hours = hours,
        .used = out->basis == TB_BASIS_PREDICTED,
        .measured_step_time = measured.step_time,
        .measured_chip_hours = measured.chip_hours,
        .ratio = ratio_of(out, &measured, hours),
        .n_time = TIMES,
        .time = parts(s, time_items, TIMES, &step->time),
        .n_memory = MEMORIES,
        .memory = parts(s, memory_items, MEMORIES, &step->memory),
        .memory_total = step->memory.total,
        .memory_capacity = step->memory.capacity,
        .fits = step->memory.total <= step->memory.capacity,
    };
    e->keys = keys(s, &p->prediction.plan, &e->n_keys);
    return e->text && e->time && e->memory && e->keys;
}

bool tb_predict_fill(struct tb_scenario *s, const struct tb_stage_out *stages,
                     struct tb_estimate *e)
{
    e->plans = tb_arena_alloc(s->arena, ((size_t)s->n_stages + 1) * sizeof *e->plans);
    if (!e->plans)
        return false;
    for (int i = 0; i < s->n_stages; i++) {
        if (s->stage[i].predicted && !fill_one(s, i, &stages[i], &e->plans[e->n_plans++]))
            return false;
    }
    return true;
}

void tb_predict_say(struct tb_text *text, const struct tb_scenario *s, int stage)
{
    static const char *const words[] = {"both measured", "one of the two measured",
                                        "neither measured"};
    const struct tb_predicted *p = s->stage[stage].predicted;
    const struct tb_chip_preset *chip = s->machine[s->stage[stage].machine].chip;
    if (!p) {
        tb_text_add(text, "step model");
        return;
    }
    tb_text_addf(text, "step model, %s plan, %s under %s (%s)", from_words[p->from],
                 chip->entity.id, p->stack->title, words[p->known]);
}
