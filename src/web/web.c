/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counted, because a computation may outlive the server.
 */
#include "web/web.h"

#include <string.h>

#include "profile/adjust.h"
#include "web/stackview.h"

/* Stacks of a million samples take 150 MB. */
#define STACKS_BYTES ((size_t)384 << 20)
#define AROUND_BYTES ((size_t)192 << 20)

struct CpaWeb {
    gatomicrefcount refs;
    CpaWebCache *kept[CPA_WEB_N_KEPT];
    GMutex lock;
    GCond changed;
    GHashTable *in_the_making; /* of keys */
    CpaProfile *profile;
    CpaProfile *normalized; /* NULL until somebody asks for it; under the lock */
    CpaOptions *options;
    bool compares;
};

static gpointer ref_stacks(gpointer stacks)
{
    return cpa_web_stacks_ref(stacks);
}

static void unref_stacks(gpointer stacks)
{
    cpa_web_stacks_unref(stacks);
}

static gpointer ref_set(gpointer set)
{
    return cpa_stack_set_ref(set);
}

static void unref_set(gpointer set)
{
    cpa_stack_set_unref(set);
}

CpaWeb *cpa_web_new(CpaProfile *profile, const CpaOptions *options)
{
    CpaWeb *web = g_new0(CpaWeb, 1);
    g_atomic_ref_count_init(&web->refs);
    web->profile = cpa_profile_ref(profile);
    web->options = cpa_options_copy(options);
    g_mutex_init(&web->lock);
    g_cond_init(&web->changed);
    web->in_the_making = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    web->kept[CPA_WEB_KEPT_STACKS] = cpa_web_cache_new(STACKS_BYTES, ref_stacks, unref_stacks);
    web->kept[CPA_WEB_KEPT_AROUND] = cpa_web_cache_new(AROUND_BYTES, ref_set, unref_set);
    web->compares = options->base->len + options->diff_base->len > 0;
    return web;
}

CpaWeb *cpa_web_ref(CpaWeb *web)
{
    g_atomic_ref_count_inc(&web->refs);
    return web;
}

void cpa_web_unref(CpaWeb *web)
{
    if (web != NULL && g_atomic_ref_count_dec(&web->refs)) {
        for (int kind = 0; kind < CPA_WEB_N_KEPT; kind++) {
            cpa_web_cache_free(web->kept[kind]);
        }
        g_hash_table_unref(web->in_the_making);
        g_cond_clear(&web->changed);
        g_mutex_clear(&web->lock);
        cpa_profile_unref(web->normalized);
        cpa_profile_unref(web->profile);
        cpa_options_free(web->options);
        g_free(web);
    }
}

CpaProfile *cpa_web_get_profile(const CpaWeb *web)
{
    return web->profile;
}

CpaProfile *cpa_web_profile_for(CpaWeb *web, const CpaOptions *options, GError **error)
{
    if (!options->normalize || web->options->normalize || !web->compares ||
        web->profile->n_samples == 0) {
        return web->profile;
    }
    if (web->options->diff_base->len == 0) {
        cpa_error_set(error, CPA_ERROR_USAGE,
                      "error setting config field normalize: the base has been subtracted already; "
                      "start with -normalize, or with diff");
        return NULL;
    }
    g_mutex_lock(&web->lock);
    if (web->normalized == NULL) {
        web->normalized = cpa_profile_normalized(web->profile);
    }
    CpaProfile *profile = web->normalized;
    g_mutex_unlock(&web->lock);
    if (profile == NULL) {
        cpa_error_set(error, CPA_ERROR_USAGE,
                      "error setting config field normalize: the profile and its base have "
                      "different sample types");
    }
    return profile;
}

const CpaOptions *cpa_web_start_options(const CpaWeb *web)
{
    return web->options;
}

bool cpa_web_means_all_types(const CpaWeb *web, const CpaOptions *options)
{
    const CpaHeader *header = &web->profile->header;
    bool means = strcmp(options->sample_index, "all") == 0;
    for (uint32_t t = 0; t < header->n_types; t++) {
        const char *type = cpa_strtab_get(web->profile->strings, header->sample_types[t].type);
        means = means && strcmp(type, "all") != 0;
    }
    return means;
}

bool cpa_web_compares(const CpaWeb *web)
{
    return web->compares;
}

CpaWebCache *cpa_web_cache(const CpaWeb *web, CpaWebKept kind)
{
    return web->kept[kind];
}

void cpa_web_begin(CpaWeb *web, const char *key)
{
    g_mutex_lock(&web->lock);
    while (g_hash_table_contains(web->in_the_making, key)) {
        g_cond_wait(&web->changed, &web->lock);
    }
    g_hash_table_add(web->in_the_making, g_strdup(key));
    g_mutex_unlock(&web->lock);
}

void cpa_web_end(CpaWeb *web, const char *key)
{
    g_mutex_lock(&web->lock);
    g_hash_table_remove(web->in_the_making, key);
    g_cond_broadcast(&web->changed);
    g_mutex_unlock(&web->lock);
}
