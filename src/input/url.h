/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a profile is fetched from: what a user types, cleaned up.
 *
 *     http://host/path?b=1&a=2          https://...    https+insecure://...
 *     host:6060/debug/pprof/heap        http:// is added
 *     host:6060                         ... and the path of Go's CPU profile
 *     unix:///run/app.sock/path         the part of the path that is a socket is called
 *     unix:///run/app.sock:/path        the same, split by hand
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

typedef struct {
    char *text;    /* for people: cleaned up, without a password */
    char *request; /* http:// or https://, with user and password */
    char *origin;  /* "https://host:443", lower case: those who may see headers and credentials */
    char *socket;  /* path of a Unix socket, or NULL */
    bool is_insecure; /* https without checking the certificate */
    bool is_loopback; /* localhost, 127.x.x.x, ::1: no proxy is asked */
    int seconds;      /* for how long the server collects, by the query; 0 if it does not say */
} CpaUrl;

/**
 * cpa_url_is:
 *
 * Whether a source that is no file is a URL rather than a missing file. Looks at the text only.
 * Source:  pprof driver adjustURL, Go net/url Parse
 */
bool cpa_url_is(const char *source);

/**
 * cpa_url_parse:
 * @source:  as typed
 * @seconds: > 0: goes into the query, in place of any that is there
 *
 * The query is encoded anew, sorted by key. Looks for the socket of a unix:// source.
 *
 * Errors:  USAGE (no URL), UNSUPPORTED (a scheme that is not fetched), IO (no such socket)
 * Source:  pprof driver adjustURL, Go net/url; differs: unix://, a fragment is dropped, and no
 *          path at all is that of Go's CPU profile, as in `go tool pprof`
 * Returns: (transfer full): the URL, or %NULL with @error set
 */
CpaUrl *cpa_url_parse(const char *source, int seconds, GError **error);

/**
 * cpa_url_resolve:
 * @location: absolute, as a server redirects to it
 *
 * Errors:  NETWORK (neither http nor https)
 * Returns: (transfer full): the URL of a redirect from @url, or %NULL with @error set; credentials
 *          and insecurity stay behind when the origin changes
 */
CpaUrl *cpa_url_resolve(const CpaUrl *url, const char *location, GError **error);

void cpa_url_free(CpaUrl *url);

/**
 * cpa_header_normalize:
 * @text: "Name: value"
 *
 * Errors:  USAGE (no name, characters that a header cannot hold)
 * Returns: (transfer full): "Name: value", or "Name;" where the value is empty (as libcurl wants
 *          it); %NULL with @error set
 */
char *cpa_header_normalize(const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaUrl, cpa_url_free)
