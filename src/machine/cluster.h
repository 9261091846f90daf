/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MACHINE_CLUSTER_H
#define TB_MACHINE_CLUSTER_H

/** What stands around the chips. NaN: not published. */
struct tb_cluster {
    double chips_per_node;
    double scale_up_domain;     /**< chips joined by the scale-up network */
    double scale_up_bandwidth;  /**< bytes/s one way per chip */
    double scale_out_bandwidth; /**< bytes/s one way per chip */
    double max_chips;           /**< largest configuration stated */
    double power_per_chip;      /**< watts, server or rack divided by its chips */
    double pue;                 /**< facility power over IT power, >= 1 */
    double mtbf;                /**< seconds between failures that stop a job, per chip */
    double failure_shape;       /**< Weibull shape of the time between failures; NaN: exponential */
    double detection;           /**< seconds from a failure until the job is stopped */
    double restart;             /**< seconds from there until steps run, less the reload */
    double repair;              /**< seconds a failed node is away */
    double storage_bandwidth;   /**< bytes/s per chip, of checkpoints */
    double power_ratio;         /**< server over its chips' tdp, where no power is measured */
    double power_busy;          /**< share of the load drawn at very low utilisation */
    double power_idle;          /**< share of the load drawn while waiting */
    double carbon_intensity;    /**< kg CO2e per joule */
    double electricity_price;   /**< USD per joule */
    double storage_price;       /**< USD per byte and second */
    double storage_kept;        /**< bytes kept beside the newest checkpoint */
    double network_price;       /**< USD per chip-hour of network that the rent does not hold */
    double machine_ratio;       /**< chip with its server and network over the chip alone, price */
    double staff;               /**< people and building over the write-off of the machines */
    double used;                /**< share of their life in which owned machines are used */
};

#endif
