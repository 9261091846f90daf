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
};

#endif
