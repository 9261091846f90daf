/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "trainbudget/fit.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "numeric/nlfit.h"
#include "scenario/posttrain_case.h"

#define MOST_CONSTANTS 32
/* What the model can be expected to leave of ln time, where the mean length of a response is known
 * and where it is assumed: an assumed length says little about the constants. */
#define SCALE 0.15
#define SCALE_ASSUMED 0.75
/* Beyond so many scales a row counts linearly. */
#define HUBER 1.5
#define ROUNDS 3
#define MAX_STEPS 25
/* Fewer rows never agree better than this by luck. */
#define LEAST_SIGMA 0.1
#define LEAST_ROWS 5

struct fit {
    size_t n;
    const struct tb_posttrain_case **item;
    double *weight;
    size_t n_free;
    const struct tb_rl_constant_info *free[MOST_CONSTANTS];
    double sd[MOST_CONSTANTS];
};

static double predicted(const struct tb_posttrain_case *item,
                        const struct tb_rl_constants *constants)
{
    struct tb_rl_problem problem;
    return tb_posttrain_predict(item, constants, &problem);
}

static void set_free(const struct fit *f, const double *values, struct tb_rl_constants *out)
{
    tb_rl_constants_start(out);
    for (size_t j = 0; j < f->n_free; j++)
        tb_rl_constant_set(out, f->free[j], values[j]);
}

static double residual(const double *values, size_t row, void *context)
{
    const struct fit *f = context;
    struct tb_rl_constants constants;
    set_free(f, values, &constants);
    return log(predicted(f->item[row], &constants) / f->item[row]->measured);
}

/* Rows that the constants at their start can predict, but those of one publication. */
static void choose_rows(struct fit *f, const struct tb_posttrain_cases *cases, const char *without)
{
    struct tb_rl_constants start;
    tb_rl_constants_start(&start);
    f->n = 0;
    for (size_t i = 0; i < cases->n; i++) {
        const struct tb_posttrain_case *item = &cases->item[i];
        if (item->skipped || (without && strcmp(item->group, without) == 0))
            continue;
        if (!isfinite(predicted(item, &start)))
            continue;
        double scale = item->disclosed_length ? SCALE : SCALE_ASSUMED;
        f->weight[f->n] = SCALE * SCALE / (scale * scale);
        f->item[f->n++] = item;
    }
}

static void choose_constants(struct fit *f, struct tb_nlfit_param params[MOST_CONSTANTS])
{
    const struct tb_rl_constant_info *info;
    f->n_free = 0;
    for (size_t i = 0; (info = tb_rl_constant_info(i)) != NULL && f->n_free < MOST_CONSTANTS; i++) {
        if (info->spread > 0.0) {
            params[f->n_free] = (struct tb_nlfit_param){info->start, info->low, info->high,
                                                        info->start, info->spread};
            f->free[f->n_free++] = info;
        }
    }
}

static enum tb_status run(struct fit *f, const struct tb_posttrain_cases *cases,
                          const char *without, struct tb_rl_constants *out)
{
    struct tb_nlfit_param params[MOST_CONSTANTS];
    double values[MOST_CONSTANTS];
    choose_rows(f, cases, without);
    choose_constants(f, params);
    const struct tb_nlfit_problem problem = {.n_rows = f->n,
                                             .n_params = f->n_free,
                                             .params = params,
                                             .weight = f->weight,
                                             .sigma = SCALE,
                                             .huber = HUBER,
                                             .rounds = ROUNDS,
                                             .max_steps = MAX_STEPS,
                                             .residual = residual,
                                             .context = f};
    enum tb_status status = tb_nlfit(&problem, values, f->sd);
    if (status == TB_OK)
        set_free(f, values, out);
    return status;
}

/** One publication, left out, and what its rows were predicted to take. */
struct fold {
    const char *without;
    struct tb_rl_constants constants;
};

/** All that a fit leaves behind. */
struct outcome {
    const struct tb_posttrain_cases *cases;
    struct fit fit;
    struct tb_rl_constants constants;
    size_t n_folds;
    struct fold *fold;
    double *left_out; /**< ln(predicted / measured) of each case; NaN: skipped */
};

static bool has_fold(const struct outcome *o, const char *group)
{
    for (size_t i = 0; i < o->n_folds; i++) {
        if (strcmp(o->fold[i].without, group) == 0)
            return true;
    }
    return false;
}

