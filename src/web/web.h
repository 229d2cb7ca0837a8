/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaWeb: what all requests share: one profile that does not change, the options that the program
 * was started with, views that were computed for one request and serve the next.
 */
#pragma once

#include "report/run.h"
#include "web/cache.h"
#include "web/route.h"

/**
 * cpa_web_new:
 * @profile: a reference is taken
 * @options: copied
 *
 * Returns: (transfer full)
 */
CpaWeb *cpa_web_new(CpaProfile *profile, const CpaOptions *options);
CpaWeb *cpa_web_ref(CpaWeb *web);
void cpa_web_unref(CpaWeb *web);

/** cpa_web_get_profile: Returns: (transfer none): the profile as it was read */
CpaProfile *cpa_web_get_profile(const CpaWeb *web);

/**
 * cpa_web_profile_for:
 * @options: uses normalize
 *
 * Errors:  USAGE where the base cannot be told apart any more
 * Returns: (transfer none): the profile that a report with these options is about
 */
CpaProfile *cpa_web_profile_for(CpaWeb *web, const CpaOptions *options, GError **error);
const CpaOptions *cpa_web_start_options(const CpaWeb *web);

/**
 * cpa_web_means_all_types:
 *
 * Returns: whether sample_index is "all", and not as the name of a sample type
 */
bool cpa_web_means_all_types(const CpaWeb *web, const CpaOptions *options);

/** cpa_web_compares: Returns: whether there is a base */
bool cpa_web_compares(const CpaWeb *web);

/* What is kept from one request to the next; see web/stackview.h. */
typedef enum { CPA_WEB_KEPT_STACKS, CPA_WEB_KEPT_AROUND, CPA_WEB_N_KEPT } CpaWebKept;

/** cpa_web_cache: Returns: (transfer none): the cache of values of this kind */
CpaWebCache *cpa_web_cache(const CpaWeb *web, CpaWebKept kind);

/**
 * cpa_web_begin:
 *
 * Waits while another thread makes the value of this key, so that it is made once; the caller then
 * looks into the cache again. To be followed by cpa_web_end().
 */
void cpa_web_begin(CpaWeb *web, const char *key);
void cpa_web_end(CpaWeb *web, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaWeb, cpa_web_unref)
