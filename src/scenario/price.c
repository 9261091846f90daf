/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/price.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct term {
    const char *id;
    enum tb_param param;
} terms[] = {
    {"on-demand", TB_PARAM_CHIP_RENT_ON_DEMAND},
    {"reserved", TB_PARAM_CHIP_RENT_RESERVED},
    {"spot", TB_PARAM_CHIP_RENT_SPOT},
};
enum { TERMS = sizeof terms / sizeof *terms };

static const struct term *find_term(const char *id)
{
    for (size_t i = 0; i < TERMS; i++)
        if (strcmp(terms[i].id, id) == 0)
            return &terms[i];
    return NULL;
}

/* Which observations there are instead. */
static void say_missing(struct tb_scenario *s, const struct tb_machine *machine,
                        const struct term *wanted)
{
    struct tb_text known = {0};
    for (size_t i = 0; i < TERMS; i++)
        if (machine->chip_prov[tb_param_slot(terms[i].param)].known)
            tb_text_addf(&known, "%s%s", known.length ? ", " : "", terms[i].id);
    char *list = tb_text_take(&known);
    struct tb_finding finding = {.pos = {"command line", 0, 0},
                                 .path = "--rent",
                                 .found = wanted->id,
                                 .accepted = list && *list ? list : NULL,
                                 .remedy = "--set chip.price.rent='2 USD/h' gives one"};
    tb_diag_add(s->diags, TB_OUT_OF_EVIDENCE, &finding, "no %s rent of %s was published",
                wanted->id, machine->chip->entity.name);
    free(list);
}

bool tb_price_choose(struct tb_scenario *s)
{
    if (!s->request->rent)
        return true;
    const struct term *term = find_term(s->request->rent);
    if (!term) {
        struct tb_finding finding = {.pos = {"command line", 0, 0},
                                     .found = s->request->rent,
                                     .accepted = "on-demand, reserved, spot"};
        tb_diag_add(s->diags, TB_USAGE_ARGUMENT, &finding, "--rent: unknown name '%s'",
                    s->request->rent);
        return false;
    }
    const size_t rent = tb_param_slot(TB_PARAM_CHIP_RENT);
    for (int m = 0; m < s->n_machines; m++) {
        struct tb_machine *machine = &s->machine[m];
        const struct tb_prov *observed = &machine->chip_prov[tb_param_slot(term->param)];
        machine->chip_prov[rent] = *observed;
        s->central.chip[m].rent = s->central.chip[m].term[term - terms];
        if (!observed->known)
            say_missing(s, machine, term);
    }
    return true;
}

/* The dates of one price over the machines: "2026-03", or the first and the last. */
static const char *dates_of(const struct tb_scenario *s, enum tb_param param)
{
    const char *first = NULL;
    const char *last = NULL;
    for (int m = 0; m < s->n_machines; m++) {
        const struct tb_prov *prov = &s->machine[m].chip_prov[tb_param_slot(param)];
        if (!prov->known || !prov->as_of)
            continue;
        first = !first || strcmp(prov->as_of, first) < 0 ? prov->as_of : first;
        last = !last || strcmp(prov->as_of, last) > 0 ? prov->as_of : last;
    }
    if (!first || strcmp(first, last) == 0)
        return first;
    return tb_arena_printf(s->arena, "%s to %s", first, last);
}

/* What --set understands as the price of the first chip that has none. */
static const char *missing_key(const struct tb_scenario *s, enum tb_param param)
{
    const char *path = tb_param_info(param)->path;
    const char *id = NULL;
    bool alike = true;
    for (int m = 0; m < s->n_machines; m++) {
        const struct tb_machine *machine = &s->machine[m];
        alike = alike && strcmp(machine->chip->entity.id, s->machine[0].chip->entity.id) == 0;
        if (!id && !machine->chip_prov[tb_param_slot(param)].known)
            id = machine->chip->entity.id;
    }
    if (!id)
        return NULL;
    return alike ? tb_arena_printf(s->arena, "chip.%s", path)
                 : tb_arena_printf(s->arena, "chip:%s.%s", id, path);
}

void tb_price_describe(const struct tb_scenario *s, struct tb_estimate *out)
{
    out->currency = "USD";
    out->rent_term = s->request->rent;
    out->rent_as_of = dates_of(s, TB_PARAM_CHIP_RENT);
    out->purchase_as_of = dates_of(s, TB_PARAM_CHIP_PURCHASE);
    out->rent_key = missing_key(s, TB_PARAM_CHIP_RENT);
    out->purchase_key = missing_key(s, TB_PARAM_CHIP_PURCHASE);
}
