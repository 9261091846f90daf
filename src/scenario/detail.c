/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/detail.h"

#include "base/number.h"
#include "base/text.h"
#include "preset/store.h"
#include "scenario/predict.h"
#include "scenario/spread.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *keep(struct tb_scenario *s, struct tb_text *text)
{
    char *data = tb_text_take(text);
    char *copy = data ? tb_arena_strdup(s->arena, data) : NULL;
    free(data);
    return copy ? copy : "";
}

const char *tb_detail_basis(struct tb_scenario *s, const struct tb_stage_out *stages)
{
    static const enum tb_basis order[] = {TB_BASIS_ASSUMED, TB_BASIS_MEASURED, TB_BASIS_PREDICTED,
                                          TB_BASIS_PRIOR, TB_BASIS_NONE};
    struct tb_text text = {0};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        bool any = false;
        for (int i = 0; i < s->n_stages; i++)
            any = any || stages[i].basis == order[k];
        if (any)
            tb_text_addf(&text, "%s%s", text.length ? "+" : "", tb_basis_id(order[k]));
    }
    return keep(s, &text);
}

static void add_sources(struct tb_text *text, const struct tb_prov *prov)
{
    for (size_t i = 0; i < prov->n_sources; i++)
        tb_text_addf(text, "%s%s", i ? ", " : " (", prov->sources[i]);
    if (prov->n_sources)
        tb_text_add(text, ")");
}

static const struct tb_prov *prov_of(const struct tb_scenario *s, int stage, enum tb_param param)
{
    return &s->stage[stage].prov[tb_param_slot(param)];
}

/* What was worked out from other figures, or told at second hand, is not called published. */
static const char *measured_word(const struct tb_prov *prov)
{
    return prov->grade == TB_GRADE_A || prov->grade == TB_GRADE_B ? "published " : "";
}

static const char *graded(const struct tb_prov *prov)
{
    static const char *const words[] = {[TB_GRADE_C] = ", grade C", [TB_GRADE_D] = ", grade D"};
    const char *word = prov->grade <= TB_GRADE_D ? words[prov->grade] : NULL;
    return word ? word : "";
}

static void say_measured(struct tb_text *text, const struct tb_scenario *s, int stage)
{
    const struct tb_stage *v = &s->central.stage[stage];
    double chips = isfinite(v->measured_chips) ? v->measured_chips : v->chips;
    const struct tb_prov *prov = prov_of(s, stage, TB_PARAM_STAGE_MEASURED_STEP_TIME);
    if (isfinite(v->measured_token_rate)) {
        prov = prov_of(s, stage, TB_PARAM_STAGE_MEASURED_TOKEN_RATE);
        tb_text_addf(text, "%srate of %.4g tokens/s on ", measured_word(prov),
                     v->measured_token_rate);
    } else {
        tb_text_addf(text, "%sstep time of %.5g s on ", measured_word(prov), v->measured_step_time);
    }
    tb_number_write_grouped(text, chips);
    tb_text_addf(text, " chips%s", graded(prov));
    add_sources(text, prov);
}

/* Whether no published run is of the generation and kind that the row is for. */
static bool is_borrowed(const struct tb_prior *row)
{
    const struct tb_evidence *evidence = row->evidence;
    for (size_t i = 0; evidence && row->generation && i < evidence->n; i++) {
        const struct tb_evidence_run *run = &evidence->run[i];
        const char *kind = run->moe ? "moe" : "dense";
        if (strcmp(run->generation, row->generation) == 0 &&
            (!row->kind || strcmp(kind, row->kind) == 0))
            return false;
    }
    return evidence && row->generation;
}

static void say_prior(struct tb_text *text, const struct tb_scenario *s, int stage)
{
    const struct tb_prior *row = s->stage[stage].prior;
    const struct tb_stage *v = &s->central.stage[stage];
    if (!row) {
        tb_text_addf(text, "MFU of the whole run %.3g, as given", v->prior_mfu);
        return;
    }
    bool borrowed = is_borrowed(row);
    tb_text_addf(text, "MFU %.3g (%.3g to %.3g) of whole runs %s %s%s%s", row->median, row->low,
                 row->high, borrowed ? "borrowed for" : "on",
                 row->generation ? row->generation : "any chip", row->kind ? ", " : "",
                 row->kind ? row->kind : "");
    if (row->n > 0.0)
        tb_text_addf(text, ", from %g published run%s%s", row->n, row->n == 1.0 ? "" : "s",
                     borrowed ? " on other chips" : "");
}

static void say_basis(struct tb_text *text, const struct tb_scenario *s, int stage,
                      enum tb_basis basis)
{
    if (basis == TB_BASIS_MEASURED)
        say_measured(text, s, stage);
    else if (basis == TB_BASIS_PRIOR)
        say_prior(text, s, stage);
    else if (basis == TB_BASIS_PREDICTED)
        tb_predict_say(text, s, stage);
    else if (basis == TB_BASIS_ASSUMED)
        tb_text_addf(text, "steady MFU of %.3g, as given", s->central.stage[stage].mfu);
}

