/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_MODEL_KEYS_H
#define TB_MODEL_KEYS_H

#include "model/flops.h"

/** How many keys a query sees: on average over a row, or at one position. */

enum { TB_KEYS_AT = TB_KEYS_FULL + 1 }; /**< one position: `len` tokens are visible */

struct tb_view {
    double len; /**< tokens of the row (or document) a query stands in; TB_KEYS_AT: visible ones */
    int mode;   /**< enum tb_keys or TB_KEYS_AT */
    bool absorbed;
};

/** Length that attention sees: of the row, or of the document the average token stands in. */
double tb_lengths_effective(const struct tb_lengths *lengths);

/** Mean keys; at most `limit` of them (window, top-k) when limit > 0. */
double tb_keys_within(const struct tb_view *view, double limit);

/** Mean keys when attention stays within chunks. */
double tb_keys_chunked(const struct tb_view *view, double chunk);

/** Mean visible entries when every `ratio` tokens make one; at most `limit` when limit > 0. */
double tb_keys_compressed(const struct tb_view *view, double ratio, double limit);

#endif
