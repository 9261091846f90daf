/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "open.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

tb_data *data;

int open_data(void **state)
{
    (void)state;
    data = tb_data_open(NULL, 0, NULL);
    return data ? 0 : -1;
}

int close_data(void **state)
{
    (void)state;
    tb_data_close(data);
    return 0;
}

struct tb_estimate *estimate(const struct tb_request *request)
{
    tb_diags *diags = tb_diags_new();
    struct tb_estimate *e = tb_estimate_new(data, request, diags);
    for (size_t i = 0; !e && i < tb_diags_count(diags, TB_ERROR); i++)
        print_message("%s\n", tb_diags_at(diags, i)->message);
    tb_diags_free(diags);
    assert_non_null(e);
    return e;
}
