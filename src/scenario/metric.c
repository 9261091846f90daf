/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "scenario/metric.h"

#include <stdlib.h>
#include <string.h>

static const struct metric_row {
    const char *id;
    enum tb_dim dim;
    const char *title;
    const char *equation;
} rows[TB_METRIC_COUNT] = {
#define TB_METRIC(NAME, id, dim, title, equation) {id, TB_DIM_##dim, title, equation},
#include "scenario/metrics.def"
#undef TB_METRIC
};

static const char *const ids[TB_METRIC_COUNT] = {
#define TB_METRIC(NAME, id, ...) id,
#include "scenario/metrics.def"
#undef TB_METRIC
};

size_t tb_metric_count(void)
{
    return TB_METRIC_COUNT;
}

bool tb_metric_info(size_t i, struct tb_metric_info *out)
{
    if (i >= TB_METRIC_COUNT)
        return false;
    out->id = rows[i].id;
    out->title = rows[i].title;
    out->unit = tb_dim_si(rows[i].dim);
    out->equation = rows[i].equation;
    return true;
}

enum tb_dim tb_metric_dim(enum tb_metric metric)
{
    return rows[metric].dim;
}

bool tb_metric_lookup(const char *id, enum tb_metric *out)
{
    for (size_t i = 0; i < TB_METRIC_COUNT; i++) {
        if (strcmp(id, ids[i]) == 0) {
            *out = (enum tb_metric)i;
            return true;
        }
    }
    return false;
}

bool tb_metric_find(const char *id, struct tb_pos pos, size_t *index, tb_diags *diags)
{
    enum tb_metric metric;
    if (tb_metric_lookup(id, &metric)) {
        *index = (size_t)metric;
        return true;
    }
    struct tb_text near = {0};
    tb_suggest(&near, id, ids, TB_METRIC_COUNT, 3);
    char *nearest = tb_text_take(&near);
    struct tb_finding finding = {.pos = pos, .found = id};
    finding.accepted = nearest && *nearest ? nearest : NULL;
    finding.remedy = "`trainbudget list metrics` shows all";
    tb_diag_add(diags, TB_USAGE_UNKNOWN_METRIC, &finding, "unknown metric '%s'", id);
    free(nearest);
    return false;
}
