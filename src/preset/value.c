/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/value.h"

#include "base/number.h"
#include "base/text.h"
#include "preset/rate.h"

#include <math.h>
#include <string.h>

static const char *const value_keys[] = {"value", "low",    "high",  "kind", "dist",  "exact",
                                         "grade", "source", "where", "note", "as_of", "rate"};
enum { N_VALUE_KEYS = sizeof value_keys / sizeof *value_keys };

static const char *const dist_names[] = {
    [TB_DIST_LOGNORMAL] = "lognormal",   [TB_DIST_NORMAL] = "normal",
    [TB_DIST_TRIANGULAR] = "triangular", [TB_DIST_PERT] = "pert",
    [TB_DIST_UNIFORM] = "uniform",       [TB_DIST_LOGUNIFORM] = "loguniform"};
enum { N_DISTS = sizeof dist_names / sizeof *dist_names };

bool tb_dist_find(const char *name, enum tb_dist *out)
{
    for (int i = TB_DIST_LOGNORMAL; i < N_DISTS; i++) {
        if (strcmp(dist_names[i], name) == 0) {
            *out = (enum tb_dist)i;
            return true;
        }
    }
    return false;
}

static void report_quantity(struct tb_reader *r, const struct tb_node *node, enum tb_dim dim,
                            enum tb_quantity_problem problem)
{
    static const struct {
        enum tb_code code;
        const char *message;
    } table[] = {
        [TB_QUANTITY_NUMBER] = {TB_NUMBER_SYNTAX, "not a finite number"},
        [TB_QUANTITY_UNIT] = {TB_NUMBER_UNIT, "a unit that this field does not accept"},
        [TB_QUANTITY_TRAILING] = {TB_NUMBER_SYNTAX, "something follows the number"},
        [TB_QUANTITY_CURRENCY] = {TB_NUMBER_UNIT, "there is no such currency"},
        [TB_QUANTITY_RATE] = {TB_NUMBER_UNIT, "a price in this currency needs its rate"},
        [TB_QUANTITY_RATE_RANGE] = {TB_NUMBER_RANGE, "an exchange rate outside its range"},
        [TB_QUANTITY_DOLLARS] = {TB_NUMBER_UNIT, "a price in dollars has no rate"},
    };
    struct tb_text accepted = {0};
    tb_quantity_accepted(&accepted, dim, problem);
    struct tb_at at = {.node = node, .found = node->text, .accepted = accepted.data};
    tb_reader_fail(r, table[problem].code, &at, "%s", table[problem].message);
    tb_text_free(&accepted);
}

static void report_range(struct tb_reader *r, const struct tb_node *node,
                         const struct tb_value_spec *spec)
{
    struct tb_text accepted = {0};
    const char *unit = tb_dim_si(spec->dim);
    tb_text_add(&accepted, spec->whole ? "a whole number, " : "");
    tb_number_write(&accepted, spec->least, 6);
    tb_text_add(&accepted, " to ");
    tb_number_write(&accepted, spec->most, 6);
    tb_text_addf(&accepted, "%s%s", unit[0] != '\0' ? " " : "", unit);
    struct tb_at at = {.node = node, .found = node->text, .accepted = accepted.data};
    tb_reader_fail(r, TB_NUMBER_RANGE, &at, "the number is outside its range");
    tb_text_free(&accepted);
}

/* `rate`: of a price in another currency, 0 where it stands behind the number, if at all. */
static bool read_number(struct tb_reader *r, const struct tb_node *node,
                        const struct tb_value_spec *spec, double rate, double *value)
{
    enum tb_quantity_problem problem = TB_QUANTITY_NUMBER;
    double number = NAN;
    if (tb_reader_text(r, node) == NULL) {
        return false;
    }
    if ((rate > 0.0 ? tb_price_read(node->text, spec->dim, rate, &number, &problem)
                    : tb_quantity_read(node->text, spec->dim, &number, &problem)) != TB_OK) {
        report_quantity(r, node, spec->dim, problem);
        return false;
    }
    bool inside = number >= spec->least && number <= spec->most;
    if (!inside || (spec->whole && number != floor(number))) {
        report_range(r, node, spec);
        return false;
    }
    *value = number;
    return true;
}

