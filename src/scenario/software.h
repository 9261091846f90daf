/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_SCENARIO_SOFTWARE_H
#define TB_SCENARIO_SOFTWARE_H

#include "plan/stack.h"
#include "preset/constants.h"

/** The newest software that was measured on the chip's generation, or "generic" where constants of
 *  its own say what is run there (a table of one's own); else on any chip of its vendor;
 *  else "generic". */
const struct tb_stack *tb_newest_stack(tb_data *data, const struct tb_constants *constants,
                                       const struct tb_chip_preset *chip);

#endif
