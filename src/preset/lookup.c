/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/store.h"

#include "base/text.h"
#include "preset/file.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_words[][2] = {[TB_ENTITY_CHIP] = {"chip", "chips"},
                                            [TB_ENTITY_CLUSTER] = {"cluster", "clusters"},
                                            [TB_ENTITY_MODEL] = {"model", "models"},
                                            [TB_ENTITY_RUN] = {"run", "runs"}};

const char *tb_kind_word(enum tb_entity_kind kind)
{
    return kind_words[kind][0];
}

const char *tb_kind_folder(enum tb_entity_kind kind)
{
    return kind_words[kind][1];
}

/* Built-in names of one kind and role. */
struct range {
    const struct tb_builtin_name *names;
    size_t n;
};

static struct range builtin_range(const tb_data *data, enum tb_entity_kind kind,
                                  enum tb_name_role role)
{
    const unsigned *first = &data->builtin->first[(int)kind * TB_BUILTIN_ROLES + (int)role];
    return (struct range){data->builtin->names + first[0], first[1] - first[0]};
}

/* The first of the equal names; NULL when there is none. */
static const struct tb_builtin_name *find_builtin(struct range range, const char *name)
{
    size_t low = 0, high = range.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tb_name_compare(range.names[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool hit = low < range.n && tb_name_compare(range.names[low].name, name) == 0;
    return hit ? &range.names[low] : NULL;
}

struct collector {
    tb_data *data;
    struct tb_user_file *file;
};

static bool collect(void *context, enum tb_name_role role, const struct tb_node *node,
                    const char *warning)
{
    struct collector *c = context;
    struct tb_user_name *name = tb_arena_alloc(c->data->arena, sizeof *name);
    if (name == NULL) {
        return false;
    }
    *name = (struct tb_user_name){role, node->text, warning, c->file->names};
    c->file->names = name;
    return true;
}

/* Other names than the id stand in the file, so a lookup that no id answers reads the headers of
 * the user's files of its kind. What is broken there matters only when nothing answers. */
static void read_names(tb_data *data, struct tb_user_file *file, tb_diags *diags)
{
    if (file->names_read && !(file->broken && diags != NULL)) {
        return;
    }
    struct collector collector = {data, file};
    tb_diags *own = diags == NULL ? tb_diags_new() : NULL;
    tb_diags *list = diags == NULL ? own : diags;
    const struct tb_node *root = tb_store_file_tree(data, file->path, list);
    file->names_read = true;
    file->broken = root == NULL;
    if (root != NULL && !tb_names_read(root, collect, &collector)) {
        data->no_memory = true;
    }
    if (list == NULL || tb_diags_status(list) == TB_E_NOMEM) {
        data->no_memory = true;
    }
    tb_diags_free(own);
}

static struct tb_user_file *find_user_id(const tb_data *data, enum tb_entity_kind kind,
                                         const char *id)
{
    for (size_t i = data->n_files; i-- > 0;) {
        struct tb_user_file *file = &data->files[i];
        if (file->kind == kind && tb_name_compare(file->id, id) == 0) {
            return file;
        }
    }
    return NULL;
}

static bool find_id(const tb_data *data, enum tb_entity_kind kind, const char *id,
                    struct tb_target *out)
{
    struct tb_user_file *user = find_user_id(data, kind, id);
    const struct tb_builtin_name *name = find_builtin(builtin_range(data, kind, TB_NAME_ID), id);
    *out = (struct tb_target){.builtin = -1, .role = TB_NAME_ID};
    if (user != NULL) {
        out->user = user;
        out->id = user->id;
        out->file = user->path;
        return true;
    }
    if (name != NULL) {
        out->builtin = (int)name->file;
        out->id = name->name;
        out->file = data->builtin->files[name->file].name;
    }
    return name != NULL;
}

/* The preset of a built-in file, or the user's that shadows it. */
static bool find_by_file(const tb_data *data, enum tb_entity_kind kind, unsigned file,
                         struct tb_target *out)
{
    struct range ids = builtin_range(data, kind, TB_NAME_ID);
    for (size_t i = 0; i < ids.n; i++) {
        if (ids.names[i].file == file) {
            return find_id(data, kind, ids.names[i].name, out);
        }
    }
    return false;
}

static const struct tb_user_name *find_user_name(const struct tb_user_file *file,
                                                 enum tb_name_role role, const char *text)
{
    for (const struct tb_user_name *name = file->names; name != NULL; name = name->next) {
        if (name->role == role && tb_name_compare(name->name, text) == 0) {
            return name;
        }
    }
    return NULL;
}

static bool find_role(tb_data *data, enum tb_entity_kind kind, enum tb_name_role role,
                      const char *text, struct tb_target *out)
{
    for (size_t i = data->n_files; i-- > 0;) {
        struct tb_user_file *file = &data->files[i];
        if (file->kind != kind || find_user_id(data, kind, file->id) != file) {
            continue;
        }
        read_names(data, file, NULL);
        const struct tb_user_name *name = find_user_name(file, role, text);
        if (name != NULL) {
            *out = (struct tb_target){file, -1, file->id, role, name->warning, file->path};
            return true;
        }
    }
    const struct tb_builtin_name *name = find_builtin(builtin_range(data, kind, role), text);
    if (name == NULL || !find_by_file(data, kind, name->file, out)) {
        return false;
    }
    out->role = role;
    out->warning = name->warning;
    return true;
}

bool tb_store_find(tb_data *data, enum tb_entity_kind kind, const char *name, struct tb_target *out)
{
    return find_id(data, kind, name, out) || find_role(data, kind, TB_NAME_ALIAS, name, out) ||
           find_role(data, kind, TB_NAME_ASSUMED, name, out) ||
           find_role(data, kind, TB_NAME_FULL, name, out);
}

/* The names of a user's file that role by role are not shadowed by another user's file. */
static void each_user_name(tb_data *data, enum tb_entity_kind kind,
                           void (*see)(void *, const char *, const struct tb_target *),
                           void *context)
{
    for (size_t i = 0; i < data->n_files; i++) {
        struct tb_user_file *file = &data->files[i];
        if (file->kind != kind || find_user_id(data, kind, file->id) != file) {
            continue;
        }
        read_names(data, file, NULL);
        struct tb_target target = {file, -1, file->id, TB_NAME_ID, NULL, file->path};
        see(context, file->id, &target);
        for (const struct tb_user_name *name = file->names; name != NULL; name = name->next) {
            target.role = name->role;
            target.warning = name->warning;
            if (name->role != TB_NAME_ID) {
                see(context, name->name, &target);
            }
        }
    }
}

void tb_store_each_name(tb_data *data, enum tb_entity_kind kind,
                        void (*see)(void *context, const char *name,
                                    const struct tb_target *target),
                        void *context)
{
    for (int role = 0; role < TB_NAME_ROLES; role++) {
        struct range range = builtin_range(data, kind, (enum tb_name_role)role);
        for (size_t i = 0; i < range.n; i++) {
            struct tb_target target;
            bool known = find_by_file(data, kind, range.names[i].file, &target);
            if (known && target.user == NULL) {
                target.role = (enum tb_name_role)role;
                target.warning = range.names[i].warning;
                see(context, range.names[i].name, &target);
            }
        }
    }
    each_user_name(data, kind, see, context);
}

/* Names collected for a message. */
struct list {
    const char **names;
    size_t n, capacity;
    const char *wanted; /* a family name, or NULL: ids and aliases */
};

static void add_to_list(struct list *list, const char *name)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
        const char **grown = realloc(list->names, capacity * sizeof *grown);
        if (grown == NULL) {
            return; /* fewer suggestions */
        }
        list->names = grown;
        list->capacity = capacity;
    }
    list->names[list->n++] = name;
}

