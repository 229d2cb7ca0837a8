/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving freed memory back between two steps of which the next one needs much of another size: the
 * allocator keeps what it got for the first one, so that the peak would be that of both.
 */
#pragma once

#include <stddef.h> /* tells of glibc */

#ifdef __GLIBC__
#include <malloc.h>
#endif

/** cpa_release_freed: Cost: O(freed blocks), a system call for each run of pages */
static inline void cpa_release_freed(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
