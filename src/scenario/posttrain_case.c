/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/posttrain_case.h"

#include "base/number.h"
#include "base/text.h"
#include "model/params.h"
#include "run/kinds.h"
#include "run/rlwork.h"
#include "scenario/posttrain_shape.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define SECONDS_PER_HOUR 3600.0
/* Where a row is silent; each use is listed with the row. */
#define USUAL_LENGTH 0.4          /* mean response over the cap */
#define USUAL_LONGEST_MEAN 2500.0 /* caps beyond are precautions: the mean does not follow them */
#define USUAL_PROMPT 150.0
#define USUAL_GROUP 16.0
#define USUAL_PASS 0.5

/** One row being read. */
struct reading {
    tb_arena *arena;
    tb_data *data;
    const struct tb_table *table;
    size_t row;
    struct tb_text defaults;
    struct tb_posttrain_case *item;
};

static const char *text(const struct reading *r, const char *column)
{
    return tb_table_text(r->table, r->row, column);
}

static double number(const struct reading *r, const char *column)
{
    return tb_table_number(r->table, r->row, column);
}

static void say(struct reading *r, const char *key, double value)
{
    tb_text_addf(&r->defaults, "%s%s=", r->defaults.length ? ", " : "", key);
    tb_number_write(&r->defaults, value, 6);
}

/* A column, or a default that is listed. */
static double filled(struct reading *r, const char *column, const char *key, double otherwise)
{
    double value = number(r, column);
    if (isfinite(value))
        return value;
    if (isfinite(otherwise))
        say(r, key, otherwise);
    return otherwise;
}

static bool mentions(const struct reading *r, const char *word)
{
    static const char *const columns[] = {"model", "engine", "note", "run_id"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const char *at = text(r, columns[i]);
        for (; *at; at++) {
            if (strncasecmp(at, word, strlen(word)) == 0)
                return true;
        }
    }
    return false;
}

/* Words of the tables for kinds; the others are ids. */
static bool find_kind(const char *word, enum tb_stage_kind *kind)
{
    static const struct {
        const char *word;
        enum tb_stage_kind kind;
    } words[] = {{"rm", TB_STAGE_REWARD}, {"distill", TB_STAGE_DISTILL_ON}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i].word) == 0) {
            *kind = words[i].kind;
            return true;
        }
    }
    return tb_stage_kind_find(word, kind);
}

/* Every number unknown, every choice its plainest. */
static void clear_stage(struct tb_stage *stage)
{
    const double unknown = NAN;
    *stage = (struct tb_stage){.precision = TB_BF16};
    for (int p = TB_PARAM_STAGE_TOKENS; p < TB_PARAM_COUNT; p++)
        memcpy((char *)stage + tb_param_info((enum tb_param)p)->offset, &unknown, sizeof unknown);
    stage->mean_doc_len = stage->doc_cv = 0.0;
    stage->packing = stage->epochs = 1.0;
}

static void read_placement(struct reading *r, struct tb_rl *rl)
{
    const char *word = text(r, "placement");
    r->item->synchronous = strcmp(word, "sync") == 0;
    if (strcmp(word, "one-step-off") == 0)
        rl->placement = TB_PLACE_ONE_STEP_OFF;
    else if (strcmp(word, "async") == 0)
        rl->placement = TB_PLACE_ASYNC;
    else if (strcmp(word, "split") == 0)
        rl->placement = TB_PLACE_SPLIT;
    else if (word[0] == '\0' && mentions(r, "async"))
        rl->placement = TB_PLACE_ASYNC;
    else if (word[0] == '\0')
        tb_text_addf(&r->defaults, "%splacement=colocated", r->defaults.length ? ", " : "");
}

/* "vLLM TP16": the chips of a copy of the engine stand behind its name. */
static void read_engine(struct reading *r, struct tb_rl *rl)
{
    const char *engine = strstr(text(r, "engine"), "vLLM");
    const char *tp = engine ? strstr(engine, "TP") : NULL;
    const char *end;
    double chips;
    if (tp && tb_number_read(tp + 2, &chips, &end) && chips >= 1.0)
        rl->replica_chips = chips;
    if (mentions(r, "FP8"))
        rl->weight_bytes = 1.0;
    bool gathers = mentions(r, "DeepSpeed") || mentions(r, "FSDP") || mentions(r, "ZeRO");
    rl->gathered = gathers && !mentions(r, "Megatron") ? 1.0 : 0.0;
}