static void see_name(void *context, const char *name, const struct tb_target *target)
{
    struct list *list = context;
    if (target->role != TB_NAME_FAMILY && target->role != TB_NAME_FULL) {
        add_to_list(list, name);
    }
}

static void see_family(void *context, const char *name, const struct tb_target *target)
{
    struct list *list = context;
    if (target->role == TB_NAME_FAMILY && tb_name_compare(name, list->wanted) == 0) {
        add_to_list(list, target->id);
    }
}

void tb_store_suggest(tb_data *data, enum tb_entity_kind kind, const char *wrong,
                      struct tb_text *out)
{
    struct list list = {0};
    tb_store_each_name(data, kind, see_name, &list);
    tb_suggest(out, wrong, list.names, list.n, 3);
    free(list.names);
}

static int by_text(const void *a, const void *b)
{
    return tb_name_compare(*(const char *const *)a, *(const char *const *)b);
}

static bool report_family(tb_data *data, enum tb_entity_kind kind, const char *name,
                          struct tb_pos pos, tb_diags *diags)
{
    struct list list = {.wanted = name};
    struct tb_text accepted = {0};
    tb_store_each_name(data, kind, see_family, &list);
    if (list.n > 0) {
        qsort(list.names, list.n, sizeof *list.names, by_text);
        for (size_t i = 0; i < list.n; i++) {
            tb_text_addf(&accepted, "%s%s", i == 0 ? "" : ", ", list.names[i]);
        }
        struct tb_finding finding = {.pos = pos, .accepted = accepted.data};
        tb_diag_add(diags, TB_USAGE_AMBIGUOUS_ID, &finding, "the %s name '%s' means several",
                    tb_kind_word(kind), name);
    }
    tb_text_free(&accepted);
    free(list.names);
    return list.n > 0;
}

