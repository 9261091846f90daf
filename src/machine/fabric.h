/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MACHINE_FABRIC_H
#define TB_MACHINE_FABRIC_H

#include "machine/chip.h"
#include "machine/cluster.h"
#include "machine/perf.h"

/** Networks as nested domains, and the time of collectives over them (alpha-beta, eq. 9.6-9.10). */

#define TB_MAX_LEVELS 3

struct tb_level {
    double ranks;     /**< ranks joined at this level; the last level joins all */
    double bandwidth; /**< sustained bytes/s one way per rank */
    double dispatch;  /**< the same of an all-to-all */
    double latency;   /**< seconds of a collective of two */
    double step;      /**< seconds for each further peer */
};

struct tb_fabric {
    int n_levels;
    struct tb_level level[TB_MAX_LEVELS]; /**< from the innermost */
};

/** Levels of a cluster (NULL: the chip's own domain and NIC). `devices` are the ranks in a chip;
 *  `slice` > 0 bounds the scale-up domain to so many chips.
 *  @return false when a bandwidth that is needed is unknown. */
bool tb_fabric_init(struct tb_fabric *fabric, const struct tb_chip *chip,
                    const struct tb_cluster *cluster, const struct tb_perf *perf, double devices,
                    double slice);

/** A process group: `ranks` members, every `stride`-th rank. */
struct tb_group {
    double ranks;
    double stride;
};

/** Seconds of an all-gather whose result is `bytes`, or a reduce-scatter whose input is. */
double tb_all_gather_time(const struct tb_fabric *fabric, struct tb_group group, double bytes);

/** Seconds of an all-reduce of `bytes`: reduce-scatter and all-gather. */
double tb_all_reduce_time(const struct tb_fabric *fabric, struct tb_group group, double bytes);

/** Seconds of an all-to-all where each rank sends `bytes` in all, evenly. With `copies` < 0 every
 *  byte travels on its own; else a token is sent once to each outer domain it needs: `bytes` is
 *  then the payload of one copy of all tokens, `copies` the destinations of a token, and
 *  `limit` > 0 the most outer domains a token may touch. */
struct tb_dispatch {
    double bytes;
    double copies;
    double limit;
};
double tb_all_to_all_time(const struct tb_fabric *fabric, struct tb_group group, double bytes);
double tb_dispatch_time(const struct tb_fabric *fabric, struct tb_group group,
                        const struct tb_dispatch *dispatch);

/** Outer domains that a group spans; 1 when the innermost level holds it all. */
double tb_group_domains(const struct tb_fabric *fabric, struct tb_group group);

/** Seconds to send `bytes` to the rank `distance` ranks away. */
double tb_send_time(const struct tb_fabric *fabric, double distance, double bytes);

/** Mean number of outer domains that `copies` random choices among `domains` touch. */
double tb_domains_touched(double domains, double copies);

#endif
