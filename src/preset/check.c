/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything that is wrong in a file, a directory or the built-in data: what the readers find, and
 * what can only be seen beside other files. */
#define _POSIX_C_SOURCE 200809L

#include "preset/store.h"

#include "base/text.h"
#include "preset/file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct check {
    tb_data *data;
    tb_diags *diags;
    size_t files; /* looked at */
};

static struct tb_reader reader_of(const struct check *c, const char *file, bool builtin)
{
    return (struct tb_reader){.arena = c->data->arena,
                              .diags = c->diags,
                              .file = file,
                              .has_source = tb_store_has_source,
                              .context = c->data,
                              .builtin = builtin};
}

/* A reference must lead somewhere without a doubt: by id or alias. */
static void check_reference(const struct check *c, struct tb_reader *r, const struct tb_node *node,
                            enum tb_entity_kind kind)
{
    struct tb_target target;
    if (node == NULL || node->kind != TB_NODE_TEXT || node->text[0] == '\0') {
        return;
    }
    bool known = tb_store_find(c->data, kind, node->text, &target);
    if (known && target.role <= TB_NAME_ALIAS) {
        return;
    }
    struct tb_text near = {0}, remedy = {0};
    tb_store_suggest(c->data, kind, node->text, &near);
    if (known) {
        tb_text_addf(&remedy, "write the id %s", target.id);
    } else if (near.length > 0) {
        tb_text_addf(&remedy, "did you mean %s?", near.data);
    }
    struct tb_at at = {.node = node, .remedy = remedy.data};
    tb_reader_fail(r, TB_DANGLING_REFERENCE, &at, "there is no %s '%s'", tb_kind_word(kind),
                   node->text);
    tb_text_free(&near);
    tb_text_free(&remedy);
}

/* Keys that name other presets; at the root, and within stages and phases. */
static const struct reference {
    enum tb_entity_kind in;
    const char *key;
    enum tb_entity_kind to;
    bool in_stages;
} references[] = {
    {TB_ENTITY_CHIP, "cluster", TB_ENTITY_CLUSTER, false},
    {TB_ENTITY_CLUSTER, "chip", TB_ENTITY_CHIP, false},
    {TB_ENTITY_RUN, "model", TB_ENTITY_MODEL, true},
    {TB_ENTITY_RUN, "cluster", TB_ENTITY_CLUSTER, true},
    {TB_ENTITY_RUN, "chip", TB_ENTITY_CHIP, true},
    {TB_ENTITY_RUN, "pretraining", TB_ENTITY_RUN, false},
};
enum { N_REFERENCES = sizeof references / sizeof *references };

static void check_list(const struct check *c, struct tb_reader *r, const struct tb_node *list,
                       enum tb_entity_kind kind)
{
    const struct tb_node *item = list != NULL && list->kind == TB_NODE_LIST ? list->first : NULL;
    for (; item != NULL; item = item->next) {
        check_reference(c, r, item, kind);
    }
}

/* A role names its model, or a mapping that does. */
static void check_roles(const struct check *c, struct tb_reader *r, const struct tb_node *roles)
{
    const struct tb_node *role = roles != NULL && roles->kind == TB_NODE_MAP ? roles->first : NULL;
    for (; role != NULL; role = role->next) {
        const bool plain = role->kind == TB_NODE_TEXT;
        check_reference(c, r, plain ? role : tb_node_get(role, "model"), TB_ENTITY_MODEL);
    }
}

static void check_stage_references(const struct check *c, struct tb_reader *r,
                                   const struct tb_node *stage)
{
    for (size_t i = 0; i < N_REFERENCES; i++) {
        if (references[i].in_stages) {
            check_reference(c, r, tb_node_get(stage, references[i].key), references[i].to);
        }
    }
    check_roles(c, r, tb_node_get(stage, "roles"));
}

static void check_stages(const struct check *c, struct tb_reader *r, const struct tb_node *stages)
{
    const struct tb_node *stage =
        stages != NULL && stages->kind == TB_NODE_LIST ? stages->first : NULL;
    for (; stage != NULL; stage = stage->next) {
        const struct tb_node *phases = tb_node_get(stage, "phases");
        const struct tb_node *phase =
            phases != NULL && phases->kind == TB_NODE_LIST ? phases->first : NULL;
        check_stage_references(c, r, stage);
        for (; phase != NULL; phase = phase->next) {
            check_stage_references(c, r, phase);
        }
    }
}

static void check_references(const struct check *c, struct tb_reader *r, enum tb_entity_kind kind,
                             const struct tb_node *root)
{
    for (size_t i = 0; i < N_REFERENCES; i++) {
        if (references[i].in == kind) {
            check_reference(c, r, tb_node_get(root, references[i].key), references[i].to);
        }
    }
    if (kind == TB_ENTITY_RUN) {
        check_list(c, r, tb_node_get(root, "compare"), TB_ENTITY_RUN);
        check_stages(c, r, tb_node_get(root, "stages"));
    }
}

