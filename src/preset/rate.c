/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/rate.h"

#include <math.h>
#include <string.h>

/* Of the squared width in ln: the same as for inputs of a result (docs/model.md 8.4). */
#define SHARE_THAT_COUNTS 0.05

bool tb_rate_read(struct tb_reader *r, const struct tb_node *map, const struct tb_value_spec *price,
                  struct tb_rate *out)
{
    static const struct tb_value_spec spec = {
        .dim = TB_DIM_COUNT, .least = TB_RATE_LEAST, .most = TB_RATE_MOST};
    const struct tb_node *node = tb_node_get(map, "rate");
    struct tb_at at = {.node = node, .remedy = "remove the key"};
    *out = (struct tb_rate){.given = node != NULL && tb_dim_is_price(price->dim)};
    if (node != NULL && !out->given && price->keys_checked) {
        tb_reader_fail(r, TB_YAML_UNKNOWN_KEY, &at, "only a price has an exchange rate");
    }
    if (!out->given) {
        return true;
    }
    if (!tb_value_read(r, node, &spec, &out->value, &out->prov)) {
        return false;
    }
    if (out->prov.as_of == NULL) {
        at.remedy = NULL;
        at.accepted = "YYYY, YYYY-MM, YYYY-MM-DD";
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "a rate needs its date: the key as_of");
    }
    return out->prov.as_of != NULL;
}

/* ln of the ratio of two numbers; 0 for two that are the same, as where there is no range. */
static double width(double low, double high)
{
    return low < high ? log(high / low) : 0.0;
}

static void widen(const struct tb_rate *rate, double value, struct tb_prov *prov)
{
    const struct tb_prov *p = &rate->prov;
    const double cheaper = width(rate->value, p->high), dearer = width(p->low, rate->value);
    if (prov->dist == TB_DIST_EXACT || p->bounds || prov->bounds) {
        prov->bounds = prov->dist == TB_DIST_EXACT ? p->bounds : prov->bounds;
        prov->low *= rate->value / p->high;
        prov->high *= rate->value / p->low;
    } else {
        prov->low = value * exp(-hypot(width(prov->low, value), cheaper));
        prov->high = value * exp(hypot(width(value, prov->high), dearer));
    }
    if (prov->dist == TB_DIST_EXACT) {
        prov->dist = prov->low < prov->high ? p->dist : TB_DIST_EXACT;
    }
}

static bool counts(const struct tb_rate *rate, const struct tb_prov *price)
{
    const double own = width(price->low, price->high);
    const double added = width(rate->prov.low, rate->prov.high);
    return added * added >= SHARE_THAT_COUNTS * (own * own + added * added);
}

static bool has_source(const struct tb_prov *prov, const char *key)
{
    for (size_t i = 0; i < prov->n_sources; i++) {
        if (strcmp(prov->sources[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static bool join_sources(tb_arena *arena, const struct tb_prov *from, struct tb_prov *to)
{
    const char **all = tb_arena_alloc(arena, (to->n_sources + from->n_sources + 1) * sizeof *all);
    if (all == NULL) {
        return false;
    }
    size_t n = 0;
    for (; n < to->n_sources; n++) {
        all[n] = to->sources[n];
    }
    for (size_t i = 0; i < from->n_sources; i++) {
        if (!has_source(to, from->sources[i])) {
            all[n++] = from->sources[i];
        }
    }
    to->sources = all;
    to->n_sources = n;
    return true;
}

static bool join_note(tb_arena *arena, const struct tb_prov *from, struct tb_prov *to)
{
    if (from->note == NULL) {
        return true;
    }
    to->note = tb_arena_printf(arena, "%s%srate: %s", to->note != NULL ? to->note : "",
                               to->note != NULL ? "; " : "", from->note);
    return to->note != NULL;
}

bool tb_rate_apply(tb_arena *arena, const struct tb_rate *rate, double value, struct tb_prov *prov)
{
    if (!rate->given) {
        return true;
    }
    const bool worse = rate->prov.grade > prov->grade && counts(rate, prov);
    widen(rate, value, prov);
    prov->grade = worse ? rate->prov.grade : prov->grade;
    return join_sources(arena, &rate->prov, prov) && join_note(arena, &rate->prov, prov);
}
