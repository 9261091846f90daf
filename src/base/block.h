/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_BASE_BLOCK_H
#define TB_BASE_BLOCK_H

#include <stddef.h>

/** Room for large arrays that are written whole: in large pages where the system has them, because
 *  a fault for each small page costs about as much as the evaluation whose results go there. Not
 *  cleared. @return NULL when out of memory; to be freed with free. */
void *tb_block_new(size_t size);

#endif
