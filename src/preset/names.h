/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_NAMES_H
#define TB_PRESET_NAMES_H

#include "preset/yaml.h"

/** What a preset can be called. In the order in which a lookup tries them. */
enum tb_name_role {
    TB_NAME_ID,
    TB_NAME_ALIAS,
    TB_NAME_ASSUMED, /**< read as this preset with a warning */
    TB_NAME_FULL,    /**< as people write it */
    TB_NAME_FAMILY,  /**< means several presets: an error that lists them */
    TB_NAME_ROLES
};

/** Calls `add` for every name of a preset's tree; `warning` is NULL but for assumed names. What is
 *  no text is left out: a reader reports it.
 *  @return false when `add` returned false. */
bool tb_names_read(const struct tb_node *root,
                   bool (*add)(void *context, enum tb_name_role role, const struct tb_node *name,
                               const char *warning),
                   void *context);

/** strcmp without regard to the case of ASCII letters. */
int tb_name_compare(const char *a, const char *b);

#endif
