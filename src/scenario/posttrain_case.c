/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/posttrain_case.h"

#include "base/number.h"
#include "base/text.h"
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
#define USUAL_ROW 2048.0 /* tokens of a row of supervised or preference training */
#define MOST_CONTRADICTION 2.0

static const struct tb_cell_rule cells[] = {{"n_params_total", TB_CELL_POSITIVE},
                                            {"n_params_active", TB_CELL_POSITIVE},
                                            {"n_chips", TB_CELL_POSITIVE},
                                            {"chip_hours", TB_CELL_POSITIVE},
                                            {"prompts_per_step", TB_CELL_POSITIVE},
                                            {"group_size", TB_CELL_POSITIVE},
                                            {"samples_per_step", TB_CELL_POSITIVE},
                                            {"mean_response_tokens", TB_CELL_POSITIVE},
                                            {"max_response_tokens", TB_CELL_POSITIVE},
                                            {"steps", TB_CELL_POSITIVE},
                                            {"mean_prompt_tokens", TB_CELL_POSITIVE},
                                            {"step_time_s", TB_CELL_POSITIVE},
                                            {"train_tokens", TB_CELL_POSITIVE},
                                            {"throughput_tokens_per_s_per_chip", TB_CELL_POSITIVE},
                                            {"reference", TB_CELL_PART}};

/** One row being read. */
struct reading {
    tb_arena *arena;
    tb_data *data;
    const struct tb_table *table;
    size_t row;
    struct tb_text filled, missing;
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
    tb_text_addf(&r->filled, "%s%s=", r->filled.length ? ", " : "", key);
    tb_number_write(&r->filled, value, 6);
}

static void say_word(struct reading *r, const char *word)
{
    tb_text_addf(&r->filled, "%s%s", r->filled.length ? ", " : "", word);
}

