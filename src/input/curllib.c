/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Initialised once; never cleaned up, for other threads may still be fetching.
 */
#include "input/curllib.h"

#ifdef HAVE_CURL

static CpaCurlLib lib;

static const CpaDynlibFunction functions[] = {CPA_CURL_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib library = {
    .file = CPA_DYNLIB_SONAME("curl", "4"),
    .advice = "install libcurl, on Debian libcurl4, or save the profile and name the file",
    .functions = functions,
    .n_functions = G_N_ELEMENTS(functions),
};

const CpaCurlLib *cpa_curl_lib(GError **error)
{
    static gsize once = 0;
    if (!cpa_dynlib_load(&library, error)) {
        return NULL;
    }
    if (g_once_init_enter(&once)) {
        g_once_init_leave(&once, lib.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 1 : 2);
    }
    if (once != 1) {
        cpa_error_set(error, CPA_ERROR_UNSUPPORTED, "libcurl cannot be initialised");
        return NULL;
    }
    return &lib;
}

#endif
