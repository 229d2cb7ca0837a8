/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequence table.
 *
 *     words   all sequences, one after the other
 *     first   [count + 1] where each begins
 *     slots   open addressing: 32 bits of hash, then id + 1 (0 = free); load <= 1/2
 */
#include "base/seqtab.h"

#include <string.h>

#include "base/hash.h"
#include "base/vec.h"

typedef struct {
    uint32_t hash;
    uint32_t id_plus_1;
} Slot;

struct CpaSeqtab {
    CPA_VEC(uint32_t) words;
    CPA_VEC(uint64_t) first;
    Slot *slots;
    size_t n_slots;
};

#define MIN_SLOTS ((size_t)64)

static uint32_t hash_words(const uint32_t *words, size_t n)
{
    const uint64_t *seed = cpa_hash_seed();
    uint64_t h = seed[0] ^ n;
    size_t i = 0;
    for (; i + 1 < n; i += 2) {
        h = cpa_hash_mix(h ^ (words[i] | (uint64_t)words[i + 1] << 32), seed[1]);
    }
    if (i < n) {
        h = cpa_hash_mix(h ^ words[i], seed[1]);
    }
    return (uint32_t)(cpa_hash_mix(h, seed[0]) >> 16);
}

CpaSeqtab *cpa_seqtab_new(void)
{
    CpaSeqtab *tab = g_new0(CpaSeqtab, 1);
    cpa_vec_push(&tab->first, 0);
    return tab;
}

void cpa_seqtab_free(CpaSeqtab *tab)
{
    if (tab == NULL) {
        return;
    }
    cpa_vec_clear(&tab->words);
    cpa_vec_clear(&tab->first);
    g_free(tab->slots);
    g_free(tab);
}

static void grow(CpaSeqtab *tab)
{
    size_t n_slots = tab->n_slots == 0 ? MIN_SLOTS : tab->n_slots * 2;
    Slot *slots = g_new0(Slot, n_slots);
    for (size_t i = 0; i < tab->n_slots; i++) {
        if (tab->slots[i].id_plus_1 != 0) {
            size_t at = tab->slots[i].hash & (n_slots - 1);
            while (slots[at].id_plus_1 != 0) {
                at = (at + 1) & (n_slots - 1);
            }
            slots[at] = tab->slots[i];
        }
    }
    g_free(tab->slots);
    tab->slots = slots;
    tab->n_slots = n_slots;
}

uint32_t cpa_seqtab_intern(CpaSeqtab *tab, const uint32_t *words, size_t n)
{
    uint32_t count = cpa_seqtab_count(tab);
    if (((size_t)count + 1) * 2 > tab->n_slots) {
        grow(tab);
    }
    uint32_t hash = hash_words(words, n);
    size_t mask = tab->n_slots - 1;
    size_t at = hash & mask;
    for (; tab->slots[at].id_plus_1 != 0; at = (at + 1) & mask) {
        if (tab->slots[at].hash == hash) {
            uint32_t id = tab->slots[at].id_plus_1 - 1;
            uint64_t from = tab->first.data[id];
            if (tab->first.data[id + 1] - from == n &&
                (n == 0 || memcmp(tab->words.data + from, words, n * sizeof *words) == 0)) {
                return id;
            }
        }
    }
    g_assert(count < UINT32_MAX - 1);
    tab->slots[at] = (Slot){hash, count + 1};
    cpa_vec_reserve(&tab->words, n);
    if (n > 0) {
        memcpy(tab->words.data + tab->words.len, words, n * sizeof *words);
    }
    tab->words.len += n;
    cpa_vec_push(&tab->first, tab->words.len);
    return count;
}

const uint32_t *cpa_seqtab_get(const CpaSeqtab *tab, uint32_t id, size_t *n)
{
    /* Not NULL, to which nothing may be added, not even 0. */
    static const _Alignas(max_align_t) uint32_t nothing[1] = {0};
    g_assert(id < cpa_seqtab_count(tab));
    *n = tab->first.data[id + 1] - tab->first.data[id];
    return *n == 0 ? nothing : tab->words.data + tab->first.data[id];
}

uint32_t cpa_seqtab_count(const CpaSeqtab *tab)
{
    return (uint32_t)(tab->first.len - 1);
}

void cpa_seqtab_seal(CpaSeqtab *tab)
{
    g_clear_pointer(&tab->slots, g_free);
    tab->n_slots = 0;
}

void cpa_seqtab_steal(CpaSeqtab *tab, uint32_t **words, uint64_t **first)
{
    *words = cpa_vec_steal(&tab->words);
    *first = cpa_vec_steal(&tab->first);
    cpa_seqtab_seal(tab);
    cpa_vec_push(&tab->first, 0);
}
