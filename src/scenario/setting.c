/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/setting.h"

#include "base/number.h"
#include "base/text.h"
#include "scenario/build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Inputs of the run as a whole: a bare key sets them for every stage. */
static const enum tb_param common[] = {
    TB_PARAM_STAGE_CHIPS, TB_PARAM_STAGE_GOODPUT,   TB_PARAM_STAGE_PACKING,
    TB_PARAM_STAGE_MFU,   TB_PARAM_STAGE_PRIOR_MFU, TB_PARAM_STAGE_REALISATION,
};

static const struct owner {
    const char *name;
    enum tb_param first, end;
} owners[] = {
    {"chip", 0, TB_PARAM_CLUSTER_NODE},
    {"cluster", TB_PARAM_CLUSTER_NODE, TB_PARAM_STAGE_TOKENS},
    {NULL, TB_PARAM_STAGE_TOKENS, TB_PARAM_COUNT},
};

static bool find_path(const struct owner *owner, const char *path, enum tb_param *out)
{
    for (int p = (int)owner->first; p < (int)owner->end; p++) {
        if (strcmp(tb_param_info((enum tb_param)p)->path, path) == 0) {
            *out = (enum tb_param)p;
            return true;
        }
    }
    return false;
}

static bool unknown_key(const struct tb_scenario *s, const char *key, struct tb_pos pos)
{
    char text[TB_PARAM_COUNT][64];
    const char *names[TB_PARAM_COUNT];
    for (size_t o = 0; o < 3; o++) {
        for (int p = (int)owners[o].first; p < (int)owners[o].end; p++) {
            const char *dot = owners[o].name ? "." : "";
            const char *prefix = owners[o].name ? owners[o].name : "";
            snprintf(text[p], sizeof text[p], "%s%s%s", prefix, dot,
                     tb_param_info((enum tb_param)p)->path);
            names[p] = text[p];
        }
    }
    /* A stage prefix would hide the likeness of the rest. */
    const char *dot = strchr(key, '.');
    struct tb_text near = {0};
    tb_suggest(&near, key, names, TB_PARAM_COUNT, 3);
    if (near.length == 0 && dot)
        tb_suggest(&near, dot + 1, names, TB_PARAM_COUNT, 3);
    char *list = tb_text_take(&near);
    struct tb_finding finding = {.pos = pos, .found = key};
    finding.accepted = list && *list ? list : NULL;
    finding.remedy = "`trainbudget list params` shows all";
    tb_diag_add(s->diags, TB_USAGE_UNKNOWN_KEY, &finding, "unknown input '%s'", key);
    free(list);
    return false;
}

static const char *machine_id(const struct tb_scenario *s, int machine, bool cluster)
{
    const struct tb_machine *m = &s->machine[machine];
    if (!cluster)
        return m->chip->entity.id;
    return m->cluster ? m->cluster->entity.id : "";
}

/* Machines whose chip (or cluster) has this id; all of them when id is NULL and they are alike. */
static bool find_machines(const struct tb_scenario *s, const char *id, bool cluster,
                          struct tb_key *out)
{
    out->n = 0;
    bool alike = true;
    for (int i = 0; i < s->n_machines; i++) {
        const char *own = machine_id(s, i, cluster);
        alike = alike && strcmp(own, machine_id(s, 0, cluster)) == 0;
        if (!id || strcmp(own, id) == 0)
            out->index[out->n++] = i;
    }
    return out->n > 0 && (id || alike);
}

static bool ambiguous(const struct tb_scenario *s, const char *key, struct tb_pos pos,
                      const char *accepted, const char *what)
{
    struct tb_finding finding = {.pos = pos, .found = key, .accepted = accepted};
    tb_diag_add(s->diags, TB_USAGE_AMBIGUOUS_ID, &finding, "'%s' could mean several %s", key, what);
    return false;
}

static bool which_machine(const struct tb_scenario *s, const char *key, struct tb_pos pos,
                          bool cluster)
{
    struct tb_text list = {0};
    for (int i = 0; i < s->n_machines; i++)
        tb_text_addf(&list, "%s%s:%s%s", i ? ", " : "", cluster ? "cluster" : "chip",
                     machine_id(s, i, cluster), strchr(key, '.') ? strchr(key, '.') : "");
    char *accepted = tb_text_take(&list);
    ambiguous(s, key, pos, accepted, cluster ? "clusters" : "chips");
    free(accepted);
    return false;
}

