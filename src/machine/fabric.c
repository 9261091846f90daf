/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/fabric.h"

#include <math.h>

#include "base/pick.h"

/* Each further member of a ring costs this share of the latency of two. */
#define STEP_SHARE 0.08

/* All-to-all reaches less of a link than rings do (0.597 against 0.674 to 0.742 on NVLink 5). */
#define ALL_TO_ALL_SHARE 0.85

static double known(double first, double second)
{
    return first > 0.0 ? first : second;
}

bool tb_fabric_init(struct tb_fabric *fabric, const struct tb_chip *chip,
                    const struct tb_cluster *cluster, const struct tb_perf *perf, double devices,
                    double slice)
{
    double domain = known(cluster ? cluster->scale_up_domain : 0.0, chip->link_domain);
    double up = known(cluster ? cluster->scale_up_bandwidth : 0.0, chip->link_bandwidth);
    double out = known(cluster ? cluster->scale_out_bandwidth : 0.0, chip->nic_bandwidth);
    if (!(domain >= 1.0))
        domain = 1.0;
    if (slice > 0.0)
        domain = tb_smaller(domain, slice);
    fabric->n_levels = 0;
    if (up > 0.0 && domain * devices > 1.0)
        fabric->level[fabric->n_levels++] =
            (struct tb_level){domain * devices, up * perf->up_share / devices,
                              up * perf->up_share * ALL_TO_ALL_SHARE / devices, perf->up_latency,
                              perf->up_latency * STEP_SHARE};
    if (out > 0.0)
        fabric->level[fabric->n_levels++] = (struct tb_level){
            HUGE_VAL, out * perf->out_share / devices, out * perf->out_dispatch / devices,
            perf->out_latency, perf->out_latency * STEP_SHARE};
    return fabric->n_levels > 0;
}

/* Members of the group that one domain of a level holds. */
static double members(const struct tb_fabric *fabric, int level, struct tb_group group)
{
    double held = floor(fabric->level[level].ranks / group.stride);
    return tb_smaller(tb_larger(held, 1.0), group.ranks);
}

double tb_all_gather_time(const struct tb_fabric *fabric, struct tb_group group, double bytes)
{
    double wire = 0.0;
    double latency = 0.0;
    double inner = 1.0;
    for (int i = 0; i < fabric->n_levels && group.ranks > 1.0; i++) {
        const struct tb_level *level = &fabric->level[i];
        double held = members(fabric, i, group);
        double peers = held / inner;
        if (peers > 1.0) {
            wire += bytes * (peers - 1.0) / held / level->bandwidth;
            latency += level->latency + level->step * (peers - 1.0);
        }
        inner = held;
    }
    return wire + latency;
}

double tb_all_reduce_time(const struct tb_fabric *fabric, struct tb_group group, double bytes)
{
    return 2.0 * tb_all_gather_time(fabric, group, bytes);
}

double tb_all_to_all_time(const struct tb_fabric *fabric, struct tb_group group, double bytes)
{
    double slowest = 0.0;
    double latency = 0.0;
    double inner = 1.0;
    for (int i = 0; i < fabric->n_levels && group.ranks > 1.0; i++) {
        const struct tb_level *level = &fabric->level[i];
        double held = members(fabric, i, group);
        if (held > inner) {
            double share = (held - inner) / group.ranks;
            slowest = tb_larger(slowest, bytes * share / level->dispatch);
            latency += level->latency + level->step * (held / inner - 1.0);
        }
        inner = held;
    }
    return slowest + latency;
}

double tb_domains_touched(double domains, double copies)
{
    return domains * (1.0 - exp(copies * log1p(-1.0 / tb_larger(domains, 1.0 + 1e-12))));
}

double tb_group_domains(const struct tb_fabric *fabric, struct tb_group group)
{
    return fabric->n_levels < 1 ? 1.0 : group.ranks / members(fabric, 0, group);
}

double tb_dispatch_time(const struct tb_fabric *fabric, struct tb_group group,
                        const struct tb_dispatch *dispatch)
{
    double held = members(fabric, 0, group);
    if (fabric->n_levels < 2 || held >= group.ranks || held <= 1.0)
        return tb_all_to_all_time(fabric, group, dispatch->bytes * dispatch->copies);
    double domains = group.ranks / held;
    double touched = tb_domains_touched(domains, dispatch->copies);
    if (dispatch->limit > 0.0)
        touched = tb_smaller(touched, dispatch->limit);
    const struct tb_level *in = &fabric->level[0];
    const struct tb_level *out = &fabric->level[fabric->n_levels - 1];
    double leaving = dispatch->bytes * touched * (domains - 1.0) / domains / out->dispatch;
    double spread = dispatch->bytes * dispatch->copies * (held - 1.0) / held / in->dispatch;
    double latency = in->latency + out->latency + out->step * (domains - 1.0);
    return tb_larger(leaving, spread) + latency;
}

double tb_send_time(const struct tb_fabric *fabric, double distance, double bytes)
{
    int level = 0;
    while (level < fabric->n_levels - 1 && fabric->level[level].ranks <= distance)
        level++;
    return bytes / fabric->level[level].bandwidth + fabric->level[level].latency;
}
