/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing and a load of at most 1/2; nothing is ever removed.
 */
#include "base/idmap.h"

#include <string.h>

#define MIN_SLOTS ((size_t)64)

void cpa_idmap_clear(CpaIdMap *map)
{
    g_free(map->keys);
    g_free(map->values);
    memset(map, 0, sizeof *map);
}

static void grow(CpaIdMap *map)
{
    size_t n_slots = map->n_slots == 0 ? MIN_SLOTS : map->n_slots * 2;
    uint64_t *keys = g_new(uint64_t, n_slots);
    const uint64_t *seed = cpa_hash_seed();
    uint32_t *values = g_new(uint32_t, n_slots);
    memset(values, 0xff, n_slots * sizeof *values);
    for (size_t i = 0; i < map->n_slots; i++) {
        if (map->values[i] != CPA_NONE) {
            size_t at = cpa_hash64(map->keys[i], seed) & (n_slots - 1);
            while (values[at] != CPA_NONE) {
                at = (at + 1) & (n_slots - 1);
            }
            keys[at] = map->keys[i];
            values[at] = map->values[i];
        }
    }
    g_free(map->keys);
    g_free(map->values);
    map->keys = keys;
    map->values = values;
    map->n_slots = n_slots;
}

uint32_t cpa_idmap_insert(CpaIdMap *map, uint64_t key, uint32_t value)
{
    if (G_UNLIKELY((map->n_used + 1) * 2 > map->n_slots)) {
        grow(map);
    }
    size_t mask = map->n_slots - 1;
    size_t at = cpa_hash64(key, cpa_hash_seed()) & mask;
    while (map->values[at] != CPA_NONE) {
        if (map->keys[at] == key) {
            return map->values[at];
        }
        at = (at + 1) & mask;
    }
    map->keys[at] = key;
    map->values[at] = value;
    map->n_used++;
    return value;
}

uint32_t cpa_idmap_get(const CpaIdMap *map, uint64_t key)
{
    if (map->n_slots == 0) {
        return CPA_NONE;
    }
    size_t mask = map->n_slots - 1;
    size_t at = cpa_hash64(key, cpa_hash_seed()) & mask;
    while (map->values[at] != CPA_NONE) {
        if (map->keys[at] == key) {
            return map->values[at];
        }
        at = (at + 1) & mask;
    }
    return CPA_NONE;
}
