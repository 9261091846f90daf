/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_TEST_CONFIG_TABLE_H
#define TB_TEST_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/** A table of published parameter counts beside the config.json files that they belong to. Columns
 *  are found by name; those that are not needed may be there:
 *  model_id, config_file, params_total, params_active, params_mtp, count_source, count_kind,
 *  tolerance. An empty params_total means that the file has to be refused. */
struct config_row {
    char *model_id, *file, *kind;
    double total, active, mtp; /**< NaN: not given */
    double tolerance;          /**< relative; NaN: exact counts exactly, rounded ones not at all */
};

struct config_table {
    struct config_row *rows;
    size_t n;
};

/** @return false when the file cannot be read or has not the columns. */
bool config_table_read(const char *path, struct config_table *out);
void config_table_free(struct config_table *table);

enum config_verdict {
    CONFIG_RIGHT,
    CONFIG_WRONG,
    CONFIG_ROUNDED /**< the published figure is too coarse to judge by */
};

/** Counts the file of a row and compares; `line` receives one sentence. */
enum config_verdict config_row_check(const struct config_row *row, const char *dir, char line[512]);

/** Reads a whole file; NULL when it cannot be read. */
char *config_file_read(const char *path, size_t *length);

#endif