bool tb_number_node_read(struct tb_reader *r, const struct tb_node *node,
                         const struct tb_value_spec *spec, double *value)
{
    return read_number(r, node, spec, 0.0, value);
}

/* The last of the keys is one of prices. */
static void check_keys(struct tb_reader *r, const struct tb_node *map, enum tb_dim dim)
{
    const size_t n = tb_dim_is_price(dim) ? N_VALUE_KEYS : N_VALUE_KEYS - 1;
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        bool found = false;
        for (size_t i = 0; i < n && !found; i++) {
            found = strcmp(entry->key, value_keys[i]) == 0;
        }
        if (!found) {
            tb_reader_unknown_key(r, entry, value_keys, n);
        }
    }
}

static void read_grade(struct tb_reader *r, const struct tb_node *map, struct tb_prov *prov)
{
    const struct tb_node *node = tb_node_get(map, "grade");
    if (node == NULL) {
        struct tb_at at = {.node = map, .accepted = "A, B, C, D"};
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "the key grade is missing");
        return;
    }
    if (!tb_reader_is(r, node, TB_NODE_TEXT)) {
        return;
    }
    const char *letters = "ABCD";
    const char *hit = node->text[0] != '\0' ? strchr(letters, node->text[0]) : NULL;
    if (hit == NULL || node->text[1] != '\0') {
        struct tb_at at = {.node = node, .found = node->text, .accepted = "A, B, C, D"};
        tb_reader_fail(r, TB_BAD_GRADE, &at, "there is no such grade");
        return;
    }
    prov->grade = (enum tb_grade)(TB_GRADE_A + (hit - letters));
}

static void read_sources(struct tb_reader *r, const struct tb_node *node, struct tb_prov *prov)
{
    if (!tb_reader_texts(r, node, &prov->sources, &prov->n_sources) || r->has_source == NULL ||
        r->checked) {
        return;
    }
    for (const struct tb_node *item = node->first; item != NULL; item = item->next) {
        if (!r->has_source(r->context, item->text)) {
            struct tb_at at = {
                .node = item, .found = item->text, .remedy = "add the key to sources.yaml"};
            tb_reader_fail(r, TB_DANGLING_SOURCE, &at, "no such source in the bibliography");
        }
    }
}

static void check_grade_rules(struct tb_reader *r, const struct tb_node *map,
                              const struct tb_prov *prov)
{
    struct tb_at at = {.node = map};
    if (prov->grade == TB_GRADE_A && tb_node_get(map, "where") == NULL) {
        at.remedy = "add where: with section, table or page, or lower the grade";
        tb_reader_fail(r, TB_GRADE_WITHOUT_WHERE, &at, "grade A needs the place in the source");
    }
    if (prov->grade == TB_GRADE_D && tb_node_get(map, "note") == NULL) {
        at.remedy = "add note: with the reasoning";
        tb_reader_fail(r, TB_GRADE_WITHOUT_NOTE, &at, "grade D needs a note");
    }
    const struct tb_node *source = tb_node_get(map, "source");
    bool none = source == NULL || (source->kind == TB_NODE_LIST && source->n == 0);
    if (none && prov->grade != TB_GRADE_D && prov->grade != TB_GRADE_NONE) {
        at.remedy = "add source: [KEY] with a key of sources.yaml";
        tb_reader_fail(r, TB_NO_SOURCE, &at, "a number without a source");
    }
}

void tb_origin_read(struct tb_reader *r, const struct tb_node *map, struct tb_prov *prov)
{
    const struct tb_node *source = tb_node_get(map, "source");
    const struct tb_node *where = tb_node_get(map, "where");
    const struct tb_node *note = tb_node_get(map, "note");
    read_grade(r, map, prov);
    if (source != NULL) {
        read_sources(r, source, prov);
    }
    prov->where = where != NULL ? tb_reader_text(r, where) : NULL;
    prov->note = note != NULL ? tb_reader_text(r, note) : NULL;
    if (!r->checked) {
        check_grade_rules(r, map, prov);
    }
    prov->pos = tb_reader_pos(r, map);
}

