/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/fit_constants.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/nlfit.h"

/* One residual of this size in ln is what the model can be expected to leave. */
#define RESIDUAL_SCALE 0.06
/* Beyond so many scales a row counts linearly. */
#define HUBER 1.5
/* Rows of one table that count in full; a larger table as a whole counts as so many. */
#define TABLE_ROWS 80.0
#define MOST_SLOTS 8191
/* A chip or stack stays nearer to its generation's or to the default value than a generation to the
 * start. */
#define OWN_SPREAD 1.0
/* Rounds in which stacks are fitted around what the others of their framework and time say. */
#define ROUNDS_BESIDE 2

bool tb_constants_add(tb_arena *arena, struct tb_constants *constants,
                      const struct tb_constant *constant)
{
    if (constants->n == constants->capacity) {
        size_t more = constants->capacity ? 2 * constants->capacity : 64;
        struct tb_constant *items = tb_arena_alloc(arena, more * sizeof *items);
        if (!items)
            return false;
        if (constants->n > 0)
            memcpy(items, constants->item, constants->n * sizeof *items);
        constants->item = items;
        constants->capacity = more;
    }
    tb_constants_append(constants, constant);
    return true;
}

bool tb_case_left_out(const struct tb_case *c, const struct tb_fit_options *options)
{
    return options->folds > 0 && c->group % (uint64_t)options->folds == (uint64_t)options->fold;
}

/* ---- fit ---------------------------------------------------------------------------------------
 */

/* A constant of one chip or stack while it is fitted. */
struct slot {
    enum tb_perf_id id;
    const char *key;
    double value, sd_ln;
    double prior;
    double rows;
};

struct fit {
    size_t n, n_slots, n_free;
    const struct tb_case **item;
    double *weight;
    short *slot_of; /* n x TB_PERF_COUNT */
    struct slot *slot;
    size_t *free_slot; /* free parameter -> slot */
    short *free_of;    /* slot -> free parameter, -1 */
    /* A stage's view. */
    size_t n_rows;
    size_t *row;
    unsigned char *moves; /* n x TB_PERF_COUNT: the constant has a say in the row */
    double spread;        /* of the priors, over those of the table */
};

/* Passes of the fit: first what generations share under one default stack, then each chip and stack
 * around that. */
enum pass { SHARED, OWN };

static const char *key_of(tb_arena *arena, const struct tb_case *c, enum tb_perf_id id,
                          enum pass pass)
{
    enum tb_perf_scope scope = tb_perf_info(id)->scope;
    if (scope == TB_PERF_STACK)
        return pass == SHARED ? "default" : c->stack->id;
    if (scope == TB_PERF_KERNEL)
        return pass == SHARED ? "default"
                              : tb_arena_printf(arena, "%s@%s", c->stack->id, c->generation);
    return pass == SHARED ? c->generation : c->chip_id;
}

static short slot_for(struct fit *f, enum tb_perf_id id, const char *key, double prior)
{
    for (size_t i = 0; i < f->n_slots; i++) {
        if (f->slot[i].id == id && strcmp(f->slot[i].key, key) == 0)
            return (short)i;
    }
    const struct tb_perf_info *info = tb_perf_info(id);
    prior = fmin(fmax(prior, 1.02 * info->low), 0.98 * info->high);
    f->slot[f->n_slots] = (struct slot){id, key, prior, 0.0, prior, 0.0};
    return (short)f->n_slots++;
}

static double predict(const struct fit *f, const double *values, size_t item, double *total)
{
    struct tb_perf perf;
    struct tb_step_out out;
    for (int id = 0; id < TB_PERF_COUNT; id++) {
        short slot = f->slot_of[item * TB_PERF_COUNT + (size_t)id];
        short at = values ? f->free_of[slot] : (short)-1;
        *tb_perf_field(&perf, (enum tb_perf_id)id) = at >= 0 ? values[at] : f->slot[slot].value;
    }
    double rate = tb_case_predict(f->item[item], &perf, &out);
    if (total)
        *total = out.time.total;
    return rate;
}