/* A name of the checked file, and the first other preset that claims it too. */
struct claim {
    const char *name, *own_id;
    bool family; /* families are shared: only other kinds of names collide with them */
    const char *other;
};

static void see_claim(void *context, const char *name, const struct tb_target *target)
{
    struct claim *claim = context;
    bool both_family = claim->family && target->role == TB_NAME_FAMILY;
    if (claim->other == NULL && !both_family && tb_name_compare(name, claim->name) == 0 &&
        tb_name_compare(target->id, claim->own_id) != 0) {
        claim->other = target->file;
    }
}

struct names_check {
    const struct check *check;
    struct tb_reader *reader;
    enum tb_entity_kind kind;
    const char *id;
};

static bool check_name(void *context, enum tb_name_role role, const struct tb_node *node,
                       const char *warning)
{
    (void)warning;
    struct names_check *n = context;
    struct claim claim = {node->text, n->id, role == TB_NAME_FAMILY, NULL};
    tb_store_each_name(n->check->data, n->kind, see_claim, &claim);
    if (claim.other != NULL) {
        struct tb_at at = {.node = node, .found = node->text};
        tb_reader_fail(n->reader, TB_DUPLICATE_ALIAS, &at, "the name also stands in %s",
                       claim.other);
    }
    return true;
}

static void check_names(const struct check *c, struct tb_reader *r, enum tb_entity_kind kind,
                        const struct tb_node *root)
{
    const struct tb_node *id = tb_node_get(root, "id");
    if (id != NULL && id->kind == TB_NODE_TEXT) {
        struct names_check names = {c, r, kind, id->text};
        tb_names_read(root, check_name, &names);
    }
}

static void check_tree(struct check *c, struct tb_reader *r, enum tb_entity_kind kind,
                       const struct tb_node *root)
{
    tb_store_read_tree(r, kind, root);
    check_references(c, r, kind, root);
    check_names(c, r, kind, root);
}

static void check_sources_tree(struct tb_reader *r, const struct tb_node *root)
{
    if (!tb_reader_is(r, root, TB_NODE_MAP)) {
        return;
    }
    for (const struct tb_node *entry = root->first; entry != NULL; entry = entry->next) {
        tb_read_source(r, entry);
    }
}

/* The kind of a preset by what stands in it, for a file outside the folders of the layout. */
static bool kind_of_tree(const struct tb_node *root, enum tb_entity_kind *kind)
{
    static const struct {
        const char *key;
        enum tb_entity_kind kind;
    } marks[] = {{"stages", TB_ENTITY_RUN},
                 {"architecture", TB_ENTITY_MODEL},
                 {"peak", TB_ENTITY_CHIP},
                 {"headline_peak", TB_ENTITY_CHIP},
                 {"vendor", TB_ENTITY_CHIP},
                 {"memory", TB_ENTITY_CHIP},
                 {"scale_up", TB_ENTITY_CLUSTER},
                 {"scale_out", TB_ENTITY_CLUSTER},
                 {"chips_per_node", TB_ENTITY_CLUSTER}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (tb_node_get(root, marks[i].key) != NULL) {
            *kind = marks[i].kind;
            return true;
        }
    }
    return false;
}

static bool kind_of_folder(const char *name, size_t length, enum tb_entity_kind *kind)
{
    for (int i = 0; i < TB_ENTITY_KIND_COUNT; i++) {
        const char *folder = tb_kind_folder((enum tb_entity_kind)i);
        if (strlen(folder) == length && strncmp(folder, name, length) == 0) {
            *kind = (enum tb_entity_kind)i;
            return true;
        }
    }
    return false;
}

/* The kind that the folder of a file stands for: "x/chips/910c.yaml". */
static bool kind_of_path(const char *path, enum tb_entity_kind *kind)
{
    const char *base = tb_file_base(path);
    const char *end = base > path ? base - 1 : path;
    const char *start = end;
    while (start > path && start[-1] != '/') {
        start--;
    }
    return kind_of_folder(start, (size_t)(end - start), kind);
}

static void check_file(struct check *c, const char *path)
{
    const struct tb_node *root = tb_store_file_tree(c->data, path, c->diags);
    struct tb_reader r = reader_of(c, path, false);
    const char *base = tb_file_base(path);
    enum tb_entity_kind kind = TB_ENTITY_CHIP;
    size_t n = 0;
    c->files++;
    if (root == NULL) {
        return;
    }
    if (strcmp(base, "sources.yaml") == 0) {
        check_sources_tree(&r, root);
    } else if (strcmp(base, "priors.yaml") == 0) {
        tb_read_priors(&r, root, &n);
    } else if (strcmp(base, "constants.yaml") == 0) {
        tb_read_constants(&r, root);
    } else if (strcmp(base, "posttrain.yaml") == 0) {
        tb_read_posttrain(&r, root);
    } else if (kind_of_path(path, &kind) || kind_of_tree(root, &kind)) {
        check_tree(c, &r, kind, root);
    } else {
        struct tb_at at = {.node = root,
                           .accepted = "a chip, cluster, model or run as in docs/presets.md"};
        tb_reader_fail(&r, TB_YAML_SHAPE, &at, "neither the folder nor the keys tell what this is");
    }
}

