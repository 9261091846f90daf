/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "report/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "report/format.h"

void tb_sheet_free(struct tb_sheet *sheet)
{
    for (size_t i = 0; i < sheet->n_items; ++i) {
        free(sheet->items[i].text);
    }
    free(sheet->items);
    *sheet = (struct tb_sheet){0};
}

/** Room for one more item, in the current group; NULL when out of memory. */
static struct tb_sheet_item *add(struct tb_sheet *sheet, const char *key)
{
    if (sheet->n_items == sheet->capacity) {
        const size_t capacity = sheet->capacity > 0 ? 2 * sheet->capacity : 64;
        struct tb_sheet_item *items = realloc(sheet->items, capacity * sizeof *items);
        if (items == NULL) {
            sheet->failed = true;
            return NULL;
        }
        sheet->items = items;
        sheet->capacity = capacity;
    }
    struct tb_sheet_item *item = &sheet->items[sheet->n_items++];
    *item = (struct tb_sheet_item){.group = sheet->group, .subgroup = sheet->subgroup, .key = key};
    return item;
}

static void add_text(struct tb_sheet *sheet, const char *key, const char *text, bool list)
{
    struct tb_text copy = {0};
    struct tb_sheet_item *item = text != NULL ? add(sheet, key) : NULL;
    if (item == NULL) {
        return;
    }
    tb_text_add(&copy, text);
    item->text = tb_text_take(&copy);
    item->list = list;
    if (item->text == NULL) {
        --sheet->n_items;
        sheet->failed = true;
    }
}

void tb_sheet_text(struct tb_sheet *sheet, const char *key, const char *text)
{
    add_text(sheet, key, text, false);
}

void tb_sheet_texts(struct tb_sheet *sheet, const char *key, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        add_text(sheet, key, texts[i], true);
    }
}

void tb_sheet_number(struct tb_sheet *sheet, const char *key, double value, enum tb_dim dim,
                     const struct tb_prov *prov)
{
    struct tb_sheet_item *item = add(sheet, key);
    if (item != NULL) {
        item->value = value;
        item->dim = dim;
        item->prov = prov;
    }
}

void tb_sheet_count(struct tb_sheet *sheet, const char *key, double value)
{
    struct tb_sheet_item *item = add(sheet, key);
    if (item != NULL) {
        item->value = value;
        item->dim = TB_DIM_COUNT;
        item->exact = true;
    }
}

void tb_sheet_disclosed(struct tb_sheet *sheet, const struct tb_disclosed *disclosed)
{
    tb_sheet_number(sheet, disclosed->what, disclosed->value, disclosed->dim, &disclosed->prov);
    if (!sheet->failed) {
        sheet->items[sheet->n_items - 1].disclosed = disclosed;
        sheet->items[sheet->n_items - 1].list = true;
    }
}

void tb_sheet_params(struct tb_sheet *sheet, enum tb_owner owner, const void *values,
                     const struct tb_prov *prov)
{
    for (int i = 0; i < TB_PARAM_COUNT; ++i) {
        const struct tb_param_info *info = tb_param_info((enum tb_param)i);
        const struct tb_prov *one = &prov[tb_param_slot((enum tb_param)i)];
        if (info->owner == owner && one->known) {
            double value = 0.0;
            memcpy(&value, (const char *)values + info->offset, sizeof value);
            tb_sheet_number(sheet, info->path, value, info->dim, one);
            if (!sheet->failed) {
                /* A range of years is the one range that lies within four digits. */
                sheet->items[sheet->n_items - 1].calendar =
                    info->least >= 1900.0 && info->most <= 2200.0;
            }
        }
    }
}