/* "chip.PATH" or "chip:ID.PATH". @return 0 not such a key, 1 found, -1 reported. */
static int machine_key(const struct tb_scenario *s, const struct owner *owner, const char *key,
                       struct tb_pos pos, struct tb_key *out)
{
    size_t length = strlen(owner->name);
    if (strncmp(key, owner->name, length) != 0 || !strchr(".:", key[length]) || !key[length])
        return 0;
    bool cluster = owner->first == TB_PARAM_CLUSTER_NODE;
    char id[128] = "";
    const char *path = key + length + 1;
    if (key[length] == ':') {
        const char *dot = strchr(path, '.');
        if (!dot || (size_t)(dot - path) >= sizeof id)
            return unknown_key(s, key, pos), -1;
        memcpy(id, path, (size_t)(dot - path));
        path = dot + 1;
    }
    if (!find_path(owner, path, &out->param))
        return unknown_key(s, key, pos), -1;
    if (!find_machines(s, *id ? id : NULL, cluster, out))
        return which_machine(s, key, pos, cluster), -1;
    return 1;
}

static void all_stages(const struct tb_scenario *s, struct tb_key *out)
{
    out->n = s->n_stages;
    for (int i = 0; i < s->n_stages; i++)
        out->index[i] = i;
}

static bool is_common(enum tb_param param)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (common[i] == param)
            return true;
    return false;
}

/* Hours that stages add up: whoever gives those of the run does not mean them for each. */
static bool adds_up(enum tb_param param)
{
    return param == TB_PARAM_STAGE_RESERVED_HOURS || param == TB_PARAM_STAGE_WARM_UP;
}

static bool bare_key(const struct tb_scenario *s, const char *key, struct tb_pos pos,
                     struct tb_key *out)
{
    all_stages(s, out);
    if (is_common(out->param))
        return true;
    if (tb_stages_share(s, out->param) && !(adds_up(out->param) && s->n_stages > 1))
        return true;
    struct tb_text list = {0};
    for (int i = 0; i < s->n_stages; i++)
        tb_text_addf(&list, "%s.%s, ", s->stage[i].id, key);
    tb_text_addf(&list, "*.%s", key);
    char *accepted = tb_text_take(&list);
    ambiguous(s, key, pos, accepted, "stages");
    free(accepted);
    return false;
}

/* "STAGE.PATH", "GROUP.PATH", "*.PATH". */
static bool stage_key(const struct tb_scenario *s, const char *key, struct tb_key *out)
{
    const char *dot = strchr(key, '.');
    if (!dot || !find_path(&owners[2], dot + 1, &out->param))
        return false;
    size_t length = (size_t)(dot - key);
    out->n = 0;
    for (int i = 0; i < s->n_stages; i++) {
        const struct tb_scenario_stage *stage = &s->stage[i];
        bool id = strlen(stage->id) == length && strncmp(stage->id, key, length) == 0;
        bool group = strlen(stage->group) == length && strncmp(stage->group, key, length) == 0;
        if (id || group || (length == 1 && *key == '*'))
            out->index[out->n++] = i;
    }
    return out->n > 0;
}

bool tb_key_find(const struct tb_scenario *scenario, const char *key, struct tb_pos pos,
                 struct tb_key *out)
{
    for (size_t o = 0; o < 2; o++) {
        int found = machine_key(scenario, &owners[o], key, pos, out);
        if (found != 0)
            return found > 0;
    }
    if (find_path(&owners[2], key, &out->param))
        return bare_key(scenario, key, pos, out);
    return stage_key(scenario, key, out) || unknown_key(scenario, key, pos);
}

/* The key as it was typed. */
static const char *typed_key(const struct tb_scenario *s, const struct tb_setting *setting)
{
    return tb_arena_strndup(s->arena, setting->text, strcspn(setting->text, "="));
}

