/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_OPEN_H
#define TB_TEST_OPEN_H

#include "trainbudget/estimate.h"

/** The built-in data, between open_data and close_data: set-up and tear-down of a group of tests.
 */
extern tb_data *data;

int open_data(void **state);
int close_data(void **state);

/** An estimate that has to come about: its errors are printed, and the test fails. To be freed. */
struct tb_estimate *estimate(const struct tb_request *request);

#endif