/* Publications whose rows are in the fit, in the order of the table. */
static enum tb_status leave_out(struct outcome *o)
{
    choose_rows(&o->fit, o->cases, NULL);
    for (size_t i = 0; i < o->fit.n; i++) {
        if (!has_fold(o, o->fit.item[i]->group))
            o->fold[o->n_folds++].without = o->fit.item[i]->group;
    }
    for (size_t i = 0; i < o->cases->n; i++)
        o->left_out[i] = (double)NAN;
    for (size_t k = 0; k < o->n_folds; k++) {
        struct fold *fold = &o->fold[k];
        enum tb_status status = run(&o->fit, o->cases, fold->without, &fold->constants);
        if (status != TB_OK)
            return status;
        for (size_t i = 0; i < o->cases->n; i++) {
            const struct tb_posttrain_case *item = &o->cases->item[i];
            if (!item->skipped && strcmp(item->group, fold->without) == 0)
                o->left_out[i] = log(predicted(item, &fold->constants) / item->measured);
        }
    }
    return run(&o->fit, o->cases, NULL, &o->constants);
}

/* ---- the preset
 * ----------------------------------------------------------------------------------
 */

/* Rows in which a constant has a say: a tenth more of it moves the prediction. */
static size_t rows_of(const struct outcome *o, const struct tb_rl_constant_info *info)
{
    struct tb_rl_constants moved = o->constants;
    size_t n = 0;
    tb_rl_constant_set(&moved, info, 1.1 * tb_rl_constant_get(&o->constants, info));
    for (size_t i = 0; i < o->fit.n; i++)
        n += fabs(log(predicted(o->fit.item[i], &moved) /
                      predicted(o->fit.item[i], &o->constants))) > 1e-3;
    return n;
}

static void write_constants(struct tb_text *out, const struct outcome *o)
{
    const struct tb_rl_constant_info *info;
    size_t j = 0;
    tb_text_add(out, "constants:\n");
    for (size_t i = 0; (info = tb_rl_constant_info(i)) != NULL; i++) {
        double value = tb_rl_constant_get(&o->constants, info);
        if (info->spread > 0.0)
            tb_text_addf(out,
                         "  - {constant: %s, value: %.4g, sd: %.3f, rows: %zu, grade: C, source: "
                         "[posttrain-runs-table]}\n",
                         info->id, value, o->fit.sd[j++], rows_of(o, info));
        else
            tb_text_addf(
                out,
                "  - {constant: %s, value: %.4g, grade: D, note: an engineering value; not "
                "fitted}\n",
                info->id, value);
    }
}

static void write_fold(struct tb_text *out, const struct outcome *o, const struct fold *fold)
{
    bool first = true;
    tb_text_addf(out, "  - without: \"%s\"\n    runs: [", fold->without);
    for (size_t i = 0; i < o->cases->n; i++) {
        const struct tb_posttrain_case *item = &o->cases->item[i];
        if (isfinite(o->left_out[i]) && strcmp(item->group, fold->without) == 0) {
            tb_text_addf(out, "%s%s", first ? "" : ", ", item->id);
            first = false;
        }
    }
    tb_text_add(out, "]\n    values: {");
    for (size_t j = 0; j < o->fit.n_free; j++)
        tb_text_addf(out, "%s%s: %.4g", j ? ", " : "", o->fit.free[j]->id,
                     tb_rl_constant_get(&fold->constants, o->fit.free[j]));
    tb_text_add(out, "}\n");
}

/** Left-out errors of some rows. */
struct errors {
    size_t n;
    double sum, squares;
};

static struct errors errors_of(const struct outcome *o, const char *group, int disclosed)
{
    struct errors e = {0};
    for (size_t i = 0; i < o->cases->n; i++) {
        const struct tb_posttrain_case *item = &o->cases->item[i];
        if (!isfinite(o->left_out[i]) || (group && strcmp(item->group, group) != 0) ||
            (disclosed >= 0 && item->disclosed_length != (disclosed == 1)))
            continue;
        e.n++;
        e.sum += o->left_out[i];
        e.squares += o->left_out[i] * o->left_out[i];
    }
    return e;
}

