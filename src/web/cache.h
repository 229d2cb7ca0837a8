/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that cost something to make, known by a text; the least recently used go when all together
 * take more than so many bytes. Calls of several threads are in order.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

typedef struct CpaWebCache CpaWebCache;

/**
 * cpa_web_cache_new:
 * @max_bytes: of all values
 * @ref:       gives one more reference to a value
 * @unref:     takes one back
 */
CpaWebCache *cpa_web_cache_new(size_t max_bytes, gpointer (*ref)(gpointer), GDestroyNotify unref);
void cpa_web_cache_free(CpaWebCache *cache);

/** cpa_web_cache_get: Returns: (transfer full): (nullable): the value */
gpointer cpa_web_cache_get(CpaWebCache *cache, const char *key);

/**
 * cpa_web_cache_put:
 * @value: a reference is taken; replaces an older value
 * @bytes: that it holds; a value larger than all of the cache is not kept
 */
void cpa_web_cache_put(CpaWebCache *cache, const char *key, gpointer value, size_t bytes);

/** cpa_web_cache_bytes: Returns: what the values take now */
size_t cpa_web_cache_bytes(CpaWebCache *cache);
