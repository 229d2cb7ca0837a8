/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counted, because a computation may outlive the server.
 */
#include "web/web.h"

#include <string.h>

struct CpaWeb {
    gatomicrefcount refs;
    CpaProfile *profile;
    CpaOptions *options;
    bool compares;
};

CpaWeb *cpa_web_new(CpaProfile *profile, const CpaOptions *options)
{
    CpaWeb *web = g_new0(CpaWeb, 1);
    g_atomic_ref_count_init(&web->refs);
    web->profile = cpa_profile_ref(profile);
    web->options = cpa_options_copy(options);
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
        cpa_profile_unref(web->profile);
        cpa_options_free(web->options);
        g_free(web);
    }
}

CpaProfile *cpa_web_get_profile(const CpaWeb *web)
{
    return web->profile;
}

const CpaOptions *cpa_web_start_options(const CpaWeb *web)
{
    return web->options;
}

bool cpa_web_compares(const CpaWeb *web)
{
    return web->compares;
}