static double residual(const double *values, size_t row, void *context)
{
    const struct fit *f = context;
    size_t item = f->row[row];
    return log(f->item[item]->measured / predict(f, values, item, NULL));
}

/* Which constants move a row at all: those of a dense row have no say in dispatch. */
static void find_dependence(struct fit *f)
{
    for (size_t i = 0; i < f->n; i++) {
        double before = predict(f, NULL, i, NULL);
        for (size_t id = 0; id < TB_PERF_COUNT; id++) {
            struct slot *slot = &f->slot[f->slot_of[i * TB_PERF_COUNT + id]];
            double kept = slot->value;
            slot->value = kept * 1.05;
            double after = predict(f, NULL, i, NULL);
            slot->value = kept;
            f->moves[i * TB_PERF_COUNT + id] = fabs(after / before - 1.0) > 1e-7;
        }
    }
}

static size_t table_rows(const struct fit *f, const char *table)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += strcmp(f->item[i]->row->table_id, table) == 0;
    return n;
}

static bool make_room(tb_arena *arena, size_t n, struct fit *f)
{
    f->item = tb_arena_alloc(arena, (n + 1) * sizeof *f->item);
    f->weight = tb_arena_alloc(arena, (n + 1) * sizeof *f->weight);
    f->row = tb_arena_alloc(arena, (n + 1) * sizeof *f->row);
    f->slot_of = tb_arena_alloc(arena, (n + 1) * TB_PERF_COUNT * sizeof *f->slot_of);
    f->moves = tb_arena_alloc(arena, (n + 1) * TB_PERF_COUNT);
    f->slot = tb_arena_alloc(arena, (MOST_SLOTS + 1) * sizeof *f->slot);
    f->free_of = tb_arena_alloc(arena, (MOST_SLOTS + 1) * sizeof *f->free_of);
    f->free_slot = tb_arena_alloc(arena, (MOST_SLOTS + 1) * sizeof *f->free_slot);
    bool rows = f->item && f->weight && f->row && f->slot_of && f->moves;
    return rows && f->slot && f->free_of && f->free_slot;
}

static bool is_fitted(const struct tb_case *c, const struct tb_fit_options *options)
{
    /* Software that nobody names teaches nothing about any stack: such rows only validate, but for
     * a table of one's own. */
    bool named = c->stack->text[0] != '\0' || options->base;
    return !c->skipped && named && c->measured > 0.0 && !tb_case_left_out(c, options);
}

static bool gather_cases(tb_arena *arena, const struct tb_cases *cases,
                         const struct tb_fit_options *options, struct fit *f)
{
    if (!make_room(arena, cases->n, f))
        return false;
    for (size_t i = 0; i < cases->n; i++) {
        if (is_fitted(&cases->item[i], options))
            f->item[f->n++] = &cases->item[i];
    }
    for (size_t i = 0; i < f->n; i++) {
        double rows = (double)table_rows(f, f->item[i]->row->table_id);
        f->weight[i] = fmin(1.0, TABLE_ROWS / rows);
    }
    return true;
}

/* Slots of a pass, each with the value of what was fitted before as its prior. */
static bool make_slots(tb_arena *arena, struct fit *f, const struct tb_constants *before,
                       enum pass pass)
{
    f->n_slots = 0;
    for (size_t i = 0; i < f->n; i++) {
        struct tb_perf perf;
        tb_case_perf(before, f->item[i], &perf);
        for (int id = 0; id < TB_PERF_COUNT; id++) {
            const char *key = key_of(arena, f->item[i], (enum tb_perf_id)id, pass);
            if (!key || f->n_slots >= MOST_SLOTS)
                return false;
            f->slot_of[i * TB_PERF_COUNT + (size_t)id] =
                slot_for(f, (enum tb_perf_id)id, key, *tb_perf_field(&perf, (enum tb_perf_id)id));
        }
    }
    return true;
}

