/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * embed PRESETS OUT.c: writes the preset files as trees in C data, with the index of their names
 * and of the bibliography's entries and a digest over all. Runs on the building machine. What is
 * wrong inside a preset is left to `trainbudget check`; a file that is no YAML or has no id stops
 * it.
 *
 * The digest is what this prints, seen from the folder above:
 *   LC_ALL=C ls presets/VERSION presets/constants.yaml presets/posttrain.yaml presets/priors.yaml
 *     presets/sources.yaml presets/<kind>/<id>.yaml |
 *     LC_ALL=C sort | xargs sha256sum | sha256sum */
#include "preset/builtin.h"

#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "preset/file.h"
#include "preset/names.h"

enum { MAX_FILES = 4096, MAX_NAMES = 32768, MAX_SOURCES = 8192, NO_KIND = -1 };

struct file {
    const char *name; /* "presets/chips/910c.yaml" */
    struct tb_yaml_text text;
    int kind;
    unsigned tree;
};

struct name {
    const char *name, *warning;
    int kind;
    enum tb_name_role role;
    unsigned file;
};

struct embed {
    tb_arena *arena;
    tb_diags *diags;
    const char *dir;
    struct file files[MAX_FILES];
    size_t n_files;
    struct name names[MAX_NAMES];
    size_t n_names;
    struct tb_builtin_source sources[MAX_SOURCES];
    size_t n_sources;
    int sources_file, priors_file, constants_file, posttrain_file;
    struct tb_pack pack;
    const char *version, *layout;
    char digest[SHA256_DIGEST_STRING_LENGTH];
};

/* The order is that of enum tb_entity_kind; the store's test holds them together. */
static const char *const folders[TB_BUILTIN_KINDS] = {"chips", "clusters", "models", "runs"};

static bool complain(const char *what, const char *about)
{
    fprintf(stderr, "embed: %s%s%s\n", about, about[0] != '\0' ? ": " : "", what);
    return false;
}

static bool add_file(struct embed *e, const char *relative, int kind)
{
    if (e->n_files == MAX_FILES) {
        return complain("too many files", e->dir);
    }
    struct file *file = &e->files[e->n_files++];
    const char *path = tb_arena_printf(e->arena, "%s/%s", e->dir, relative);
    file->name = tb_arena_printf(e->arena, "presets/%s", relative);
    file->kind = kind;
    return path != NULL && file->name != NULL &&
           tb_file_read(e->arena, path, &file->text, e->diags);
}

static bool add_folder(struct embed *e, int kind)
{
    struct tb_file_names names;
    const char *path = tb_arena_printf(e->arena, "%s/%s", e->dir, folders[kind]);
    if (path == NULL || !tb_file_list(e->arena, path, ".yaml", true, &names, e->diags)) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < names.n && good; i++) {
        const char *relative = tb_arena_printf(e->arena, "%s/%s", folders[kind], names.names[i]);
        good = relative != NULL && add_file(e, relative, kind);
    }
    return good;
}

static int by_file_name(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static bool collect_files(struct embed *e)
{
    static const char *const tops[] = {"VERSION", "constants.yaml", "posttrain.yaml", "priors.yaml",
                                       "sources.yaml"};
    struct tb_file_names present;
    if (!tb_file_list(e->arena, e->dir, "", false, &present, e->diags)) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < present.n && good; i++) {
        for (size_t top = 0; top < sizeof tops / sizeof *tops && good; top++) {
            good = strcmp(present.names[i], tops[top]) != 0 || add_file(e, tops[top], NO_KIND);
        }
    }
    for (int kind = 0; kind < TB_BUILTIN_KINDS && good; kind++) {
        good = add_folder(e, kind);
    }
    qsort(e->files, e->n_files, sizeof *e->files, by_file_name);
    return good;
}

struct naming {
    struct embed *e;
    unsigned file;
    bool has_id;
};

static bool add_name(void *context, enum tb_name_role role, const struct tb_node *node,
                     const char *warning)
{
    struct naming *n = context;
    struct embed *e = n->e;
    if (e->n_names == MAX_NAMES) {
        return complain("too many names", e->dir);
    }
    n->has_id = n->has_id || role == TB_NAME_ID;
    e->names[e->n_names++] =
        (struct name){node->text, warning, e->files[n->file].kind, role, n->file};
    return true;
}