static void report_unknown(tb_data *data, enum tb_entity_kind kind, const char *name,
                           struct tb_pos pos, tb_diags *diags)
{
    struct tb_text near = {0}, remedy = {0};
    tb_store_suggest(data, kind, name, &near);
    if (near.length > 0) {
        tb_text_addf(&remedy, "did you mean %s?", near.data);
    } else {
        tb_text_addf(&remedy, "'trainbudget list %s' lists them", tb_kind_folder(kind));
    }
    struct tb_finding finding = {.pos = pos, .remedy = remedy.data};
    tb_diag_add(diags, TB_USAGE_UNKNOWN_ID, &finding, "unknown %s '%s'", tb_kind_word(kind), name);
    tb_text_free(&near);
    tb_text_free(&remedy);
    for (size_t i = 0; i < data->n_files; i++) { /* the name may stand in a file that is broken */
        if (data->files[i].kind == kind && data->files[i].broken) {
            read_names(data, &data->files[i], diags);
        }
    }
}

/* A preset is looked up several times for one estimate; its warnings are said once. */
static void warn_once(tb_diags *diags, enum tb_code code, struct tb_pos pos, const char *message)
{
    for (size_t i = 0; tb_diags_at(diags, i) != NULL; i++) {
        if (strcmp(tb_diags_at(diags, i)->message, message) == 0) {
            return;
        }
    }
    struct tb_finding finding = {.pos = pos};
    tb_diag_add(diags, code, &finding, "%s", message);
}

static void warn_shadowed(tb_data *data, enum tb_entity_kind kind, const struct tb_target *target,
                          tb_diags *diags)
{
    struct tb_text message = {0};
    const struct tb_builtin_name *hidden =
        find_builtin(builtin_range(data, kind, TB_NAME_ID), target->id);
    if (target->user == NULL || hidden == NULL) {
        return;
    }
    tb_text_addf(&message, "the %s '%s' is taken from this file and not from the built-in data",
                 tb_kind_word(kind), target->id);
    if (!message.failed) {
        warn_once(diags, TB_SHADOWED, (struct tb_pos){target->file, 0, 0}, message.data);
    }
    tb_text_free(&message);
}

bool tb_store_resolve(tb_data *data, enum tb_entity_kind kind, const char *name, struct tb_pos pos,
                      struct tb_target *out, tb_diags *diags)
{
    if (!tb_store_find(data, kind, name, out)) {
        if (data->no_memory) {
            tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
        } else if (!report_family(data, kind, name, pos, diags)) {
            report_unknown(data, kind, name, pos, diags);
        }
        return false;
    }
    if (out->role == TB_NAME_ASSUMED) {
        warn_once(diags, TB_ALIAS_ASSUMED, pos, out->warning);
    }
    warn_shadowed(data, kind, out, diags);
    return true;
}