static void read_batch(struct reading *r, struct tb_rl *rl)
{
    double prompts = number(r, "prompts_per_step"), group = number(r, "group_size");
    double samples = number(r, "samples_per_step");
    if (!isfinite(samples) && isfinite(prompts) && isfinite(group))
        samples = prompts * group;
    if (!isfinite(group))
        group = isfinite(prompts) && isfinite(samples)
                    ? samples / prompts
                    : filled(r, "group_size", "group_size", USUAL_GROUP);
    rl->group_size = group;
    rl->prompts_per_step = isfinite(samples) ? samples / group : prompts;
    /* one rollout may feed several optimizer steps */
    static const char phrase[] = "each rollout makes ";
    const char *at = strstr(text(r, "note"), phrase), *end;
    double outputs;
    if (at && tb_number_read(at + sizeof phrase - 1, &outputs, &end))
        rl->steps_per_rollout = outputs / (rl->prompts_per_step * group);
}

static void read_lengths(struct reading *r, struct tb_rl *rl)
{
    double cap = number(r, "max_response_tokens");
    double usual =
        cap * USUAL_LENGTH > USUAL_LONGEST_MEAN ? USUAL_LONGEST_MEAN : cap * USUAL_LENGTH;
    r->item->disclosed_length = isfinite(number(r, "mean_response_tokens"));
    rl->response_mean = filled(r, "mean_response_tokens", "response_mean", usual);
    rl->response_cap =
        isfinite(cap) ? cap
                      : filled(r, "max_response_tokens", "response_cap", 4.0 * rl->response_mean);
    rl->prompt_mean = filled(r, "mean_prompt_tokens", "prompt_mean", USUAL_PROMPT);
}

/* A critic beside the actor is named ("A + B"); a group of responses replaces it. */
static void read_roles(struct reading *r, struct tb_stage *stage)
{
    const char *plus = strstr(text(r, "model"), " + ");
    struct tb_rl *rl = &stage->rl;
    bool dynamic = mentions(r, "dynamic sampling") && !mentions(r, "dynamic sampling off");
    if (stage->kind == TB_STAGE_PPO && !plus && rl->group_size > 1.0) {
        stage->kind = TB_STAGE_GRPO;
        tb_text_addf(&r->defaults, "%sno critic", r->defaults.length ? ", " : "");
    }
    rl->reference = filled(r, "reference", "reference", mentions(r, "DAPO") ? 0.0 : 1.0);
    rl->old_logprobs = rl->placement == TB_PLACE_ASYNC ? 0.0 : 1.0;
    if (dynamic) {
        say(r, "pass_rate", USUAL_PASS);
        rl->oversample = tb_rl_oversample(USUAL_PASS, rl->group_size);
    }
    if (plus)
        rl->model[TB_ROLE_CRITIC] = rl->model[TB_ROLE_REWARD] =
            tb_posttrain_shape(r->arena, r->data, plus + 3, NAN, NAN);
}

/* Tokens of a stage that generates nothing. */
static void read_tokens(struct reading *r, struct tb_stage *stage)
{
    double row = number(r, "mean_prompt_tokens") + number(r, "mean_response_tokens");
    stage->tokens = number(r, "train_tokens");
    stage->seq_len = isfinite(row) ? row : filled(r, "max_response_tokens", "seq_len", 4096.0);
    if (!isfinite(stage->tokens))
        stage->tokens = number(r, "steps") * number(r, "prompts_per_step") * row;
    stage->batch_tokens = stage->tokens / number(r, "steps");
}

static const char *read_measured(struct reading *r)
{
    double step = number(r, "step_time_s"), hours = number(r, "chip_hours");
    r->item->per_step = isfinite(step);
    r->item->measured = isfinite(step) ? step : hours;
    return isfinite(r->item->measured) ? NULL : "neither step time nor chip-hours are given";
}

static const char *read_machine(struct reading *r)
{
    const char *name = text(r, "chip");
    if (name[0] == '\0')
        return "the chip is not given";
    const struct tb_chip_preset *chip = tb_data_chip(r->data, name, (struct tb_pos){0}, NULL);
    if (!chip)
        return "the chip is not known";
    r->item->chip = &chip->chip;
    r->item->stage.chips = number(r, "n_chips");
    return isfinite(r->item->stage.chips) ? NULL : "the number of chips is not given";
}

static const char *read_model(struct reading *r)
{
    double total = number(r, "n_params_total"), active = number(r, "n_params_active");
    r->item->model = tb_posttrain_shape(r->arena, r->data, text(r, "model"), total, active);
    return r->item->model ? NULL : "no shape is known for the model";
}

