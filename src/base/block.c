/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* madvise */

#include "base/block.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)

void *tb_block_new(size_t size)
{
    if (size > SIZE_MAX - LARGE_PAGE)
        return NULL;
    if (size < LARGE_PAGE / 2)
        return malloc(size ? size : 1);
    const size_t whole = (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void *block = aligned_alloc(LARGE_PAGE, whole);
#ifdef MADV_HUGEPAGE
    if (block)
        (void)madvise(block, whole, MADV_HUGEPAGE); /* a wish: small pages do as well */
#endif
    return block;
}
