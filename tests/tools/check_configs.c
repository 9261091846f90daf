/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts a folder of config.json files and compares with a table of published counts.
 *
 *   check_configs DIR [TABLE]        TABLE: DIR/counts.csv */
#include <stdio.h>

#include "config_table.h"

int main(int argc, char **argv)
{
    static const char *const words[] = {"right", "WRONG", "coarse"};
    size_t tally[3] = {0, 0, 0};
    char path[1024], line[512];
    struct config_table table;
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: check_configs DIR [TABLE]\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/counts.csv", argv[1]);
    const char *name = argc > 2 ? argv[2] : path;
    if (!config_table_read(name, &table) || table.n == 0) {
        fprintf(stderr, "%s: no table with the columns model_id, config_file, params_total\n",
                name);
        return 3;
    }
    for (size_t i = 0; i < table.n; i++) {
        enum config_verdict verdict = config_row_check(&table.rows[i], argv[1], line);
        tally[verdict]++;
        printf("%-6s %s\n", words[verdict], line);
    }
    printf("%zu right, %zu wrong, %zu too coarse to judge, of %zu\n", tally[CONFIG_RIGHT],
           tally[CONFIG_WRONG], tally[CONFIG_ROUNDED], table.n);
    config_table_free(&table);
    return tally[CONFIG_WRONG] > 0;
}
