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

static double *field(struct tb_perf *perf, enum tb_perf_id id)
{
    return (double *)(void *)((char *)perf + tb_perf_info(id)->offset);
}

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
    constants->item[constants->n++] = *constant;
    return true;
}

/* The last entry of a key wins: what was fitted later stands behind. */
static const struct tb_constant *find(const struct tb_constants *constants, enum tb_perf_id id,
                                      const char *key)
{
    for (size_t i = constants->n; i-- > 0;) {
        if (constants->item[i].id == id && strcmp(constants->item[i].key, key) == 0)
            return &constants->item[i];
    }
    return NULL;
}

/* Entries of a constant from the nearest key to the farthest. */
static const struct tb_constant *nearest(const struct tb_constants *constants, enum tb_perf_id id,
                                         const struct tb_constant_keys *k, bool *known)
{
    enum tb_perf_scope scope = tb_perf_info(id)->scope;
    char pair[128];
    snprintf(pair, sizeof pair, "%s@%s", k->stack, k->generation);
    const char *const by_chip[] = {k->chip, k->generation, k->vendor, "default"};
    const char *const by_stack[] = {k->stack, "default"};
    const char *const by_pair[] = {pair, k->stack, k->generation, "default"};
    const char *const *keys = scope == TB_PERF_STACK    ? by_stack
                              : scope == TB_PERF_KERNEL ? by_pair
                                                        : by_chip;
    size_t n = scope == TB_PERF_STACK ? 2 : 4;
    for (size_t i = 0; i < n; i++) {
        const struct tb_constant *c = find(constants, id, keys[i]);
        if (c) {
            *known = i == 0;
            return c;
        }
    }
    *known = false;
    return NULL;
}

int tb_constants_perf(const struct tb_constants *constants, const struct tb_constant_keys *keys,
                      struct tb_perf *perf)
{
    bool chip_known = false;
    bool stack_known = false;
    tb_perf_start_for(perf, keys->data_sheet);
    for (int id = 0; id < TB_PERF_COUNT; id++) {
        bool known;
        const struct tb_constant *c = nearest(constants, (enum tb_perf_id)id, keys, &known);
        if (c)
            *field(perf, (enum tb_perf_id)id) = c->value;
        if (known && id == TB_PERF_ID_gemm16)
            chip_known = true;
        if (known && id == TB_PERF_ID_slowness)
            stack_known = true;
    }
    return (chip_known ? 0 : 1) + (stack_known ? 0 : 1);
}

void tb_constants_range(const struct tb_constants *constants, bool moe, int known, double *low,
                        double *high)
{
    *low = 0.6;
    *high = 1.6;
    for (size_t i = 0; i < constants->n_bands; i++) {
        const struct tb_error_band *b = &constants->band[i];
        if (b->moe == moe && b->known == known) {
            *low = exp(b->low);
            *high = exp(b->high);
        }
    }
}

static struct tb_constant_keys keys_of_case(const struct tb_case *c)
{
    return (struct tb_constant_keys){c->chip_id, c->generation, c->vendor, c->stack->id, &c->chip};
}

int tb_case_perf(const struct tb_constants *constants, const struct tb_case *c,
                 struct tb_perf *perf)
{
    struct tb_constant_keys keys = keys_of_case(c);
    return tb_constants_perf(constants, &keys, perf);
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
    unsigned char *moves; /* n_rows x TB_PERF_COUNT: the constant has a say in the row */
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
        *field(&perf, (enum tb_perf_id)id) = at >= 0 ? values[at] : f->slot[slot].value;
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
static bool depends(struct fit *f, size_t item, int id)
{
    short slot = f->slot_of[item * TB_PERF_COUNT + (size_t)id];
    double kept = f->slot[slot].value;
    double before = predict(f, NULL, item, NULL);
    f->slot[slot].value = kept * 1.05;
    double after = predict(f, NULL, item, NULL);
    f->slot[slot].value = kept;
    return fabs(after / before - 1.0) > 1e-7;
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
                slot_for(f, (enum tb_perf_id)id, key, *field(&perf, (enum tb_perf_id)id));
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
    {1u << TB_PERF_CHIP | 1u << TB_PERF_STACK | 1u << TB_PERF_KERNEL, true, false, 2, 12},
    {1u << TB_PERF_LINK | 1u << TB_PERF_STACK, false, false, 2, 12},
    {1u << TB_PERF_STACK, false, true, 1, 8},
    {1u << TB_PERF_CHIP | 1u << TB_PERF_LINK | 1u << TB_PERF_STACK | 1u << TB_PERF_KERNEL, false,
     false, 4, 25},
};

static bool stage_row(const struct stage *stage, const struct tb_case *c)
{
    return !stage->inside || c->chips <= c->chip.link_domain;
}

/* The rows of a stage, and which constants each depends on. */
static void choose_rows(struct fit *f, const struct stage *stage)
{
    f->n_rows = 0;
    for (size_t s = 0; s < f->n_slots; s++)
        f->slot[s].rows = 0.0;
    for (size_t i = 0; i < f->n; i++) {
        if (!stage_row(stage, f->item[i]))
            continue;
        for (int id = 0; id < TB_PERF_COUNT; id++) {
            bool moved = depends(f, i, id);
            f->moves[f->n_rows * TB_PERF_COUNT + (size_t)id] = moved;
            f->slot[f->slot_of[i * TB_PERF_COUNT + (size_t)id]].rows += moved;
        }
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
            if (at >= 0 && f->moves[r * TB_PERF_COUNT + id])
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
                                           .max_steps = quick ? 20 : stage->steps,
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
        struct tb_constant c = {s->id, s->key, s->value, s->sd_ln, s->rows};
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
        if (!vendor || scope == TB_PERF_STACK || scope == TB_PERF_KERNEL || find(out, c.id, vendor))
            continue;
        c.value = vendor_mean(f, out, c.id, vendor);
        c.key = vendor;
        if (!tb_constants_add(arena, out, &c))
            return false;
    }
    return true;
}

static enum tb_status run_pass(tb_arena *arena, struct fit *f, enum pass pass,
                               const struct tb_fit_options *options, struct tb_constants *out,
                               tb_diags *diags)
{
    f->spread = pass == OWN ? OWN_SPREAD : 1.0;
    if (!make_slots(arena, f, out, pass))
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    for (size_t s = 0; s < sizeof stages / sizeof stages[0]; s++) {
        if (!run_stage(f, &stages[s], options->quick))
            return tb_diag_add(diags, TB_NO_ANSWER, NULL, "stage %zu of the fit failed", s + 1);
    }
    if (!keep_slots(arena, f, out) || (pass == SHARED && !keep_vendors(arena, f, out)))
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    return TB_OK;
}

enum tb_status tb_constants_fit(tb_arena *arena, const struct tb_cases *cases,
                                const struct tb_fit_options *options, struct tb_constants *out,
                                tb_diags *diags)
{
    struct fit f = {0};
    *out = (struct tb_constants){0};
    for (size_t i = 0; options->base && i < options->base->n; i++) {
        if (!tb_constants_add(arena, out, &options->base->item[i]))
            return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    }
    if (!gather_cases(arena, cases, options, &f))
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    enum tb_status status = run_pass(arena, &f, SHARED, options, out, diags);
    if (status == TB_OK)
        status = run_pass(arena, &f, OWN, options, out, diags);
    return status;
}