/* A stage of the fit: which constants are free, and on which rows. */
struct stage {
    unsigned scopes; /* 1 << scope */
    bool inside;     /* only rows within one scale-up domain */
    bool only_scale;
    int rounds, steps;
};

static const struct stage stages[] = {
    {1u << TB_PERF_CHIP | 1u << TB_PERF_STACK | 1u << TB_PERF_KERNEL, true, false, 2, 25},
    {1u << TB_PERF_LINK | 1u << TB_PERF_STACK, false, false, 2, 25},
    {1u << TB_PERF_STACK, false, true, 1, 8},
    {1u << TB_PERF_CHIP | 1u << TB_PERF_LINK | 1u << TB_PERF_STACK | 1u << TB_PERF_KERNEL, false,
     false, 4, 60},
};

static bool stage_row(const struct stage *stage, const struct tb_case *c)
{
    return !stage->inside || c->chips <= c->chip.link_domain;
}

/* The rows of a stage, and how many of them depend on each constant. */
static void choose_rows(struct fit *f, const struct stage *stage)
{
    f->n_rows = 0;
    for (size_t s = 0; s < f->n_slots; s++)
        f->slot[s].rows = 0.0;
    for (size_t i = 0; i < f->n; i++) {
        if (!stage_row(stage, f->item[i]))
            continue;
        for (size_t at = i * TB_PERF_COUNT; at < (i + 1) * TB_PERF_COUNT; at++)
            f->slot[f->slot_of[at]].rows += f->moves[at];
        f->row[f->n_rows++] = i;
    }
}

static void choose_constants(struct fit *f, const struct stage *stage)
{
    f->n_free = 0;
    for (size_t s = 0; s < f->n_slots; s++) {
        const struct slot *slot = &f->slot[s];
        bool scope = stage->scopes >> tb_perf_info(slot->id)->scope & 1u;
        bool wanted = !stage->only_scale || slot->id == TB_PERF_ID_scale_loss;
        bool is_free = scope && wanted && slot->rows > 0.0;
        f->free_of[s] = (short)(is_free ? (int)f->n_free : -1);
        if (is_free)
            f->free_slot[f->n_free++] = s;
    }
}

/* What the solver needs of a stage. */
struct stage_room {
    struct tb_nlfit_param *params;
    double *values, *sd, *weight;
    unsigned char *uses;
};

static bool stage_room_new(struct stage_room *room, size_t rows, size_t free)
{
    *room = (struct stage_room){.params = calloc(free, sizeof *room->params),
                                .values = calloc(free, sizeof *room->values),
                                .sd = calloc(free, sizeof *room->sd),
                                .weight = calloc(rows, sizeof *room->weight),
                                .uses = calloc(rows, free)};
    return room->params && room->values && room->sd && room->weight && room->uses;
}

static void stage_room_free(struct stage_room *room)
{
    free(room->uses);
    free(room->weight);
    free(room->sd);
    free(room->values);
    free(room->params);
}

static void fill_stage(const struct fit *f, struct stage_room *room)
{
    for (size_t j = 0; j < f->n_free; j++) {
        const struct slot *slot = &f->slot[f->free_slot[j]];
        const struct tb_perf_info *info = tb_perf_info(slot->id);
        room->params[j] = (struct tb_nlfit_param){slot->value, info->low, info->high, slot->prior,
                                                  f->spread * info->spread};
    }
    for (size_t r = 0; r < f->n_rows; r++) {
        room->weight[r] = f->weight[f->row[r]];
        for (size_t id = 0; id < TB_PERF_COUNT; id++) {
            short at = f->free_of[f->slot_of[f->row[r] * TB_PERF_COUNT + id]];
            if (at >= 0 && f->moves[f->row[r] * TB_PERF_COUNT + id])
                room->uses[r * f->n_free + (size_t)at] = 1;
        }
    }
}

