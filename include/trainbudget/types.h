/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_TYPES_H
#define TRAINBUDGET_TYPES_H

/** Value types shared by every part. This header includes nothing of the project. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Outcome of a call that can fail. The reason is in the diagnostic list. */
enum tb_status {
    TB_OK = 0,
    TB_E_USAGE,  /**< the request itself is wrong (exit 2) */
    TB_E_INPUT,  /**< preset, model file or table is wrong (exit 3) */
    TB_E_ANSWER, /**< the inputs are right and there is no answer (exit 4) */
    TB_E_IO,     /**< reading or writing failed (exit 5) */
    TB_E_NOMEM   /**< out of memory (exit 70) */
};

/** How well a number is known; see docs/presets.md. */
enum tb_grade { TB_GRADE_NONE = 0, TB_GRADE_A, TB_GRADE_B, TB_GRADE_C, TB_GRADE_D };

/** Shape of the belief about a number between its P5 and its P95. */
enum tb_dist {
    TB_DIST_EXACT = 0,
    TB_DIST_LOGNORMAL,
    TB_DIST_NORMAL,
    TB_DIST_TRIANGULAR,
    TB_DIST_PERT,
    TB_DIST_UNIFORM,
    TB_DIST_LOGUNIFORM
};

/** Where a text came from. line and column start at 1; 0 means "no position". */
struct tb_pos {
    const char *file; /**< borrowed; "command line" for options */
    int line;
    int column;
};

#endif
