/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_RUN_MONEY_H
#define TB_RUN_MONEY_H

/** What a run costs, rented or on machines of one's own (docs/model.md 7.14, 7.15). All prices are
 * in one currency of one year; nothing is converted. NaN: unknown. */
struct tb_prices {
    double rent;        /**< USD per chip and second */
    double purchase;    /**< USD per chip, its share of server and network included */
    double life;        /**< s over which the purchase is written off */
    double used;        /**< share of that life in which somebody uses the machine, (0,1] */
    double electricity; /**< USD per J at the meter */
    double staff;       /**< people and building, as a share of the write-off */
    double storage;     /**< USD per byte and second; NaN: not counted */
    double network;     /**< USD per chip and second, beside the rent; NaN: not counted */
};

/** What was used. */
struct tb_usage {
    double chip_seconds;
    double energy; /**< J at the meter */
    double stored; /**< bytes kept */
    double kept;   /**< s for which they are kept */
};

/** Eq. 7.14. */
double tb_cost_rented(const struct tb_prices *prices, const struct tb_usage *usage);

/** Eq. 7.15. */
double tb_cost_owned(const struct tb_prices *prices, const struct tb_usage *usage);

#endif