static void check_folder(struct check *c, const char *path)
{
    struct tb_file_names names;
    if (!tb_file_list(c->data->arena, path, ".yaml", true, &names, c->diags)) {
        return;
    }
    for (size_t i = 0; i < names.n; i++) {
        const char *file = tb_arena_printf(c->data->arena, "%s/%s", path, names.names[i]);
        if (file != NULL) {
            check_file(c, file);
        }
    }
}

static void check_directory(struct check *c, const char *path)
{
    check_folder(c, path);
    for (int kind = 0; kind < TB_ENTITY_KIND_COUNT; kind++) {
        const char *folder = tb_arena_printf(c->data->arena, "%s/%s", path,
                                             tb_kind_folder((enum tb_entity_kind)kind));
        if (folder != NULL) {
            check_folder(c, folder);
        }
    }
    if (c->files == 0) {
        struct tb_finding finding = {.pos = {path, 0, 0}, .accepted = "files that end in .yaml"};
        tb_diag_add(c->diags, TB_TEXT_EMPTY, &finding, "there is no preset in this directory");
    }
}

static void check_builtin(struct check *c)
{
    const struct tb_builtin *b = c->data->builtin;
    for (int i = 0; i < (int)b->n_files; i++) {
        enum tb_entity_kind kind = TB_ENTITY_CHIP;
        const char *name = b->files[i].name;
        size_t n = 0;
        const struct tb_node *root = tb_store_builtin_tree(c->data, b->files[i].tree, c->diags);
        struct tb_reader r = reader_of(c, name, true);
        if (root == NULL) {
            continue;
        }
        if (i == b->sources_file) {
            check_sources_tree(&r, root);
        } else if (i == b->priors_file) {
            tb_read_priors(&r, root, &n);
        } else if (i == b->constants_file) {
            tb_read_constants(&r, root);
        } else if (i == b->posttrain_file) {
            tb_read_posttrain(&r, root);
        } else if (kind_of_path(name, &kind)) {
            check_tree(c, &r, kind, root);
        }
    }
}

static bool is_top_file(const char *base)
{
    return strcmp(base, "sources.yaml") == 0 || strcmp(base, "priors.yaml") == 0 ||
           strcmp(base, "constants.yaml") == 0 || strcmp(base, "posttrain.yaml") == 0;
}

/* The directory whose layout a path belongs to, so that files refer to their neighbours: the path
 * itself, or what stands above its folder; NULL when it stands in no layout. */
static const char *root_of(tb_data *data, const char *path, bool is_dir)
{
    enum tb_entity_kind kind;
    if (!is_dir) {
        size_t length = (size_t)(tb_file_base(path) - path);
        const char *base = tb_file_base(path);
        const char *folder = length > 0 ? tb_arena_strndup(data->arena, path, length) : ".";
        bool top = is_top_file(base);
        bool inside = kind_of_path(path, &kind);
        if (folder == NULL || (!top && !inside)) {
            return NULL;
        }
        return top ? folder : tb_arena_printf(data->arena, "%s/..", folder);
    }
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    const char *plain = tb_arena_strndup(data->arena, path, length);
    if (plain == NULL) {
        return NULL;
    }
    const char *base = tb_file_base(plain);
    bool folder = kind_of_folder(base, strlen(base), &kind);
    return folder ? tb_arena_printf(data->arena, "%s/..", plain) : plain;
}

/* A store that sees the checked files over the data. */
static tb_data *layered(tb_data *data, const char *root, tb_diags *diags)
{
    size_t n = data->n_dirs;
    const char **dirs = tb_arena_alloc(data->arena, (n + 1) * sizeof *dirs);
    if (dirs == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        dirs[i] = data->dirs[i];
    }
    if (root != NULL) {
        dirs[n++] = root;
    }
    return tb_store_open(data->builtin, dirs, n, diags);
}

static enum tb_status first_error_after(const tb_diags *diags, size_t from)
{
    for (size_t i = from; tb_diags_at(diags, i) != NULL; i++) {
        if (tb_diags_at(diags, i)->severity == TB_ERROR) {
            return tb_diags_at(diags, i)->status;
        }
    }
    return TB_OK;
}

static void check_path(tb_data *data, const char *path, tb_diags *diags)
{
    struct stat info;
    bool is_dir = strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    tb_data *store = layered(data, root_of(data, path, is_dir), diags);
    if (store == NULL) {
        return;
    }
    struct check check = {store, diags, 0};
    if (is_dir) {
        check_directory(&check, path);
    } else {
        check_file(&check, path);
    }
    tb_data_close(store);
}

enum tb_status tb_data_check(tb_data *data, const char *path, tb_diags *diags)
{
    size_t before = tb_diags_count(diags, TB_NOTE);
    if (path != NULL) {
        check_path(data, path, diags);
    } else {
        struct check check = {data, diags, 0};
        check_builtin(&check);
    }
    return first_error_after(diags, before);
}