static bool run_stage(struct fit *f, const struct stage *stage, bool quick)
{
    struct stage_room room;
    choose_rows(f, stage);
    choose_constants(f, stage);
    if (f->n_rows < 2 || f->n_free == 0)
        return true;
    bool done = stage_room_new(&room, f->n_rows, f->n_free);
    if (done) {
        fill_stage(f, &room);
        struct tb_nlfit_problem problem = {.n_rows = f->n_rows,
                                           .n_params = f->n_free,
                                           .params = room.params,
                                           .weight = room.weight,
                                           .uses = room.uses,
                                           .sigma = RESIDUAL_SCALE,
                                           .huber = HUBER,
                                           .rounds = quick ? 2 : stage->rounds,
                                           .max_steps = quick ? 40 : stage->steps,
                                           .residual = residual,
                                           .context = f};
        done = tb_nlfit(&problem, room.values, room.sd) == TB_OK;
    }
    for (size_t j = 0; done && j < f->n_free; j++) {
        f->slot[f->free_slot[j]].value = room.values[j];
        f->slot[f->free_slot[j]].sd_ln = room.sd[j];
    }
    stage_room_free(&room);
    return done;
}

static bool keep_slots(tb_arena *arena, const struct fit *f, struct tb_constants *out)
{
    for (size_t i = 0; i < f->n_slots; i++) {
        const struct slot *s = &f->slot[i];
        struct tb_constant c = {s->id, s->key, s->value, s->sd_ln, s->rows, 0};
        if (s->rows > 0.0 && !tb_constants_add(arena, out, &c))
            return false;
    }
    return true;
}

static const char *vendor_of(const struct fit *f, const char *generation)
{
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->item[i]->generation, generation) == 0)
            return f->item[i]->vendor;
    }
    return NULL;
}

/* Geometric mean of a constant over the generations of a vendor. */
static double vendor_mean(const struct fit *f, const struct tb_constants *out, enum tb_perf_id id,
                          const char *vendor)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t i = 0; i < out->n; i++) {
        const struct tb_constant *c = &out->item[i];
        const char *maker = c->id == id ? vendor_of(f, c->key) : NULL;
        if (maker && strcmp(maker, vendor) == 0) {
            sum += log(c->value);
            n += 1.0;
        }
    }
    return exp(sum / n);
}

/* A vendor's other chips are like those that were measured. */
static bool keep_vendors(tb_arena *arena, const struct fit *f, struct tb_constants *out)
{
    size_t n = out->n;
    for (size_t i = 0; i < n; i++) {
        struct tb_constant c = out->item[i];
        enum tb_perf_scope scope = tb_perf_info(c.id)->scope;
        const char *vendor = vendor_of(f, c.key);
        if (!vendor || scope == TB_PERF_STACK || scope == TB_PERF_KERNEL ||
            tb_constants_find(out, c.id, vendor))
            continue;
        c.value = vendor_mean(f, out, c.id, vendor);
        c.key = vendor;
        if (!tb_constants_add(arena, out, &c))
            return false;
    }
    return true;
}

/* A maker without rows is like the mean of the makers. */
static bool keep_makers_mean(tb_arena *arena, struct tb_constants *out, enum tb_perf_id id,
                             const struct fit *f)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t i = 0; i < out->n; i++) {
        const struct tb_constant *c = &out->item[i];
        bool maker = false;
        for (size_t k = 0; k < f->n && !maker; k++)
            maker = strcmp(f->item[k]->vendor, c->key) == 0;
        if (c->id == id && maker) {
            sum += log(c->value);
            n += 1.0;
        }
    }
    struct tb_constant c = {id, "default", exp(sum / n), tb_perf_info(id)->spread, n, 0};
    return !(n > 0.0) || tb_constants_add(arena, out, &c);
}

static bool keep_makers(tb_arena *arena, const struct fit *f, struct tb_constants *out)
{
    for (int id = 0; id < TB_PERF_COUNT; id++) {
        enum tb_perf_scope scope = tb_perf_info((enum tb_perf_id)id)->scope;
        bool chip = scope == TB_PERF_CHIP || scope == TB_PERF_LINK;
        if (chip && !keep_makers_mean(arena, out, (enum tb_perf_id)id, f))
            return false;
    }
    return true;
}

