/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaGunzip: the unpacked bytes of a gzip stream, concatenated members as one.
 *
 * Large inputs are unpacked ahead by a thread of their own, so that unpacking and parsing share
 * the time:
 *
 *     raw bytes -> inflate -> [block][block][block] -> cpa_gunzip_read()
 *                  `---------- thread ---------'
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Reads up to @n raw bytes. Returns the count, 0 at the end, -1 with @error set. */
typedef gssize (*CpaReadRaw)(gpointer data, uint8_t *to, size_t n, GError **error);

typedef struct CpaGunzip CpaGunzip;

/**
 * cpa_gunzip_new:
 * @name:  what errors call the input
 * @start: [n_start] raw bytes that were read already, copied
 * @read:  called for more, later from another thread, never from two at a time
 */
CpaGunzip *cpa_gunzip_new(const char *name, const uint8_t *start, size_t n_start, CpaReadRaw read,
                          gpointer read_data);
void cpa_gunzip_free(CpaGunzip *gunzip);

/**
 * cpa_gunzip_read:
 *
 * Errors:  IO, MALFORMED (corrupt, cut off, something else behind the last member)
 * Returns: bytes written to @to, 0 at the end, -1 with @error set
 */
gssize cpa_gunzip_read(CpaGunzip *gunzip, uint8_t *to, size_t room, GError **error);
