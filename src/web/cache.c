/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table for finding, a list for ageing: most recently used first.
 */
#include "web/cache.h"

#include <string.h>

#define ENTRY_BYTES 256 /* about what an entry takes besides its value and key */

typedef struct {
    char *key;
    gpointer value;
    size_t bytes;
    GList link; /* of the list */
} Entry;

struct CpaWebCache {
    GMutex lock;
    GHashTable *entries; /* key -> Entry */
    GQueue list;
    size_t bytes;
    size_t max_bytes;
    gpointer (*ref)(gpointer);
    GDestroyNotify unref;
};

CpaWebCache *cpa_web_cache_new(size_t max_bytes, gpointer (*ref)(gpointer), GDestroyNotify unref)
{
    CpaWebCache *cache = g_new0(CpaWebCache, 1);
    g_mutex_init(&cache->lock);
    g_queue_init(&cache->list);
    cache->entries = g_hash_table_new(g_str_hash, g_str_equal);
    cache->max_bytes = max_bytes;
    cache->ref = ref;
    cache->unref = unref;
    return cache;
}

static void drop(CpaWebCache *cache, Entry *entry)
{
    g_hash_table_remove(cache->entries, entry->key);
    g_queue_unlink(&cache->list, &entry->link);
    cache->bytes -= entry->bytes;
    cache->unref(entry->value);
    g_free(entry->key);
    g_free(entry);
}

void cpa_web_cache_free(CpaWebCache *cache)
{
    if (cache == NULL) {
        return;
    }
    while (cache->list.head != NULL) {
        drop(cache, cache->list.head->data);
    }
    g_hash_table_unref(cache->entries);
    g_mutex_clear(&cache->lock);
    g_free(cache);
}

gpointer cpa_web_cache_get(CpaWebCache *cache, const char *key)
{
    gpointer value = NULL;
    g_mutex_lock(&cache->lock);
    Entry *entry = g_hash_table_lookup(cache->entries, key);
    if (entry != NULL) {
        g_queue_unlink(&cache->list, &entry->link);
        g_queue_push_head_link(&cache->list, &entry->link);
        value = cache->ref(entry->value);
    }
    g_mutex_unlock(&cache->lock);
    return value;
}

void cpa_web_cache_put(CpaWebCache *cache, const char *key, gpointer value, size_t bytes)
{
    bytes += strlen(key) + ENTRY_BYTES;
    g_mutex_lock(&cache->lock);
    Entry *old = g_hash_table_lookup(cache->entries, key);
    if (old != NULL) {
        drop(cache, old);
    }
    if (bytes <= cache->max_bytes) {
        Entry *entry = g_new0(Entry, 1);
        entry->key = g_strdup(key);
        entry->value = cache->ref(value);
        entry->bytes = bytes;
        entry->link.data = entry;
        g_hash_table_insert(cache->entries, entry->key, entry);
        g_queue_push_head_link(&cache->list, &entry->link);
        cache->bytes += bytes;
    }
    while (cache->bytes > cache->max_bytes) {
        drop(cache, cache->list.tail->data);
    }
    g_mutex_unlock(&cache->lock);
}

size_t cpa_web_cache_bytes(CpaWebCache *cache)
{
    g_mutex_lock(&cache->lock);
    size_t bytes = cache->bytes;
    g_mutex_unlock(&cache->lock);
    return bytes;
}
