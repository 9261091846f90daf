/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading with an allocator that fails once, at every place in turn. */
#include "fixture.h"

#include <errno.h>

/* The sanitizers and libraries other than the GNU one have allocators that cannot be replaced so.
 */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define CAN_FAIL 1
#else
#define CAN_FAIL 0
#endif

static volatile long countdown = -1; /* allocations until one fails; negative: none does */

#if CAN_FAIL
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool fails(void)
{
    bool now = countdown >= 0 && countdown-- == 0;
    if (now) {
        errno = ENOMEM;
    }
    return now;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
#endif

/* Valgrind puts an allocator of its own in the place of this one. */
static bool can_fail(void)
{
    countdown = CAN_FAIL ? 0 : -1;
    void *volatile taken = malloc(1);
    countdown = -1;
    bool failed = taken == NULL;
    free(taken);
    return failed;
}

static const struct tb_pos here = {"here", 0, 0};

static bool read_chip(tb_data *data, tb_diags *diags)
{
    return tb_data_chip(data, "seven", here, diags) != NULL;
}

static bool read_model(tb_data *data, tb_diags *diags)
{
    return tb_data_model(data, "tiny", here, diags) != NULL;
}

static bool read_run(tb_data *data, tb_diags *diags)
{
    return tb_data_run(data, "tiny-pretrain", here, diags) != NULL;
}

static bool read_priors(tb_data *data, tb_diags *diags)
{
    size_t n = 0;
    return tb_data_priors(data, &n, diags) != NULL;
}

/* Opens and reads with the n-th allocation failing. @return whether the n-th came to pass. */
static bool read_with_failure(long n, bool (*read)(tb_data *, tb_diags *))
{
    const char *const dirs[] = {GOOD};
    tb_diags *diags = tb_diags_new();
    bool good = false;
    countdown = n;
    tb_data *data = tb_store_open(fixture_empty(), dirs, 1, diags);
    if (data != NULL) {
        good = read(data, diags);
    }
    bool failed = countdown < 0;
    countdown = -1;
    assert_true(good || tb_diags_status(diags) == TB_E_NOMEM);
    tb_data_close(data);
    tb_diags_free(diags);
    return failed;
}

static void test_reading_survives_every_failing_allocation(void **state)
{
    static bool (*const reads[])(tb_data *, tb_diags *) = {read_chip, read_model, read_run,
                                                           read_priors};
    (void)state;
    if (!can_fail()) {
        skip();
    }
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        long n = 0;
        while (read_with_failure(n, reads[i])) {
            n++;
        }
        assert_true(n > 10);
    }
}

/* Every finding of a file that is wrong throughout, with its texts. */
static void test_reporting_survives_every_failing_allocation(void **state)
{
    (void)state;
    if (!can_fail()) {
        skip();
    }
    for (long n = 0, last = 0; last == n; n++) {
        tb_diags *diags = tb_diags_new();
        tb_data *data = fixture_open(diags);
        countdown = n;
        tb_data_check(data, BAD "/36-several-findings.yaml", diags);
        last = countdown < 0 ? n + 1 : last;
        countdown = -1;
        assert_true(tb_diags_status(diags) != TB_OK);
        tb_data_close(data);
        tb_diags_free(diags);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading_survives_every_failing_allocation),
        cmocka_unit_test(test_reporting_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
