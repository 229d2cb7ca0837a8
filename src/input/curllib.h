/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl, loaded when something is fetched (base/dynlib.h).
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_CURL

/* Its macros that check types need the functions themselves. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define CPA_CURL_FUNCTIONS(FN)   \
    FN(curl_global_init)         \
    FN(curl_easy_init)           \
    FN(curl_easy_cleanup)        \
    FN(curl_easy_setopt)         \
    FN(curl_easy_getinfo)        \
    FN(curl_easy_strerror)       \
    FN(curl_slist_append)        \
    FN(curl_slist_free_all)      \
    FN(curl_multi_init)          \
    FN(curl_multi_cleanup)       \
    FN(curl_multi_setopt)        \
    FN(curl_multi_add_handle)    \
    FN(curl_multi_remove_handle) \
    FN(curl_multi_perform)       \
    FN(curl_multi_poll)          \
    FN(curl_multi_info_read)     \
    FN(curl_multi_strerror)

typedef struct {
    CPA_CURL_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaCurlLib;

/**
 * cpa_curl_lib:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, initialised, or %NULL with @error set
 */
const CpaCurlLib *cpa_curl_lib(GError **error);

#endif
