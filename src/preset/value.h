/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_VALUE_H
#define TB_PRESET_VALUE_H

#include "preset/reader.h"

/** What a field accepts: least and most in the SI unit of `dim`, both included. */
struct tb_value_spec {
    enum tb_dim dim;
    double least, most;
    bool whole;        /**< integers only */
    bool keys_checked; /**< the mapping's keys were checked by a layout that knows more of them */
};

/** Reads a number with a unit, inside its range. @return false after reporting. */
bool tb_number_node_read(struct tb_reader *reader, const struct tb_node *node,
                         const struct tb_value_spec *spec, double *value);

/** Reads {value, low, high, kind, dist, exact, grade, source, where, note, as_of, rate}. All
 * findings are reported; *value and *prov are written only when there is none. */
bool tb_value_read(struct tb_reader *reader, const struct tb_node *map,
                   const struct tb_value_spec *spec, double *value, struct tb_prov *prov);

/** Reads and checks grade, source, where and note of a mapping into *prov (which keeps its other
 *  members). Other keys are not looked at. */
void tb_origin_read(struct tb_reader *reader, const struct tb_node *map, struct tb_prov *prov);

/** The distribution of a name; false when there is none. */
bool tb_dist_find(const char *name, enum tb_dist *out);

#endif
