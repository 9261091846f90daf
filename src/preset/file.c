/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _POSIX_C_SOURCE 200809L

#include "preset/file.h"

#include "base/diag.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool cannot_read(const char *path, const char *why, tb_diags *diags)
{
    struct tb_finding finding = {.pos = {path, 0, 0}};
    tb_diag_add(diags, TB_IO_READ, &finding, "cannot read '%s': %s", path, why);
    return false;
}

static bool no_memory(const char *path, tb_diags *diags)
{
    struct tb_finding finding = {.pos = {path, 0, 0}};
    tb_diag_add(diags, TB_NO_MEMORY, &finding, "out of memory");
    return false;
}

static bool errno_text(const char *path, int number, tb_diags *diags)
{
    char why[128];
    if (number == ENOMEM) {
        return no_memory(path, diags);
    }
    if (strerror_r(number, why, sizeof why) != 0) {
        snprintf(why, sizeof why, "error %d", number);
    }
    return cannot_read(path, why, diags);
}

static bool too_large(const char *path, tb_diags *diags)
{
    struct tb_finding finding = {.pos = {path, 0, 0}, .accepted = "at most 1 MiB"};
    tb_diag_add(diags, TB_TEXT_TOO_LARGE, &finding, "the file is too large for a preset");
    return false;
}

/* A device has no size to ask for, so the limit is held while reading. */
static bool read_stream(tb_arena *arena, FILE *stream, struct tb_yaml_text *out, tb_diags *diags)
{
    char *buffer = malloc(TB_YAML_MAX_BYTES + 1);
    if (buffer == NULL) {
        return no_memory(out->file, diags);
    }
    size_t length = fread(buffer, 1, TB_YAML_MAX_BYTES + 1, stream);
    bool good = true;
    if (ferror(stream)) {
        good = errno_text(out->file, errno, diags);
    } else if (length > TB_YAML_MAX_BYTES) {
        good = too_large(out->file, diags);
    } else {
        char *copy = tb_arena_alloc(arena, length + 1);
        good = copy != NULL || no_memory(out->file, diags);
        if (copy != NULL) {
            memcpy(copy, buffer, length);
            out->text = copy;
            out->length = length;
        }
    }
    free(buffer);
    return good;
}

/* A pipe or a socket may never end or never begin; a device is held to the limit while reading. */
static bool is_readable(const char *path, const struct stat *info, tb_diags *diags)
{
    if (S_ISDIR(info->st_mode)) {
        return cannot_read(path, "it is a directory", diags);
    }
    if (!S_ISREG(info->st_mode) && !S_ISCHR(info->st_mode)) {
        return cannot_read(path, "it is neither a file nor a character device", diags);
    }
    return !S_ISREG(info->st_mode) || info->st_size <= TB_YAML_MAX_BYTES || too_large(path, diags);
}

bool tb_file_read(tb_arena *arena, const char *path, struct tb_yaml_text *out, tb_diags *diags)
{
    struct stat info;
    *out = (struct tb_yaml_text){.file = path};
    if (strcmp(path, "-") == 0) {
        return cannot_read(path, "a preset is read from a file, not from standard input", diags);
    }
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return errno_text(path, errno, diags);
    }
    bool opened = fstat(descriptor, &info) == 0 || errno_text(path, errno, diags);
    if (!opened || !is_readable(path, &info, diags)) {
        close(descriptor);
        return false;
    }
    FILE *stream = fdopen(descriptor, "rb");
    if (stream == NULL) {
        close(descriptor);
        return no_memory(path, diags);
    }
    bool good = read_stream(arena, stream, out, diags);
    fclose(stream);
    return good;
}

static bool is_wanted(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);
    return name[0] != '.' && length > tail && strcmp(name + length - tail, suffix) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool append_name(tb_arena *arena, struct tb_file_names *out, const char *name)
{
    if ((out->n & (out->n - 1)) == 0) { /* full at each power of two */
        size_t capacity = out->n == 0 ? 1 : 2 * out->n;
        const char **grown = tb_arena_alloc(arena, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        if (out->n > 0) {
            memcpy(grown, out->names, out->n * sizeof *grown);
        }
        out->names = grown;
    }
    char *copy = tb_arena_strdup(arena, name);
    if (copy == NULL) {
        return false;
    }
    out->names[out->n++] = copy;
    return true;
}

bool tb_file_list(tb_arena *arena, const char *path, const char *suffix, bool optional,
                  struct tb_file_names *out, tb_diags *diags)
{
    *out = (struct tb_file_names){0};
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return (optional && errno == ENOENT) || errno_text(path, errno, diags);
    }
    bool good = true;
    const struct dirent *entry = NULL;
    while (good && (entry = readdir(dir)) != NULL) {
        if (is_wanted(entry->d_name, suffix) && !append_name(arena, out, entry->d_name)) {
            good = no_memory(path, diags);
        }
    }
    closedir(dir);
    if (out->n > 1) {
        qsort(out->names, out->n, sizeof *out->names, by_name);
    }
    return good;
}

const char *tb_file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}