static bool bad_value(const struct tb_scenario *s, const struct tb_setting *setting,
                      enum tb_param param, const char *text, enum tb_quantity_problem problem)
{
    const struct tb_param_info *info = tb_param_info(param);
    struct tb_text units = {0};
    tb_quantity_accepted(&units, info->dim, problem);
    char *accepted = tb_text_take(&units);
    struct tb_finding finding = {.pos = setting->pos,
                                 .path = typed_key(s, setting),
                                 .found = *text ? text : "nothing",
                                 .accepted = accepted};
    static const struct {
        enum tb_code code;
        const char *message;
    } problems[] = {
        [TB_QUANTITY_NUMBER] = {TB_NUMBER_SYNTAX, "not a number"},
        [TB_QUANTITY_UNIT] = {TB_NUMBER_UNIT, "a unit of the wrong kind or unknown"},
        [TB_QUANTITY_TRAILING] = {TB_NUMBER_SYNTAX, "something stands behind the number"},
        [TB_QUANTITY_CURRENCY] = {TB_NUMBER_UNIT, "there is no such currency"},
        [TB_QUANTITY_RATE] = {TB_NUMBER_UNIT, "a price in this currency needs its rate"},
        [TB_QUANTITY_RATE_RANGE] = {TB_NUMBER_RANGE, "an exchange rate outside its range"},
        [TB_QUANTITY_DOLLARS] = {TB_NUMBER_UNIT, "a price in dollars has no rate"},
    };
    tb_diag_add(s->diags, problems[problem].code, &finding, "%s", problems[problem].message);
    free(accepted);
    return false;
}

static bool out_of_range(const struct tb_scenario *s, const struct tb_setting *setting,
                         enum tb_param param, const char *text)
{
    const struct tb_param_info *info = tb_param_info(param);
    char accepted[96];
    snprintf(accepted, sizeof accepted, "%s%.10g to %.10g%s%s",
             tb_param_whole(param) ? "a whole number, " : "", info->least, info->most,
             *tb_dim_si(info->dim) ? " " : "", tb_dim_si(info->dim));
    struct tb_finding finding = {
        .pos = setting->pos, .path = typed_key(s, setting), .found = text, .accepted = accepted};
    tb_diag_add(s->diags, TB_NUMBER_RANGE, &finding, "outside its range");
    return false;
}

static bool read_one(const struct tb_scenario *s, const struct tb_setting *setting,
                     const char *text, enum tb_param param, double *value)
{
    const struct tb_param_info *info = tb_param_info(param);
    enum tb_quantity_problem problem;
    if (tb_quantity_read(text, info->dim, value, &problem) != TB_OK)
        return bad_value(s, setting, param, text, problem);
    bool fits = *value >= info->least && *value <= info->most;
    if (!fits || (tb_param_whole(param) && *value != floor(*value)))
        return out_of_range(s, setting, param, text);
    return true;
}

static bool half_range(const struct tb_scenario *s, const struct tb_setting *setting,
                       const char *text)
{
    struct tb_finding finding = {
        .pos = setting->pos, .path = typed_key(s, setting), .found = text, .accepted = "LOW..HIGH"};
    tb_diag_add(s->diags, TB_NUMBER_SYNTAX, &finding, "an end of the range is missing");
    return false;
}

static bool wrong_order(const struct tb_scenario *s, const struct tb_setting *setting,
                        const char *text)
{
    struct tb_finding finding = {.pos = setting->pos,
                                 .path = typed_key(s, setting),
                                 .found = text,
                                 .accepted = "LOW..HIGH with LOW below HIGH"};
    tb_diag_add(s->diags, TB_NUMBER_ORDER, &finding, "low is not below high");
    return false;
}

static bool is_number(const char *text, double *value)
{
    const char *end;
    return tb_number_read(text + strspn(text, " "), value, &end) && !end[strspn(end, " ")];
}

/* What stands behind the number of the high end and holds for a bare one before the dots, too:
 * "1..10 h". NULL: nothing; multiples do not, in "900..1.2K" the low end is what it says. */
static const char *shared_unit(enum tb_param param, const char *high)
{
    const char *end;
    double number;
    if (!tb_number_read(high + strspn(high, " "), &number, &end))
        return NULL;
    end += strspn(end, " ");
    return *end && (*end == '%' || *tb_dim_si(tb_param_info(param)->dim)) ? end : NULL;
}

/* The text before the dots, with what it shares with the high end: its unit where it has none, the
 * rate of another currency where it has a unit. */
static const char *low_end(const struct tb_scenario *s, enum tb_param param, const char *text,
                           const char *dots)
{
    double number;
    const char *low = tb_arena_strndup(s->arena, text, (size_t)(dots - text));
    if (!low)
        return NULL;
    const char *shared = is_number(low, &number) ? shared_unit(param, dots + 2)
                         : strchr(low, '@')      ? NULL
                                                 : strchr(dots, '@');
    return shared ? tb_arena_printf(s->arena, "%s %s", low, shared) : low;
}

