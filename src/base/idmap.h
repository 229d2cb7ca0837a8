/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Map from 64-bit ids or packed pairs to 32-bit indices: open addressing, linear probing.
 * Used for ids of files, for edges keyed by (from, to) and for tree nodes keyed by (parent, node).
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define CPA_NONE UINT32_MAX

typedef struct {
    uint64_t *keys;
    uint32_t *values; /* CPA_NONE marks a free slot */
    size_t n_slots;   /* power of two, or 0 before the first insertion */
    size_t n_used;
} CpaIdMap;

void cpa_idmap_clear(CpaIdMap *map);

/**
 * cpa_idmap_insert:
 * @key:   any value
 * @value: anything but CPA_NONE; used only when @key is new
 *
 * Cost:    O(1) expected
 * Returns: the value stored under @key: @value when it was new, the older one otherwise
 */
uint32_t cpa_idmap_insert(CpaIdMap *map, uint64_t key, uint32_t value);

/** cpa_idmap_get: Returns: the value stored under @key, or CPA_NONE */
uint32_t cpa_idmap_get(const CpaIdMap *map, uint64_t key);