/* What decides and is not there: all of it is listed. */
static void miss(struct reading *r, const char *what)
{
    tb_text_addf(&r->missing, "%s%s", r->missing.length ? "; " : "", what);
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

static const char *find_word(const char *at, const char *word)
{
    for (; *at; at++) {
        if (strncasecmp(at, word, strlen(word)) == 0)
            return at;
    }
    return NULL;
}

static bool mentions(const struct reading *r, const char *word)
{
    static const char *const columns[] = {"model", "engine", "note", "run_id"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (find_word(text(r, columns[i]), word))
            return true;
    }
    return false;
}

/* Words of the tables for kinds; the others are ids. */
static bool find_kind(const char *word, enum tb_stage_kind *kind)
{
    static const struct {
        const char *word;
        enum tb_stage_kind kind;
    } words[] = {{"rm", TB_STAGE_REWARD},
                 {"rl", TB_STAGE_GRPO},
                 {"rlvr", TB_STAGE_GRPO},
                 {"distill", TB_STAGE_DISTILL_ON}};
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
        say_word(r, "placement=colocated");
    r->item->asynchronous =
        rl->placement == TB_PLACE_ONE_STEP_OFF || rl->placement == TB_PLACE_ASYNC;
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

/* One rollout may feed several optimizer steps: "each rollout makes 8192 outputs". */
static double read_outputs(const struct reading *r)
{
    static const char phrase[] = "each rollout makes ";
    const char *at = strstr(text(r, "note"), phrase), *end;
    double outputs;
    return at && tb_number_read(at + sizeof phrase - 1, &outputs, &end) ? outputs : (double)NAN;
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
    rl->steps_per_rollout = read_outputs(r) / (rl->prompts_per_step * group);
    if (!isfinite(rl->prompts_per_step))
        miss(r, "responses per step are not given");
}

/* The length of an agent's trajectory holds what its tools answered: how much of it was generated
 * is not disclosed. */
static bool has_tools(const struct reading *r)
{
    return mentions(r, "agentic") || mentions(r, "multi-turn") || mentions(r, "tool");
}

static void read_lengths(struct reading *r, struct tb_rl *rl)
{
    double cap = number(r, "max_response_tokens");
    double usual =
        cap * USUAL_LENGTH > USUAL_LONGEST_MEAN ? USUAL_LONGEST_MEAN : cap * USUAL_LENGTH;
    rl->response_mean = filled(r, "mean_response_tokens", "response_mean", usual);
    rl->response_cap =
        isfinite(cap) ? cap
                      : filled(r, "max_response_tokens", "response_cap", 4.0 * rl->response_mean);
    rl->prompt_mean = filled(r, "mean_prompt_tokens", "prompt_mean", USUAL_PROMPT);
    if (r->item->disclosed_length && has_tools(r)) {
        say_word(r, "nothing read from tools");
        r->item->disclosed_length = false;
    }
    if (!isfinite(rl->response_mean))
        miss(r, "neither mean nor longest response is given");
}

/* "up to 2 generation batches": whole rollouts that a step may draw. */
static double read_rounds(const struct reading *r)
{
    const char *note = text(r, "note");
    const char *at = find_word(note, " generation batches"), *end;
    double rounds;
    while (at && at > note && at[-1] != ' ')
        at--;
    return at && tb_number_read(at, &rounds, &end) && rounds >= 1.0 ? rounds : (double)NAN;
}

/* Dynamic sampling draws more than it trains on. */
static void read_sampling(struct reading *r, struct tb_rl *rl)
{
    rl->oversample = read_rounds(r);
    bool dynamic = mentions(r, "dynamic sampling") && !mentions(r, "dynamic sampling off");
    if (!isfinite(rl->oversample) && dynamic) {
        say(r, "pass_rate", USUAL_PASS);
        rl->oversample = tb_rl_oversample(USUAL_PASS, rl->group_size);
    }
}

/* A critic beside the actor is named ("A + B"); a group of responses replaces it. */
static void read_roles(struct reading *r, struct tb_stage *stage)
{
    const char *plus = strstr(text(r, "model"), " + ");
    struct tb_rl *rl = &stage->rl;
    if (stage->kind == TB_STAGE_PPO && !plus && rl->group_size > 1.0) {
        stage->kind = TB_STAGE_GRPO;
        say_word(r, "no critic");
    }
    rl->reference = filled(r, "reference", "reference", mentions(r, "DAPO") ? 0.0 : 1.0);
    rl->old_logprobs = rl->placement == TB_PLACE_ASYNC ? 0.0 : 1.0;
    const double unknown[2] = {NAN, NAN};
    if (plus)
        rl->model[TB_ROLE_CRITIC] = rl->model[TB_ROLE_REWARD] =
            tb_posttrain_shape(r->arena, r->data, plus + 3, unknown, NULL);
}

/* The rate counts all tokens of a step: with the step time and the lengths it tells how many
 * responses there were, and a row that says another number cannot be right in both. */
static void check_rate(struct reading *r, const struct tb_rl *rl)
{
    double tokens = number(r, "throughput_tokens_per_s_per_chip") * number(r, "step_time_s") *
                    r->item->stage.chips;
    double implied = tokens / (rl->response_mean + rl->prompt_mean);
    double off = implied / tb_rl_samples(rl);
    if (!r->item->disclosed_length || !isfinite(off) ||
        (off < MOST_CONTRADICTION && off > 1.0 / MOST_CONTRADICTION))
        return;
    miss(r, tb_arena_printf(r->arena,
                            "the row contradicts itself: rate, step time and lengths make %.0f "
                            "responses a step, not %.0f",
                            implied, tb_rl_samples(rl)));
}

static void read_generating(struct reading *r, struct tb_stage *stage)
{
    struct tb_rl *rl = &stage->rl;
    read_placement(r, rl);
    read_engine(r, rl);
    read_batch(r, rl);
    read_lengths(r, rl);
    read_sampling(r, rl);
    read_roles(r, stage);
    if (!isfinite(stage->steps))
        stage->steps =
            number(r, "train_tokens") / (tb_rl_samples(rl) * (rl->prompt_mean + rl->response_mean));
    if (!r->item->per_step && isfinite(r->item->measured) && !isfinite(stage->steps))
        miss(r, "chip-hours without a number of steps");
    check_rate(r, rl);
}

/* Preferences are read in pairs: two rows for each prompt. */
static double rows_of_prompt(enum tb_stage_kind kind)
{
    bool pairs = kind == TB_STAGE_DPO || kind == TB_STAGE_IPO || kind == TB_STAGE_SIMPO ||
                 kind == TB_STAGE_ORPO || kind == TB_STAGE_REWARD;
    return pairs ? 2.0 : 1.0;
}

/* Tokens of a step of a stage that generates nothing: rows of their mean length, or of a usual one.
 */
static double step_tokens(struct reading *r, const struct tb_stage *stage)
{
    double rows = number(r, "samples_per_step");
    double given = number(r, "train_tokens") / stage->steps;
    if (isfinite(given))
        return given;
    if (!isfinite(rows))
        rows = number(r, "prompts_per_step") * rows_of_prompt(stage->kind);
    bool needed = isfinite(rows) && (r->item->per_step || isfinite(stage->steps));
    if (!needed)
        return (double)NAN;
    if (!isfinite(number(r, "mean_response_tokens")))
        return rows * filled(r, "row_mean", "row_mean", USUAL_ROW);
    return rows * (number(r, "mean_response_tokens") +
                   filled(r, "mean_prompt_tokens", "prompt_mean", USUAL_PROMPT));
}

/* A measured step is a stage of one step. */
static void read_tokens(struct reading *r, struct tb_stage *stage)
{
    double each = step_tokens(r, stage);
    double all = number(r, "train_tokens");
    read_engine(r, &stage->rl);
    stage->seq_len = filled(r, "max_response_tokens", "seq_len", 4096.0);
    if (r->item->per_step)
        stage->steps = 1.0;
    stage->tokens = isfinite(all) && !r->item->per_step ? all : each * stage->steps;
    stage->batch_tokens = stage->tokens / tb_or(stage->steps, 1.0);
    if (!isfinite(stage->tokens))
        miss(r, "the trained tokens are not given, nor rows and steps");
}

static void read_measured(struct reading *r)
{
    double step = number(r, "step_time_s"), hours = number(r, "chip_hours");
    r->item->per_step = isfinite(step);
    r->item->measured = isfinite(step) ? step : hours;
    r->item->disclosed_length = isfinite(number(r, "mean_response_tokens"));
    if (!isfinite(r->item->measured))
        miss(r, "neither step time nor chip-hours are given");
}

static void read_machine(struct reading *r)
{
    const char *name = text(r, "chip");
    const struct tb_chip_preset *chip =
        name[0] ? tb_data_chip(r->data, name, (struct tb_pos){0}, NULL) : NULL;
    r->item->chip = chip ? &chip->chip : NULL;
    if (!chip)
        miss(r, name[0] ? "the chip is not known" : "the chip is not given");
    r->item->stage.chips = number(r, "n_chips");
    /* Chip-hours of plain training are those of its tokens, whatever the chips. */
    bool needed = r->item->generates || r->item->per_step;
    if (needed && !isfinite(r->item->stage.chips))
        miss(r, "the number of chips is not given");
}

static void read_model(struct reading *r)
{
    const double params[2] = {number(r, "n_params_total"), number(r, "n_params_active")};
    const char *assumed;
    r->item->model = tb_posttrain_shape(r->arena, r->data, text(r, "model"), params, &assumed);
    if (!r->item->model)
        miss(r, "no shape is known for the model");
    else if (assumed)
        say_word(r, assumed);
}

static void read_stage(struct reading *r)
{
    struct tb_stage *stage = &r->item->stage;
    stage->steps = number(r, "steps");
    if (r->item->generates)
        read_generating(r, stage);
    else
        read_tokens(r, stage);
}

/* Rows of one publication share its ways of measuring: they are left out together. */
static const char *group_of(struct reading *r)
{
    const char *title = text(r, "source_title");
    const char *engine = text(r, "engine");
    if (title[0])
        return title;
    return engine[0] ? tb_arena_strndup(r->arena, engine, strcspn(engine, " (+,;")) : "unnamed";
}

/* Counting does not depend on the constants: once a row. */
static void count_shapes(struct reading *r)
{
    struct tb_rl_shapes *shapes = tb_arena_alloc(r->arena, sizeof *shapes);
    if (shapes)
        tb_rl_shapes_count(r->item->model, &r->item->stage, shapes);
    r->item->shapes = shapes;
}

static void read_row(struct reading *r)
{
    struct tb_posttrain_case *item = r->item;
    item->id = text(r, "run_id");
    item->group = group_of(r);
    clear_stage(&item->stage);
    read_measured(r);
    if (find_kind(text(r, "stage"), &item->stage.kind)) {
        item->generates = tb_stage_generates(item->stage.kind);
        read_machine(r);
        read_model(r);
        read_stage(r);
    } else {
        miss(r, "the kind of stage is not one that is modelled");
    }
    if (!r->missing.length)
        count_shapes(r);
    item->filled = tb_arena_strdup(r->arena, r->filled.data ? r->filled.data : "");
    if (r->missing.length)
        item->skipped = tb_arena_strdup(r->arena, r->missing.data);
}

/* Without these no row says what ran, or on what. */
static bool has_columns(const struct tb_table *table)
{
    static const char *const needed[] = {"run_id", "model", "stage", "chip"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!tb_table_has(table, needed[i]))
            return false;
    }
    return true;
}

enum tb_status tb_posttrain_cases_read(tb_arena *arena, tb_data *data, const struct tb_table *table,
                                       struct tb_posttrain_cases *out, tb_diags *diags)
{
    if (!has_columns(table)) {
        struct tb_finding finding = {.pos = {table->name, 1, 0},
                                     .accepted =
                                         "columns run_id, model, stage, chip, n_chips, ..."};
        return tb_diag_add(diags, TB_CSV_SYNTAX, &finding, "not a table of post-training runs");
    }
    if (!tb_table_check(table, cells, sizeof cells / sizeof *cells, diags))
        return TB_E_INPUT;
    if (!tb_table_say_twice(arena, table, "run_id", diags))
        return TB_E_NOMEM;
    out->n = table->n_rows;
    out->item = tb_arena_alloc(arena, (table->n_rows + 1) * sizeof *out->item);
    if (!out->item)
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < table->n_rows; i++) {
        struct reading r = {
            .arena = arena, .data = data, .table = table, .row = i, .item = &out->item[i]};
        read_row(&r);
        bool lost = !r.item->skipped && (r.missing.length || !r.item->shapes);
        tb_text_free(&r.filled);
        tb_text_free(&r.missing);
        if (!r.item->filled || !r.item->group || lost)
            return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    }
    return TB_OK;
}

double tb_posttrain_predict(const struct tb_posttrain_case *item,
                            const struct tb_rl_constants *constants, struct tb_rl_problem *problem)
{
    struct tb_rl_stage_out out;
    *problem = (struct tb_rl_problem){0};
    const struct tb_rl_stage_in in = {.model = item->model,
                                      .chip = item->chip,
                                      .stage = &item->stage,
                                      .constants = constants,
                                      .shapes = item->shapes,
                                      .update_rate = NAN,
                                      .forward_rate = NAN};
    if (!item->generates) {
        double seconds = tb_rl_passes_time(&in);
        return item->per_step ? seconds / item->stage.chips : seconds / SECONDS_PER_HOUR;
    }
    enum tb_status status = tb_rl_stage_evaluate(&in, &out);
    *problem = out.problem;
    bool timed = status == TB_OK || (out.problem.field && strcmp(out.problem.field, "memory") == 0);
    if (!timed)
        return NAN;
    return item->per_step ? out.step_time : out.chip_hours;
}