/* @return the index of the word, -1 when the key is absent, -2 after reporting. */
static int read_word(struct tb_reader *r, const struct tb_node *map, const char *key,
                     const char *const *words, int n)
{
    const struct tb_node *node = tb_node_get(map, key);
    if (node == NULL) {
        return -1;
    }
    const char *text = tb_reader_text(r, node);
    for (int i = 0; i < n && text != NULL; i++) {
        if (words[i] != NULL && strcmp(words[i], text) == 0) {
            return i;
        }
    }
    if (text != NULL) {
        tb_reader_unknown_word(r, node, words, (size_t)n);
    }
    return -2;
}

/* What `exact`, `kind` and `dist` say, and whether a range is there. */
struct shape {
    const struct tb_node *map, *low, *high;
    bool exact;
    bool bounds;
    int dist; /* as read_word returns it */
};

static void contradiction(struct tb_reader *r, const struct tb_node *node, const char *message,
                          const char *remedy)
{
    struct tb_at at = {.node = node, .remedy = remedy};
    tb_reader_fail(r, TB_INCONSISTENT, &at, "%s", message);
}

static struct shape read_shape(struct tb_reader *r, const struct tb_node *map)
{
    static const char *const truth[] = {"false", "true"};
    static const char *const kinds[] = {"belief", "bounds"};
    struct shape s = {.map = map, .low = tb_node_get(map, "low"), .high = tb_node_get(map, "high")};
    s.exact = read_word(r, map, "exact", truth, 2) == 1;
    s.bounds = read_word(r, map, "kind", kinds, 2) == 1;
    s.dist = read_word(r, map, "dist", dist_names, N_DISTS);
    if ((s.low == NULL) != (s.high == NULL)) {
        struct tb_at at = {.node = map, .remedy = "give both or none"};
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "the key %s is missing beside %s",
                       s.low == NULL ? "low" : "high", s.low == NULL ? "high" : "low");
    }
    bool ranged = s.low != NULL || s.high != NULL;
    if (s.exact && ranged) {
        contradiction(r, map, "an exact value has no low and high", "remove exact or the range");
    }
    if (!ranged && (s.bounds || s.dist >= 0)) {
        contradiction(r, map, "kind and dist describe a range, and there is none",
                      "add low and high");
    }
    return s;
}

static void check_order(struct tb_reader *r, const struct shape *s, double value,
                        const struct tb_prov *prov)
{
    if (prov->low <= value && value <= prov->high) {
        return;
    }
    const struct tb_node *node = tb_node_get(s->map, "value");
    struct tb_text found = {0};
    tb_text_addf(&found, "low %s, value %s, high %s", s->low->text, node->text, s->high->text);
    struct tb_at at = {.node = node, .found = found.data};
    tb_reader_fail(r, TB_NUMBER_ORDER, &at, "low <= value <= high does not hold");
    tb_text_free(&found);
}

/* The default is lognormal for a belief about a positive quantity; a triangle where the logarithm
 * does not exist or where low and high are hard limits. */
static void choose_dist(struct tb_reader *r, const struct shape *s, struct tb_prov *prov)
{
    bool open_ended = s->dist == TB_DIST_LOGNORMAL || s->dist == TB_DIST_NORMAL;
    bool logarithmic = s->dist == TB_DIST_LOGNORMAL || s->dist == TB_DIST_LOGUNIFORM;
    if (s->bounds && open_ended) {
        contradiction(r, s->map, "a normal or lognormal belief has no hard bounds",
                      "use triangular, pert, uniform or loguniform with kind: bounds");
    }
    if (logarithmic && prov->low <= 0) {
        contradiction(r, s->map, "a logarithmic distribution needs low > 0",
                      "use triangular, pert or uniform");
    }
    prov->bounds = s->bounds;
    if (prov->low == prov->high) {
        prov->dist = TB_DIST_EXACT;
    } else if (s->dist > 0) {
        prov->dist = (enum tb_dist)s->dist;
    } else {
        prov->dist = s->bounds || prov->low <= 0 ? TB_DIST_TRIANGULAR : TB_DIST_LOGNORMAL;
    }
}