/** "grade A: key, other; table 1; note". */
static void add_provenance(struct tb_text *text, const struct tb_prov *prov)
{
    tb_text_addf(text, "; grade %s", tb_grade_letter(prov->grade));
    for (size_t i = 0; i < prov->n_sources; ++i) {
        tb_text_addf(text, "%s%s", i > 0 ? ", " : ": ", prov->sources[i]);
    }
    if (prov->where != NULL) {
        tb_text_addf(text, ", %s", prov->where);
    }
    if (prov->as_of != NULL) {
        tb_text_addf(text, "; as of %s", prov->as_of);
    }
    if (prov->note != NULL) {
        tb_text_addf(text, "; %s", prov->note);
    }
}

/** Value without the zeros that a fixed number of digits leaves behind the point. */
static void add_trimmed(struct tb_text *text, double value, enum tb_dim dim, int digits)
{
    struct tb_text full = {0};
    tb_quantity_write(&full, value, dim, digits);
    const char *written = full.failed ? "" : full.data;
    const char *point = strchr(written, '.');
    size_t end = strspn(written, "-0123456789.,");
    const char *rest = written + end;
    while (point != NULL && end > 0 && (written[end - 1] == '0' || written[end - 1] == '.')) {
        const bool done = written[end - 1] == '.';
        --end;
        if (done) {
            break;
        }
    }
    tb_text_add_n(text, written, end);
    tb_text_add(text, rest);
    text->failed |= full.failed;
    tb_text_free(&full);
}

/** Does the written text read back as the value? */
static bool reads_back(const char *written, double value, enum tb_dim dim)
{
    char plain[64] = "";
    size_t n = 0;
    for (; *written != '\0' && n + 1 < sizeof plain; ++written) {
        if (*written != ',') {
            plain[n++] = *written;
        }
    }
    plain[n] = '\0';
    double read = 0.0;
    enum tb_quantity_problem problem;
    return tb_quantity_read(plain, dim, &read, &problem) != TB_OK ||
           fabs(read - value) <= 1e-9 * fabs(value);
}

/** Value with the digits it needs: what a sheet prints can be typed again. */
static void add_readable(struct tb_text *text, double value, enum tb_dim dim)
{
    for (int digits = 3; digits <= 10; ++digits) {
        struct tb_text one = {0};
        add_trimmed(&one, value, dim, digits);
        const bool good = one.failed || digits == 10 || reads_back(one.data, value, dim);
        if (good) {
            tb_text_add(text, one.failed ? "" : one.data);
            text->failed |= one.failed;
            digits = 10;
        }
        tb_text_free(&one);
    }
}

/** Under what name and for what part a figure was published. */
static void add_scope(struct tb_text *text, const struct tb_disclosed *disclosed)
{
    if (disclosed->stage != NULL) {
        tb_text_addf(text, ", stage %s", disclosed->stage);
    }
    if (disclosed->scope != NULL) {
        tb_text_addf(text, ", scope %s", disclosed->scope);
    }
    if (disclosed->convention != NULL) {
        tb_text_addf(text, ", convention %s", disclosed->convention);
    }
}