static void write_errors(struct tb_text *out, const struct outcome *o)
{
    static const char *const lengths[] = {"assumed", "disclosed"};
    tb_text_add(out, "errors:\n");
    for (int disclosed = 1; disclosed >= 0; disclosed--) {
        struct errors e = errors_of(o, NULL, disclosed);
        double sigma = e.n >= LEAST_ROWS ? sqrt(e.squares / (double)e.n) : SCALE_ASSUMED;
        tb_text_addf(out,
                     "  - {length: %s, sigma: %.3f, rows: %zu, grade: C, source: "
                     "[posttrain-runs-table], note: root mean square of ln measured over predicted "
                     "of left-out runs}\n",
                     lengths[disclosed], fmax(sigma, LEAST_SIGMA), e.n);
    }
}

static void write_head(struct tb_text *out, const struct outcome *o)
{
    tb_text_add(out, "# SPDX-FileCopyrightText: 2026 The trainbudget authors\n"
                     "# SPDX-License-Identifier: GPL-3.0-or-later\n#\n"
                     "# Written by `trainbudget fit posttrain`; do not edit.\n"
                     "# Constants of post-training, docs/model.md 10.\n"
                     "# Left-out errors: publication, rows, geometric mean of predicted over "
                     "measured, rms factor\n");
    for (size_t k = 0; k < o->n_folds; k++) {
        struct errors e = errors_of(o, o->fold[k].without, -1);
        tb_text_addf(out, "# %-60.60s %3zu %5.2f %5.2f\n", o->fold[k].without, e.n,
                     exp(e.sum / (double)e.n), exp(sqrt(e.squares / (double)e.n)));
    }
}

static char *write(const struct outcome *o)
{
    struct tb_text out = {0};
    write_head(&out, o);
    write_constants(&out, o);
    tb_text_add(&out, "folds:\n");
    for (size_t k = 0; k < o->n_folds; k++)
        write_fold(&out, o, &o->fold[k]);
    write_errors(&out, o);
    return tb_text_take(&out);
}

/* One list of cases from all tables. */
static bool read_tables(tb_arena *arena, tb_data *data, const struct tb_fit_table *tables, size_t n,
                        struct tb_posttrain_cases *all, tb_diags *diags)
{
    for (size_t i = 0; i < n; i++) {
        struct tb_table table;
        struct tb_posttrain_cases one;
        if (!tb_table_read(arena, tables[i].name, tables[i].text, tables[i].length, &table,
                           diags) ||
            tb_posttrain_cases_read(arena, data, &table, &one, diags) != TB_OK)
            return false;
        struct tb_posttrain_case *item = tb_arena_alloc(arena, (all->n + one.n + 1) * sizeof *item);
        if (!item)
            return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory") == TB_OK;
        if (all->n > 0)
            memcpy(item, all->item, all->n * sizeof *item);
        memcpy(item + all->n, one.item, one.n * sizeof *item);
        all->item = item;
        all->n += one.n;
    }
    return true;
}

static char *fit_cases(tb_arena *arena, const struct tb_posttrain_cases *cases, tb_diags *diags)
{
    struct outcome o = {.cases = cases};
    o.fit.item = tb_arena_alloc(arena, (cases->n + 1) * sizeof *o.fit.item);
    o.fit.weight = tb_arena_alloc(arena, (cases->n + 1) * sizeof *o.fit.weight);
    o.fold = tb_arena_alloc(arena, (cases->n + 1) * sizeof *o.fold);
    o.left_out = tb_arena_alloc(arena, (cases->n + 1) * sizeof *o.left_out);
    if (!o.fit.item || !o.fit.weight || !o.fold || !o.left_out) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    choose_rows(&o.fit, cases, NULL);
    if (o.fit.n < 2) {
        tb_diag_add(diags, TB_NO_ANSWER, NULL,
                    "%zu of %zu rows can be predicted and were measured: too few for a fit",
                    o.fit.n, cases->n);
        return NULL;
    }
    enum tb_status status = leave_out(&o);
    if (status != TB_OK) {
        tb_diag_add(diags, status == TB_E_NOMEM ? TB_NO_MEMORY : TB_NO_ANSWER, NULL,
                    "the fit failed");
        return NULL;
    }
    return write(&o);
}

char *tb_fit_posttrain(tb_data *data, const struct tb_fit_table *tables, size_t n, tb_diags *diags)
{
    tb_arena *arena = tb_arena_new();
    struct tb_posttrain_cases all = {0};
    char *text = NULL;
    if (!arena) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    if (read_tables(arena, data, tables, n, &all, diags))
        text = fit_cases(arena, &all, diags);
    tb_arena_free(arena);
    return text;
}