/* "2026", "2026-05" or "2026-05-20": digits at all places but these. */
static bool is_date(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !(text[i] >= '0' && text[i] <= '9'))
            return false;
    return length == 4 || length == 7 || length == 10;
}

/* A price is an observation of a day: one without a date cannot be judged later. */
static void read_date(struct tb_reader *r, const struct tb_node *map, enum tb_dim dim,
                      struct tb_prov *prov)
{
    const struct tb_node *node = tb_node_get(map, "as_of");
    struct tb_at at = {.node = node != NULL ? node : map, .accepted = "YYYY, YYYY-MM, YYYY-MM-DD"};
    if (node == NULL) {
        if (tb_dim_is_price(dim))
            tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "a price needs its date: the key as_of");
        return;
    }
    const char *text = tb_reader_text(r, node);
    if (text != NULL && !is_date(text)) {
        at.found = text;
        tb_reader_fail(r, TB_NUMBER_SYNTAX, &at, "not a date");
    }
    prov->as_of = text;
}

static void read_range(struct tb_reader *r, const struct shape *s, const struct tb_value_spec *spec,
                       double rate, double value, struct tb_prov *prov)
{
    bool low_good = read_number(r, s->low, spec, rate, &prov->low);
    bool high_good = read_number(r, s->high, spec, rate, &prov->high);
    if (!low_good || !high_good || isnan(value)) {
        return;
    }
    check_order(r, s, value, prov);
    choose_dist(r, s, prov);
}

/* Everything but the rate of a price. */
static void read_members(struct tb_reader *r, const struct tb_node *map,
                         const struct tb_value_spec *spec, double rate, double *value,
                         struct tb_prov *prov)
{
    const struct tb_node *node = tb_node_get(map, "value");
    if (node == NULL) {
        struct tb_at at = {.node = map};
        tb_reader_fail(r, TB_YAML_MISSING_KEY, &at, "the key value is missing");
    } else {
        read_number(r, node, spec, rate, value);
    }
    prov->low = prov->high = *value;
    struct shape shape = read_shape(r, map);
    if (shape.low != NULL && shape.high != NULL) {
        read_range(r, &shape, spec, rate, *value, prov);
    }
    tb_origin_read(r, map, prov);
    read_date(r, map, spec->dim, prov);
}

bool tb_value_read(struct tb_reader *r, const struct tb_node *map, const struct tb_value_spec *spec,
                   double *value, struct tb_prov *prov)
{
    bool failed_before = r->failed;
    if (map->kind != TB_NODE_MAP) {
        struct tb_at at = {.node = map,
                           .found = map->text,
                           .remedy = "write {value: ..., grade: ..., source: [...]}"};
        tb_reader_fail(r, TB_YAML_SHAPE, &at, "a number needs its grade and source");
        return false;
    }
    r->failed = false;
    struct tb_prov read = {.known = true};
    struct tb_rate rate;
    double number = NAN;
    if (!spec->keys_checked && !r->checked) {
        check_keys(r, map, spec->dim);
    }
    /* Of a price whose rate cannot be read nothing more can be said. */
    if (tb_rate_read(r, map, spec, &rate)) {
        read_members(r, map, spec, rate.given ? rate.value : 0.0, &number, &read);
    }
    if (!r->failed && !tb_rate_apply(r->arena, &rate, number, &read)) {
        tb_reader_no_memory(r);
    }
    bool good = !r->failed;
    r->failed = r->failed || failed_before;
    if (good) {
        *value = number;
        *prov = read;
    }
    return good;
}
