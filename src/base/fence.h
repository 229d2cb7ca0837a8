/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fences: parts of a block that are allocated and not to be touched now. AddressSanitizer then
 * reports who does; in other builds fences cost nothing.
 *
 * A fenced block may be freed and must not be passed to realloc.
 */
#pragma once

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define CPA_HAS_FENCES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CPA_HAS_FENCES 1
#endif
#endif

#ifdef CPA_HAS_FENCES
#include <sanitizer/asan_interface.h>
#define cpa_fence(bytes, n)   ASAN_POISON_MEMORY_REGION((bytes), (n))
#define cpa_unfence(bytes, n) ASAN_UNPOISON_MEMORY_REGION((bytes), (n))
#else
#define cpa_fence(bytes, n)   ((void)(bytes), (void)(n))
#define cpa_unfence(bytes, n) ((void)(bytes), (void)(n))
#endif
