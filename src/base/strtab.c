/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String table.
 *
 *     entries  [id] -> bytes, length, hash        (ids from `first` on; lower ones are the base's)
 *     slots    open addressing, linear probing, load <= 1/2, entry number + 1, 0 = free
 *     bytes    chunks of 64 KiB or more, never moved, so pointers stay valid
 *
 * Cost: one probe and one compare per intern of a known string.
 */
#include "base/strtab.h"

#include <string.h>

#include "base/hash.h"
#include "base/vec.h"

typedef struct {
    const char *bytes;
    uint32_t len;
    uint32_t hash;
} Entry;

struct CpaStrtab {
    const CpaStrtab *base;
    uint32_t first;
    CPA_VEC(Entry) entries;
    CPA_VEC(char *) chunks;
    size_t chunk_used;
    size_t chunk_size;
    uint32_t *slots;
    size_t n_slots;
};

#define MIN_CHUNK ((size_t)64 * 1024)
#define MIN_SLOTS ((size_t)256)

static uint32_t hash_bytes(const char *bytes, size_t len)
{
    const uint64_t *seed = cpa_hash_seed();
    uint64_t h = seed[0] ^ len;
    while (len >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        h = cpa_hash_mix(h ^ word, seed[1]);
        bytes += 8;
        len -= 8;
    }
    if (len > 0) {
        uint64_t word = 0;
        memcpy(&word, bytes, len);
        h = cpa_hash_mix(h ^ word, seed[1]);
    }
    return (uint32_t)(cpa_hash_mix(h, seed[0]) >> 32);
}

static const char *store(CpaStrtab *tab, const char *bytes, size_t len)
{
    if (tab->chunk_size - tab->chunk_used < len + 1) {
        tab->chunk_size = MAX(MIN_CHUNK, len + 1);
        tab->chunk_used = 0;
        cpa_vec_push(&tab->chunks, g_malloc(tab->chunk_size));
    }
    char *copy = tab->chunks.data[tab->chunks.len - 1] + tab->chunk_used;
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = '\0';
    tab->chunk_used += len + 1;
    return copy;
}

static void rehash(CpaStrtab *tab, size_t n_slots)
{
    g_free(tab->slots);
    tab->slots = g_new0(uint32_t, n_slots);
    tab->n_slots = n_slots;
    for (size_t i = 0; i < tab->entries.len; i++) {
        size_t at = tab->entries.data[i].hash & (n_slots - 1);
        while (tab->slots[at] != 0) {
            at = (at + 1) & (n_slots - 1);
        }
        tab->slots[at] = (uint32_t)i + 1;
    }
}

static CpaStrId find_own(const CpaStrtab *tab, const char *bytes, size_t len, uint32_t hash)
{
    for (size_t at = hash & (tab->n_slots - 1); tab->slots[at] != 0;
         at = (at + 1) & (tab->n_slots - 1)) {
        const Entry *entry = &tab->entries.data[tab->slots[at] - 1];
        if (entry->hash == hash && entry->len == len &&
            (len == 0 || memcmp(entry->bytes, bytes, len) == 0)) {
            return tab->first + tab->slots[at] - 1;
        }
    }
    return UINT32_MAX;
}

static CpaStrId find(const CpaStrtab *tab, const char *bytes, size_t len, uint32_t hash)
{
    for (; tab != NULL; tab = tab->base) {
        CpaStrId id = find_own(tab, bytes, len, hash);
        if (id != UINT32_MAX) {
            return id;
        }
    }
    return UINT32_MAX;
}

CpaStrtab *cpa_strtab_new(const CpaStrtab *base)
{
    CpaStrtab *tab = g_new0(CpaStrtab, 1);
    tab->base = base;
    tab->first = base != NULL ? cpa_strtab_count(base) : 0;
    rehash(tab, MIN_SLOTS);
    if (base == NULL) {
        cpa_strtab_intern(tab, "", 0);
    }
    return tab;
}

void cpa_strtab_free(CpaStrtab *tab)
{
    if (tab == NULL) {
        return;
    }
    for (size_t i = 0; i < tab->chunks.len; i++) {
        g_free(tab->chunks.data[i]);
    }
    cpa_vec_clear(&tab->chunks);
    cpa_vec_clear(&tab->entries);
    g_free(tab->slots);
    g_free(tab);
}

CpaStrId cpa_strtab_find(const CpaStrtab *tab, const char *bytes, size_t len)
{
    return find(tab, bytes, len, hash_bytes(bytes, len));
}

CpaStrId cpa_strtab_intern(CpaStrtab *tab, const char *bytes, size_t len)
{
    uint32_t hash = hash_bytes(bytes, len);
    CpaStrId id = find(tab, bytes, len, hash);
    if (id != UINT32_MAX) {
        return id;
    }
    /* Ids end below 2^32 - 1, lengths below 2^32: the input size limit keeps both far away. */
    g_assert(len < UINT32_MAX && cpa_strtab_count(tab) < UINT32_MAX - 1);
    if ((tab->entries.len + 1) * 2 > tab->n_slots) {
        rehash(tab, tab->n_slots * 2);
    }
    Entry entry = {store(tab, bytes, len), (uint32_t)len, hash};
    cpa_vec_push(&tab->entries, entry);
    size_t at = hash & (tab->n_slots - 1);
    while (tab->slots[at] != 0) {
        at = (at + 1) & (tab->n_slots - 1);
    }
    tab->slots[at] = (uint32_t)tab->entries.len;
    return tab->first + (uint32_t)tab->entries.len - 1;
}

static const Entry *get_entry(const CpaStrtab *tab, CpaStrId id)
{
    while (id < tab->first) {
        tab = tab->base;
    }
    g_assert(id - tab->first < tab->entries.len);
    return &tab->entries.data[id - tab->first];
}

const char *cpa_strtab_get(const CpaStrtab *tab, CpaStrId id)
{
    return get_entry(tab, id)->bytes;
}

size_t cpa_strtab_len(const CpaStrtab *tab, CpaStrId id)
{
    return get_entry(tab, id)->len;
}

uint32_t cpa_strtab_count(const CpaStrtab *tab)
{
    return tab->first + (uint32_t)tab->entries.len;
}

int cpa_strtab_compare(const CpaStrtab *tab, CpaStrId a, CpaStrId b)
{
    if (a == b) {
        return 0;
    }
    const Entry *ea = get_entry(tab, a);
    const Entry *eb = get_entry(tab, b);
    int order = memcmp(ea->bytes, eb->bytes, MIN(ea->len, eb->len));
    return order != 0 ? order : (ea->len > eb->len) - (ea->len < eb->len);
}