/* How far whole runs stay behind chosen plans, over all stages that have one. */
static void say_realised(struct tb_text *text, const struct tb_scenario *s,
                         const struct tb_stage_out *stages)
{
    double low = INFINITY;
    double high = 0.0;
    for (int i = 0; i < s->n_stages; i++) {
        const struct tb_predicted *p = s->stage[i].predicted;
        double realised = s->central.stage[i].realisation;
        if (stages[i].basis != TB_BASIS_PREDICTED || !p || p->from != TB_PLAN_CHOSEN ||
            !isfinite(realised))
            continue;
        low = fmin(low, realised);
        high = fmax(high, realised);
    }
    if (high > 0.0)
        tb_text_addf(text, "; whole runs go at %.3g", low);
    if (high > low)
        tb_text_addf(text, " to %.3g", high);
    if (high > 0.0)
        tb_text_add(text, " of a chosen plan's speed");
}

const char *tb_detail_basis_sentence(struct tb_scenario *s, const struct tb_stage_out *stages)
{
    struct tb_text all = {0};
    for (int i = 0; i < s->n_stages; i++) {
        struct tb_text one = {0};
        say_basis(&one, s, i, stages[i].basis);
        const char *sentence = keep(s, &one);
        if (all.data && strstr(all.data, sentence))
            continue;
        tb_text_addf(&all, "%s%s", all.length ? "; " : "", sentence);
    }
    say_realised(&all, s, stages);
    return keep(s, &all);
}

const char *tb_detail_stages(struct tb_scenario *s)
{
    struct tb_text text = {0};
    for (int i = 0; i < s->n_stages; i++) {
        bool repeated = i > 0 && strcmp(s->stage[i].group, s->stage[i - 1].group) == 0;
        if (!repeated)
            tb_text_addf(&text, "%s%s", text.length ? " + " : "", s->stage[i].title);
    }
    return keep(s, &text);
}

/* Single quotes unless every character is harmless to a shell. A word that looks like an option is
 * taken for one unless it is attached. */
static void add_word(struct tb_text *text, const char *option, const char *word)
{
    tb_text_addf(text, " %s%s", option, strncmp(word, "--", 2) == 0 ? "=" : " ");
    bool plain = *word != '\0';
    for (const char *c = word; *c; c++)
        plain = plain && (isalnum((unsigned char)*c) || strchr("._-+/:,=@%", *c));
    if (plain) {
        tb_text_add(text, word);
        return;
    }
    tb_text_add(text, "'");
    for (const char *c = word; *c; c++)
        if (*c == '\'')
            tb_text_add(text, "'\\''");
        else
            tb_text_add_n(text, c, 1);
    tb_text_add(text, "'");
}

static void add_option(struct tb_text *text, const char *option, const char *word)
{
    if (word)
        add_word(text, option, word);
}

static void add_number(struct tb_text *text, const char *option, double value, int digits)
{
    if (value == 0.0)
        return;
    tb_text_addf(text, " %s ", option);
    tb_number_write(text, value, digits);
}

static void add_dirs(struct tb_text *text, const tb_data *data)
{
    const char *dir;
    for (size_t i = 0; (dir = tb_store_dir(data, i)) != NULL; i++)
        add_word(text, "--preset-dir", dir);
}

/* How exactly the ranges are worked out, where it is not as usual. */
static void add_accuracy(struct tb_text *text, double level, size_t samples, uint64_t seed)
{
    /* Fifteen digits give back the percentage that was typed, not its hundredth times a hundred. */
    add_number(text, "--level", level == 0.9 ? 0.0 : 100.0 * level, 15);
    add_number(text, "--samples", samples == TB_DEFAULT_SAMPLES ? 0.0 : (double)samples, 17);
    if (seed != TB_DEFAULT_SEED)
        tb_text_addf(text, " --seed %llu", (unsigned long long)seed);
}

const char *tb_detail_command(struct tb_scenario *s, double level, size_t samples, uint64_t seed)
{
    const struct tb_request *r = s->request;
    struct tb_text text = {0};
    tb_text_add(&text, "trainbudget");
    add_option(&text, "--preset", r->preset);
    add_option(&text, "--model", r->model);
    add_option(&text, "--chip", r->chip);
    add_option(&text, "--cluster", r->cluster);
    add_number(&text, "--chips", r->chips, 17);
    add_option(&text, "--precision", r->precision);
    add_number(&text, "--mfu", r->mfu, 17);
    add_option(&text, "--basis", r->basis);
    add_option(&text, "--plan", r->plan);
    add_option(&text, "--rent", r->rent);
    for (size_t i = 0; i < r->n_settings; i++)
        add_word(&text, "--set", r->settings[i].text);
    add_option(&text, "--mfu-convention", r->mfu_convention);
    add_option(&text, "--peak", r->peak);
    add_dirs(&text, s->data);
    if (r->no_uncertainty)
        tb_text_add(&text, " --no-uncertainty");
    add_accuracy(&text, level, samples, seed);
    return keep(s, &text);
}

const char *tb_detail_origin(struct tb_scenario *s, const struct tb_pos *pos)
{
    const char *file = pos->file ? pos->file : "built in";
    if (pos->line <= 0)
        return file;
    const char *text = tb_arena_printf(s->arena, "%s:%d", file, pos->line);
    return text ? text : file;
}