static bool add_sources(struct embed *e, const struct tb_node *root, unsigned file)
{
    unsigned tree = e->files[file].tree + 1;
    for (const struct tb_node *entry = root->first; entry != NULL; entry = entry->next) {
        if (e->n_sources == MAX_SOURCES) {
            return complain("too many sources", e->files[file].text.file);
        }
        e->sources[e->n_sources++] = (struct tb_builtin_source){entry->key, tree};
        tree += e->pack.nodes[tree].size;
    }
    return true;
}

static bool read_version(struct embed *e, const struct tb_node *root, const char *file)
{
    const struct tb_node *data = tb_node_get(root, "data");
    const struct tb_node *layout = tb_node_get(root, "layout");
    if (data == NULL || data->text == NULL || layout == NULL || layout->text == NULL) {
        return complain("needs the keys data and layout", file);
    }
    e->version = data->text;
    e->layout = layout->text;
    return true;
}

static bool index_file(struct embed *e, unsigned i)
{
    struct file *file = &e->files[i];
    struct naming naming = {e, i, false};
    const struct tb_node *root = tb_yaml_parse(e->arena, &file->text, e->diags);
    if (root == NULL) {
        return false;
    }
    if (root->kind != TB_NODE_MAP) {
        return complain("is no mapping", file->text.file);
    }
    if (!tb_pack_tree(&e->pack, root, &file->tree)) {
        return complain("is too long or out of memory", file->text.file);
    }
    if (file->kind != NO_KIND) {
        return tb_names_read(root, add_name, &naming) &&
               (naming.has_id || complain("has no id", file->text.file));
    }
    if (strcmp(file->name, "presets/VERSION") == 0) {
        return read_version(e, root, file->text.file);
    }
    bool sources = strcmp(file->name, "presets/sources.yaml") == 0;
    bool priors = strcmp(file->name, "presets/priors.yaml") == 0;
    bool constants = strcmp(file->name, "presets/constants.yaml") == 0;
    *(sources     ? &e->sources_file
      : priors    ? &e->priors_file
      : constants ? &e->constants_file
                  : &e->posttrain_file) = (int)i;
    return !sources || add_sources(e, root, i);
}

static int by_name(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    int order = x->kind - y->kind;
    if (order == 0) {
        order = (int)x->role - (int)y->role;
    }
    if (order == 0) {
        order = tb_name_compare(x->name, y->name);
    }
    return order != 0 ? order : (x->file > y->file) - (x->file < y->file);
}

static int by_source(const void *a, const void *b)
{
    return strcmp(((const struct tb_builtin_source *)a)->key,
                  ((const struct tb_builtin_source *)b)->key);
}

static void digest_files(struct embed *e)
{
    SHA2_CTX all;
    SHA256Init(&all);
    for (size_t i = 0; i < e->n_files; i++) {
        char hex[SHA256_DIGEST_STRING_LENGTH];
        const struct file *file = &e->files[i];
        SHA256Data((const uint8_t *)file->text.text, file->text.length, hex);
        SHA256Update(&all, (const uint8_t *)hex, strlen(hex));
        SHA256Update(&all, (const uint8_t *)"  ", 2);
        SHA256Update(&all, (const uint8_t *)file->name, strlen(file->name));
        SHA256Update(&all, (const uint8_t *)"\n", 1);
    }
    SHA256End(&all, e->digest);
}

static bool read_all(struct embed *e)
{
    e->sources_file = e->priors_file = e->constants_file = e->posttrain_file = -1;
    bool good = collect_files(e);
    for (unsigned i = 0; i < e->n_files && good; i++) {
        good = index_file(e, i);
    }
    qsort(e->names, e->n_names, sizeof *e->names, by_name);
    qsort(e->sources, e->n_sources, sizeof *e->sources, by_source);
    digest_files(e);
    return good && (e->version != NULL || complain("is missing", "presets/VERSION"));
}

/* Octal escapes always take three digits, so that a digit behind them stays its own. */
static void write_string(FILE *out, const char *text, size_t length)
{
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n') {
            fputs("\\n", out);
        } else if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\' || c == '?') {
            fprintf(out, "\\%03o", c);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

static void write_text(FILE *out, const char *text)
{
    if (text == NULL) {
        fputs("NULL", out);
    } else {
        write_string(out, text, strlen(text));
    }
}

