/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_CLI_REQUIRE_H
#define TB_CLI_REQUIRE_H

#include "cli/cli.h"

enum cli_relation { CLI_NOT_ZERO, CLI_BELOW, CLI_AT_MOST, CLI_ABOVE, CLI_AT_LEAST, CLI_EQUAL };

/** A condition on the median of a metric. */
struct cli_require {
    const char *text;
    size_t metric;
    enum cli_relation relation;
    double bound; /**< SI */
};

/** Reads "memory_fits" or "cost_usd < 2e6". @return false after reporting. */
bool cli_require_read(const char *text, tb_diags *diags, struct cli_require *out);

/** CLI_DONE when it holds, CLI_NOT_MET or CLI_NO_ANSWER after reporting. */
enum cli_exit cli_require_check(const struct cli_require *require,
                                const struct tb_estimate *estimate, tb_diags *diags);

#endif