static const char *read_kind(struct reading *r)
{
    struct tb_stage *stage = &r->item->stage;
    const char *word = text(r, "stage");
    if (!find_kind(word, &stage->kind))
        return "the kind of stage is not one that is modelled";
    stage->steps = number(r, "steps");
    bool generates = tb_stage_generates(stage->kind);
    if (!generates) {
        read_tokens(r, stage);
        return isfinite(stage->tokens) ? NULL : "the trained tokens are not given";
    }
    read_placement(r, &stage->rl);
    read_engine(r, &stage->rl);
    read_batch(r, &stage->rl);
    read_lengths(r, &stage->rl);
    read_roles(r, stage);
    if (!isfinite(stage->rl.prompts_per_step))
        return "responses per step are not given";
    if (!isfinite(stage->rl.response_mean))
        return "neither mean nor longest response is given";
    if (!r->item->per_step && !isfinite(stage->steps))
        return "chip-hours without a number of steps";
    return NULL;
}

/* The framework is the first word of the engine, the placement what it says. */
static const char *group_of(struct reading *r)
{
    const char *engine = text(r, "engine");
    size_t word = strcspn(engine, " (+,");
    const char *place = text(r, "placement");
    return tb_arena_printf(r->arena, "%.*s%s%s", (int)word, engine, place[0] ? " " : "", place);
}

static void read_row(struct reading *r)
{
    struct tb_posttrain_case *item = r->item;
    static const char *(*const parts[])(struct reading *) = {read_measured, read_machine,
                                                             read_model, read_kind};
    item->id = text(r, "run_id");
    item->group = group_of(r);
    clear_stage(&item->stage);
    for (size_t i = 0; !item->skipped && i < sizeof parts / sizeof *parts; i++)
        item->skipped = parts[i](r);
    item->defaults = tb_arena_strdup(r->arena, r->defaults.data ? r->defaults.data : "");
}

enum tb_status tb_posttrain_cases_read(tb_arena *arena, tb_data *data, const struct tb_table *table,
                                       struct tb_posttrain_cases *out, tb_diags *diags)
{
    if (!tb_table_has(table, "run_id") || !tb_table_has(table, "stage")) {
        struct tb_finding finding = {.pos = {table->name, 1, 0},
                                     .accepted =
                                         "columns run_id, model, stage, chip, n_chips, ..."};
        return tb_diag_add(diags, TB_CSV_SYNTAX, &finding, "not a table of post-training runs");
    }
    out->n = table->n_rows;
    out->item = tb_arena_alloc(arena, (table->n_rows + 1) * sizeof *out->item);
    if (!out->item)
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < table->n_rows; i++) {
        struct reading r = {
            .arena = arena, .data = data, .table = table, .row = i, .item = &out->item[i]};
        read_row(&r);
        tb_text_free(&r.defaults);
        if (!r.item->defaults || !r.item->group)
            return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    }
    return TB_OK;
}

/* Training and forward passes alone. */
static double predict_plain(const struct tb_posttrain_case *item,
                            const struct tb_rl_constants *constants,
                            const struct tb_rl_counts *counts)
{
    struct tb_decode_model shape;
    tb_decode_count(item->model, &shape);
    double eps = shape.n_pools > 0 ? constants->eps_sparse : constants->eps_dense;
    double rate = eps * tb_chip_peak16(item->chip), seconds = 0.0;
    for (int i = 0; i < counts->n_work; i++) {
        bool trains = counts->work[i].pass == TB_PASS_TRAIN;
        seconds += counts->work[i].tokens * counts->counted[i] /
                   (trains ? rate : constants->forward_ratio * rate);
    }
    if (!item->per_step)
        return constants->factor * seconds / SECONDS_PER_HOUR;
    double steps = item->stage.tokens / item->stage.batch_tokens;
    return constants->factor * seconds / (steps * item->stage.chips);
}

double tb_posttrain_predict(const struct tb_posttrain_case *item,
                            const struct tb_rl_constants *constants, struct tb_rl_problem *problem)
{
    struct tb_rl_counts counts;
    tb_rl_count(item->model, &item->stage, &counts);
    *problem = (struct tb_rl_problem){0};
    if (!counts.generates)
        return predict_plain(item, constants, &counts);
    const struct tb_rl_stage_in in = {.model = item->model,
                                      .chip = item->chip,
                                      .stage = &item->stage,
                                      .constants = constants,
                                      .counts = &counts,
                                      .update_rate = NAN,
                                      .forward_rate = NAN};
    struct tb_rl_stage_out out;
    enum tb_status status = tb_rl_stage_evaluate(&in, &out);
    *problem = out.problem;
    bool timed = status == TB_OK || (out.problem.field && strcmp(out.problem.field, "memory") == 0);
    if (!timed)
        return NAN;
    return item->per_step ? out.step_time : out.chip_hours;
}
