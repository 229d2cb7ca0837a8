/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a URL asks for: path and parameters, decoded, within limits.
 *
 *     /ui/flamegraph?f=a%2Bb&g=lines      path "/ui/flamegraph", f = "a+b", g = "lines"
 */
#pragma once

#include "base/options.h"

#include <stddef.h>

/* Longer URLs, more parameters and longer patterns are refused: nobody types them. */
#define CPA_WEB_URI_MAX     16384
#define CPA_WEB_PARAMS_MAX  128
#define CPA_WEB_PATTERN_MAX 8192

typedef struct {
    char *name;
    char *value; /* UTF-8 */
} CpaWebParam;

typedef struct {
    char *path;          /* decoded, starts with '/', has no "." or ".." elements, no NUL */
    char *raw;           /* what follows the '?', as sent; "" for none */
    CpaWebParam *params; /* [n_params], in the order of the URL */
    size_t n_params;
} CpaWebQuery;

/**
 * cpa_web_query_new:
 * @uri: tainted; "/path?query", or "http://host/path?query"
 *
 * Errors:  USAGE, says what is wrong with it; TOO_LARGE
 * Returns: (transfer full): the query, or %NULL with @error set
 */
CpaWebQuery *cpa_web_query_new(const char *uri, GError **error);
void cpa_web_query_free(CpaWebQuery *query);

/** cpa_web_query_get: Returns: the first value of the parameter, "" where there is none */
const char *cpa_web_query_get(const CpaWebQuery *query, const char *name);

/**
 * cpa_web_query_any_of:
 *
 * Returns: (transfer full): the values of the parameter, regexps, as alternatives of one; "" where
 *          there is none
 */
char *cpa_web_query_any_of(const CpaWebQuery *query, const char *name);

/**
 * cpa_web_query_options:
 * @start: what the server was started with
 *
 * Options whose parameter is missing or empty keep their value.
 *
 * Errors:  USAGE "error setting config field X: ..."
 * Source:  pprof driver config.applyURL
 * Returns: (transfer full): the options, or %NULL with @error set
 */
CpaOptions *cpa_web_query_options(const CpaWebQuery *query, const CpaOptions *start,
                                  GError **error);

/**
 * cpa_web_query_key:
 * @extra: names of parameters that matter besides the options: NUL-separated, ends with an empty one
 *
 * Two requests whose keys are equal have the same answer.
 *
 * Returns: (transfer full): path, options that differ from @start, other parameters
 */
char *cpa_web_query_key(const CpaWebQuery *query, const CpaOptions *options,
                        const CpaOptions *start, const char *extra);

/** cpa_web_options_key: appends the options that differ from @start */
void cpa_web_options_key(const CpaOptions *options, const CpaOptions *start, GString *key);

/**
 * cpa_web_options_url:
 * @query: (nullable): parameters that are no saved options are kept
 *
 * Source:  pprof driver config.makeURL: defaults left out, "t" and "f", keys sorted
 * Returns: (transfer full): "?f=x&g=lines", "?" when nothing differs from the defaults
 */
char *cpa_web_options_url(const CpaOptions *options, const CpaWebQuery *query, bool *changed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaWebQuery, cpa_web_query_free)