static void add_number(struct tb_text *text, const struct tb_sheet_item *item)
{
    const struct tb_prov *prov = item->prov;
    if (item->disclosed != NULL && item->disclosed->bound != NULL) {
        tb_text_addf(text, "%s ", item->disclosed->bound);
    }
    if (item->calendar) {
        tb_number_write(text, item->value, 6);
    } else if (item->exact) {
        tb_number_write_grouped(text, item->value);
    } else {
        add_readable(text, item->value, item->dim);
    }
    if (prov != NULL && prov->dist != TB_DIST_EXACT) {
        tb_text_add(text, ", ");
        add_readable(text, prov->low, item->dim);
        tb_text_add(text, " to ");
        add_readable(text, prov->high, item->dim);
        tb_text_add(text, prov->bounds ? " (bounds)" : "");
    }
    if (item->disclosed != NULL) {
        add_scope(text, item->disclosed);
    }
    if (prov != NULL) {
        add_provenance(text, prov);
    }
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/** Blank line and names where the group changes. */
static void write_group(struct tb_text *out, const struct tb_sheet *sheet, size_t i)
{
    const struct tb_sheet_item *item = &sheet->items[i];
    const struct tb_sheet_item *before = i > 0 ? &sheet->items[i - 1] : NULL;
    const char *group = before != NULL ? before->group : NULL;
    const char *subgroup = before != NULL ? before->subgroup : NULL;
    if (same(item->group, group) && same(item->subgroup, subgroup)) {
        return;
    }
    if (item->group != NULL) {
        tb_text_addf(out, "\n%s%s%s\n", item->group, item->subgroup != NULL ? ", " : "",
                     item->subgroup != NULL ? item->subgroup : "");
    } else {
        tb_text_add(out, "\n");
    }
}

static void write_item(struct tb_text *out, const struct tb_sheet_item *item, bool again,
                       size_t width)
{
    struct tb_text text = {0};
    tb_text_add(&text, item->text != NULL ? item->text : "");
    if (item->text == NULL) {
        add_number(&text, item);
    }
    tb_pad(out, 2);
    tb_text_add(out, again ? "" : item->key);
    tb_pad(out, width + 2 - (again ? 0 : tb_utf8_width(item->key)));
    tb_wrap(out, text.failed ? "" : text.data, width + 4, width + 4);
    out->failed |= text.failed;
    tb_text_free(&text);
}

static void write_text(struct tb_text *out, const struct tb_sheet *sheet)
{
    size_t width = 0;
    for (size_t i = 0; i < sheet->n_items; ++i) {
        const size_t one = tb_utf8_width(sheet->items[i].key);
        width = one > width ? one : width;
    }
    tb_text_addf(out, "%s (%s %s)\n", sheet->entity->name, sheet->kind, sheet->entity->id);
    for (size_t i = 0; i < sheet->n_items; ++i) {
        const struct tb_sheet_item *item = &sheet->items[i];
        if (item->text == NULL && !isfinite(item->value)) {
            continue;
        }
        write_group(out, sheet, i);
        const bool again = i > 0 && item->list && same(sheet->items[i - 1].key, item->key);
        write_item(out, item, again, width);
    }
}

static void set_scope(json_t *object, const struct tb_disclosed *disclosed)
{
    json_object_set_new(object, "stage", tb_json_text(disclosed->stage));
    json_object_set_new(object, "scope", tb_json_text(disclosed->scope));
    json_object_set_new(object, "convention", tb_json_text(disclosed->convention));
    json_object_set_new(object, "bound", tb_json_text(disclosed->bound));
}

static json_t *item_json(const struct tb_sheet_item *item)
{
    const struct tb_prov *prov = item->prov;
    if (item->text != NULL) {
        return tb_json_text(item->text);
    }
    if (prov == NULL) {
        return tb_json_number(item->value);
    }
    json_t *object = json_object();
    json_object_set_new(object, "value", tb_json_number(item->value));
    json_object_set_new(object, "unit", json_string(tb_dim_si(item->dim)));
    json_object_set_new(object, "low", tb_json_number(prov->low));
    json_object_set_new(object, "high", tb_json_number(prov->high));
    json_object_set_new(object, "dist", json_string(tb_dist_name(prov->dist)));
    json_object_set_new(object, "grade",
                        prov->grade != TB_GRADE_NONE ? json_string(tb_grade_letter(prov->grade))
                                                     : json_null());
    json_object_set_new(object, "sources", tb_json_texts(prov->sources, prov->n_sources));
    json_object_set_new(object, "where", tb_json_text(prov->where));
    json_object_set_new(object, "note", tb_json_text(prov->note));
    json_object_set_new(object, "as_of", tb_json_text(prov->as_of));
    if (item->disclosed != NULL) {
        set_scope(object, item->disclosed);
    }
    json_object_set_new(object, "file", tb_json_text(prov->pos.file));
    json_object_set_new(object, "line", json_integer(prov->pos.line));
    return object;
}

/** The object under a key, made when it is not there; the parent itself for NULL. */
static json_t *child(json_t *parent, const char *key)
{
    if (key == NULL) {
        return parent;
    }
    json_t *object = json_object_get(parent, key);
    if (object == NULL) {
        object = json_object();
        json_object_set_new(parent, key, object);
    }
    return object;
}

static json_t *sheet_json(const struct tb_sheet *sheet)
{
    char schema[64] = "trainbudget.";
    strncat(schema, sheet->kind, 16);
    strncat(schema, "/1", 3);
    json_t *root = json_object();
    json_object_set_new(root, "schema", json_string(schema));
    json_object_set_new(root, "id", tb_json_text(sheet->entity->id));
    json_object_set_new(root, "name", tb_json_text(sheet->entity->name));
    for (size_t i = 0; i < sheet->n_items; ++i) {
        const struct tb_sheet_item *item = &sheet->items[i];
        json_t *parent = child(child(root, item->group), item->subgroup);
        json_t *list = json_object_get(parent, item->key);
        if (!item->list) {
            json_object_set_new(parent, item->key, item_json(item));
            continue;
        }
        if (list == NULL) {
            list = json_array();
            json_object_set_new(parent, item->key, list);
        }
        json_array_append_new(list, item_json(item));
    }
    return root;
}

/** "group.subgroup.key". */
static void add_path(struct tb_text *out, const struct tb_sheet_item *item)
{
    tb_text_addf(out, "%s%s%s%s%s", item->group != NULL ? item->group : "",
                 item->group != NULL ? "." : "", item->subgroup != NULL ? item->subgroup : "",
                 item->subgroup != NULL ? "." : "", item->key);
}

static void write_rows(struct tb_text *out, const struct tb_sheet *sheet, char separator)
{
    static const struct tb_column columns[] = {
        {"", "key", TB_TABLE_TEXT, false},     {"", "unit", TB_TABLE_TEXT, false},
        {"", "value", TB_DIM_COUNT, true},     {"", "low", TB_DIM_COUNT, true},
        {"", "high", TB_DIM_COUNT, true},      {"", "grade", TB_TABLE_TEXT, false},
        {"", "sources", TB_TABLE_TEXT, false}, {"", "text", TB_TABLE_TEXT, false}};
    struct tb_table table;
    tb_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sheet->n_items; ++i) {
        const struct tb_sheet_item *item = &sheet->items[i];
        const struct tb_prov *prov = item->prov;
        const bool number = item->text == NULL;
        const double none = (double)NAN;
        struct tb_text path = {0};
        struct tb_text sources = {0};
        add_path(&path, item);
        for (size_t k = 0; prov != NULL && k < prov->n_sources; ++k) {
            tb_text_addf(&sources, "%s%s", k > 0 ? " " : "", prov->sources[k]);
        }
        const struct tb_cell cells[] = {{path.data, 0},
                                        {number ? tb_dim_si(item->dim) : "", 0},
                                        {NULL, number ? item->value : none},
                                        {NULL, prov != NULL ? prov->low : none},
                                        {NULL, prov != NULL ? prov->high : none},
                                        {prov != NULL ? tb_grade_letter(prov->grade) : "", 0},
                                        {sources.data, 0},
                                        {item->text, 0}};
        tb_table_row(&table, cells);
        table.failed |= path.failed || sources.failed;
        tb_text_free(&path);
        tb_text_free(&sources);
    }
    tb_table_write_separated(out, &table, separator);
    tb_table_free(&table);
}

void tb_sheet_write(struct tb_text *out, const struct tb_sheet *sheet,
                    const struct tb_report_options *options)
{
    if (sheet->failed) {
        out->failed = true;
    } else if (options->form == TB_FORM_TEXT) {
        write_text(out, sheet);
    } else if (options->form == TB_FORM_CSV || options->form == TB_FORM_TSV) {
        write_rows(out, sheet, options->form == TB_FORM_CSV ? ',' : '\t');
    } else {
        tb_json_write(out, sheet_json(sheet), options->form == TB_FORM_JSON);
    }
}
