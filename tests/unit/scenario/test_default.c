/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "near.h"
#include "scenario/default.h"

/* 8e9 / 1e10 = 0.8, 0.8^(1/6) = 0.963492; 15^(1/3) = 2.466212; 4e6 x both = 9.504703e6.
 * 64e10 / 1e10 = 64, 64^(1/6) = 2; 8^(1/3) = 2: 16e6. Tokens not known count as 1.5e12:
 * 1.5^(1/3) = 1.144714. */
static void test_batch_grows_with_model_and_tokens(void **state)
{
    (void)state;
    assert_rel(tb_default_batch_tokens(8e9, 15e12), 9.504703e6, 1e-6);
    assert_rel(tb_default_batch_tokens(64e10, 8e12), 16e6, 1e-12);
    assert_rel(tb_default_batch_tokens(1e10, NAN), 4e6 * 1.1447142, 1e-6);
    assert_true(isnan(tb_default_batch_tokens(NAN, 1e12)));
    assert_true(isnan(tb_default_batch_tokens(0.0, 1e12)));
}

/* 4e6 / 2,048 = 1,953.1 rows. On 440 ranks 1,953 / 440 = 4.4: 4 x 440 = 1,760. On 12,288 ranks
 * halves are 6,144, 3,072, 1,536: 1,953 / 1,536 = 1.27: 1,536. On 2,925 = 9 x 325 ranks, more than
 * rows and odd, nothing can be shared out evenly: the rows stay. */
static void test_batch_is_shared_out(void **state)
{
    (void)state;
    assert_exact(tb_default_batch(4e6, 2048.0, 440.0), 1760.0);
    assert_exact(tb_default_batch(4e6, 2048.0, 12288.0), 1536.0);
    assert_exact(tb_default_batch(4e6, 2048.0, 2925.0), 1953.0);
    assert_exact(tb_default_batch(4e6, 2048.0, 1.0), 1953.0);
    assert_exact(tb_default_batch(100.0, 2048.0, 8.0), 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_grows_with_model_and_tokens),
        cmocka_unit_test(test_batch_is_shared_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
