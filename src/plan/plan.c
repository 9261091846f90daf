/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/plan.h"

#include <math.h>
#include <string.h>

static const struct tb_schedule_info schedules[TB_SCHEDULE_COUNT] = {
#define TB_SCHEDULE(name, id, stages, less, f, b, w, by_chunks, keep, add, copies, hides, title)   \
    {id, stages, less, f, b, w, by_chunks, keep, add, copies, hides, title},
#include "plan/schedule.def"
#undef TB_SCHEDULE
};

const struct tb_schedule_info *tb_schedule_info(enum tb_schedule schedule)
{
    return (size_t)schedule < TB_SCHEDULE_COUNT ? &schedules[schedule] : NULL;
}

bool tb_schedule_find(const char *id, enum tb_schedule *out)
{
    for (size_t i = 0; i < TB_SCHEDULE_COUNT; i++) {
        if (strcmp(id, schedules[i].id) == 0) {
            *out = (enum tb_schedule)i;
            return true;
        }
    }
    return false;
}

void tb_plan_init(struct tb_plan *plan)
{
    *plan = (struct tb_plan){.tp = 1.0,
                             .cp = 1.0,
                             .pp = 1.0,
                             .vpp = 1.0,
                             .ep = 1.0,
                             .etp = 1.0,
                             .dp = 1.0,
                             .micro_batch = 1.0,
                             .zero = 1,
                             .reduce_bytes = 4.0,
                             .dispatch_bytes = 2.0,
                             .node_limit = -1.0,
                             .devices_per_chip = 1.0};
}

double tb_plan_ranks(const struct tb_plan *plan)
{
    return plan->tp * plan->cp * plan->pp * plan->dp;
}
