/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaSource: the bytes of one input, unpacked, as a window that moves forward.
 *
 *     file, stdin ("-"), FIFO or memory  ->  gunzip where the magic says so  ->  window
 *
 *       consumed            window                 not read yet
 *     ------------|===========================|------------------->
 *               offset    data .. data + size
 *
 * The window holds at least what cpa_source_need() asked for; the file and its unpacked form are
 * never held whole unless a reader asks for it.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct CpaSource CpaSource;

#define CPA_DEFAULT_MAX_SIZE ((uint64_t)4 << 30)

/**
 * cpa_source_open:
 * @path:      a file, or "-" for standard input
 * @max_size:  limit for the unpacked size in bytes; 0 = CPA_DEFAULT_MAX_SIZE
 *
 * Errors:  IO (missing, a directory, unreadable), MALFORMED (bad gzip header)
 * Returns: (transfer full)
 */
CpaSource *cpa_source_open(const char *path, uint64_t max_size, GError **error);

/** cpa_source_new_memory: @bytes: borrowed until the source is freed; gzip is unpacked as well */
CpaSource *cpa_source_new_memory(const char *name, const void *bytes, size_t n, uint64_t max_size,
                                 GError **error);
void cpa_source_free(CpaSource *source);

/** cpa_source_get_name: Returns: what errors call this input (the path) */
const char *cpa_source_get_name(const CpaSource *source);

/** cpa_source_was_packed: Returns: whether the input is gzip */
bool cpa_source_was_packed(const CpaSource *source);

/** cpa_source_max_size: Returns: the limit for the unpacked size, in bytes */
uint64_t cpa_source_max_size(const CpaSource *source);

/**
 * cpa_source_need:
 * @n: bytes wanted in the window
 *
 * Reads until the window holds @n bytes or the input ends.
 * Errors:  IO, MALFORMED (corrupt or truncated gzip), TOO_LARGE
 * Returns: %false with @error set; reaching the end is not an error, check the size
 */
bool cpa_source_need(CpaSource *source, size_t n, GError **error);

/** cpa_source_data: @size: (out): bytes in the window. Returns: the window, may move on need() */
const uint8_t *cpa_source_data(const CpaSource *source, size_t *size);

/** cpa_source_skip: moves the window forward by @n bytes, at most its size */
void cpa_source_skip(CpaSource *source, size_t n);

/** cpa_source_offset: Returns: offset of the window's first byte in the unpacked input */
uint64_t cpa_source_offset(const CpaSource *source);

/**
 * cpa_source_all:
 *
 * Reads everything that is left into the window, for formats that are small by nature.
 * Returns: the bytes; a NUL that is not counted follows them; %NULL with @error set
 */
const char *cpa_source_all(CpaSource *source, size_t *size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSource, cpa_source_free)
