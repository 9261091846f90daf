/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_PRESET_MAKE_H
#define TB_PRESET_MAKE_H

#include "preset/preset.h"

/** Who makes a chip and of which generation it is; NULL: not stated. */
struct tb_chip_make {
    const char *vendor, *generation;
};

/** The same for any chip without reading the rest of its preset. @return false: it cannot be read;
 *  nothing is reported. */
bool tb_data_chip_make(tb_data *data, const char *id, struct tb_chip_make *out);

#endif