static double middle(const struct tb_prov *prov, enum tb_param param)
{
    const double value = prov->dist == TB_DIST_LOGNORMAL ? sqrt(prov->low) * sqrt(prov->high)
                                                         : 0.5 * (prov->low + prov->high);
    /* Nobody runs on 63.8 chips, and a plan for 64 uses twice as many as one for 63. */
    const double whole = round(value);
    return tb_param_whole(param) && prov->low < whole && whole < prov->high ? whole : value;
}

/* "VALUE" or "LOW..HIGH"; a price with one rate. */
static bool read_value(const struct tb_scenario *scenario, const struct tb_setting *setting,
                       const char *text, enum tb_param param, struct tb_prov *prov, double *value)
{
    const char *dots = strstr(text, "..");
    *prov = (struct tb_prov){.known = true, .pos = setting->pos};
    if (!dots) {
        if (!read_one(scenario, setting, text, param, value))
            return false;
        prov->low = prov->high = *value;
        return true;
    }
    if (dots == text || !dots[2])
        return half_range(scenario, setting, text);
    const char *low = low_end(scenario, param, text, dots);
    if (!low || !read_one(scenario, setting, low, param, &prov->low) ||
        !read_one(scenario, setting, dots + 2, param, &prov->high))
        return false;
    if (!(prov->low < prov->high))
        return wrong_order(scenario, setting, text);
    /* Where zero is allowed a logarithm is not. */
    prov->dist = prov->low > 0.0 ? TB_DIST_LOGNORMAL : TB_DIST_NORMAL;
    *value = middle(prov, param);
    return true;
}

/* "14 CNY/h @ 7.0..7.3": the rate behind the last '@' has a range. Dots before a price, as in "12
 * CNY/h @ 7.1..16 CNY/h @ 7.2", are those of the price. */
struct rates {
    const char *price, *low, *high; /* texts */
};

/* @return 0: the rate has no range; 1: it has; -1: reported. */
static int find_rates(const struct tb_scenario *s, const struct tb_setting *setting,
                      const char *text, enum tb_param param, struct rates *out)
{
    const char *at = tb_dim_is_price(tb_param_info(param)->dim) ? strrchr(text, '@') : NULL;
    const char *dots = at ? strstr(at, "..") : NULL;
    double low, high;
    if (!dots)
        return 0;
    out->price = tb_arena_strndup(s->arena, text, (size_t)(at - text));
    out->low = tb_arena_strndup(s->arena, at + 1, (size_t)(dots - at - 1));
    out->high = dots + 2;
    if (!out->price || !out->low)
        return -1;
    if (!is_number(out->low, &low) || !is_number(out->high, &high))
        return 0;
    if (low < high)
        return 1;
    wrong_order(s, setting, text);
    return -1;
}

/* A price at one end of its rate. */
static bool read_at(const struct tb_scenario *s, const struct tb_setting *setting,
                    const char *price, const char *rate, enum tb_param param, struct tb_prov *prov,
                    double *value)
{
    const char *text = tb_arena_printf(s->arena, "%s@%s", price, rate);
    return text && read_value(s, setting, text, param, prov, value);
}

bool tb_setting_value(const struct tb_scenario *scenario, const struct tb_setting *setting,
                      const char *text, enum tb_param param, struct tb_prov *prov, double *value)
{
    struct rates rates;
    struct tb_prov cheap, dear;
    double at_cheap, at_dear;
    const int ranged = find_rates(scenario, setting, text, param, &rates);
    if (ranged <= 0)
        return ranged == 0 && read_value(scenario, setting, text, param, prov, value);
    if (!read_at(scenario, setting, rates.price, rates.low, param, &dear, &at_dear) ||
        !read_at(scenario, setting, rates.price, rates.high, param, &cheap, &at_cheap))
        return false;
    *prov = dear;
    *value = sqrt(at_cheap) * sqrt(at_dear);
    prov->low = cheap.low;
    prov->high = dear.high;
    if (dear.dist == TB_DIST_EXACT) {
        prov->dist = at_cheap < at_dear ? TB_DIST_LOGNORMAL : TB_DIST_EXACT;
    } else if (dear.dist == TB_DIST_LOGNORMAL) {
        /* Price and rate know nothing of each other: squares of their widths in ln add up. */
        const double half = 0.5 * hypot(log(dear.high / dear.low), log(at_dear / at_cheap));
        prov->low = *value * exp(-half);
        prov->high = *value * exp(half);
    }
    return true;
}