static bool is_software(const struct slot *slot)
{
    enum tb_perf_scope scope = tb_perf_info(slot->id)->scope;
    return scope == TB_PERF_STACK || scope == TB_PERF_KERNEL;
}

/* A stack is believed to be near what the others of its framework and time say: a constant that its
 * own rows say little of would else go back to what all software shares. */
static bool believe_others(tb_arena *arena, struct fit *f, const struct tb_constants *shared)
{
    struct tb_constants known = {0};
    for (int id = 0; id < TB_PERF_COUNT; id++) {
        const struct tb_constant *c = tb_constants_find(shared, (enum tb_perf_id)id, "default");
        if (c && !tb_constants_add(arena, &known, c))
            return false;
    }
    if (!keep_slots(arena, f, &known))
        return false;
    for (size_t i = 0; i < f->n_slots; i++) {
        struct slot *slot = &f->slot[i];
        double prior =
            is_software(slot) ? tb_constants_of_others(&known, slot->id, slot->key) : (double)NAN;
        slot->prior = isnan(prior) ? slot->prior : prior;
    }
    return true;
}

static enum tb_status fit_beside_others(tb_arena *arena, struct fit *f,
                                        const struct tb_fit_options *options,
                                        const struct tb_constants *shared)
{
    const struct stage *all = &stages[sizeof stages / sizeof stages[0] - 1];
    for (int round = 0; round < ROUNDS_BESIDE; round++) {
        if (!believe_others(arena, f, shared))
            return TB_E_NOMEM;
        if (!run_stage(f, all, options->quick))
            return TB_E_ANSWER;
    }
    return TB_OK;
}

/* From constants that are good already all are fitted at once: alone, a stage would make up for
 * what a later one is there to find, up to a bound that holds it. */
static bool run_stages(struct fit *f, const struct tb_fit_options *options)
{
    const size_t n = sizeof stages / sizeof stages[0];
    for (size_t s = options->base ? n - 1 : 0; s < n; s++) {
        if (!run_stage(f, &stages[s], options->quick))
            return false;
    }
    return true;
}

static bool keep_pass(tb_arena *arena, const struct fit *f, enum pass pass,
                      struct tb_constants *out)
{
    return keep_slots(arena, f, out) &&
           (pass != SHARED || (keep_vendors(arena, f, out) && keep_makers(arena, f, out)));
}

static enum tb_status run_pass(tb_arena *arena, struct fit *f, enum pass pass,
                               const struct tb_fit_options *options, struct tb_constants *out)
{
    enum tb_status status = TB_OK;
    f->spread = pass == OWN ? OWN_SPREAD : 1.0;
    if (!make_slots(arena, f, out, pass))
        return TB_E_NOMEM;
    find_dependence(f);
    if (!run_stages(f, options))
        return TB_E_ANSWER;
    if (pass == OWN && !options->base)
        status = fit_beside_others(arena, f, options, out);
    if (status == TB_OK && !keep_pass(arena, f, pass, out))
        status = TB_E_NOMEM;
    return status;
}

enum tb_status tb_constants_fit(tb_arena *arena, const struct tb_cases *cases,
                                const struct tb_fit_options *options, struct tb_constants *out)
{
    struct fit f = {0};
    *out = (struct tb_constants){0};
    for (size_t i = 0; options->base && i < options->base->n; i++) {
        if (!tb_constants_add(arena, out, &options->base->item[i]))
            return TB_E_NOMEM;
    }
    if (!gather_cases(arena, cases, options, &f))
        return TB_E_NOMEM;
    /* What others share stays as it is where their constants are kept. */
    enum tb_status status = options->base ? TB_OK : run_pass(arena, &f, SHARED, options, out);
    if (status == TB_OK)
        status = run_pass(arena, &f, OWN, options, out);
    return status;
}
