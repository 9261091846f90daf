/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/fit_errors.h"

#include <math.h>
#include <string.h>

#include "numeric/quantile.h"

enum by { BY_ALL, BY_KIND, BY_MAKER, BY_CHIP, BY_TABLE };

struct group {
    enum by by;
    const char *name;
    bool moe;
};

static const char *label(const struct tb_case *c, enum by by)
{
    if (by == BY_MAKER)
        return c->vendor ? c->vendor : "unknown";
    if (by == BY_CHIP)
        return c->chip_id ? c->chip_id : c->row->chip;
    return c->row->table_id;
}

static bool belongs(const struct tb_case *c, const struct group *g)
{
    if (g->by == BY_ALL)
        return true;
    if (g->by == BY_KIND)
        return c->moe == g->moe;
    return strcmp(label(c, g->by), g->name) == 0;
}

static void measure(const struct tb_check *checks, size_t n, const struct group *g, double *errors,
                    struct tb_check_summary *out)
{
    static const double probabilities[] = {0.5, 0.9};
    double q[2] = {(double)NAN, (double)NAN};
    double sum = 0.0;
    double bias = 0.0;
    double inside = 0.0;
    for (size_t i = 0; i < n; i++) {
        const struct tb_check *c = &checks[i];
        if (!belongs(c->item, g))
            continue;
        if (!(c->predicted > 0.0)) {
            out->skipped++;
            continue;
        }
        double measured = c->item->measured;
        errors[out->n++] = fabs(c->predicted / measured - 1.0);
        sum += fabs(c->predicted / measured - 1.0);
        bias += c->predicted / measured - 1.0;
        inside += measured >= c->low && measured <= c->high;
    }
    double count = (double)out->n;
    if (out->n > 0)
        tb_quantiles(errors, out->n, probabilities, 2, q);
    out->median_abs_error = q[0];
    out->p90_abs_error = q[1];
    out->mape = sum / count;
    out->bias = bias / count;
    out->coverage = inside / count;
}

static bool seen_before(const struct tb_check *checks, size_t i, enum by by)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(label(checks[k].item, by), label(checks[i].item, by)) == 0)
            return true;
    }
    return false;
}

bool tb_check_summaries(tb_arena *arena, const struct tb_check *checks, size_t n,
                        struct tb_check_summary **out, size_t *n_out)
{
    static const char *const prefix[] = {"", "", "maker:", "chip:", "table:"};
    struct group *groups = tb_arena_alloc(arena, (3 * n + 4) * sizeof *groups);
    double *errors = tb_arena_alloc(arena, (n + 1) * sizeof *errors);
    if (!groups || !errors)
        return false;
    size_t count = 0;
    groups[count++] = (struct group){BY_ALL, "all", false};
    groups[count++] = (struct group){BY_KIND, "dense", false};
    groups[count++] = (struct group){BY_KIND, "moe", true};
    for (enum by by = BY_MAKER; by <= BY_TABLE; by++) {
        for (size_t i = 0; i < n; i++) {
            if (!seen_before(checks, i, by))
                groups[count++] = (struct group){by, label(checks[i].item, by), false};
        }
    }
    struct tb_check_summary *s = tb_arena_alloc(arena, count * sizeof *s);
    if (!s)
        return false;
    for (size_t g = 0; g < count; g++) {
        s[g].group = tb_arena_printf(arena, "%s%s", prefix[groups[g].by], groups[g].name);
        if (!s[g].group)
            return false;
        measure(checks, n, &groups[g], errors, &s[g]);
    }
    *out = s;
    *n_out = count;
    return true;
}