static void write_nodes(FILE *out, const struct embed *e)
{
    fputs("static const char texts[] =", out);
    for (size_t at = 0; at < e->pack.n_texts;) {
        size_t length = strlen(e->pack.texts + at);
        fputs("\n    ", out);
        write_string(out, e->pack.texts + at, length);
        fputs(" \"\\0\"", out);
        at += length + 1;
    }
    fputs(";\n\nstatic const struct tb_packed_node nodes[] = {\n", out);
    for (size_t i = 0; i < e->pack.n_nodes; i++) {
        const struct tb_packed_node *n = &e->pack.nodes[i];
        fprintf(out, "    {%u, %u, %u, %d, %d, %d, %d, %d},\n", n->text, n->key, n->size, n->line,
                n->column, n->key_line, n->key_column, n->kind);
    }
    fputs("};\n\n", out);
}

static void write_files(FILE *out, const struct embed *e)
{
    fputs("static const struct tb_builtin_file files[] = {\n", out);
    for (size_t i = 0; i < e->n_files; i++) {
        fputs("    {", out);
        write_text(out, e->files[i].name);
        fprintf(out, ", %u},\n", e->files[i].tree);
    }
    fputs("};\n\n", out);
}

static void write_index(FILE *out, const struct embed *e)
{
    fputs("static const struct tb_builtin_name names[] = {\n", out);
    for (size_t i = 0; i < e->n_names; i++) {
        fputs("    {", out);
        write_text(out, e->names[i].name);
        fputs(", ", out);
        write_text(out, e->names[i].warning);
        fprintf(out, ", %u},\n", e->names[i].file);
    }
    fputs("    {NULL, NULL, 0},\n};\n\nstatic const struct tb_builtin_source sources[] = {\n", out);
    for (size_t i = 0; i < e->n_sources; i++) {
        const struct tb_builtin_source *s = &e->sources[i];
        fputs("    {", out);
        write_text(out, s->key);
        fprintf(out, ", %u},\n", s->tree);
    }
    fputs("    {NULL, 0},\n};\n\n", out);
}

static void write_first(FILE *out, const struct embed *e)
{
    size_t at = 0;
    fputs("    .first = {", out);
    for (int slot = 0; slot < TB_BUILTIN_KINDS * TB_BUILTIN_ROLES; slot++) {
        fprintf(out, "%zu, ", at);
        while (at < e->n_names &&
               e->names[at].kind * TB_BUILTIN_ROLES + (int)e->names[at].role == slot) {
            at++;
        }
    }
    fprintf(out, "%zu},\n", at);
}

static bool write_all(const char *path, const struct embed *e)
{
    FILE *out = fopen(path, "w");
    if (out == NULL) {
        return complain("cannot be written", path);
    }
    fputs("/* Written by src/preset/gen/embed.c from presets/. */\n"
          "#include \"preset/builtin.h\"\n\n"
          "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n",
          out);
    write_nodes(out, e);
    write_files(out, e);
    write_index(out, e);
    fputs("const struct tb_builtin tb_builtin = {\n    .version = ", out);
    write_text(out, e->version);
    fputs(",\n    .layout = ", out);
    write_text(out, e->layout);
    fprintf(out,
            ",\n    .digest = \"%s\",\n    .nodes = nodes,\n    .texts = texts,\n    .files = "
            "files,\n    .n_files = %zu,\n",
            e->digest, e->n_files);
    write_first(out, e);
    fprintf(out,
            "    .names = names,\n    .sources = sources,\n    .n_sources = %zu,\n"
            "    .sources_file = %d,\n    .priors_file = %d,\n    .constants_file = %d,\n"
            "    .posttrain_file = %d,\n};\n",
            e->n_sources, e->sources_file, e->priors_file, e->constants_file, e->posttrain_file);
    bool good = !ferror(out);
    return (fclose(out) == 0 && good) || complain("cannot be written", path);
}

static void print_findings(const tb_diags *diags)
{
    for (size_t i = 0; tb_diags_at(diags, i) != NULL; i++) {
        char *text = tb_diag_text(tb_diags_at(diags, i));
        fprintf(stderr, "%s\n", text != NULL ? text : "out of memory");
        free(text);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: embed PRESETS OUT.c\n", stderr);
        return 2;
    }
    struct embed *e = calloc(1, sizeof *e);
    bool good = e != NULL;
    if (good) {
        e->arena = tb_arena_new();
        e->diags = tb_diags_new();
        e->dir = argv[1];
        good = e->arena != NULL && e->diags != NULL && read_all(e) && write_all(argv[2], e);
        print_findings(e->diags);
        tb_pack_free(&e->pack);
        tb_arena_free(e->arena);
        tb_diags_free(e->diags);
    }
    free(e);
    return good ? 0 : 1;
}
