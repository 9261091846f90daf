/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_PRESET_SCRATCH_H
#define TB_TEST_PRESET_SCRATCH_H

#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/** A folder for the files of a test; what was written there is removed at the end. */
struct scratch {
    char dir[64];
    char *made[16];
    size_t n_made;
};

static inline const char *scratch_add(struct scratch *s, const char *name)
{
    assert_true(s->n_made < sizeof s->made / sizeof *s->made);
    struct tb_text path = {0};
    tb_text_addf(&path, "%s/%s", s->dir, name);
    s->made[s->n_made] = tb_text_take(&path);
    assert_non_null(s->made[s->n_made]);
    return s->made[s->n_made++];
}

static inline const char *scratch_write(struct scratch *s, const char *name, const char *text)
{
    const char *path = scratch_add(s, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *scratch_mkdir(struct scratch *s, const char *name)
{
    const char *path = scratch_add(s, name);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

static inline void scratch_open(struct scratch *s)
{
    *s = (struct scratch){.dir = "/tmp/tb-test-XXXXXX"};
    assert_non_null(mkdtemp(s->dir));
}

static inline void scratch_close(struct scratch *s)
{
    while (s->n_made > 0) {
        assert_int_equal(remove(s->made[--s->n_made]), 0);
        free(s->made[s->n_made]);
    }
    assert_int_equal(rmdir(s->dir), 0);
}

#endif
